"""What a practice knows of several rows that are one listing: combined by a rule, and taken apart again without loss.

Each overlay keeps what it says alone (`own`). The listing that is shown has them combined in its columns: the closest
relationship; set aside where either is; both ties and both notes, its own first; confirmed where either is. What a
person writes after the merging stands for all that was merged until then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from warmhandoff.directory.listing import relation_of
from warmhandoff.directory.models import Listing, Overlay
from warmhandoff.rules.vocab import trust_of

Relation = Mapping[str, Any]


def combined(first: Relation, second: Relation) -> dict[str, Any]:
    """Two relations as one. Texts that do not fit their column are cut here only; `own` of each keeps them whole."""
    closest = max((first, second), key=lambda each: trust_of(each["relationship"]))
    return {
        "relationship": closest["relationship"],
        "how_met": _both(first["how_met"], second["how_met"], "; ")[:200],
        "excluded": first["excluded"] or second["excluded"],
        "tie_kind": first["tie_kind"] or second["tie_kind"],
        "tie_text": _both(first["tie_text"], second["tie_text"], " ")[:300],
        "notes": _both(first["notes"], second["notes"], "\n\n"),
        "confirmed": first["confirmed"] or second["confirmed"],
    }


def _both(first: str, second: str, between: str) -> str:
    return between.join(dict.fromkeys(text for text in (first, second) if text))


def combine_overlays(root_ids: Iterable[int], version: int) -> None:
    """Write the combined relation of every practice on these listings, or its own where nothing is merged any more."""
    for root in root_ids:
        rows = Listing.objects.filter(Q(pk=root) | Q(survivor=root)).values_list("pk", "merged_into_id", "merged_in")
        children: dict[int, list[tuple[int, int]]] = defaultdict(list)
        keys = []
        for key, parent, merged_in in rows.order_by("merged_in", "pk"):
            keys.append(key)
            if parent is not None and key != root:
                children[parent].append((key, merged_in))
        found: dict[UUID, dict[int, Overlay]] = defaultdict(dict)
        for overlay in Overlay.objects.filter(listing_id__in=keys):
            found[overlay.practice_id][overlay.listing_id] = overlay
        for practice_id, overlays in found.items():
            _combine(root, practice_id, overlays, children, version)


def _own(overlay: Overlay) -> dict[str, Any]:
    return dict(overlay.own.reveal() or relation_of(overlay))


def _combine(
    root: int, practice_id: UUID, overlays: dict[int, Overlay], children: dict[int, list[tuple[int, int]]], version: int
) -> None:
    def folded(key: int) -> dict[str, Any] | None:
        overlay = overlays.get(key)
        whole = _own(overlay) if overlay else None
        for child, merged_in in children[key]:
            if overlay is not None and merged_in <= overlay.settled_in:
                continue  # a person wrote it anew since, with all of this before her
            other = folded(child)
            if other is not None:
                whole = other if whole is None else combined(whole, other)
        return whole

    whole, shown = folded(root), overlays.get(root)
    if whole is None or (shown is None and not children[root]):
        return
    if shown is None:
        shown = Overlay(practice_id=practice_id, listing_id=root)
        own: dict[str, Any] = relation_of(shown)
        shown.save(force_insert=True)
    else:
        own = _own(shown)
    for field, value in whole.items():
        setattr(shown, field, value)
    shown.own = own if children[root] else None
    shown.changed_in = version
    shown.save()

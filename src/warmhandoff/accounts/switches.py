"""The switches of a practice: read anywhere, set by its administrators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.models import Practice
from warmhandoff.core import audit
from warmhandoff.rules import switches
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotAllowed, NotNow


def switches_of(practice_id: UUID | None) -> dict[str, bool]:
    """Every switch of a practice with whether it is on; the defaults where there is no practice."""
    if practice_id is None:
        return switches.all_of({})
    said = Practice.objects.filter(pk=practice_id).values_list("switches", flat=True).first()
    return switches.all_of(said or {})


def is_on(practice_id: UUID | None, code: str) -> bool:
    """Whether one optional part is on for a practice. KeyError for a code nobody registered."""
    return switches_of(practice_id)[code]


def must_be_on(practice_id: UUID | None, code: str) -> None:
    """For actions: NotNow where the practice has switched this part off, in a sentence that names it."""
    if not is_on(practice_id, code):
        raise NotNow(f"Your practice has switched this off: {switches.SWITCHES[code].label.lower()}.")


def set_switches(actor: Actor, wanted: Mapping[str, bool], *, now: datetime) -> None:
    """Set the switches named in `wanted`; others stay. Refused to all but administrators; unknown codes are refused."""
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("What a practice uses is set by its administrators.")
    switches.differing(wanted)
    with transaction.atomic():
        row = Practice.objects.select_for_update().get(pk=actor.practice_id)
        row.switches = switches.differing({**switches.all_of(row.switches), **wanted})
        row.save(update_fields=["switches"])
        audit.record(actor, "set_switches", "practice", row.pk, now=now)

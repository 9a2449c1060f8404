"""The reasons of one practice: those of the catalogue it has not switched off, and its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from warmhandoff.accounts.roles import must_set_policy
from warmhandoff.core import audit
from warmhandoff.referrals.models import PracticeReason, Reasoning, Referral
from warmhandoff.rules.access import Actor
from warmhandoff.rules.reading import must_be_plain
from warmhandoff.rules.reasons import OWN, Catalogue, Reason, catalogue
from warmhandoff.rules.refusals import BadInput, NotThere, Problem
from warmhandoff.rules.vocab import vocabulary

OURS = "Reasons of our practice"


@dataclass(frozen=True)
class NewReason:
    """A practice's own reason: words for staff and for clients, the usual kind, and which steps come before."""

    label: str
    plain: str
    plain_es: str
    kind: str = "transfer"
    before: Sequence[str] = ()


def reasons_of(practice_id: UUID) -> Catalogue:
    """The catalogue as this practice has it."""
    rows = list(PracticeReason.objects.filter(practice_id=practice_id).order_by("label", "code"))
    own = [
        Reason(row.code, row.label, row.plain, row.plain_es, OURS, row.kind, before=tuple(row.before))
        for row in rows if row.label
    ]  # fmt: skip
    return catalogue().with_practice(own, {row.code for row in rows if row.off})


def reason_in_words(practice_id: UUID, code: str) -> str:
    """The label of a reason, also of one of the practice's own, and of one that is switched off."""
    known = catalogue().reasons.get(code) or reasons_of(practice_id).reasons.get(code)
    return known.label if known else code


def plain_reason(practice_id: UUID, code: str, language: str) -> str:
    """The words a client reads for a reason, in English or Spanish; the code itself where it is none of them."""
    known = catalogue().reasons.get(code) or reasons_of(practice_id).reasons.get(code)
    return (known.plain_es if language == "es" else known.plain) if known else code


def check_reasons(practice_id: UUID, codes: Iterable[str], *, field: str) -> list[Problem]:
    """What is wrong with these codes: those that neither the catalogue nor the practice has."""
    unknown = [code for code in codes if code not in catalogue()]
    own = reasons_of(practice_id) if unknown else catalogue()
    return [Problem(f"unknown code {code!r}", field=field) for code in unknown if code not in own]


def keep_others(referral: Referral, codes: Sequence[str], now: datetime) -> None:
    """Keep the reasons beside the primary one, within the caller's transaction."""
    others = [code for code in dict.fromkeys(codes) if code != referral.reason]
    if others or Reasoning.objects.filter(referral=referral).exists():
        Reasoning.objects.update_or_create(
            referral=referral, defaults={"practice_id": referral.practice_id, "others": others, "changed_at": now}
        )


def switch(actor: Actor, code: str, *, off: bool, now: datetime) -> None:
    """Switch a reason off for the practice, or on again. What was recorded with it keeps its words.

    NotThere for a reason that neither the catalogue nor the practice has; NotAllowed without the right to policy.
    """
    must_set_policy(actor)
    if code not in reasons_of(actor.practice_id):
        raise NotThere(subject=code)
    with transaction.atomic():
        PracticeReason.objects.update_or_create(
            practice_id=actor.practice_id, code=code,
            defaults={"off": off, "changed_at": now, "changed_by_id": actor.member},
        )
        audit.record(actor, "switch_reason_off" if off else "switch_reason_on", "reason", code, now=now)


def add_reason(actor: Actor, new: NewReason, *, now: datetime) -> str:
    """Add a reason of the practice's own; its code.

    Refuses missing words and words above the eighth grade, each in its language (BadInput), and whoever sets no policy.
    """
    must_set_policy(actor)
    _check(new)
    with transaction.atomic():
        code = _new_code(actor.practice_id, new.label)
        PracticeReason.objects.create(
            practice_id=actor.practice_id, code=code, label=new.label.strip(), plain=_words(new.plain),
            plain_es=_words(new.plain_es), kind=new.kind, before=list(dict.fromkeys(new.before)), changed_at=now,
            changed_by_id=actor.member,
        )
        audit.record(actor, "add_reason", "reason", code, now=now)
    return code


def _words(said: str) -> str:
    """A part of a sentence, as the catalogue's words are: without the mark at its end."""
    return said.strip().rstrip(".").strip()


def _check(new: NewReason) -> None:
    problems = [
        Problem("words are needed here", field=name)
        for name in ("label", "plain", "plain_es") if not getattr(new, name).strip()
    ]
    if new.kind not in vocabulary("kinds_of_referral"):
        problems.append(Problem("unknown kind of referral", field="kind"))
    if any(code not in catalogue().steps for code in new.before):
        problems.append(Problem("unknown step", field="before"))
    if problems:
        raise BadInput(*problems)
    for name, language in (("plain", "en"), ("plain_es", "es")):  # clients read them as they stand
        must_be_plain(getattr(new, name), language, name)



def _new_code(practice_id: UUID, label: str) -> str:
    stem = OWN + (slugify(label).replace("-", "_")[:28] or "reason")
    taken = set(PracticeReason.objects.filter(practice_id=practice_id).values_list("code", flat=True))
    return next(code for code in (stem, *(f"{stem}_{n}" for n in range(2, 1000))) if code not in taken)

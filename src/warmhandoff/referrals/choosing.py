"""The client's choice, by whichever route: her own page, a locked view on the clinician's device, or paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.switches import switches_of
from warmhandoff.clients.releasing import Signature, covering, sign_release
from warmhandoff.referrals import conflicts
from warmhandoff.referrals.models import Choice, ChoiceMore, Referral
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.referrals.trying import remember_tried
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotNow, Problem
from warmhandoff.rules.release import Decision
from warmhandoff.rules.vocab import vocabulary

KINDS = ("choose", "choose_none", "ask_for_more", "talk_first", "not_now", "take_list", "choose_next")
WHO_CALLS = ("client", "recipient", "together")
TOLD_BY = ("portal", "device", "paper", "phone", "session")
HELPERS = ("interpreter", "supporter", "reader")


@dataclass(frozen=True)
class ClientChoice:
    """What the client decided. `ranked`: listing ids, her first choice first (only for choosing).

    go_on: whether the next one may be asked if the first does not answer. likely: 0 to 10, or None.
    words: what she does not want to tell again, in her own words; share_words: whether they may go along.
    told_by: portal, device, paper, phone or session. helped_by: interpreter, supporter or reader, with the name in
    `helper`; helper_gets_list: she allows that person a copy. ask_at: with the list, when to ask how it went.
    """

    kind: str
    told_by: str
    ranked: Sequence[int] = field(default_factory=tuple)
    go_on: bool = False
    words: str = ""
    likely: int | None = None
    barrier: str = ""
    who_calls: str = "client"
    share_words: bool = False
    helped_by: str = ""
    helper: str = ""
    helper_gets_list: bool = False
    ask_at: datetime | None = None


def _check(choice: ClientChoice, offered: set[int]) -> None:
    problems = []
    if choice.kind not in KINDS or choice.told_by not in TOLD_BY:
        problems.append(Problem("unknown choice", field="kind"))
    if choice.kind in ("choose", "choose_next") and not choice.ranked:
        problems.append(Problem("pick one, or say that none fits", field="ranked"))
    if len(set(choice.ranked)) != len(choice.ranked) or not set(choice.ranked) <= offered:
        problems.append(Problem("this is not one of the options", field="ranked"))
    if choice.likely is not None and not 0 <= choice.likely <= 10:
        problems.append(Problem("choose a number from 0 to 10", field="likely"))
    if choice.barrier and choice.barrier not in vocabulary("barriers"):
        problems.append(Problem("unknown answer", field="barrier"))
    if choice.who_calls not in WHO_CALLS:
        problems.append(Problem("say who calls whom", field="who_calls"))
    if choice.helped_by and choice.helped_by not in HELPERS:
        problems.append(Problem("unknown answer", field="helped_by"))
    if choice.helper_gets_list and not choice.helped_by:
        problems.append(Problem("say who helped", field="helped_by"))
    if problems:
        raise BadInput(*problems)


def _must_be_asked(practice_id: UUID, choice: ClientChoice) -> None:
    """What the practice has switched off is not taken either (NotNow)."""
    on = switches_of(practice_id)
    beside = choice.likely is not None or choice.barrier or choice.words.strip() or choice.share_words
    if beside and not on["choice_questions"]:
        raise NotNow("Your practice has switched off the questions beside the choice.")
    if choice.helped_by and not on["helpers"]:
        raise NotNow("Your practice does not note who helped her choose.")


def record_choice(
    actor: Actor, referral_id: UUID, choice: ClientChoice, *, now: datetime, seen: int | None = None
) -> None:
    """Record what the client chose. Staff may write down what she said; then `told_by` is paper or device.

    NotNow for what the practice has switched off: the questions beside the choice, and who helped.
    """
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change" if actor.side == "referrer" else "see")
        _must_be_asked(referral.practice_id, choice)
        if choice.kind == "choose_next":
            remember_tried(referral)
        offered = set(referral.options.filter(dropped_at=None, tried="").values_list("listing_id", flat=True))
        _check(choice, offered)
        if choice.ask_at is not None and choice.ask_at <= now:
            raise BadInput(Problem("choose a day that is still to come", field="ask_at"))
        if actor.side == "client":  # her page shows every tie as it stands
            conflicts.note_shown(referral, offered)
        row = Choice(
            practice_id=referral.practice_id, referral=referral, kind=choice.kind, ranked=list(choice.ranked),
            words=choice.words.strip(), likely=choice.likely, barrier=choice.barrier, who_calls=choice.who_calls,
            told_by=choice.told_by, at=now,
        )
        row.save()
        _keep_more(row, choice)
        changes: dict[str, object] = {}
        if choice.kind in ("choose", "choose_next"):
            _rank(referral, choice.ranked)
            changes = {"go_on_agreed": choice.go_on}
        if choice.words.strip():
            changes |= {"own_words": choice.words.strip(), "share_own_words": choice.share_words}
        elif choice.share_words and referral.own_words.reveal():
            changes["share_own_words"] = True  # the words she told before
        made = Made(facts={"ranked": list(choice.ranked), "choice": str(row.pk), "told_by": choice.told_by},
                    changes=changes, seen=seen, due_at=choice.ask_at if choice.kind == "take_list" else None)
        move(referral, choice.kind, made, actor=actor, now=now)
        if choice.kind in ("choose", "choose_next"):
            _keep_release(referral, choice.ranked[0], actor, now)


def _keep_more(row: Choice, choice: ClientChoice) -> None:
    ChoiceMore(
        practice_id=row.practice_id, choice=row, helped_by=choice.helped_by,
        helper=choice.helper.strip() if choice.helped_by else "", helper_gets_list=choice.helper_gets_list,
    ).save()


def _keep_release(referral: Referral, first: int, actor: Actor, now: datetime) -> None:
    """She need not sign again for someone whom her release in force names already."""
    release_id = covering(referral.pk, first, now=now)
    if release_id is not None:
        made = Made(facts={"release": str(release_id)}, decision=Decision(True, release_id))
        move(referral, "keep_release", made, actor=actor, now=now)


def _rank(referral: Referral, ranked: Sequence[int]) -> None:
    referral.options.update(client_rank=None)
    for place, listing_id in enumerate(ranked, start=1):
        referral.options.filter(listing_id=listing_id).update(client_rank=place)


def sign(
    actor: Actor, referral_id: UUID, release_id: UUID, signature: Signature, *, now: datetime, seen: int | None = None
) -> None:
    """Sign the release of a referral, and move it on once everyone has who must; in one transaction."""
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change" if actor.side == "referrer" else "see")
        release = sign_release(actor, release_id, signature, now=now)
        if release.referral_id != referral.pk:
            raise BadInput(Problem("this release belongs to another referral", field="release"))
        if release.signed_at is None:
            return
        decision = Decision(True, release.pk)
        made = Made(facts={"release": str(release.pk), "how": signature.how}, decision=decision, seen=seen)
        # A wider one may be signed while the referral goes on: it changes nothing of where that stands.
        name = "sign_release" if referral.state == "chosen" else "sign_another"
        move(referral, name, made, actor=actor, now=now)

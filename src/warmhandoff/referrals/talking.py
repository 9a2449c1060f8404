"""The conversation: referral is part of the therapy. What is said is prepared, shared where wanted, and logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from warmhandoff.accounts.switches import must_be_on
from warmhandoff.clients.caring import note_change
from warmhandoff.clients.releasing import today_at
from warmhandoff.core import audit
from warmhandoff.directory.queries import listing_card
from warmhandoff.documents import release_pdf
from warmhandoff.referrals.checking_in import step_after_talk
from warmhandoff.referrals.models import Conversation, Option, Referral, TalkPlan
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row, visible_referrals
from warmhandoff.rules.access import Actor
from warmhandoff.rules.conversation import BEATS, Facts, call_script, first_talk, letter, second_talk
from warmhandoff.rules.reading import must_be_plain
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Problem, Stale
from warmhandoff.rules.vocab import LANGUAGES_OF_CLIENTS, vocabulary

HOW = ("session", "phone", "video")
TEXTS = ("first", "second", "letter", "call")
_DRAFTS = {"first": first_talk, "second": second_talk, "letter": letter, "call": call_script}
_MOST = 20_000  # characters


def log_conversation(
    actor: Actor, referral_id: UUID, *, held_on: date, how: str, beats: Sequence[str], how_taken: str, now: datetime
) -> None:
    """Log that the referral was talked about, and how the client took it. The step stays, unless it was to talk."""
    if how not in HOW or any(beat not in BEATS for beat in beats):
        raise BadInput(Problem("unknown kind of conversation", field="how"))
    if held_on > now.date():
        raise BadInput(Problem("this day is still to come", field="held_on"))
    with transaction.atomic():
        referral = referral_row(actor, referral_id, "change")
        talk = Conversation.objects.create(
            practice_id=referral.practice_id, referral=referral, held_on=held_on, how=how, beats=list(beats),
            how_taken=how_taken.strip(), by_id=actor.member, at=now,
        )
        made = Made(facts={"conversation": str(talk.pk), "held_on": held_on.isoformat(), "beats": len(list(beats))},
                    step=step_after_talk(referral))
        move(referral, "talk", made, actor=actor, now=now)


@dataclass(frozen=True)
class TalkFacts:
    """What the clinician adds to the referral's own facts. language: of the texts; until: seen at least to that day.

    first_on, second_on: the days the two talks are planned for. All may be left out.
    """

    language: str = "en"
    progress: str = ""
    until: date | None = None
    first_on: date | None = None
    second_on: date | None = None


@dataclass(frozen=True)
class TalkLine:
    """One talk that was held."""

    held_on: date
    how: str
    beats: list[str]
    how_taken: str
    by: str


@dataclass(frozen=True)
class TalkView:
    """The words as they stand: drafted from the facts, or as the clinician wrote them (`own`: which of them).

    versions: how often they were kept; shared_at: since when the client reads letter and call script on her page.
    """

    facts: TalkFacts
    reason: str
    kind: str
    texts: Mapping[str, str]
    own: frozenset[str]
    versions: int
    shared_at: datetime | None
    held: Sequence[TalkLine]


def _row(actor: Actor, referral_id: UUID) -> Referral:
    row = referral_row(actor, referral_id)
    if not visible_referrals(actor, "see_clinical").filter(pk=row.pk).exists():
        raise NotAllowed("What is said to her is for those who care for her.", subject=referral_id)
    return row


def _kept(row: Referral) -> TalkPlan | None:
    return TalkPlan.objects.filter(referral=row).first()


def open_talk(actor: Actor, referral_id: UUID, *, now: datetime) -> TalkView:
    """What is prepared for the talks about one referral, and those that were held; with the audit row.

    Refuses strangers (NotThere) and whoever may not read clinical texts (NotAllowed).
    """
    row = _row(actor, referral_id)
    kept = _kept(row)
    audit.record(actor, "open", "letter", row.pk, now=now, clients=[row.client_id])
    given = _given(row, kept)
    texts = _drafts(actor, row, given, now)
    own = {name: kept_text for name in TEXTS if kept and (kept_text := getattr(kept, name).reveal())}
    held = row.conversations.select_related("by__user").order_by("-held_on", "-at")
    return TalkView(
        facts=given, reason=row.reason, kind=row.kind, texts={**texts, **own}, own=frozenset(own),
        versions=kept.versions if kept else 0, shared_at=kept.shared_at if kept else None,
        held=[
            TalkLine(one.held_on, one.how, [BEATS[beat] for beat in one.beats if beat in BEATS],
                     one.how_taken.reveal(), one.by.user.name)
            for one in held
        ],
    )  # fmt: skip


def _given(row: Referral, kept: TalkPlan | None) -> TalkFacts:
    if kept is None:
        return TalkFacts(language=row.client.language)
    return TalkFacts(kept.language, kept.progress.reveal(), kept.until, kept.first_on, kept.second_on)


def _drafts(actor: Actor, row: Referral, given: TalkFacts, now: datetime) -> dict[str, str]:
    facts = facts_of(actor, row, given, now)
    return {name: draft(facts) for name, draft in _DRAFTS.items()}


def facts_of(actor: Actor, row: Referral, given: TalkFacts, now: datetime) -> Facts:
    """What the drafts are made of: the referral's own facts in the language of the texts."""
    need = row.need.reveal() or {}
    plan, kind = (need.get("payment") or {}).get("plan") or "", need.get("kind", "")
    plans, kinds = vocabulary("plans"), vocabulary("kinds")
    options = Option.objects.filter(referral=row, dropped_at=None, tried="").select_related("listing").order_by("order")
    ids = [option.listing_id for option in options]
    known = {card.id: card.relationship for card in listing_card(actor, ids, today=today_at(row.practice, now))}
    return Facts(
        client=row.client.name.reveal(), therapist=row.owner.user.name, practice=row.practice.name,
        phone=row.practice.phone, language=given.language, kind=row.kind, reason=row.reason,
        reason_words=row.client_reason.reveal(), help=kinds.plain(kind, given.language) if kind in kinds else "",
        names=tuple(option.listing.name for option in options),
        trusted=bool(ids) and all(known.get(one) == "know_well" for one in ids),
        single=row.single_option_reason.reveal(), progress=given.progress, until=given.until,
        plan=plans.plain(plan, given.language) if plan in plans else plan,
    )


def _check(given: TalkFacts, texts: Mapping[str, str], today: date) -> None:
    problems = []
    if given.language not in LANGUAGES_OF_CLIENTS:
        problems.append(Problem("there are words in English and Spanish only", field="language"))
    if given.until is not None and given.until <= today:
        problems.append(Problem("choose a day that is still to come", field="until"))
    if given.first_on and given.second_on and given.second_on < given.first_on:
        problems.append(Problem("the second talk comes after the first", field="second_on"))
    problems += [Problem("unknown text", field=name) for name in texts if name not in TEXTS]
    problems += [Problem("this is too long", field=name) for name in texts if len(texts[name]) > _MOST]
    if problems:
        raise BadInput(*problems)


def keep_talk(
    actor: Actor, referral_id: UUID, given: TalkFacts, texts: Mapping[str, str], *, seen: int, now: datetime
) -> None:
    """Keep what is prepared. A text that is the draft of the facts as they were or are is not kept: it stays drafted.

    seen: the versions that were looked at; Stale where someone kept another one meanwhile. A letter that she reads
    already is hers as it is: changing it takes it off her page. Refuses whoever may not change the referral (NotThere).
    """
    with transaction.atomic():
        row = referral_row(actor, referral_id, "change")
        _check(given, texts, today_at(row.practice, now))
        kept = _kept(row)
        if (kept.versions if kept else 0) != seen:
            raise Stale(subject=referral_id)
        drafted = [_drafts(actor, row, one, now) for one in (_given(row, kept), given)]
        own = {name: _own(texts.get(name, ""), [draft[name] for draft in drafted]) for name in TEXTS}
        _save(row, kept, given, own, actor, now)
        note_change(row.client, "plan_talk", actor, now)


def _own(text: str, drafts: Sequence[str]) -> str:
    said = text.replace("\r\n", "\n").strip()
    return "" if said in drafts else said


def _save(
    row: Referral, kept: TalkPlan | None, given: TalkFacts, own: Mapping[str, str], actor: Actor, now: datetime
) -> None:
    plan = kept or TalkPlan(practice_id=row.practice_id, referral=row)
    plan.language, plan.progress, plan.until = given.language, given.progress.strip(), given.until
    plan.first_on, plan.second_on = given.first_on, given.second_on
    for name, text in own.items():
        setattr(plan, name, text)
    plan.by_id, plan.at, plan.versions = actor.member, now, plan.versions + 1
    plan.shared_at = plan.shared_by = None
    try:
        with transaction.atomic():
            plan.save(force_insert=kept is None)
    except IntegrityError as error:  # two kept the first version at the same moment
        raise Stale(subject=row.pk) from error


def share_letter(actor: Actor, referral_id: UUID, *, seen: int, now: datetime) -> None:
    """Put letter and call script on the client's own page, as they stand: from now on they do not change by themselves.

    Refuses a text above the eighth grade, with what to shorten (BadInput), Stale, strangers (NotThere), and NotNow
    where the practice has no pages for clients.
    """
    with transaction.atomic():
        row = referral_row(actor, referral_id, "change")
        must_be_on(row.practice_id, "portal")
        kept = _kept(row)
        if (kept.versions if kept else 0) != seen:
            raise Stale(subject=referral_id)
        given = _given(row, kept)
        drafts = _drafts(actor, row, given, now)
        texts = {name: (getattr(kept, name).reveal() if kept else "") or drafts[name] for name in ("letter", "call")}
        for name, text in texts.items():
            must_be_plain(text, given.language, name)
        own = {name: getattr(kept, name).reveal() if kept else "" for name in ("first", "second")} | texts
        _save(row, kept, given, own, actor, now)
        TalkPlan.objects.filter(referral=row).update(shared_at=now, shared_by_id=actor.member)
        note_change(row.client, "share_letter", actor, now)


def unshare_letter(actor: Actor, referral_id: UUID, *, now: datetime) -> None:
    """Take letter and call script off the client's page; what she printed stays hers. NotThere where none is there."""
    with transaction.atomic():
        row = referral_row(actor, referral_id, "change")
        if not TalkPlan.objects.filter(referral=row, shared_at__isnull=False).update(shared_at=None, shared_by=None):
            raise NotThere(subject=referral_id)
        note_change(row.client, "unshare_letter", actor, now)


def shared_texts(actor: Actor, referral_id: UUID) -> dict[str, str]:
    """What the client reads on her own page: "letter" and "call", or nothing. Her door to the referral was passed."""
    if actor.side != "client":
        raise NotAllowed("This is her own page.")
    kept = TalkPlan.objects.filter(referral=referral_row(actor, referral_id), shared_at__isnull=False).first()
    return {name: getattr(kept, name).reveal() for name in ("letter", "call")} if kept else {}


def talk_pdf(actor: Actor, referral_id: UUID, name: str, *, now: datetime) -> bytes:
    """The letter or her call script on paper: for staff as it stands, for the client as it was shared with her.

    Refuses a name that is neither (NotThere), one that is not shared with her (NotThere), and what is too hard to read
    (BadInput).
    """
    if name not in ("letter", "call"):
        raise NotThere(subject=name)
    if actor.side == "client":
        row = referral_row(actor, referral_id)
        text, kept = shared_texts(actor, referral_id).get(name, ""), _kept(row)
        language = kept.language if kept else row.client.language
    else:
        row = _row(actor, referral_id)
        given = _given(row, _kept(row))
        view = open_talk(actor, referral_id, now=now)
        text, language = view.texts[name], given.language
        must_be_plain(text, language, name)
    if not text:
        raise NotThere(subject=referral_id)
    audit.record(actor, "copy", "letter", row.pk, now=now, clients=[row.client_id])
    return release_pdf(paragraphs_of(name, text, language), [], language=language)


def paragraphs_of(name: str, text: str, language: str) -> list[str]:
    """A text in paragraphs, title first. The call script begins with its own; a letter is headed plainly."""
    parts = [part for part in text.splitlines() if part.strip()]
    return parts if name == "call" else ["Carta para usted" if language == "es" else "A letter for you", *parts]

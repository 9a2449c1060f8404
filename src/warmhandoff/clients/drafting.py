"""Writing a release for the client to read and sign: what it is to say, and in which words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from warmhandoff.clients.models import Client, Release, ReleaseRecipient, ReleaseSigner
from warmhandoff.clients.queries import client_row
from warmhandoff.clients.release_rows import note, today_at
from warmhandoff.rules import release_elements
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.release import LONGEST_DAYS, NEVER_ON_A_GENERAL_RELEASE
from warmhandoff.rules.vocab import vocabulary
from warmhandoff.rules.wording import ReleaseWords, release_text

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Practice

NEWS = "progress_updates"  # what comes back where news is allowed and nothing else was said
OTHERS = 8  # who sign besides the client
KINDS = ("general", "process_notes")


@dataclass(frozen=True)
class ReleaseDraft:
    """What a release is to say. `recipients` are (listing id, name); `expires_on` is its last day.

    back_classes: what may come back (news_back alone: news in general). ends_with: an event that ends it sooner.
    records: first and last day of the records meant. others: names of the adults who sign besides the client.
    to_treating: with the general designation of 42 CFR 2.31(a)(4). kind: general, or process_notes, which is for
    psychotherapy notes and never one with the other.
    """

    referral_id: UUID | None
    recipients: Sequence[tuple[int, str]]
    classes: Sequence[str]
    purpose: str
    expires_on: date
    news_back: bool = False
    back_classes: Sequence[str] = ()
    ends_with: str = ""
    records: tuple[date | None, date | None] = (None, None)
    others: Sequence[str] = ()
    to_treating: bool = False
    kind: str = "general"

    @property
    def back(self) -> list[str]:
        return list(self.back_classes) or ([NEWS] if self.news_back else [])


def longest_days(practice: Practice) -> int:
    """The longest life of a release here: what the practice set, and never more than a year."""
    return min(practice.release_longest_days, LONGEST_DAYS)


def usual_days(practice: Practice) -> int:
    return min(practice.release_days, longest_days(practice))


def _check(draft: ReleaseDraft, practice: Practice, today: date) -> None:
    longest = longest_days(practice)
    problems = [*_wrong_classes(draft), *_wrong_ends(draft, today)]
    if not draft.recipients:
        problems.append(Problem("a release names at least one recipient", field="recipients"))
    if draft.purpose not in vocabulary("purposes"):
        problems.append(Problem(f"unknown purpose {draft.purpose!r}", field="purpose"))
    if not today <= draft.expires_on <= today + timedelta(days=longest):
        problems.append(Problem(f"a release ends within {longest} days from today", field="expires_on"))
    if len(draft.others) > OTHERS or any(not name.strip() or len(name) > 200 for name in draft.others):
        problems.append(Problem(f"name at most {OTHERS} others who sign", field="others"))
    if problems:
        raise BadInput(*problems)


def _wrong_classes(draft: ReleaseDraft) -> list[Problem]:
    known = vocabulary("information_classes")
    problems = [Problem(f"unknown class {code!r}", field="classes") for code in draft.classes if code not in known]
    problems += [Problem(f"unknown class {code!r}", field="back_classes") for code in draft.back if code not in known]
    if not draft.classes:
        problems.append(Problem("choose at least one class of information", field="classes"))
    if draft.kind not in KINDS:
        problems.append(Problem("this is no kind of release", field="kind"))
    notes = NEVER_ON_A_GENERAL_RELEASE & {*draft.classes, *draft.back}
    if draft.kind == "process_notes":
        if set(draft.classes) != NEVER_ON_A_GENERAL_RELEASE or draft.back:
            problems.append(Problem("an authorization for psychotherapy notes is about them alone", field="classes"))
    elif notes:
        problems.append(Problem("psychotherapy notes need an authorization of their own", field="classes"))
    return problems


def _wrong_ends(draft: ReleaseDraft, today: date) -> list[Problem]:
    problems = []
    if draft.ends_with and draft.ends_with not in release_elements.endings():
        problems.append(Problem("this event is not one a release can end with", field="ends_with"))
    if draft.ends_with in ("referral_closed", "first_session") and draft.referral_id is None:
        problems.append(Problem("this event belongs to a referral", field="ends_with"))
    first, last = draft.records
    if (first and last and first > last) or (first and first > today):
        problems.append(Problem("the first day comes before the last one, and before today", field="records_from"))
    return problems


def draft_release(actor: Actor, client_id: UUID, draft: ReleaseDraft, *, now: datetime) -> UUID:
    """Write a release for the client to read and sign, in her language. Earlier unsigned drafts for it go.

    BadInput for a class, purpose, event or day that cannot be, and for psychotherapy notes beside anything else.
    """
    with transaction.atomic():
        row = client_row(actor, client_id, "change")
        practice = row.practice
        _check(draft, practice, today_at(practice, now))
        Release.objects.filter(referral_id=draft.referral_id, client=row, kind=draft.kind, signed_at=None).delete()
        statements = release_elements.statements([*draft.classes, *draft.back], programme=practice.part2_programme)
        text = "\n".join(release_text(_words(row, draft, statements), row.language))
        first, last = draft.records
        release = Release(
            practice=practice, client=row, referral_id=draft.referral_id, kind=draft.kind, classes=list(draft.classes),
            purpose=draft.purpose, news_back=bool(draft.back), back_classes=draft.back, expires_on=draft.expires_on,
            ends_with=draft.ends_with, records_from=first, records_until=last, to_treating=draft.to_treating,
            statements=list(statements), language=row.language, text=text,
            text_hash=hashlib.sha256(text.encode()).hexdigest(), drafted_at=now,
        )
        release.save()
        ReleaseRecipient.objects.bulk_create(
            [ReleaseRecipient(release=release, listing_id=listing, name=name) for listing, name in draft.recipients]
        )
        _name_signers(release, row, draft.others)
        note(release, "draft_release", actor, now)
    return release.pk


def _name_signers(release: Release, client: Client, others: Sequence[str]) -> None:
    for order, name in enumerate([client.name.reveal(), *others]):
        ReleaseSigner(practice_id=release.practice_id, release=release, order=order, name=name.strip()).save()


def _words(row: Client, draft: ReleaseDraft, statements: Sequence[str]) -> ReleaseWords:
    classes, plain = vocabulary("information_classes"), row.language
    only_news = draft.back == [NEWS]
    return ReleaseWords(
        client=row.name.reveal(), practice=row.practice.name, recipients=[name for _, name in draft.recipients],
        classes=[classes.plain(code, plain) for code in draft.classes],
        purpose=vocabulary("purposes").plain(draft.purpose, plain), expires_on=draft.expires_on,
        news_back=bool(draft.back), back=[] if only_news else [classes.plain(code, plain) for code in draft.back],
        ends_with=release_elements.ending(draft.ends_with).words(plain) if draft.ends_with else "",
        records=draft.records, others=[name.strip() for name in draft.others], statements=statements,
        to_treating=draft.to_treating, notes=draft.kind == "process_notes",
    )

"""Programs that a practice lets in: what they may do, the token they show, and how their access ends.

A token has 256 bits, is shown once and kept as a hash; `wh_` in front lets scanners find one that leaked. It is looked
up with every request, so that an end holds at once and for all processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from warmhandoff.accounts.models import ApiClient, Practice
from warmhandoff.core import audit, journal, limits, restoring
from warmhandoff.core.links import new_token, token_hash
from warmhandoff.rules.access import SCOPES, Actor, system
from warmhandoff.rules.refusals import BadInput, NotAllowed, NoToken, NotThere, Problem, Stale

PREFIX = "wh_"
DAYS, MOST_DAYS = 365, 730
_USED_EVERY = timedelta(minutes=1)
_LENGTHS = {"name": 80, "purpose": 200}


@dataclass(frozen=True)
class NewApiClient:
    """What is asked of a program: `scopes` from rules/access, `days` until its token runs out (1 to 730)."""

    name: str
    purpose: str
    scopes: tuple[str, ...]
    days: int = DAYS


@dataclass(frozen=True)
class ApiClientLine:
    """One program as its practice sees it. `made_by_left`: whoever made it has left the practice since."""

    id: UUID
    name: str
    purpose: str
    scopes: tuple[str, ...]
    made_by: str
    made_by_left: bool
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    ended_at: datetime | None

    def works(self, now: datetime) -> bool:
        """Whether its token opens anything at `now`."""
        return self.ended_at is None and self.expires_at > now


@dataclass(frozen=True)
class Entered:
    """A program whose token is in force."""

    actor: Actor
    practice: Practice
    expires_at: datetime


def create(actor: Actor, new: NewApiClient, *, now: datetime) -> str:
    """Let a program in; its token, which is shown this once.

    NotAllowed without the right to policy; BadInput, with every fault and its field, for a missing name or purpose,
    for no or an unknown scope, and for a life of less than a day or more than two years.
    """
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("Programs are let in by an administrator of the practice.")
    texts = {"name": new.name.strip(), "purpose": new.purpose.strip()}
    problems = [problem for name, text in texts.items() if (problem := _text_fault(name, text))]
    unknown = [scope for scope in new.scopes if scope not in SCOPES]
    if unknown or not new.scopes:
        problems.append(Problem("choose at least one known scope", field="scopes"))
    _refuse(problems + _life_faults(new.days))
    token = new_token()
    with transaction.atomic():
        row = ApiClient.objects.create(
            practice_id=actor.practice_id, scopes=[scope for scope in SCOPES if scope in new.scopes],
            token_hash=token_hash("api", token), created_by_id=actor.member, created_at=now,
            expires_at=now + timedelta(days=new.days), **texts,
        )  # fmt: skip
        audit.record(actor, "add", "api_client", row.pk, now=now)
    return PREFIX + token


def _text_fault(name: str, text: str) -> Problem | None:
    if not text:
        return Problem("is needed", field=name)
    if len(text) > _LENGTHS[name]:
        return Problem(f"is longer than {_LENGTHS[name]} characters", field=name)
    return None if text.isprintable() else Problem("holds a control character", field=name)


def _life_faults(days: int) -> list[Problem]:
    within = 1 <= days <= MOST_DAYS
    return [] if within else [Problem(f"a token lives from 1 to {MOST_DAYS} days", field="days")]


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BadInput(*problems)


def renew(actor: Actor, api_client_id: UUID, *, days: int = DAYS, now: datetime) -> str:
    """A new token, which is shown this once; the one before opens nothing from now on.

    NotThere for another practice's program, NotAllowed without the right to policy, BadInput for a life of less than
    a day or more than two years, Stale for a program whose access has ended: that is for good.
    """
    _own(actor, api_client_id)
    _refuse(_life_faults(days))
    token = new_token()
    change = {"token_hash": token_hash("api", token), "expires_at": now + timedelta(days=days)}
    with transaction.atomic():
        if not ApiClient.objects.filter(pk=api_client_id, ended_at=None).update(**change):
            raise Stale("The access of this program has ended. Let it in anew.", subject=api_client_id)
        audit.record(actor, "renew_token", "api_client", api_client_id, now=now)
    return PREFIX + token


def end(actor: Actor, api_client_id: UUID, *, now: datetime) -> None:
    """End a program's access for good, also past a restore; its next request is refused.

    NotThere for another practice's program, NotAllowed without the right to policy, Stale when it has ended already.
    """
    _own(actor, api_client_id)
    with transaction.atomic():
        if not ApiClient.objects.filter(pk=api_client_id, ended_at=None).update(ended_at=now):
            raise Stale(subject=api_client_id)
        audit.record(actor, "end_access", "api_client", api_client_id, now=now)
        journal.note("api_client_ended", actor.practice_id, api_client_id, now=now)


def enter(token: str, *, address: str, now: datetime) -> Entered:
    """Who shows this token. NoToken for none, an unknown, an ended and an expired one, all alike.

    Wrong tokens are counted by the address they come from; after too many, TooMany. A right one is let in all the
    same: nobody can lock a program out, and 256 bits cannot be guessed at any rate.
    """
    row = _in_force(token, now) if token.startswith(PREFIX) else None
    if row is None:
        if token:
            limits.check("api_token", address, now=now)
            limits.failed("api_token", address, now=now)
        raise NoToken
    if row.last_used_at is None or row.last_used_at < now - _USED_EVERY:
        unseen = Q(last_used_at=None) | Q(last_used_at__lt=now - _USED_EVERY)
        ApiClient.objects.filter(unseen, pk=row.pk).update(last_used_at=now)
    actor = Actor(
        side="api", practice_id=row.practice_id, api_client_id=row.pk, scopes=frozenset(row.scopes), name=row.name
    )
    return Entered(actor, row.practice, row.expires_at)


def _in_force(token: str, now: datetime) -> ApiClient | None:
    wanted = token_hash("api", token.removeprefix(PREFIX))
    rows = ApiClient.objects.select_related("practice").filter(token_hash=wanted, ended_at=None)
    return rows.filter(expires_at__gt=now).first()


def api_clients(actor: Actor) -> list[ApiClientLine]:
    """The programs of the actor's practice, by name, those that have ended last. NotAllowed without policy."""
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("Which programs are let in is for administrators of the practice.")
    lines = [_line(row) for row in _rows().filter(practice_id=actor.practice_id)]
    return sorted(lines, key=lambda line: (line.ended_at is not None, line.name.casefold()))


def api_client(actor: Actor, api_client_id: UUID) -> ApiClientLine:
    """One program. NotThere for another practice's, NotAllowed without policy."""
    return _line(_own(actor, api_client_id))


def made_by(practice_id: UUID, membership_id: UUID, *, now: datetime) -> list[ApiClientLine]:
    """The programs a member let in that still get in: they go on when she leaves, so whoever ends it is told."""
    lines = [_line(row) for row in _rows().filter(practice_id=practice_id, created_by_id=membership_id)]
    return [line for line in lines if line.works(now)]


def names_of_api_clients(practice_id: UUID) -> dict[UUID, str]:
    """Names by id, also of those that have ended: what the audit needs to say which program it was."""
    return dict(ApiClient.objects.filter(practice_id=practice_id).order_by("name").values_list("pk", "name"))


def _rows() -> QuerySet[ApiClient]:
    return ApiClient.objects.select_related("created_by__user").order_by("name", "created_at")


def _own(actor: Actor, api_client_id: UUID) -> ApiClient:
    """Practice first: to another one's administrator it looks as if it did not exist."""
    row = _rows().filter(pk=api_client_id, practice_id=actor.practice_id).first()
    if row is None:
        raise NotThere(subject=api_client_id)
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("Programs are let in, renewed and ended by an administrator of the practice.")
    return row


def _line(row: ApiClient) -> ApiClientLine:
    return ApiClientLine(
        row.pk, row.name, row.purpose, tuple(row.scopes), row.created_by.user.name,
        row.created_by.left_at is not None, row.created_at, row.expires_at, row.last_used_at, row.ended_at,
    )  # fmt: skip


@journal.reapply("api_client_ended")
def end_again(line: journal.Line, now: datetime) -> bool | None:
    """After a restore: a program whose access had ended is out again."""
    row = ApiClient.objects.filter(pk=line.subject_id, practice_id=line.practice_id).first()
    if row is None:
        return None
    if not ApiClient.objects.filter(pk=row.pk, ended_at=None).update(ended_at=line.at):
        return False
    audit.record(system(row.practice_id), "end_access", "api_client", row.pk, now=now)
    return True


@restoring.fence("api_client")
def end_tokens(now: datetime) -> list[str]:
    """After a restore: a token may have been renewed since the backup. Each program needs a new one."""
    working = ApiClient.objects.filter(ended_at=None, expires_at__gt=now)
    told = [f"{row.pk} of {row.practice.slug} needs a new token" for row in working.select_related("practice")]
    working.update(expires_at=now)
    return told

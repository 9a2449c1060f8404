"""What each line of the table answers: queries and the engine, translated into JSON and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from warmhandoff.accounts.api_clients import names_of_api_clients
from warmhandoff.accounts.queries import names_of_members
from warmhandoff.core.looking import Asked, entries
from warmhandoff.directory.by_program import change, still_true, version_of
from warmhandoff.directory.catalogue import Entry, Wanted, catalogue, catalogue_entry
from warmhandoff.directory.finding import find
from warmhandoff.directory.listing import enter
from warmhandoff.rules.access import SCOPES, Actor
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

if TYPE_CHECKING:
    from warmhandoff.accounts.models import Practice


@dataclass(frozen=True)
class Call:
    """One question of a program that was let in, with its parameters and body as they were checked."""

    actor: Actor
    practice: Practice
    expires_at: datetime
    now: datetime
    asked: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day on the practice's clock."""
        return self.now.astimezone(ZoneInfo(self.practice.time_zone)).date()


Answer = Callable[[Call], dict[str, Any]]
ANSWERS: dict[str, Answer] = {}


def _answers(name: str) -> Callable[[Answer], Answer]:
    def register(answer: Answer) -> Answer:
        ANSWERS[name] = answer
        return answer

    return register


@_answers("practice")
def practice(call: Call) -> dict[str, Any]:
    home = call.practice
    scopes = [scope for scope in SCOPES if scope in call.actor.scopes]
    return {
        "practice": {"name": home.name, "slug": home.slug, "state": home.state, "zip": home.zip,
                     "time_zone": home.time_zone},
        "program": {"name": call.actor.name, "scopes": scopes, "expires_at": call.expires_at.isoformat()},
    }  # fmt: skip


@_answers("listings")
def listings(call: Call) -> dict[str, Any]:
    asked = call.asked
    wanted = Wanted(
        asked["scope"], asked["words"] or "", asked["state"] or "", asked["kind"] or "", asked["page"],
        asked["per_page"],
    )  # fmt: skip
    found = catalogue(call.actor, wanted, today=call.today)
    return {
        "total": found.total, "page": found.page, "pages": found.pages,
        "listings": [_listing(entry) for entry in found.entries],
    }  # fmt: skip


@_answers("listing")
def listing(call: Call) -> dict[str, Any]:
    return _listing(catalogue_entry(call.actor, call.asked["listing_id"], today=call.today))


@_answers("listing_add")
def listing_add(call: Call) -> dict[str, Any]:
    given = _given(call.body, "facts", "relationship", "verified")
    relationship = given.get("relationship", "unknown")
    if not isinstance(relationship, str) or relationship not in vocabulary("relationships"):
        raise BadInput(Problem("one of the relationships is needed", field="relationship"))
    made = enter(
        call.actor, _facts(given), now=call.now, verified=_verified(given), relationship=relationship,
    )  # fmt: skip
    return _listing(catalogue_entry(call.actor, made, today=call.today))


@_answers("listing_change")
def listing_change(call: Call) -> dict[str, Any]:
    given, listing_id = _given(call.body, "facts", "verified"), call.asked["listing_id"]
    change(
        call.actor, listing_id, _facts(given), version=call.asked["If-Match"].strip('"'), verified=_verified(given),
        now=call.now, today=call.today,
    )  # fmt: skip
    return _listing(catalogue_entry(call.actor, listing_id, today=call.today))


@_answers("listing_still_true")
def listing_still_true(call: Call) -> dict[str, Any]:
    fields, listing_id = _given(call.body, "facts").get("facts"), call.asked["listing_id"]
    if not isinstance(fields, list) or not fields or not all(isinstance(field, str) for field in fields):
        raise BadInput(Problem("a list of facts is needed", field="facts"))
    still_true(call.actor, listing_id, fields, now=call.now, today=call.today)
    return _listing(catalogue_entry(call.actor, listing_id, today=call.today))


def _given(body: dict[str, Any], *known: str) -> dict[str, Any]:
    unknown = [Problem("there is no such property", field=ascii(name)[1:-1][:60]) for name in body if name not in known]
    if unknown:
        raise BadInput(*unknown)
    return body


def _facts(given: dict[str, Any]) -> dict[str, Any]:
    facts = given.get("facts")
    if not isinstance(facts, dict) or not facts:
        raise BadInput(Problem("an object of facts is needed", field="facts"))
    return facts


def _verified(given: dict[str, Any]) -> bool:
    verified = given.get("verified", False)
    if not isinstance(verified, bool):
        raise BadInput(Problem("true or false is needed", field="verified"))
    return verified


def _listing(entry: Entry) -> dict[str, Any]:
    line = entry.line
    return {
        "id": line.id, "version": version_of(entry), "name": line.name, "kind": line.kind, "shared": line.shared,
        "retired": line.retired, "excluded": line.excluded, "relationship": line.relationship,
        "verified_days": line.verified_days,
        "facts": {
            fact.field: {
                "value": fact.value, "days": fact.days, "dated_on": fact.dated_on.isoformat(),
                "verified": fact.verified, "known": not fact.stale, "source": fact.source, "own": fact.own,
            }
            for fact in entry.facts
        },
    }  # fmt: skip


@_answers("match")
def match(call: Call) -> dict[str, Any]:
    k, relax = call.asked["k"], call.asked["relax"]
    return find(call.actor, call.body, today=call.today, k=k, relax=relax).as_json()


@_answers("audit")
def audit(call: Call) -> dict[str, Any]:
    asked = Asked(call.asked["who"], call.asked["verb"] or "", before=call.asked["before"])
    looks = entries(call.actor, asked, now=call.now)
    names = names_of_members(call.practice.pk) | names_of_api_clients(call.practice.pk)
    return {
        "entries": [
            {
                "number": look.number, "at": look.at.isoformat(), "side": look.side,
                "who": str(look.membership_id) if look.membership_id else None,
                "name": names.get(look.membership_id) if look.membership_id else None, "verb": look.verb,
                "subject": look.subject_kind, "refused": look.refused, "clients": look.clients,
            }
            for look in looks.lines
        ],
        "older": looks.older,
    }  # fmt: skip

"""One service of Open Referral HSDS 3.0 as listings: one at each of its places.

The standard has fields for much, and directories fill few of them. What is not said stays unknown; words stay words,
but for the few that say something outright (words.toml).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from warmhandoff.directory.importing import Item, Row, Unread
from warmhandoff.imports.carried import CARRIED_AS, Carried, carried
from warmhandoff.imports.tidying import sifted, state_of, telephone
from warmhandoff.imports.wording import access_of, ages_of, fee_of, is_confidential, kind_of, languages_of, times_of
from warmhandoff.rules.places import normalised_zip
from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.vocab import vocabulary

Document = Mapping[str, Any]
Note = tuple[int, str, str]
_WAIT = re.compile(r"(\d{1,3}) (day|week|month)s?", re.IGNORECASE)
_LONG = {"day": 1, "week": 7, "month": 30}
_SESSION = re.compile(r"session|visit|hour|appointment", re.IGNORECASE)


def text(document: Document, *names: str) -> str:
    """The first of these that holds a text or a number, on one line."""
    for name in names:
        value = document.get(name)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip():
            return " ".join(str(value).split())
    return ""


def parts(document: Document, name: str) -> list[Document]:
    """The documents in a list, or none."""
    value = document.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def part(document: Document, name: str) -> Document:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def number(document: Document, name: str) -> float | None:
    """A number, also one written as a text; None for anything else."""
    value = document.get(name)
    if isinstance(value, bool) or value in (None, ""):
        return None
    try:
        return float(str(value)[:40])
    except ValueError:
        return None


def services_in(document: Document) -> Iterator[Document]:
    """The services a document of the standard holds: itself, an organisation's, or that of a service at a place."""
    if parts(document, "services"):
        organization = {name: value for name, value in document.items() if name not in ("services", "programs")}
        for service in parts(document, "services"):
            yield {"organization": organization, **service}
    elif part(document, "service"):
        yield {**part(document, "service"), "service_at_locations": [document]}
    else:
        yield document


def items_of(service: Document, line: int, today: date) -> Iterator[tuple[Item, list[Note]]]:
    """A service's listings, or why there is none; with what was left unknown of each."""
    key, name = text(service, "id"), text(service, "name")
    if not key or len(key) > 90 or not key.isprintable():
        yield Unread(line, "id", "is missing, or is none: a service needs it", torn=True), []
        return
    status = text(service, "status").lower()
    if status in ("inactive", "defunct"):
        yield Unread(line, "status", f"the service is {status}"), []
        return
    places = parts(service, "service_at_locations") or [{}]
    for place in places:
        location = part(place, "location")
        where = text(location, "id") or text(place, "location_id")
        if not where.isprintable():  # JSON can spell half a character, which no database takes
            yield Unread(line, "location", "has an id that is none", torn=True), []
            continue
        whole = f"{key}/{where[:90]}" if where else key
        try:
            own = _carried(service, today)
            facts, left = (own.facts, []) if own else sifted(_facts(service, place, location, name))
        except BadInput as refusal:
            problem = refusal.problems[0]
            yield Unread(line, problem.field, problem.reason, key=whole), []
            continue
        if not facts.get("name"):
            yield Unread(line, "name", "is blank: a listing needs it", key=whole), []
            continue
        stated, verified = (_day(service, name, today) for name in ("last_modified", "assured_date"))
        row = Row(line, whole, facts, stated, verified, dates=own.dates if own else {})
        yield row, [(line, field, reason) for field, reason in left]


def _facts(service: Document, place: Document, location: Document, name: str) -> dict[str, Any]:
    organization = part(service, "organization")
    terms = _terms(service)
    facts: dict[str, Any] = kind_of(" | ".join([name, text(service, "alternate_name"), *terms]))
    about = _about(service)
    facts |= {
        "name": _name(name, text(organization, "name")), "program_type": "; ".join(terms)[:300], "about": about,
        "other_names": text(service, "alternate_name")[:300],
        "email": text(service, "email") or text(organization, "email"),
        "website": text(service, "url") or text(organization, "website", "url"),
        "age_groups": ages_of(number(service, "minimum_age"), number(service, "maximum_age")),
        "times": _times(service, place, location), "wait_days": _wait(text(service, "wait_time")),
        "languages": _languages(service, location), "access": _access(service, location),
    }  # fmt: skip
    facts |= _phones(service, place, location, organization) | _cost(service)
    if text(service, "status").lower() == "temporarily closed":
        facts["accepting"] = "closed"
    if text(location, "location_type").lower() == "virtual":
        return {**facts, "formats": ["telehealth"]}
    return facts | _where(service, location, name, about)


def _name(name: str, organization: str) -> str:
    whole = f"{name}, {organization}"
    return name if not organization or organization.casefold() in name.casefold() or len(whole) > 300 else whole


def _carried(service: Document, today: date) -> Carried | None:
    """What Warm Handoff itself wrote of the service: attributes of its own taxonomy."""
    terms = ((part(one, "taxonomy_term"), one) for one in parts(service, "attributes"))
    return carried(
        ((text(term, "code"), one.get("value")) for term, one in terms if term.get("taxonomy") == CARRIED_AS), today
    )


def _terms(service: Document) -> list[str]:
    found = []
    for attribute in parts(service, "attributes"):
        term = part(attribute, "taxonomy_term")
        if text(term, "taxonomy").startswith(CARRIED_AS):
            continue  # our own codes, in words
        found.append(text(term, "name", "term") or text(attribute, "label"))
    return list(dict.fromkeys(filter(None, found)))


def _about(service: Document) -> str:
    """The description as it stands, its lines kept, at most 2,000 characters of it."""
    raw = service.get("description")
    lines = (" ".join(line.split()) for line in str(raw if isinstance(raw, str) else "").splitlines())
    whole = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return whole if len(whole) <= 2000 else whole[:1999].rstrip() + "\u2026"


def _phones(service: Document, place: Document, location: Document, organization: Document) -> dict[str, Any]:
    found: dict[str, str] = {}
    for owner in (place, service, location, organization):
        for phone in parts(owner, "phones"):
            kind = text(phone, "type").lower()
            said = text(phone, "number").strip('"')
            field = "fax" if kind == "fax" else "phone"
            if said and kind not in ("sms", "text", "pager", "textphone", "tty", "tdd"):
                extension = text(phone, "extension")
                found.setdefault(field, telephone(said) + (f" ext. {extension}" if extension else ""))
    return dict(found)


def _languages(service: Document, location: Document) -> list[str] | None:
    known, found = vocabulary("languages"), set()
    for language in [*parts(service, "languages"), *parts(location, "languages")]:
        code = text(language, "code").lower().split("-")[0]
        if code and code in known:
            found.add(code)
        else:
            found |= set(languages_of([text(language, "name") or text(language, "note")]))
    return sorted(found) or None


def _access(service: Document, location: Document) -> list[str] | None:
    notes = [f"{text(one, 'description')} {text(one, 'details')}" for one in parts(location, "accessibility")]
    notes += [text(location, "transportation"), text(service, "interpretation_services")]
    notes += [f"{text(one, 'name')} {text(one, 'note')}" for one in parts(service, "languages")]
    return access_of(notes) or None


def _times(service: Document, place: Document, location: Document) -> list[str] | None:
    found: set[str] = set()
    for owner in (place, service, location):
        for schedule in parts(owner, "schedules"):
            until = text(schedule, "valid_to", "until")
            if text(schedule, "freq").upper() == "WEEKLY" and not until:
                days = re.findall(r"[A-Z]{2}", text(schedule, "byday").upper())
                found |= times_of(days, text(schedule, "opens_at"), text(schedule, "closes_at"))
        if found:
            break
    return sorted(found) or None


def _wait(said: str) -> int | None:
    found = _WAIT.fullmatch(said.rstrip("."))
    return int(found[1]) * _LONG[found[2].lower()] if found else None


def _cost(service: Document) -> dict[str, Any]:
    """One price for a session is the fee; of several, which one holds for whom cannot be told here."""
    facts = fee_of(text(service, "fees_description", "fees"))
    priced = [option for option in parts(service, "cost_options") if number(option, "amount") is not None]
    if len(priced) != 1 or text(priced[0], "currency").lower() not in ("", "usd"):
        return facts
    amount = number(priced[0], "amount") or 0.0
    is_session = _SESSION.search(f"{text(priced[0], 'amount_description')} {text(priced[0], 'option')}")
    if 0 <= amount < 100_000 and (amount == 0 or is_session):
        facts["fee"] = round(amount * 100)
    return facts


def _where(service: Document, location: Document, name: str, about: str) -> dict[str, Any]:
    """The place. Where it is to be kept from others, nothing of it is kept here either."""
    addresses = parts(location, "addresses") or parts(location, "physical_addresses")
    address = next((one for one in addresses if text(one, "address_type").lower() in ("", "physical")), {})
    lines = ", ".join(filter(None, (text(address, "address_1"), text(address, "address_2"))))
    organization = part(service, "organization")
    everything = " ".join([
        name, about, lines, text(service, "eligibility_description"), text(service, "alert"),
        text(organization, "name"), text(organization, "description"), text(location, "name"),
        text(location, "description"), *_terms(service),
    ])  # fmt: skip
    state = state_of(text(address, "state_province"))
    if is_confidential(f"{name} {text(location, 'name')}", everything):
        street = re.compile(re.escape(text(address, "address_1")[:12]), re.IGNORECASE)
        shown = {} if not text(address, "address_1") or not street.search(about) else {"about": None}
        return {"confidential": True, "state": state, **shown}
    zip_code = text(address, "postal_code")
    return {
        "address": lines, "city": text(address, "city"), "state": state,
        "zip": normalised_zip(zip_code) or (zip_code if text(address, "country") in ("", "US") else None),
        "lat": number(location, "latitude"), "lon": number(location, "longitude"),
    }  # fmt: skip


def _day(service: Document, name: str, today: date) -> date | None:
    """A day of a date or a moment; None where there is none, or it is yet to come."""
    try:
        day = date.fromisoformat(text(service, name)[:10])
    except ValueError:
        return None
    return day if day <= today else None

"""A listing as a service of Open Referral HSDS 3.0, nested; and a page of them.

What the standard has a field for stands there; every fact stands among the attributes too, with its dates, in a
taxonomy of our own, so that nothing is lost between two servers. Of a confidential place there is neither address nor
point.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from warmhandoff.directory.exporting import CARRIED_AS, Outgoing
from warmhandoff.directory.fields import FIELDS
from warmhandoff.directory.wording import code_in_words, fee_in_words
from warmhandoff.rules.vocab import vocabulary

VERSION = "3.0"
_PARTS = {"morning": ("06:00", "11:00"), "midday": ("11:00", "14:00"), "afternoon": ("14:00", "17:00"),
          "evening": ("17:00", "22:00")}  # fmt: skip
_AGES = {"early_childhood": (0, 5), "child": (6, 12), "adolescent": (13, 17), "young_adult": (18, 25),
         "adult": (26, 64), "older_adult": (65, 120)}  # fmt: skip
_TERMS = ("treats", "specialises_in", "modalities", "levels", "kind", "participants")

Document = dict[str, Any]


def service_of(listing: Outgoing) -> Document:
    """The service, with everything nested in it that belongs to it. Fields of which nothing is known are left out."""
    values = listing.values
    found: Document = {
        "id": str(listing.key), "name": values["name"], "alternate_name": values.get("other_names"),
        "description": values.get("about"), "url": values.get("website"), "email": values.get("email"),
        "status": "active", "fees_description": fee_in_words(values) or None, "wait_time": _wait(values),
        **_ages(values), "last_modified": f"{listing.seen_on}T00:00:00Z",
        "assured_date": str(listing.verified_on) if listing.verified_on else None,
        "organization": _organization(listing), "phones": _phones(listing), "languages": _languages(listing),
        "cost_options": _cost(listing), "schedules": _schedules(listing), "service_at_locations": _places(listing),
        "attributes": [*_terms(listing), *_carried(listing)],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, [])}


def page(listings: Iterable[Outgoing], total: int) -> Iterator[str]:
    """One page that holds them all, in pieces of a service."""
    head = {
        "total_items": total, "total_pages": 1, "page_number": 1, "size": total, "first_page": True, "last_page": True,
        "empty": not total,
    }  # fmt: skip
    yield json.dumps(head)[:-1] + ', "contents": ['
    for number, listing in enumerate(listings):
        yield (",\n" if number else "\n") + json.dumps(service_of(listing), ensure_ascii=False)
    yield "\n]}\n"


def _organization(listing: Outgoing) -> Document:
    values = listing.values
    return {
        "id": listing.id_of("organization"), "name": values["name"],
        "description": values.get("program_type") or code_in_words("kinds", values["kind"]),
    }  # fmt: skip


def _phones(listing: Outgoing) -> list[Document]:
    kinds = {"phone": "voice", "fax": "fax"}
    return [
        {"id": listing.id_of(field), "number": listing.values[field], "type": kind}
        for field, kind in kinds.items() if field in listing.values
    ]  # fmt: skip


def _languages(listing: Outgoing) -> list[Document]:
    codes = listing.values.get("languages") or ()
    return [
        {"id": listing.id_of(f"language/{code}"), "name": code_in_words("languages", code), "code": code}
        for code in codes
    ]


def _wait(values: Mapping[str, Any]) -> str | None:
    days = values.get("wait_days")
    return None if days is None else f"{days} day{'' if days == 1 else 's'}"


def _ages(values: Mapping[str, Any]) -> dict[str, int]:
    """Lowest and highest age, where the groups leave no gap between them."""
    groups = [group for group in _AGES if group in (values.get("age_groups") or ())]
    names = list(_AGES)
    if not groups or names.index(groups[-1]) - names.index(groups[0]) != len(groups) - 1:
        return {}
    ages = {"minimum_age": _AGES[groups[0]][0], "maximum_age": _AGES[groups[-1]][1]}
    return {name: age for name, age in ages.items() if age not in (0, 120)}


def _cost(listing: Outgoing) -> list[Document]:
    fee = listing.values.get("fee")
    if fee is None:
        return []
    return [{
        "id": listing.id_of("fee"), "option": "Fee", "currency": "USD", "amount": fee / 100,
        "amount_description": "a session",
    }]  # fmt: skip


def _schedules(listing: Outgoing) -> list[Document]:
    """A weekly schedule for each part of the day, with its days."""
    days: dict[str, list[str]] = defaultdict(list)
    for code in listing.values.get("times") or ():
        day, _, part = code.partition("_")
        days[part].append(day[:2].upper())
    return [
        {
            "id": listing.id_of(f"times/{part}"), "freq": "WEEKLY", "byday": ",".join(days[part]),
            "opens_at": opens, "closes_at": closes,
        }
        for part, (opens, closes) in _PARTS.items() if part in days
    ]  # fmt: skip


def _places(listing: Outgoing) -> list[Document]:
    location = _location(listing)
    return [{"id": listing.id_of("place"), "location": location}] if location else []


def _location(listing: Outgoing) -> Document | None:
    values = listing.values
    if values.get("confidential"):
        return None
    found: Document = {"id": listing.id_of("location"), "location_type": "physical"}
    if values.get("lat") is not None:
        found |= {"latitude": values["lat"], "longitude": values["lon"]}
    parts = {"address_1": "address", "city": "city", "state_province": "state", "postal_code": "zip"}
    if any(values.get(field) for field in ("address", "city", "zip")):
        said = {name: values.get(field, "") for name, field in parts.items()}
        found["addresses"] = [
            {"id": listing.id_of("address"), **said, "country": "US", "address_type": "physical"}
        ]  # fmt: skip
    access = values.get("access") or ()
    if access:
        found["accessibility"] = [
            {"id": listing.id_of(f"access/{code}"), "description": code_in_words("access", code)} for code in access
        ]
    return found if len(found) > 2 else None


def _terms(listing: Outgoing) -> list[Document]:
    """What others can read as terms: concerns, methods, kind, level of care."""
    found = []
    for field in _TERMS:
        value = listing.values.get(field) or ()
        name = FIELDS[field].vocabulary
        for code in [value] if isinstance(value, str) else value:
            label = vocabulary(name).label(code)
            found.append(_attribute(listing, field, _term(f"{CARRIED_AS}-{name}", code, label)))
    return found


def _carried(listing: Outgoing) -> list[Document]:
    return [
        _attribute(listing, "", _term(CARRIED_AS, field, FIELDS[field].label), fact)
        for field, fact in listing.carried()
    ]


def _term(taxonomy: str, code: str, name: str) -> Document:
    """A term; its id is the same everywhere."""
    key = uuid5(NAMESPACE_URL, f"urn:{taxonomy}:{code}")
    return {"id": str(key), "code": code, "name": name, "description": name, "taxonomy": taxonomy}


def _attribute(listing: Outgoing, about: str, term: Document, value: str | None = None) -> Document:
    found = {
        "id": listing.id_of(f"attribute/{about}/{term['taxonomy']}/{term['code']}"), "link_entity": "service",
        "link_id": str(listing.key), "taxonomy_term": term,
    }  # fmt: skip
    return found if value is None else {**found, "value": value}

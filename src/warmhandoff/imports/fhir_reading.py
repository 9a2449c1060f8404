"""Reading FHIR resources as they come from elsewhere: nothing is taken for granted, what is odd reads as nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from warmhandoff.imports.carried import CARRIED_AS, Carried, carried
from warmhandoff.imports.tidying import state_of, telephone
from warmhandoff.imports.wording import times_of
from warmhandoff.rules.places import normalised_zip

Resource = Mapping[str, Any]
PLAN_NET = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/"
NUCC = "http://nucc.org/provider-taxonomy"
NPI = "http://hl7.org/fhir/sid/us-npi"
_DAYS = {"mon": "MO", "tue": "TU", "wed": "WE", "thu": "TH", "fri": "FR", "sat": "SA", "sun": "SU"}
_REFERENCE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/.*)?$")


def some(value: object) -> list[Resource]:
    """The objects in a list; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def words(value: object) -> str:
    """A text on one line; empty where it is none."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def inner(resource: Resource, name: str) -> Resource:
    value = resource.get(name)
    return value if isinstance(value, dict) else {}


def reference(value: object) -> str:
    """What a Reference points to: Type/id, or the urn of an entry; empty where it names nothing."""
    said = words(value.get("reference")) if isinstance(value, dict) else ""
    found = _REFERENCE.search(said)
    return found[1] if found else said


def references(resource: Resource, name: str) -> list[str]:
    return [said for said in map(reference, some(resource.get(name))) if said]


def codes(resource: Resource, name: str, system: str = "") -> list[str]:
    """The codes of the CodeableConcepts in a list, or of one; of a system that ends like this."""
    value = resource.get(name)
    concepts = [value] if isinstance(value, dict) else some(value)
    found = (coding for concept in concepts for coding in some(concept.get("coding")))
    return [words(coding.get("code")) for coding in found if words(coding.get("system")).endswith(system)]


def extensions(resource: Resource, name: str) -> list[Resource]:
    """The extensions of Plan-Net's name, or inner ones of that name."""
    return [one for one in some(resource.get("extension")) if words(one.get("url")) in (name, PLAN_NET + name)]


def carried_in(resource: Resource, today: date) -> Carried | None:
    """What Warm Handoff itself wrote of it, in extensions."""
    said = []
    for extension in some(resource.get("extension")):
        if extension.get("url") == f"urn:{CARRIED_AS}:fact":
            inside = {words(one.get("url")): one for one in some(extension.get("extension"))}
            said.append((words(inner(inside, "field").get("valueCode")), inner(inside, "fact").get("valueString")))
    return carried(said, today)


def npi_of(resource: Resource) -> str:
    return next(
        (words(one.get("value")) for one in some(resource.get("identifier")) if words(one.get("system")) == NPI), ""
    )


def name_of(practitioner: Resource) -> str:
    """Given names and family name, or the name as one text without what follows a comma."""
    for name in some(practitioner.get("name")):
        given = name.get("given")
        first = " ".join(filter(None, map(words, given))) if isinstance(given, list) else ""
        whole = f"{first} {words(name.get('family'))}".strip()
        if whole or words(name.get("text")):
            return whole or words(name.get("text")).partition(",")[0]
    return ""


def credentials_of(practitioner: Resource) -> str:
    found = [words(inner(one, "code").get("text")) or "".join(codes(one, "code", "v2-0360")[:1])
             for one in some(practitioner.get("qualification")) if codes(one, "code", "v2-0360")]  # fmt: skip
    return ", ".join(dict.fromkeys(filter(None, found)))[:120]


def licensed_in(practitioner: Resource) -> list[str] | None:
    """The states where a qualification is said to be active and valid."""
    found = set()
    for qualification in some(practitioner.get("qualification")):
        for extension in extensions(qualification, "practitioner-qualification"):
            status = {words(one.get("valueCode")) for one in extensions(extension, "status")}
            for where in extensions(extension, "whereValid"):
                if status == {"active"}:
                    found |= {state_of(code) for code in codes(where, "valueCodeableConcept")}
    return sorted(filter(None, found)) or None


def languages_of(practitioner: Resource) -> list[str]:
    return [code.lower().split("-")[0] for code in codes(practitioner, "communication") if code]


def telecom_of(*owners: Resource) -> dict[str, str]:
    """phone, fax, email and website: the first of each, the more preferred before."""
    fields = {"phone": "phone", "fax": "fax", "email": "email", "url": "website"}
    found: dict[str, str] = {}
    for owner in owners:
        def rank(one: Resource) -> int:
            said = one.get("rank")
            return said if isinstance(said, int) else 99

        for one in sorted(some(owner.get("telecom")), key=rank):
            field, value = fields.get(words(one.get("system"))), words(one.get("value"))
            if field and value:
                found.setdefault(field, telephone(value) if field in ("phone", "fax") else value)
    return found


def place_of(location: Resource) -> dict[str, Any]:
    """Address and point of a Location."""
    address, position = inner(location, "address"), inner(location, "position")
    raw = address.get("line")
    lines = [words(line) for line in raw] if isinstance(raw, list) else []
    zip_code = words(address.get("postalCode"))
    return {
        "address": ", ".join(filter(None, lines)) or None, "city": words(address.get("city")) or None,
        "state": state_of(words(address.get("state"))), "zip": normalised_zip(zip_code) or zip_code or None,
        "lat": _number(position.get("latitude")), "lon": _number(position.get("longitude")),
    }  # fmt: skip


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def times_in(resource: Resource, name: str) -> list[str] | None:
    """The parts of the week in a list of available times."""
    found: set[str] = set()
    for one in some(resource.get(name)):
        said = one.get("daysOfWeek")
        days = [_DAYS[words(day)] for day in said if words(day) in _DAYS] if isinstance(said, list) else []
        begin = words(one.get("availableStartTime")) or words(one.get("openingTime"))
        end = words(one.get("availableEndTime")) or words(one.get("closingTime"))
        if one.get("allDay") is True:
            begin, end = "00:00", "24:00"
        found |= times_of(days, begin, end)
    return sorted(found) or None


def day_of(resource: Resource, today: date) -> date | None:
    """The day the resource was last changed in its source; None where it is not told or yet to come."""
    try:
        day = date.fromisoformat(words(inner(resource, "meta").get("lastUpdated"))[:10])
    except ValueError:
        return None
    return day if day <= today else None



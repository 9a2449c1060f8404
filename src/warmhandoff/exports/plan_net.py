"""A listing as HealthcareService and Location of Da Vinci Plan-Net 1.1.0 (FHIR 4.0.1), in a bundle or one a line.

Each listing is a service, also where it is one person: the standard asks of a Practitioner an NPI and a family name,
which are often not known. Every fact stands in an extension too, with its dates (`urn:warmhandoff:fact`), so that
nothing is lost between two servers. Of a confidential place there is no Location.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from warmhandoff.directory.exporting import CARRIED_AS, Outgoing
from warmhandoff.directory.wording import code_in_words

_GUIDE = "http://hl7.org/fhir/us/davinci-pdex-plan-net"
_ACCEPTING = {"open": "newpt", "waitlist": "newpt", "closed": "nopt"}
_ACCESS = {"wheelchair": "adacomp", "transit": "pubtrans"}
_FORMATS = {"telehealth": "virtual", "in_person": "physical"}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PARTS = {"morning": ("06:00:00", "11:00:00"), "midday": ("11:00:00", "14:00:00"),
          "afternoon": ("14:00:00", "17:00:00"), "evening": ("17:00:00", "22:00:00")}  # fmt: skip
Resource = dict[str, Any]


def resources_of(listing: Outgoing) -> list[Resource]:
    """The service, and before it its place where that is known and not confidential."""
    location = _location(listing)
    service = _service(listing)
    if location:
        service["location"] = [{"reference": f"Location/{location['id']}"}]
    return [*([location] if location else ()), service]


def bundle(listings: Iterable[Outgoing]) -> Iterator[str]:
    """A collection, in pieces of an entry."""
    yield '{"resourceType": "Bundle", "type": "collection", "entry": ['
    number = 0
    for listing in listings:
        for resource in resources_of(listing):
            entry = {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
            yield (",\n" if number else "\n") + json.dumps(entry, ensure_ascii=False)
            number += 1
    yield "\n]}\n"


def lines(listings: Iterable[Outgoing]) -> Iterator[str]:
    """The same as ndjson: a resource a line."""
    for listing in listings:
        for resource in resources_of(listing):
            yield json.dumps(resource, ensure_ascii=False) + "\n"


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"{_GUIDE}/CodeSystem/{system}", "code": code}]}


def _extension(name: str, inside: list[Resource]) -> Resource:
    return {"url": f"{_GUIDE}/StructureDefinition/{name}", "extension": inside}


def _meta(listing: Outgoing, profile: str) -> Resource:
    return {
        "lastUpdated": f"{listing.seen_on}T00:00:00Z",
        "profile": [f"{_GUIDE}/StructureDefinition/plannet-{profile}"],
    }  # fmt: skip


def _service(listing: Outgoing) -> Resource:
    values = listing.values
    found: Resource = {
        "resourceType": "HealthcareService", "id": str(listing.key), "meta": _meta(listing, "HealthcareService"),
        "extension": [*_said_by_the_guide(listing), *_carried(listing)],
        "identifier": _npi(listing), "active": True,
        "category": [_coded("HealthcareServiceCategoryCS", "behav")],
        "type": [{"text": code_in_words("kinds", values["kind"])}],
        "name": values["name"], "comment": values.get("about"), "telecom": _telecom(listing),
        "communication": [
            {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]} for code in values.get("languages") or ()
        ],
        "availableTime": _times(listing),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, [])}


def _npi(listing: Outgoing) -> list[Resource]:
    npi = listing.values.get("npi")
    return [{"system": "http://hl7.org/fhir/sid/us-npi", "value": npi}] if npi else []


def _said_by_the_guide(listing: Outgoing) -> list[Resource]:
    values, found = listing.values, []
    accepting = _ACCEPTING.get(values.get("accepting", ""))
    if accepting:
        said = {"url": "acceptingPatients", "valueCodeableConcept": _coded("AcceptingPatientsCS", accepting)}
        found.append(_extension("newpatients", [said]))
    for code in values.get("formats") or ():
        if code in _FORMATS:
            said = {"url": "type", "valueCodeableConcept": _coded("DeliveryMethodCS", _FORMATS[code])}
            found.append(_extension("delivery-method", [said]))
    return found


def _carried(listing: Outgoing) -> list[Resource]:
    return [
        {
            "url": f"urn:{CARRIED_AS}:fact",
            "extension": [{"url": "field", "valueCode": field}, {"url": "fact", "valueString": fact}],
        }
        for field, fact in listing.carried()
    ]


def _telecom(listing: Outgoing) -> list[Resource]:
    systems = {"phone": "phone", "fax": "fax", "email": "email", "website": "url"}
    return [
        {"system": system, "value": listing.values[field], "use": "work"}
        for field, system in systems.items() if field in listing.values
    ]  # fmt: skip


def _times(listing: Outgoing) -> list[Resource]:
    times = set(listing.values.get("times") or ())
    found = []
    for part, (begin, end) in _PARTS.items():
        days = [day for day in _DAYS if f"{day}_{part}" in times]
        if days:
            found.append({"daysOfWeek": days, "availableStartTime": begin, "availableEndTime": end})
    return found


def _location(listing: Outgoing) -> Resource | None:
    values = listing.values
    if values.get("confidential") or not any(values.get(field) for field in ("address", "city", "zip", "lat")):
        return None
    address = {
        "line": [values["address"]] if values.get("address") else None, "city": values.get("city"),
        "state": values.get("state"), "postalCode": values.get("zip"), "country": "US",
    }  # fmt: skip
    found: Resource = {
        "resourceType": "Location", "id": listing.id_of("location"), "meta": _meta(listing, "Location"),
        "extension": [
            _extension_of_access(_ACCESS[code]) for code in values.get("access") or () if code in _ACCESS
        ],
        "status": "active", "name": values["name"],
        "address": {name: value for name, value in address.items() if value is not None},
    }  # fmt: skip
    if values.get("lat") is not None:
        found["position"] = {"longitude": values["lon"], "latitude": values["lat"]}
    return {name: value for name, value in found.items() if value != []}


def _extension_of_access(code: str) -> Resource:
    return {
        "url": f"{_GUIDE}/StructureDefinition/accessibility",
        "valueCodeableConcept": _coded("AccessibilityCS", code),
    }

"""One role, service or affiliation of a health plan's directory as listings: one at each of its places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from warmhandoff.directory.importing import Item, Row, Unread
from warmhandoff.imports.fhir_reading import (
    NUCC,
    Resource,
    carried_in,
    codes,
    credentials_of,
    day_of,
    extensions,
    inner,
    languages_of,
    licensed_in,
    name_of,
    npi_of,
    place_of,
    reference,
    references,
    some,
    telecom_of,
    times_in,
    words,
)
from warmhandoff.imports.hsds_service import Note
from warmhandoff.imports.shelf import Shelf
from warmhandoff.imports.taxonomy import facts_of
from warmhandoff.imports.tidying import sifted
from warmhandoff.imports.wording import is_confidential, kind_of
from warmhandoff.rules.refusals import BadInput
from warmhandoff.rules.vocab import vocabulary

OUTSIDE = "outside behavioural health"
# Plan-Net ProviderRoleCS, where a role has no speciality: source the implementation guide 1.1.0, as of 2026-11-22.
_ROLES = {"bh": "therapist", "co": "therapist", "mt": "therapist", "py": "therapist", "sw": "therapist",
          "ba": "therapist", "bt": "therapist"}  # fmt: skip
# AcceptingPatientsCS: who is taken. Existing patients only, or their families, is "closed" to anyone new.
_ACCEPTING = {"newpt": "open", "nopt": "closed", "existptonly": "closed", "existptfam": "closed"}
_ACCESS = {"handiaccess": "wheelchair", "adacomp": "wheelchair", "mobility": "wheelchair", "pubtrans": "transit"}
_FORMATS = {"virtual": "telehealth", "physical": "in_person"}


@dataclass
class Reading:
    """One resource being read: where what it refers to lies, and what is not there or cannot be right."""

    shelf: Shelf
    line: int
    today: date
    notes: list[Note] = field(default_factory=list)

    def found(self, said: str, name: str) -> Resource:
        """What a reference points to; nothing, and a note, where the file does not hold it."""
        if not said:
            return {}
        kind, _slash, key = said.partition("/")
        resource = self.shelf.get(kind, key) or self.shelf.get("url", said)
        if isinstance(resource, dict):
            return resource
        self.notes.append((self.line, name, f"{said[:100]} is not in the file"))
        return {}

    def all(self, resource: Resource, name: str) -> list[Resource]:
        return [one for one in (self.found(said, name) for said in references(resource, name)) if one]


def items_of(shelf: Shelf, resource: Resource, line: int, today: date) -> Iterator[tuple[Item, list[Note]]]:
    """The listings of a PractitionerRole, HealthcareService or OrganizationAffiliation, or why there is none."""
    kind, read = str(resource["resourceType"]), Reading(shelf, line, today)
    key = f"{kind}/{resource['id']}"
    if resource.get("active") is False:
        yield Unread(line, "active", "is not active"), []
        return
    facts = _FACTS[kind](read, resource)
    if facts is None:
        yield Unread(line, "specialty", OUTSIDE), []
        return
    facts["plans"] = _plans(read, _networks(read, resource)) or None
    for location in read.all(resource, "location") or [{}]:
        yield _landed(read, resource, key, facts | _at(read, resource, location, facts)), read.notes
        read.notes = []


def _landed(read: Reading, resource: Resource, key: str, facts: dict[str, Any]) -> Item:
    where = facts.pop("_location", "")
    whole = f"{key}/{where}" if where else key
    try:
        own = carried_in(resource, read.today)
        known, left = (own.facts, []) if own else sifted(facts)
    except BadInput as refusal:
        return Unread(read.line, refusal.problems[0].field, refusal.problems[0].reason, key=whole)
    if not known.get("name"):
        return Unread(read.line, "name", "is blank: a listing needs it", key=whole)
    read.notes += [(read.line, name, reason) for name, reason in left]
    return Row(
        read.line, whole, known, stated_on=day_of(resource, read.today), dates=own.dates if own else {}
    )  # fmt: skip


def _role(read: Reading, role: Resource) -> dict[str, Any] | None:
    practitioner = read.found(reference(role.get("practitioner")), "practitioner")
    organization = read.found(reference(role.get("organization")), "organization")
    facts = _speciality(role)
    if facts is None:
        return None
    services = read.all(role, "healthcareService")
    name = name_of(practitioner) or words(organization.get("name"))
    name = name or "".join(words(service.get("name")) for service in services[:1])
    known = vocabulary("languages")
    return facts | {
        "name": name, "credentials": credentials_of(practitioner), "npi": npi_of(practitioner) or None,
        "languages": [code for code in languages_of(practitioner) if code in known] or None,
        "licensed_states": licensed_in(practitioner), "formats": _formats([role, *services]),
    }  # fmt: skip


def _speciality(resource: Resource) -> dict[str, Any] | None:
    facts = facts_of(codes(resource, "specialty", NUCC))
    if facts is not None or codes(resource, "specialty", NUCC):
        return facts
    kinds = [_ROLES[code] for code in codes(resource, "code", "ProviderRoleCS") if code in _ROLES]
    return {"kind": kinds[0]} if kinds else None


def _service(read: Reading, service: Resource) -> dict[str, Any] | None:
    organization = read.found(reference(service.get("providedBy")), "providedBy")
    said = words(service.get("name"))
    facts = facts_of(codes(service, "specialty", NUCC))
    if facts is None:
        if "behav" not in codes(service, "category", "HealthcareServiceCategoryCS"):
            return None
        facts = kind_of(said)
        if facts["kind"] == "social_service":  # the plan says it is behavioural health, and the name says no more
            facts = {"kind": "program"}
    name, whose = said or words(organization.get("name")), words(organization.get("name"))
    name = f"{name}, {whose}" if whose and whose.casefold() not in name.casefold() else name
    comment = words(service.get("comment"))
    return facts | {
        "name": name[:300], "npi": npi_of(organization) or None, "about": comment[:2000] or None,
        "formats": _formats([service]),
    }  # fmt: skip


def _affiliation(read: Reading, affiliation: Resource) -> dict[str, Any] | None:
    facts = facts_of(codes(affiliation, "specialty", NUCC))
    if facts is None and "behavioral" in codes(affiliation, "code", "OrganizationAffiliationRoleCS"):
        facts = {"kind": "program"}
    if facts is None:
        return None
    member = read.found(reference(affiliation.get("participatingOrganization")), "participatingOrganization")
    return facts | {"name": words(member.get("name")), "npi": npi_of(member) or None}


_FACTS: dict[str, Callable[[Reading, Resource], dict[str, Any] | None]] = {
    "PractitionerRole": _role, "HealthcareService": _service, "OrganizationAffiliation": _affiliation,
}  # fmt: skip


def _at(read: Reading, resource: Resource, location: Resource, facts: dict[str, Any]) -> dict[str, Any]:
    """What holds at one place: where it is, when it is open, who can reach it, whether new clients are taken."""
    organization = read.found(reference(location.get("managingOrganization")), "managingOrganization")
    found: dict[str, Any] = {
        "_location": words(location.get("id"))[:64], **telecom_of(resource, location, organization),
        "accepting": _accepting(resource) or _accepting(location),
        "times": times_in(resource, "availableTime") or times_in(location, "hoursOfOperation"),
        "access": _access(location),
    }  # fmt: skip
    name = f"{facts['name']} {words(location.get('name'))}"
    said = [name, facts.get("about") or "", words(location.get("description")), place_of(location)["address"] or ""]
    if is_confidential(name, " ".join(said)):
        return {**found, "confidential": True, "state": place_of(location)["state"]}
    return found | place_of(location)


def _accepting(resource: Resource) -> str | None:
    """Whether new clients are taken; unknown where the answer differs between networks."""
    said = {
        _ACCEPTING.get(code)
        for one in extensions(resource, "newpatients") for inside in extensions(one, "acceptingPatients")
        for code in codes(inside, "valueCodeableConcept")
    }  # fmt: skip
    return said.pop() if len(said) == 1 else None


def _access(location: Resource) -> list[str] | None:
    said = [code for one in extensions(location, "accessibility") for code in codes(one, "valueCodeableConcept")]
    return sorted({_ACCESS[code] for code in said if code in _ACCESS}) or None


def _formats(resources: Sequence[Resource]) -> list[str] | None:
    said = [
        code
        for resource in resources for one in extensions(resource, "delivery-method")
        for inside in extensions(one, "type") for code in codes(inside, "valueCodeableConcept")
    ]  # fmt: skip
    return sorted({_FORMATS[code] for code in said if code in _FORMATS}) or None


def _networks(read: Reading, resource: Resource) -> list[str]:
    """The networks a resource belongs to, by itself or by an affiliation."""
    found = [reference(one.get("valueReference")) for one in extensions(resource, "network-reference")]
    found += references(resource, "network")
    kind, key = str(resource["resourceType"]), str(resource["id"])
    affiliations = read.shelf.belonging("OrganizationAffiliation", f"{kind}/{key}")
    for provider in (reference(resource.get("providedBy")), reference(resource.get("organization"))):
        if provider and kind != "OrganizationAffiliation":
            affiliations += [one for one in read.shelf.belonging("OrganizationAffiliation", provider)
                             if not references(one, "healthcareService")]  # fmt: skip
    for affiliation in affiliations:
        if affiliation.get("active") is not False:
            found += references(affiliation, "network")
    return list(dict.fromkeys(filter(None, found)))


def _plans(read: Reading, networks: Sequence[str]) -> list[str]:
    """The names of the plans of these networks; of a network without plans in the file, its own name."""
    found = []
    for network in networks:
        plans = read.shelf.belonging("InsurancePlan", network)
        names = [words(plan.get("name")) for plan in plans if words(plan.get("status")) == "active"]
        found += names or [words(read.found(network, "network").get("name"))]
    return list(dict.fromkeys(name[:100] for name in found if name))


def listed(resource: Resource) -> bool:
    """Whether a resource is a listing by itself. An affiliation that names services only adds networks to them."""
    kind = resource.get("resourceType")
    if kind == "OrganizationAffiliation":
        return not references(resource, "healthcareService")
    return kind in ("PractitionerRole", "HealthcareService")


def owners_of(resource: Resource) -> list[str]:
    """What a resource belongs to, for finding it from there: a plan to its networks, an affiliation to its members."""
    kind = resource.get("resourceType")
    if kind == "InsurancePlan":
        inside = [network for plan in some(resource.get("plan")) for network in references(plan, "network")]
        return [*references(resource, "network"), *inside]
    if kind == "OrganizationAffiliation":
        return [*references(resource, "healthcareService"), reference(inner(resource, "participatingOrganization"))]
    return []

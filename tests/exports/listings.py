"""Listings with every fact there is, and odd ones, and how they are compared."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tests.cast import NOW
from warmhandoff.directory.fields import FIELDS, checked
from warmhandoff.directory.models import Fact, Listing, Source
from warmhandoff.directory.writing import derive, raise_version
from warmhandoff.rules.vocab import vocabulary

ODD = (
    "=1+1", "+1 512 555 0100", "-3", "@SUM(A1)", "\uff1dcmd", "'quoted", "''=x", "a; b, \"c\"\nd", "José Núñez 中文",
    "none",
)  # fmt: skip
EVERYTHING: dict[str, Any] = {
    "name": "Dana Example", "other_names": "D. Example; Example & Sons", "credentials": "LCSW, PhD",
    "kind": "therapist",
    "program_type": "Counselling; groups", "levels": ["outpatient"], "accepting": "waitlist", "wait_days": 21,
    "paused_until": "2027-01-04",
    "openings": 0, "treats": ["anxiety", "trauma"], "specialises_in": ["trauma"], "modalities": [],
    "age_groups": ["adult", "older_adult"], "participants": ["individual", "couple"], "languages": ["en", "es"],
    "plans": ["Local Union 7; Dental", "aetna"], "out_of_network": True, "fee": 15050, "sliding_scale": False,
    "sliding_floor": 0, "formats": ["in_person", "telehealth"], "times": ["mon_evening", "sat_morning"],
    "identities": ["latina"], "access": ["wheelchair"], "licensed_states": ["TX", "NM"], "licensed_until": "2027-06-30",
    "compacts": ["psypact"], "responsiveness": 0.125, "phone": "+1 (512) 555-0100", "fax": "512-555-0101",
    "email": "dana@example.org", "direct_address": "dana@direct.example.org",
    "website": "https://dana.example.org/?a=1",
    "address": "1 Oak Lane", "city": "Austin", "state": "TX", "zip": "78704", "lat": 30.25, "lon": -97.7601,
    "npi": "1234567893", "about": "First line.\n\n  Second, with  blanks; and \"quotes\".", "confidential": False,
}  # fmt: skip


def any_values(seed: int) -> dict[str, Any]:
    """Some facts of a listing, each within what the directory takes, odd texts among them."""
    rnd, found = random.Random(seed), dict[str, Any]()
    for name, field in FIELDS.items():
        if name in EVERYTHING and (rnd.random() < 0.6 or name in ("name", "kind")):
            found[name] = EVERYTHING[name]
            if field.shape == "text":
                found[name] = rnd.choice((EVERYTHING[name], rnd.choice(ODD)))[: field.length]
            elif field.shape == "codes" and name not in ("treats", "specialises_in"):
                codes = vocabulary(field.vocabulary).codes
                found[name] = rnd.sample(codes, rnd.randint(0, min(4, len(codes))))
    if "lat" in found or "lon" in found:
        found |= {"lat": 30.25, "lon": -97.7601}
    found["treats"] = EVERYTHING["treats"]
    return {name: value for name, value in checked(found).items() if value is not None}


def make_listing(
    values: dict[str, Any], *, practice_id: UUID | None = None, key: str = "1", seed: int = 1, source: str = "origin"
) -> Listing:
    """A listing whose facts are each of another age, some verified."""
    rnd = random.Random(seed)
    origin, _ = Source.objects.get_or_create(
        practice_id=practice_id, name=source, defaults={"kind": "csv", "created_at": NOW}
    )
    listing = Listing.objects.create(
        practice_id=practice_id, source=origin, source_key=key, name=values["name"], kind=values["kind"], changed_at=NOW
    )
    for field, value in values.items():
        seen = NOW.date() - timedelta(days=rnd.randint(1, 400))
        verified = seen + timedelta(days=1) if rnd.random() < 0.5 else None
        Fact.objects.create(
            listing=listing, field=field, value=value, source=origin, seen_on=seen, verified_on=verified
        )
    derive([listing.pk], version=raise_version(), now=NOW)
    listing.refresh_from_db()
    return listing


def said(listing: Listing) -> dict[str, tuple[Any, date, date | None]]:
    """field -> value, seen, verified: what an export has to carry."""
    return {
        field: (fact["value"], fact["seen_on"], fact["verified_on"])
        for field, fact in listing.facts_now.items() if fact["value"] is not None
    }  # fmt: skip

"""One listing and one need that fit each other, for the worked examples to change."""

from __future__ import annotations

from typing import Any

Raw = dict[str, Any]

LISTING: Raw = {
    "id": 1, "name": "Dana Alvarez", "kind": "therapist", "levels": ["outpatient"], "zip": "78704", "state": "TX",
    "licensed_states": ["TX"], "compacts": ["psypact"], "treats": ["trauma", "anxiety"], "specialises_in": ["trauma"],
    "modalities": ["emdr"], "age_groups": ["adult"], "participants": ["individual"], "languages": ["en", "es"],
    "plans": ["aetna"], "out_of_network": True, "fee": 15000, "sliding_scale": True, "sliding_floor": 6000,
    "formats": ["in_person", "telehealth"], "times": ["mon_evening"], "identities": ["woman", "latina"],
    "access": ["wheelchair"], "accepting": "open", "wait_days": 7, "trust": 0.0, "responsiveness": 0.5,
    "verified_days": 30, "openings": 3,
}  # fmt: skip

NEED: Raw = {
    "kind": "therapist", "level": "outpatient", "concerns": ["trauma"], "concerns_wished": [], "modalities_must": [],
    "modalities_wished": ["emdr"], "age_group": "adult", "participants": "individual", "languages": ["es"],
    "payment": {"plan": "aetna", "accepts_out_of_network": False}, "place": {"zip": "78704"}, "radius_miles": 15,
    "formats": ["in_person"], "times": [], "identities_must": [], "identities_wished": [], "access": [],
    "max_wait_days": None, "exclude": [],
}  # fmt: skip

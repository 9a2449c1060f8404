"""A few invented listings around Austin for the stories."""

from __future__ import annotations

from typing import Any

from tests.cast import Cast
from warmhandoff.directory import listing

_COMMON: dict[str, Any] = {
    "kind": "therapist", "levels": ["outpatient"], "zip": "78704", "licensed_states": ["TX"],
    "treats": ["trauma", "anxiety"], "specialises_in": ["trauma"], "modalities": ["emdr"], "age_groups": ["adult"],
    "participants": ["individual"], "languages": ["en"], "plans": ["aetna"], "formats": ["in_person", "telehealth"],
    "times": ["mon_evening", "thu_evening"], "accepting": "open", "wait_days": 7, "phone": "512-555-0111",
}  # fmt: skip

NEED: dict[str, Any] = {
    "kind": "therapist", "level": "outpatient", "concerns": ["trauma"], "age_group": "adult",
    "participants": "individual", "payment": {"plan": "aetna"}, "place": {"zip": "78704"}, "radius_miles": 15,
    "formats": ["in_person", "telehealth"],
}  # fmt: skip


def add(cast: Cast, name: str, **facts: Any) -> int:
    """Enter one listing by hand, verified today; its mail address follows from its name."""
    email = f"{name.split()[0].lower()}@listing.example"
    values = {**_COMMON, "name": name, "email": email, **facts}
    return listing.enter(cast.actor(), values, now=cast.now, verified=True, relationship="know_well")


def three(cast: Cast) -> list[int]:
    return [add(cast, "Lena Ortiz, LCSW"), add(cast, "Sam Whitfield, LMFT", wait_days=14),
            add(cast, "Bridge Street Clinic", plans=["aetna", "medicaid"], wait_days=21)]

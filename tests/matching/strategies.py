"""Listings and needs for property tests: few codes, so that they meet, and every field sometimes unknown."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Raw = dict[str, Any]

CONCERNS = ["trauma", "anxiety", "ocd"]
MODALITIES = ["emdr", "cbt", "erp"]
IDENTITIES = ["woman", "latina"]
ACCESS = ["wheelchair", "asl"]
LANGUAGES = ["en", "es", "hmn"]
PLANS = ["aetna", "cigna"]
TIMES = ["mon_morning", "mon_evening", "tue_morning", "wed_evening", "sun_evening"]
STATES = ["TX", "CA", "NY"]
POINTS = [(30.25, -97.75), (30.3, -97.7), (90.0, 0.0), (-90.0, 0.0), (10.0, 179.99), (10.0, -179.99), (-30.25, 82.25)]
MONEY = st.sampled_from([0, 6000, 7500, 9000, 12000])
DAYS = st.sampled_from([0, 1, 7, 14, 15, 400])
SHARES = st.sampled_from([0.0, 0.25, 0.5000005, 1.0]) | st.floats(0, 1)


def some(codes: list[str], most: int = 4) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(codes), max_size=most)


def maybe(known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(known, known, known, st.none())


def points() -> st.SearchStrategy[tuple[float, float]]:
    wide = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
    close = st.tuples(st.floats(30, 30.6), st.floats(-98, -97.4))
    return st.one_of(st.sampled_from(POINTS[:2]), st.sampled_from(POINTS), close, close, wide)


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(["therapist", "group"]),
    "levels": maybe(some(["outpatient", "crisis"])),
    "lat": maybe(st.floats(30, 30.6)),
    "lon": maybe(st.floats(-98, -97.4)),
    "licensed_states": maybe(some(STATES)),
    "compacts": maybe(some(["psypact", "counseling"], 2)),
    "modalities": maybe(some(MODALITIES)),
    "age_groups": maybe(some(["adult", "child"])),
    "participants": maybe(some(["individual", "couple"])),
    "languages": maybe(some(LANGUAGES)),
    "plans": maybe(some(PLANS)),
    "out_of_network": maybe(st.booleans()),
    "fee": maybe(MONEY),
    "sliding_scale": maybe(st.booleans()),
    "sliding_floor": maybe(MONEY),
    "formats": maybe(some(["in_person", "telehealth"])),
    "times": maybe(some(TIMES, 6)),
    "identities": maybe(some(IDENTITIES)),
    "access": maybe(some(ACCESS)),
    "accepting": maybe(st.sampled_from(["waitlist", "waitlist", "closed"])),
    "wait_days": maybe(DAYS),
    "trust": maybe(SHARES),
    "responsiveness": maybe(SHARES),
    "verified_days": maybe(DAYS),
    "openings": maybe(st.integers(0, 5)),
}


@st.composite
def concerns(draw: st.DrawFn) -> Raw:
    """What is treated, and within it what is specialised in: unknown where the first is, and now and then besides."""
    treats = draw(maybe(some(CONCERNS)))
    special = draw(maybe(some(treats))) if treats else None
    return {"treats": treats, "specialises_in": special}


@st.composite
def listing(draw: st.DrawFn, listing_id: int, place: tuple[float, float]) -> Raw:
    """One that fits nearly every need, with some fields changed, unknown or left out; now and then all of them."""
    fitting = {
        "id": listing_id, "kind": "therapist", "name": f"Listing {listing_id}", "levels": ["outpatient", "crisis"],
        "lat": place[0], "lon": place[1], "licensed_states": STATES, "compacts": [], "treats": CONCERNS,
        "specialises_in": CONCERNS[:1], "modalities": MODALITIES, "age_groups": ["adult"],
        "participants": ["individual", "couple"], "languages": LANGUAGES, "plans": PLANS, "out_of_network": True,
        "fee": 6000, "sliding_scale": True, "sliding_floor": 0, "formats": ["in_person", "telehealth"], "times": TIMES,
        "identities": IDENTITIES, "access": ACCESS, "accepting": "open", "wait_days": 7, "verified_days": 30,
    }  # fmt: skip
    changed = draw(st.sets(st.sampled_from(sorted(FIELDS)), max_size=draw(st.sampled_from([0, 1, 1, 2, 3, 5, 20]))))
    for name in sorted(changed):
        fitting[name] = draw(FIELDS[name])
    if draw(st.booleans()):
        fitting |= draw(concerns())
    return {name: value for name, value in fitting.items() if value is not None or draw(st.booleans())}


@st.composite
def listings(draw: st.DrawFn, most: int = 14) -> list[Raw]:
    size = draw(st.integers(0, most))
    anywhere = st.integers(-5, 40) | st.sampled_from([2**63 - 1, -(2**63)])
    ids = draw(st.lists(anywhere, unique=True, min_size=size, max_size=size))
    found = [draw(listing(listing_id, draw(points()))) for listing_id in ids]
    if found:  # ties: the same facts under other ids
        found += [found[0] | {"id": 100 + place} for place in range(draw(st.integers(0, 3)))]
    return found


def payments() -> st.SearchStrategy[Raw]:
    plan = st.fixed_dictionaries(
        {"plan": st.sampled_from([*PLANS, "nobody"])}, optional={"accepts_out_of_network": st.booleans()}
    )
    return st.one_of(plan, st.builds(lambda budget: {"budget": budget}, MONEY | st.just(6001)), st.just({"any": True}))


@st.composite
def need(draw: st.DrawFn) -> Raw:
    lat, lon = draw(points())
    formats = draw(st.lists(st.sampled_from(["in_person", "telehealth"]), min_size=1, max_size=3))
    radius = st.sampled_from([0.001, 5, 15, 15.5, 3000.0, 13000]) | st.floats(0.1, 100)
    return {
        "kind": "therapist",
        "level": draw(st.sampled_from(["outpatient", "crisis"])),
        "payment": draw(payments()),
        "place": {"lat": lat, "lon": lon, "state": draw(st.sampled_from(STATES))},
        "formats": formats,
        "radius_miles": draw(radius if "in_person" in formats else maybe(radius)),
        "concerns": draw(some(CONCERNS, 3)),
        "concerns_wished": draw(some(CONCERNS)),
        "modalities_must": draw(some(MODALITIES, 1)),
        "modalities_wished": draw(some(MODALITIES)),
        "age_group": draw(st.sampled_from([None, None, "adult"])),
        "participants": draw(st.sampled_from([None, None, "couple"])),
        "languages": draw(some(LANGUAGES)),
        "times": draw(some(TIMES, 6)),
        "identities_must": draw(some(IDENTITIES, 1)),
        "identities_wished": draw(some(IDENTITIES)),
        "access": draw(some(ACCESS, 1)),
        "max_wait_days": draw(st.sampled_from([None, 0, 14, 30])),
        "exclude": draw(st.lists(st.integers(-5, 40), max_size=2)),
    }

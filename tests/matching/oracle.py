"""The contract once more, row by row in plain Python: what the engine is compared with.

Written from the contract's text and sharing nothing with the engine but the words for codes. Three-valued answers
are True, False and None; listings and needs are the dictionaries of the file formats.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from warmhandoff.rules.vocab import vocabulary

Raw = dict[str, Any]
WEIGHTS = {
    "specialism": 20, "concerns_wished": 8, "modality": 12, "identity": 8, "times": 8,
    "distance": 10, "wait": 12, "trust": 12, "responsiveness": 6, "freshness": 4,
}  # fmt: skip
NAMES = [
    "kind", "level", "exclude", "accepting", "concerns", "modalities_must", "identities_must", "access",
    "age_group", "participants", "languages", "payment", "place", "times",
]  # fmt: skip
PER_CODE = {"concerns": "treats", "modalities_must": "modalities", "identities_must": "identities", "access": "access"}
ANY_WAIT = "any"


def both(*parts: bool | None) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def either(*parts: bool | None) -> bool | None:
    if True in parts:
        return True
    return None if None in parts else False


def at_most(value: float | None, limit: float) -> bool | None:
    return None if value is None else value <= limit


def holds(codes: list[str] | None, code: str) -> bool | None:
    return None if codes is None else code in codes


def unique(codes: list[str] | None) -> list[str]:
    return list(dict.fromkeys(codes or []))


def miles(need: Raw, listing: Raw) -> float | None:
    lat, lon = listing.get("lat"), listing.get("lon")
    if lat is None or lon is None:
        return None
    phi1, phi2 = math.radians(need["place"]["lat"]), math.radians(lat)
    half_lambda = (math.radians(lon) - math.radians(need["place"]["lon"])) / 2
    a = math.sin((phi2 - phi1) / 2) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lambda) ** 2
    return 2 * 3958.7613 * math.asin(min(1, math.sqrt(a)))


def near(need: Raw, listing: Raw) -> bool | None:
    if "in_person" not in need["formats"]:
        return False
    away = miles(need, listing)
    within = None if away is None else away <= need["radius_miles"]
    return both(holds(listing.get("formats"), "in_person"), within)


def far(need: Raw, listing: Raw) -> bool | None:
    if "telehealth" not in need["formats"]:
        return False
    state = need["place"]["state"]
    compact = any(state in vocabulary("compacts").entry(c).more["members"] for c in listing.get("compacts") or [])
    return both(
        holds(listing.get("formats"), "telehealth"), either(holds(listing.get("licensed_states"), state), compact)
    )


def routes(need: Raw, listing: Raw) -> dict[str, bool | None]:
    payment = need["payment"]
    if payment.get("any"):
        return {"any": True}
    if payment.get("plan") is not None:
        outside = listing.get("out_of_network") if payment.get("accepts_out_of_network") else False
        return {"plan": holds(listing.get("plans"), payment["plan"]), "out_of_network": outside}
    budget = payment["budget"]
    sliding = both(listing.get("sliding_scale"), at_most(listing.get("sliding_floor"), budget))
    return {"fee": at_most(listing.get("fee"), budget), "sliding": sliding}


def taking(need: Raw, listing: Raw) -> bool | None:
    state, wait, limit = listing.get("accepting"), listing.get("wait_days"), need.get("max_wait_days")
    if state == "open":
        return True
    if state == "closed":
        return False
    if state == "waitlist":
        if limit is None:
            return False
        if wait is None:
            return None
        return limit == ANY_WAIT or wait <= limit
    return None


def some_shared(asked: list[str] | None, offered: list[str] | None) -> bool | None:
    if not asked:
        return True
    return None if offered is None else bool(set(asked) & set(offered))


def served(asked: str | None, offered: list[str] | None) -> bool | None:
    return True if asked is None else holds(offered, asked)


def musts(need: Raw, listing: Raw) -> dict[str, bool | None]:
    found = {
        "kind": listing["kind"] == need["kind"],
        "level": holds(listing.get("levels"), need["level"]),
        "exclude": listing["id"] not in (need.get("exclude") or []),
        "accepting": taking(need, listing),
        "age_group": served(need.get("age_group"), listing.get("age_groups")),
        "participants": served(need.get("participants"), listing.get("participants")),
        "languages": some_shared(need.get("languages"), listing.get("languages")),
        "payment": either(*routes(need, listing).values()),
        "place": either(near(need, listing), far(need, listing)),
        "times": some_shared(need.get("times"), listing.get("times")),
    }
    for name, column in PER_CODE.items():
        found[name] = both(*(holds(listing.get(column), code) for code in unique(need.get(name))))
    return {name: found[name] for name in NAMES}


def tq(t: float) -> int:
    return math.floor(t * 1_000_000 + 0.5)


def share(asked: list[str], offered: list[str] | None) -> float:
    return len(set(asked) & set(offered or [])) / len(set(asked))


def distance_t(need: Raw, listing: Raw) -> float:
    best = 0.0
    if near(need, listing):
        away = miles(need, listing)
        assert away is not None
        best = math.pow(2.0, -2 * away / need["radius_miles"])
    return max(best, 0.5) if far(need, listing) else best


def terms(need: Raw, listing: Raw) -> dict[str, int]:
    wait, age = listing.get("wait_days"), listing.get("verified_days")
    found: dict[str, float] = {}
    if need.get("concerns"):
        found["specialism"] = share(need["concerns"], listing.get("specialises_in"))
    if need.get("concerns_wished"):
        found["concerns_wished"] = share(need["concerns_wished"], listing.get("treats"))
    if need.get("modalities_wished"):
        found["modality"] = share(need["modalities_wished"], listing.get("modalities"))
    if need.get("identities_wished"):
        found["identity"] = share(need["identities_wished"], listing.get("identities"))
    if need.get("times"):
        found["times"] = min(1, len(set(need["times"]) & set(listing.get("times") or [])) / 4)
    if "in_person" in need["formats"]:
        found["distance"] = distance_t(need, listing)
    found["wait"] = 0.0 if wait is None else math.pow(2.0, -wait / 14)
    found["trust"] = listing.get("trust") or 0.0
    found["responsiveness"] = listing.get("responsiveness") or 0.0
    found["freshness"] = 0.0 if age is None else math.pow(2.0, -age / 90)
    return {term: tq(t) for term, t in found.items()}


def points(need: Raw, listing: Raw, weights: dict[str, int]) -> int:
    return sum(weights[term] * found for term, found in terms(need, listing).items())


def order(need: Raw, listing: Raw, weights: dict[str, int]) -> tuple[Any, ...]:
    wait = listing.get("wait_days")
    return (-points(need, listing, weights), wait is None, wait or 0, listing["id"])


def options(need: Raw, listings: list[Raw], weights: dict[str, int]) -> list[Raw]:
    passing = [x for x in listings if all(answer is True for answer in musts(need, x).values())]
    return sorted(passing, key=lambda x: order(need, x, weights))


def asks(need: Raw, listing: Raw) -> list[str]:
    return [name for name, answer in musts(need, listing).items() if answer is None]


def possibles(need: Raw, listings: list[Raw], weights: dict[str, int]) -> list[Raw]:
    open_ones = [x for x in listings if False not in musts(need, x).values() and asks(need, x)]
    return sorted(open_ones, key=lambda x: (len(asks(need, x)), order(need, x, weights)))


def loosened(need: Raw) -> list[tuple[str, str, Raw]]:
    found: list[tuple[str, str, Raw]] = []
    for name in PER_CODE:
        for code in unique(need.get(name)):
            found.append((name, f"drop:{code}", need | {name: [c for c in need[name] if c != code]}))
    found += [
        (name, "drop", need | {name: None})
        for name in ("age_group", "participants", "languages", "times")
        if need.get(name)
    ]
    payment = need["payment"]
    if payment.get("plan") is not None and not payment.get("accepts_out_of_network"):
        found.append(("payment", "out_of_network", need | {"payment": payment | {"accepts_out_of_network": True}}))
    if payment.get("budget") is not None:
        for change, factor in (("+25%", Fraction(5, 4)), ("+50%", Fraction(3, 2))):
            found.append(("payment", change, need | {"payment": {"budget": math.floor(payment["budget"] * factor)}}))
    if not payment.get("any"):
        found.append(("payment", "drop", need | {"payment": {"any": True}}))
    if "in_person" in need["formats"]:
        found += [("radius_miles", f"x{n}", need | {"radius_miles": need["radius_miles"] * n}) for n in (2, 4)]
    if "telehealth" not in need["formats"]:
        found.append(("formats", "add:telehealth", need | {"formats": [*need["formats"], "telehealth"]}))
    if "in_person" not in need["formats"] and need.get("radius_miles") is not None:
        found.append(("formats", "add:in_person", need | {"formats": [*need["formats"], "in_person"]}))
    return [*found, ("accepting", "waitlist", need | {"max_wait_days": ANY_WAIT})]


def relaxations(need: Raw, listings: list[Raw], weights: dict[str, int]) -> list[Raw]:
    found = []
    for must, change, other in loosened(need):
        best = options(other, listings, weights)
        found.append({"must": must, "change": change, "total": len(best), "best": best[0]["id"] if best else None})
    return found


def score(count: int, weight: int) -> float:
    return 100 * count / (1_000_000 * weight) if weight else 0.0


def shown_option(need: Raw, listing: Raw, weights: dict[str, int]) -> Raw:
    found = terms(need, listing)
    total = sum(weights[term] for term in found)
    return {
        "id": listing["id"],
        "name": listing.get("name"),
        "score": score(points(need, listing, weights), total),
        "points": points(need, listing, weights),
        "terms": {
            term: {"t": q / 1_000_000, "weight": weights[term], "share": score(weights[term] * q, total), "tq": q}
            for term, q in found.items()
        },
        "miles": miles(need, listing),
        "format": "in_person" if near(need, listing) else "telehealth",
        "payment": next(route for route, answer in routes(need, listing).items() if answer),
    }


def shown_possible(need: Raw, listing: Raw, weights: dict[str, int]) -> Raw:
    total = sum(weights[term] for term in terms(need, listing))
    count = points(need, listing, weights)
    return {
        "id": listing["id"],
        "name": listing.get("name"),
        "score": score(count, total),
        "points": count,
        "ask": asks(need, listing),
    }


def answer(need: Raw, listings: list[Raw], k: int, *, relax: bool, weights: dict[str, int] | None = None) -> Raw:
    weighing = WEIGHTS | (weights or {})
    best, open_ones = options(need, listings, weighing), possibles(need, listings, weighing)
    found: Raw = {
        "total": len(best),
        "options": [shown_option(need, x, weighing) for x in best[:k]],
        "possible_total": len(open_ones),
        "possibles": [shown_possible(need, x, weighing) for x in open_ones[:k]],
    }
    if relax or len(best) < k:
        found["relaxations"] = relaxations(need, listings, weighing)
    return found


def explanation(need: Raw, listing: Raw) -> Raw:
    fails, unknown = [], []
    whole = musts(need, listing)
    for name in NAMES:
        parts = {name: whole[name]}
        if name in PER_CODE:
            column = listing.get(PER_CODE[name])
            parts = {f"{name}:{code}": holds(column, code) for code in unique(need.get(name))}
        fails += [part for part, answer in parts.items() if answer is False]
        unknown += [part for part, answer in parts.items() if answer is None]
    return {"id": listing["id"], "fails": fails, "unknown": unknown}

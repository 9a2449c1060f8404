"""The invented therapists and prescribers of the network: put together from lists, always in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from warmhandoff.demo.data import table

THERAPISTS, PRESCRIBERS = 67, 20
_TIMES = [f"{day}_{part}" for day in ("mon", "tue", "wed", "thu", "fri") for part in ("morning", "midday", "afternoon")]
_EVENINGS = [f"{day}_evening" for day in ("mon", "tue", "wed", "thu")] + ["sat_morning"]
# What nobody asked yet, as it happens: fact -> how often it is not known.
_OFTEN_UNKNOWN = {
    "plans": 0.06, "fee": 0.12, "times": 0.15, "accepting": 0.08, "wait_days": 0.12, "identities": 0.35, "access": 0.4,
    "sliding_scale": 0.25, "about": 0.4, "website": 0.6, "modalities": 0.08, "participants": 0.05,
}  # fmt: skip


def skewed(random: Random, codes: Sequence[str], count: int) -> list[str]:
    """`count` different codes, earlier ones far more often: the n-th with a weight of 1/(n + 2.7) (Zipf-Mandelbrot)."""
    pool, found = list(codes), []
    for _ in range(min(count, len(pool))):
        weights = [1 / (codes.index(code) + 3.7) for code in pool]
        found.append(random.choices(pool, weights)[0])
        pool.remove(found[-1])
    return found


def peers(random: Random) -> Iterator[dict[str, Any]]:
    """The facts of each, as the directory takes them."""
    words = table("names.toml")
    for place, name in enumerate(_names(random, words)):
        kind = "therapist" if place < THERAPISTS else "prescriber"
        facts = {"name": name, "kind": kind, "levels": ["outpatient"], **_practises(random, words, kind)}
        facts |= {**_costs(random, words), **_reaches(random, words, kind), **_room(random)}
        facts["email"] = f"{name.split()[0].lower()}@{name.split()[-1].lower()}-practice.example"
        facts["website"] = f"https://www.{name.split()[-1].lower()}-practice.example"
        if kind == "therapist":
            facts["about"] = random.choice(words["about"])
        yield {fact: value for fact, value in facts.items() if random.random() >= _OFTEN_UNKNOWN.get(fact, 0)}


def _names(random: Random, words: dict[str, Any]) -> list[str]:
    """So many different names: no first name and no surname more than twice, no pair of them twice."""
    count = THERAPISTS + PRESCRIBERS
    found: dict[str, None] = {}
    while len(found) < count:
        firsts, lasts = random.sample(words["first"] * 2, count), random.sample(words["last"] * 2, count)
        found = dict.fromkeys(f"{first} {last}" for first, last in zip(firsts, lasts, strict=True))
    return list(found)


def _practises(random: Random, words: dict[str, Any], kind: str) -> dict[str, Any]:
    therapist = kind == "therapist"
    credentials = random.choice(words[f"{kind}_credentials"])
    treats = skewed(random, words["concerns" if therapist else "prescribed"], random.randint(5, 12))
    ages = [age for age, share in (
        ("child", 0.14), ("adolescent", 0.34), ("young_adult", 0.8), ("adult", 0.95), ("older_adult", 0.5)
    ) if random.random() < share]  # fmt: skip
    facts = {
        "credentials": credentials, "treats": treats, "specialises_in": treats[: random.randint(1, 3)],
        "age_groups": ages or ["adult"], "participants": ["individual"],
        "modalities": skewed(random, words["modalities"], random.randint(2, 5)) if therapist else ["medication"],
        "identities": skewed(random, words["identities"], random.randint(1, 2)),
    }
    if therapist and (credentials == "LMFT" or "couple_conflict" in treats):
        facts["participants"] = ["individual", "couple", "family"]
        facts["treats"] = list(dict.fromkeys([*treats, "couple_conflict"]))
    if credentials in ("PhD", "PsyD") and random.random() < 0.6:
        facts["compacts"] = ["psypact"]
    return facts


def _costs(random: Random, words: dict[str, Any]) -> dict[str, Any]:
    fee = random.randrange(11000, 21000, 500)
    sliding = random.random() < 0.35
    facts: dict[str, Any] = {"fee": fee, "sliding_scale": sliding}
    if sliding:
        facts["sliding_floor"] = random.randrange(4000, 9500, 500)
    if random.random() < 0.27:
        return {**facts, "plans": [], "out_of_network": True}
    return {**facts, "plans": skewed(random, words["plans"], random.randint(1, 6))}


def _reaches(random: Random, words: dict[str, Any], kind: str) -> dict[str, Any]:
    area = random.choices(("austin", "around", "rural"), (76, 15, 9))[0]
    formats = random.choices((["in_person", "telehealth"], ["telehealth"], ["in_person"]), (62, 20, 18))[0]
    languages = ["en"] + ([random.choice(words["languages"])] if random.random() < 0.24 else [])
    access = [code for code in ("wheelchair", "parking", "transit", "quiet") if random.random() < 0.45]
    evenings = random.sample(_EVENINGS, random.randint(1, 3)) if random.random() < 0.55 else []
    return {
        "zip": skewed(random, words[area], 1)[0] if area == "rural" else random.choice(words[area]),
        "formats": formats, "languages": languages, "licensed_states": ["TX"], "access": access,
        "times": random.sample(_TIMES, random.randint(2, 6)) + evenings,
    }


def _room(random: Random) -> dict[str, Any]:
    accepting = random.choices(("open", "waitlist", "closed"), (76, 15, 9))[0]
    if accepting == "closed":
        return {"accepting": accepting}
    low, high = (0, 25) if accepting == "open" else (28, 90)
    return {"accepting": accepting, "wait_days": random.randint(low, high)}

"""Synthetic directories on real ZIP centroids, with the skew of real ones, and needs to put to them. Seeded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmhandoff.matching.columns import (
    CODE_FIELDS,
    STATIC_TERMS,
    CodeColumn,
    Columns,
    FlagColumn,
    PointColumn,
    WholeColumn,
    millionths,
)
from warmhandoff.rules.places import _table
from warmhandoff.rules.vocab import vocabulary

Raw = dict[str, Any]
SEED = 20261122
PLANS = [f"plan-{number:03}" for number in range(300)]
KIND_SHARES = [0.55, 0.15, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01, 0.01]


def _codes(name: str) -> list[str]:
    return list(vocabulary(name).entries)


def _zipf(codes: Sequence[str], mean: float, power: float = 0.9, most: float = 0.8) -> dict[str, float]:
    """Each code's chance, falling with its rank, so that a listing has `mean` of them."""
    rank = np.arange(1, len(codes) + 1) ** -power
    return dict(zip(codes, np.minimum(most, rank * mean / rank.sum()).tolist(), strict=True))


@dataclass(frozen=True)
class Zips:
    """ZIPs of the fifty states with a weight each: more in cities of many ZIPs."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    state: list[str]
    weight: NDArray[np.float64]

    @classmethod
    def read(cls) -> Zips:
        rows = [line.split("\t") for line in _table().values()]
        states = set(_codes("states"))
        rows = [row for row in rows if row[3] in states]
        cities: dict[tuple[str, str], int] = {}
        for row in rows:
            cities[row[3], row[4]] = cities.get((row[3], row[4]), 0) + 1
        size = np.array([cities[row[3], row[4]] for row in rows], dtype=np.float64)
        return cls(
            np.array([float(row[1]) for row in rows]), np.array([float(row[2]) for row in rows]),
            [row[3] for row in rows], size / size.sum(),
        )  # fmt: skip


def _code_column(chances: dict[str, float], known: NDArray[np.bool_], draw: np.random.Generator) -> CodeColumn:
    words = np.zeros((len(known), -(-len(chances) // 64)), dtype=np.uint64)
    for place, chance in enumerate(chances.values()):
        held = (draw.random(len(known), dtype=np.float32) < chance) & known
        words[:, place // 64] |= held.astype(np.uint64) << np.uint64(place % 64)
    return CodeColumn(known, words, {code: place for place, code in enumerate(chances)})


def _one_of(codes: Sequence[str], shares: Sequence[float], known: NDArray[np.bool_], draw: Any) -> CodeColumn:
    pick = draw.choice(len(codes), size=len(known), p=np.array(shares) / sum(shares))
    words = np.where(known, np.uint64(1) << pick.astype(np.uint64), np.uint64(0)).reshape(-1, 1).astype(np.uint64)
    return CodeColumn(known, words, {code: place for place, code in enumerate(codes)})


def chances() -> dict[str, dict[str, float]]:
    languages = ["en", "es", "zh", "vi", "tl", "ar", "fr", "ko", "ru", "pt", "hi", "pl", "de", "it", "ja", "ur", "fa",
                 "gu", "bn", "ht", "he", "te", "ta", "so", "am", "hmn"]  # fmt: skip
    return {
        "levels": {"outpatient": 0.9, "intensive_outpatient": 0.08, "partial_hospitalization": 0.03, "crisis": 0.03},
        "compacts": dict.fromkeys(_codes("compacts"), 0.04),
        "treats": _zipf(_codes("concerns"), 11),
        "modalities": _zipf(_codes("modalities"), 6),
        "age_groups": _zipf(["adult", *[c for c in _codes("age_groups") if c != "adult"]], 2.5, 0.5, 0.9),
        "participants": _zipf(["individual", "couple", "family", "group"], 1.8, 0.7, 0.95),
        "languages": {**_zipf(languages, 1.4, 1.6), "en": 0.97},
        "plans": _zipf(PLANS, 7),
        "formats": {"in_person": 0.75, "telehealth": 0.7},
        "times": _zipf(_codes("times"), 9, 0.2),
        "identities": _zipf(_codes("identities"), 2.0, 0.8),
        "access": _zipf(_codes("access"), 1.2, 0.8),
    }  # fmt: skip


def columns_of(size: int, unknown: float) -> Columns:
    """`unknown`: the share of facts not known, but for place and licence, which a register gives."""
    draw = np.random.default_rng(SEED + size)
    zips = Zips.read()
    at = draw.choice(len(zips.lat), size=size, p=zips.weight)

    def known(share: float = unknown) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = draw.random(size, dtype=np.float32) >= share
        return found

    codes = {name: _code_column(chance, known(), draw) for name, chance in chances().items() if name != "compacts"}
    codes["compacts"] = _code_column(chances()["compacts"], np.ones(size, np.bool_), draw)
    codes["licensed_states"] = _licences(zips, at, known(min(unknown, 0.05)), draw)
    special = codes["treats"].words & _code_column(dict.fromkeys(_codes("concerns"), 0.3), known(0.0), draw).words
    codes["specialises_in"] = CodeColumn(codes["treats"].known & known(), special, codes["treats"].bit)
    wholes = {
        "fee": WholeColumn(known(), draw.integers(12, 61, size) * 500),
        "sliding_floor": WholeColumn(known(), draw.integers(2, 20, size) * 500),
        "wait_days": WholeColumn(known(), np.minimum(draw.geometric(0.06, size), 180).astype(np.int64)),
        "verified_days": WholeColumn(known(), draw.integers(0, 900, size)),
        "openings": WholeColumn(known(), draw.integers(0, 7, size)),
    }
    place_known = known(min(unknown, 0.02))
    trust = np.where(draw.random(size) < 0.01, draw.integers(1, 5, size) / 4, 0.0)
    answers = np.where(known(), draw.integers(0, 101, size) / 100, 0.0)
    return Columns(
        ids=draw.permutation(size).astype(np.int64), names=[None] * size,
        kind=_one_of(_codes("kinds"), KIND_SHARES, np.ones(size, np.bool_), draw),
        accepting=_one_of(["open", "waitlist", "closed"], [0.5, 0.2, 0.3], known(), draw),
        codes={name: codes[name] for name in CODE_FIELDS},
        flags={"out_of_network": FlagColumn(known(), draw.random(size) < 0.4),
               "sliding_scale": FlagColumn(known(), draw.random(size) < 0.3)},
        wholes=wholes, point=PointColumn(place_known, zips.lat[at], zips.lon[at]),
        static={"wait": _static("wait", wholes["wait_days"]), "trust": _each(trust), "responsiveness": _each(answers),
                "freshness": _static("freshness", wholes["verified_days"])},
    )  # fmt: skip


def _licences(zips: Zips, at: NDArray[np.int64], known: NDArray[np.bool_], draw: Any) -> CodeColumn:
    states = sorted(set(zips.state))
    place = {state: number for number, state in enumerate(states)}
    home = np.array([place[state] for state in zips.state], dtype=np.uint64)[at]
    words = np.uint64(1) << home
    for _ in range(3):
        more = np.uint64(1) << draw.integers(0, len(states), len(at)).astype(np.uint64)
        words |= np.where(draw.random(len(at)) < 0.12, more, np.uint64(0))
    return CodeColumn(known, np.where(known, words, np.uint64(0)).reshape(-1, 1), place)


def _each(values: NDArray[np.float64]) -> NDArray[np.int64]:
    distinct, back = np.unique(values, return_inverse=True)
    found: NDArray[np.int64] = np.array([millionths(value) for value in distinct.tolist()], dtype=np.int64)[back]
    return found


def _static(term: str, column: WholeColumn) -> NDArray[np.int64]:
    distinct, back = np.unique(column.values, return_inverse=True)
    rule = STATIC_TERMS[term][1]
    steps = np.array([millionths(rule(value)) for value in distinct.tolist()], dtype=np.int64)
    return np.where(column.known, steps[back], 0)


def raw_rows(columns: Columns) -> Iterator[Raw]:
    """The same listings as rows of a listings file, but for trust and responsiveness, which are shares of a million."""
    for row in range(len(columns)):
        found: Raw = {"id": int(columns.ids[row])}
        for name, column in (*columns.codes.items(), ("kind", columns.kind), ("accepting", columns.accepting)):
            if column.known[row]:
                words = column.words[row].tolist()
                held = [code for code, place in column.bit.items() if words[place // 64] >> place % 64 & 1]
                found[name] = held[0] if name in ("kind", "accepting") else held
        for name, flag in columns.flags.items():
            found |= {name: bool(flag.values[row])} if flag.known[row] else {}
        for name, whole in columns.wholes.items():
            found |= {name: int(whole.values[row])} if whole.known[row] else {}
        if columns.point.known[row]:
            found |= {"lat": float(columns.point.lat[row]), "lon": float(columns.point.lon[row])}
        found |= {name: int(columns.static[name][row]) / 1_000_000 for name in ("trust", "responsiveness")}
        yield found


MIX = {"narrow": 0.3, "broad": 0.3, "rural": 0.2, "impossible": 0.2}


def needs_of(count: int, seed: int = 1) -> Iterator[tuple[str, Raw]]:
    """The mix of needs, as in need.json, with the class of each."""
    draw = np.random.default_rng(SEED + seed)
    zips = Zips.read()
    rural = np.flatnonzero(zips.weight <= np.quantile(zips.weight, 0.3))
    classes = [name for name, share in MIX.items() for _ in range(max(1, round(share * count)))]
    draw.shuffle(classes)
    for name in classes[:count]:
        at = int(draw.choice(rural)) if name == "rural" else int(draw.choice(len(zips.lat), p=zips.weight))
        yield name, _need(name, (float(zips.lat[at]), float(zips.lon[at]), zips.state[at]), draw)


def _some(chance: dict[str, float], count: int, draw: Any) -> list[str]:
    share = np.array(list(chance.values()))
    return [str(code) for code in draw.choice(list(chance), size=count, replace=False, p=share / share.sum())]


def _need(name: str, place: tuple[float, float, str], draw: Any) -> Raw:
    of = chances()
    hard = name in ("narrow", "impossible")
    plan = draw.random() < 0.6
    need: Raw = {
        "kind": str(draw.choice(_codes("kinds"), p=KIND_SHARES)), "level": "outpatient",
        "place": dict(zip(("lat", "lon", "state"), place, strict=True)),
        "formats": ["in_person", "telehealth"] if draw.random() < (0.4 if hard else 0.7) else ["in_person"],
        "radius_miles": {"narrow": 10, "broad": 25, "rural": 50, "impossible": 10}[name],
        "concerns": _some(of["treats"], 2 if hard else 1, draw), "concerns_wished": _some(of["treats"], 2, draw),
        "modalities_wished": _some(of["modalities"], 2, draw),
        "age_group": _some(of["age_groups"], 1, draw)[0], "participants": "individual",
        "languages": _some({code: c for code, c in of["languages"].items() if code != "en"}, 1, draw)
        if name == "impossible" else ["en"] if draw.random() < 0.7 else ["es"],
        "payment": {"plan": _some(of["plans"], 1, draw)[0]} if plan else {"budget": int(draw.integers(14, 50)) * 500},
        "times": _some(of["times"], 4, draw) if draw.random() < 0.7 else [],
        "exclude": [int(one) for one in draw.integers(0, 10_000, int(draw.integers(0, 3)))],
    }  # fmt: skip
    if hard:
        need["modalities_must"] = _some(of["modalities"], 2 if name == "impossible" else 1, draw)
    if draw.random() < 0.3:
        need["identities_wished"] = _some(of["identities"], 1, draw)
    if draw.random() < 0.3:
        need["max_wait_days"] = int(draw.choice([14, 30, 60]))
    return need

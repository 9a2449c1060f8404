"""What goes into the engine: one listing, one need, and the weights of the wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from warmhandoff.rules.refusals import BadInput, Problem

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
WEIGHT_MAX = 1_000_000

Codes = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What the engine sees of one listing. None is *unknown*: neither empty nor no.

    Money in cents a session, places in degrees, waits and ages in whole days, `trust` and `responsiveness` 0 to 1.
    """

    id: int
    kind: str
    name: str | None = None
    levels: Codes | None = None
    lat: float | None = None
    lon: float | None = None
    licensed_states: Codes | None = None
    compacts: Codes = ()
    treats: Codes | None = None
    specialises_in: Codes | None = None
    modalities: Codes | None = None
    age_groups: Codes | None = None
    participants: Codes | None = None
    languages: Codes | None = None
    plans: Codes | None = None
    out_of_network: bool | None = None
    fee: int | None = None
    sliding_scale: bool | None = None
    sliding_floor: int | None = None
    formats: Codes | None = None
    times: Codes | None = None
    identities: Codes | None = None
    access: Codes | None = None
    accepting: str | None = None
    wait_days: int | None = None
    trust: float = 0.0
    responsiveness: float | None = None
    verified_days: int | None = None
    openings: int | None = None


@dataclass(frozen=True, kw_only=True)
class Payment:
    """One way of paying: `any`, a `plan` (perhaps out of network), or a `budget` in cents a session."""

    form: Literal["any", "plan", "budget"]
    plan: str | None = None
    accepts_out_of_network: bool = False
    budget: int | None = None


@dataclass(frozen=True, kw_only=True)
class ClientPlace:
    """Where the client is during sessions: degrees, and the state whose law counts."""

    lat: float
    lon: float
    state: str


@dataclass(frozen=True, kw_only=True)
class Need:
    """What one referral is for. Code lists are in the order given, without repetition; empty asks nothing.

    `any_wait` is no field of need.json: it is the loosening "join a waiting list however long", in which a
    wait that is not known stays unknown.
    """

    kind: str
    level: str
    payment: Payment
    place: ClientPlace
    formats: Codes
    radius_miles: float | None = None
    concerns: Codes = ()
    concerns_wished: Codes = ()
    modalities_must: Codes = ()
    modalities_wished: Codes = ()
    age_group: str | None = None
    participants: str | None = None
    languages: Codes = ()
    times: Codes = ()
    identities_must: Codes = ()
    identities_wished: Codes = ()
    access: Codes = ()
    max_wait_days: int | None = None
    exclude: frozenset[int] = frozenset()
    any_wait: bool = False


Weights = Mapping[str, int]

DEFAULT_WEIGHTS: Weights = MappingProxyType(
    {
        "specialism": 20,
        "concerns_wished": 8,
        "modality": 12,
        "identity": 8,
        "times": 8,
        "distance": 10,
        "wait": 12,
        "trust": 12,
        "responsiveness": 6,
        "freshness": 4,
    }
)


def checked_weights(weights: Mapping[str, int] | None) -> Weights:
    """A practice's weights over the defaults. Refuses a term that does not exist, and all but whole 0..1,000,000."""
    problems = []
    for term, weight in (weights or {}).items():
        if term not in DEFAULT_WEIGHTS:
            problems.append(Problem(f"there is no term {term!r}", field=f"weights.{term}"))
        elif not isinstance(weight, int) or isinstance(weight, bool) or not 0 <= weight <= WEIGHT_MAX:
            problems.append(Problem(f"a whole number from 0 to {WEIGHT_MAX} is needed", field=f"weights.{term}"))
    if problems:
        raise BadInput(*problems)
    return MappingProxyType({**DEFAULT_WEIGHTS, **(weights or {})})

"""One need as it comes from outside, read strictly into a `Need`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from sys import intern

from warmhandoff.matching.reading import Fields, distinct, is_whole, shown
from warmhandoff.matching.types import INT64_MAX, INT64_MIN, ClientPlace, Need, Payment
from warmhandoff.rules.places import place_of_zip
from warmhandoff.rules.refusals import Problem
from warmhandoff.rules.vocab import vocabulary

ONE_CODE = {"kind": "kinds", "level": "levels", "age_group": "age_groups", "participants": "participants"}
CODE_LISTS = {
    "concerns": "concerns",
    "concerns_wished": "concerns",
    "modalities_must": "modalities",
    "modalities_wished": "modalities",
    "languages": "languages",
    "formats": "formats",
    "times": "times",
    "identities_must": "identities",
    "identities_wished": "identities",
    "access": "access",
}
REQUIRED = ("kind", "level", "payment", "place", "formats")
FIELDS = frozenset(field.name for field in fields(Need)) - {"any_wait"}


def parse_need(raw: Mapping[str, object]) -> Need:
    """A mapping as in need.json -> `Need`. Left out, null or empty asks nothing.

    Refuses, with every fault and its field: a name that does not exist, a missing `kind`, `level`, `payment`,
    `place` or `formats`, an unknown code, an impossible number or place, no radius where in person is
    acceptable, and contradictions (two forms of payment, or of place). A plan nobody takes is no fault.
    """
    asked = {name: value for name, value in raw.items() if not _asks_nothing(value)}
    read = Fields(asked)
    _check_names(read, FIELDS, raw)
    for name in REQUIRED:
        if name not in asked:
            read.wrong(name, "is missing" if raw.get(name) is None else "is needed and must not be empty")
    values: dict[str, object] = {name: read.code(name, vocabulary(source)) for name, source in ONE_CODE.items()}
    values |= {name: distinct(read.codes(name, vocabulary(source))) for name, source in CODE_LISTS.items()}
    values = {name: _own(value) for name, value in values.items()}
    values |= {"payment": _payment(read), "place": _place(read)}
    values |= {"radius_miles": _radius(read), "max_wait_days": read.whole("max_wait_days"), "exclude": _exclude(read)}
    read.refuse_if_wrong()
    return Need(**values)  # type: ignore[arg-type]  # each value was read by the type of its field


def _own(value: object) -> object:
    """A code as the one text that stands for it everywhere in this process: need after need is looked up by them."""
    if type(value) is tuple:
        return tuple(map(_own, value))
    return intern(value) if type(value) is str else value


def _asks_nothing(value: object) -> bool:
    return value is None or (isinstance(value, (str, list, tuple, set, frozenset, Mapping)) and len(value) == 0)


def _check_names(read: Fields, known: frozenset[str], raw: Mapping[str, object]) -> None:
    for name in raw:
        if name not in known:
            read.wrong(str(name).encode("ascii", "backslashreplace").decode("ascii")[:60], "there is no such field")


def _inner(read: Fields, name: str, known: frozenset[str]) -> Fields | None:
    """The object in a field, nulls dropped, reporting into the same list of problems."""
    value = read.raw.get(name)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        read.wrong(name, f"an object is needed, not {shown(value)}")
        return None
    inner = Fields({key: item for key, item in value.items() if item is not None}, f"{name}.", read.problems)
    _check_names(inner, known, value)
    return inner


def _payment(read: Fields) -> Payment | None:
    inner = _inner(read, "payment", frozenset({"any", "plan", "accepts_out_of_network", "budget"}))
    if inner is None:
        return None
    forms = [form for form in ("any", "plan", "budget") if inner.given(form)]
    if len(forms) != 1:
        read.wrong("payment", "exactly one of plan, budget and any is needed" + ("" if not forms else ", not several"))
        return None
    out_of_network = inner.flag("accepts_out_of_network")
    if inner.given("accepts_out_of_network") and forms != ["plan"]:
        inner.wrong("accepts_out_of_network", "goes with a plan only")
    if forms == ["any"]:
        if inner.raw["any"] is not True:
            inner.wrong("any", f"can only be true, not {shown(inner.raw['any'])}")
        return Payment(form="any")
    if forms == ["plan"]:
        plan = inner.plan("plan", inner.raw["plan"])
        return Payment(form="plan", plan=plan, accepts_out_of_network=out_of_network is True)
    return Payment(form="budget", budget=inner.whole("budget"))


def _place(read: Fields) -> ClientPlace | None:
    inner = _inner(read, "place", frozenset({"zip", "lat", "lon", "state"}))
    if inner is None:
        return None
    if inner.given("zip"):
        return _place_by_zip(inner)
    for name in ("lat", "lon", "state"):
        if not inner.given(name):
            inner.wrong(name, "is missing: a place is lat, lon and state, or a ZIP")
    lat, lon = inner.number("lat", low=-90, high=90), inner.number("lon", low=-180, high=180)
    state = inner.code("state", vocabulary("states"))
    if lat is None or lon is None or state is None:
        return None
    return ClientPlace(lat=lat, lon=lon, state=state)


def _place_by_zip(inner: Fields) -> ClientPlace | None:
    for name in ("lat", "lon", "state"):
        if inner.given(name):
            inner.wrong(name, "a place is either a ZIP, or lat, lon and state, not both")
    zip_code = inner.text("zip")
    place = place_of_zip(zip_code) if zip_code is not None else None
    if zip_code is not None and place is None:
        inner.wrong("zip", f"{zip_code[:20]!a} is not a known five-digit ZIP")
    return ClientPlace(lat=place.lat, lon=place.lon, state=place.state) if place else None


def _radius(read: Fields) -> float | None:
    formats = read.raw.get("formats")
    radius = read.number("radius_miles")
    if radius is not None and radius <= 0:
        read.wrong("radius_miles", f"more than 0 is needed, not {shown(read.raw['radius_miles'])}")
    in_person = isinstance(formats, (list, tuple, set, frozenset)) and "in_person" in formats
    if in_person and not read.given("radius_miles"):
        read.wrong("radius_miles", "is missing: it is needed where in person is acceptable")
    return radius


def _exclude(read: Fields) -> frozenset[int]:
    found = set()
    for item in read.items("exclude") or ():
        if isinstance(item, int) and is_whole(item) and INT64_MIN <= item <= INT64_MAX:
            found.add(item)
        else:
            read.problems.append(Problem(f"a list of ids is needed, and {shown(item)} is none", field="exclude"))
    return frozenset(found)

"""`warmhandoff coverage`: the gaps of a practice's network, and whom to meet next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmhandoff.cli.environment import start_django

if TYPE_CHECKING:
    from warmhandoff.network.coverage import Coverage, Square

_SHOWN = 12


def coverage(
    practice: Annotated[str, typer.Option(metavar="SLUG", help="The practice's short name.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Say what a practice's network cannot answer, and whom to meet next.

    Example: warmhandoff coverage --practice lakeside

    The past year's needs are counted by kind of help and never told one by one: what came fewer than five times is
    put together with others. Exit code 0, gaps or none; 2: there is no such practice; 4: database or keys are out of
    reach.
    """
    start_django()
    from warmhandoff.core import clock
    from warmhandoff.directory.queries import practice_of_slug
    from warmhandoff.network.coverage import coverage as coverage_of
    from warmhandoff.rules.access import system

    found = coverage_of(system(practice_of_slug(practice)), now=clock.now())
    if as_json:
        typer.echo(json.dumps(document(practice, found), indent=1, allow_nan=False))
        return
    for line in _lines(found):
        typer.echo(line)


def document(practice: str, found: Coverage) -> dict[str, Any]:
    """The document of --json: codes and words, dates as text, shares from 0 to 1."""
    grid = [{**asdict(one.cell), **{name: getattr(one, name) for name in ("past", "expected", "known", "open")}}
            for one in found.grid]  # fmt: skip
    ask = [{"id": one.id, "name": one.name, "for": str(one.cell), "ask": list(one.ask)} for one in found.ask]
    return {
        "practice": practice, "as_of": found.as_of.isoformat(), "since": found.since.isoformat(),
        "needs": {"past": found.past, "expected": found.expected, "left_out": found.left_out},
        "known": found.known, "gap": found.gap, "closes": found.closes, "grid": grid,
        "meet": [asdict(one) for one in found.meet], "ask": ask, "types": [asdict(one) for one in found.types],
        "same": [asdict(one) for one in found.same], "heavy": [asdict(one) for one in found.heavy],
    }


def _lines(found: Coverage) -> Iterator[str]:
    came = f"{found.past} needs" if found.past is not None else "fewer than 5 needs"
    yield f"Since {found.since}: {came}; {found.expected} more expected a year. You know {found.known} people."
    yield f"{found.gap:.0%} of what there is to know is missing."
    yield from (_square(one) for one in found.grid[:_SHOWN])
    if found.meet:
        yield f"Meeting these would close {found.closes:.0%} of the gap:"
        yield from (f"  {number}. {one.name}: {one.why}" for number, one in enumerate(found.meet, start=1))
    for one in found.ask:
        yield f"  Ask {one.name} ({', '.join(one.ask)}): may fit {one.cell}"
    bare = [one.label for one in found.types if not one.have]
    if bare:
        yield f"You know nobody yet for: {'; '.join(bare)}."
    for heavy in found.heavy:
        yield f"{heavy.name} gets a large part of your {heavy.of} referrals."


def _square(one: Square) -> str:
    past = "fewer than 5" if one.past is None else str(one.past)
    return f"  {one.cell}: {past} came, {one.expected} expected; you know {one.known if one.known < 3 else '3 or more'}"

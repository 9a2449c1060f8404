"""`warmhandoff match`: a need against a listings file, without a server or an account."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from warmhandoff.matching import (
    SCHEMAS,
    Answer,
    Directory,
    Explanation,
    Need,
    Option,
    Possible,
    Relaxation,
    explain,
    read_listings,
    read_need,
    schema,
    search,
    unreadable,
)
from warmhandoff.rules.refusals import BadInput, Problem
from warmhandoff.rules.vocab import vocabulary

EXAMPLE = "Example: warmhandoff match need.json --directory listings.jsonl --k 3 --relax"

MUST_WORDS = {
    "kind": "kind of listing",
    "level": "level of care",
    "exclude": "excluded by the need",
    "accepting": "accepting new clients",
    "concerns": "treats",
    "modalities_must": "method",
    "identities_must": "identity",
    "access": "access",
    "age_group": "age group",
    "participants": "participants",
    "languages": "language",
    "payment": "payment",
    "place": "place",
    "times": "times",
}
TERM_WORDS = {
    "specialism": "specialises in it",
    "concerns_wished": "also treats",
    "modality": "wished methods",
    "identity": "wished identity",
    "times": "shared times",
    "distance": "distance",
    "wait": "short wait",
    "trust": "our trust",
    "responsiveness": "answers promptly",
    "freshness": "recently verified",
}
PAYMENT_WORDS = {
    "any": "any payment",
    "plan": "takes the plan",
    "out_of_network": "out of network",
    "fee": "fee within the budget",
    "sliding": "sliding scale within the budget",
}
VOCABULARY_OF_MUST = {
    "concerns": "concerns",
    "modalities_must": "modalities",
    "identities_must": "identities",
    "access": "access",
}
CHANGE_WORDS = {
    ("age_group", "drop"): "any age group",
    ("participants", "drop"): "any participants",
    ("languages", "drop"): "any language",
    ("times", "drop"): "any time",
    ("payment", "out_of_network"): "out of network accepted",
    ("payment", "+25%"): "the budget a quarter higher",
    ("payment", "+50%"): "the budget half as high again",
    ("payment", "drop"): "any payment",
    ("radius_miles", "x2"): "twice the radius",
    ("radius_miles", "x4"): "four times the radius",
    ("formats", "add:telehealth"): "telehealth accepted",
    ("formats", "add:in_person"): "in person accepted",
    ("accepting", "waitlist"): "waiting lists accepted, however long",
}


def match(
    need: Annotated[str | None, typer.Argument(metavar="NEED.json", help="The need; - reads standard input.")] = None,
    directory: Annotated[
        Path | None, typer.Option(metavar="DIR_OR_FILE", help="A listings file, or the folder of listings.jsonl.")
    ] = None,
    k: Annotated[int, typer.Option("--k", help="How many options and possibles to show.")] = 3,
    relax: Annotated[bool, typer.Option("--relax", help="Always say what one loosening would open.")] = False,
    explain_id: Annotated[
        int | None, typer.Option("--explain", metavar="ID", help="Why is this listing not there?")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    schema_name: Annotated[
        str | None, typer.Option("--schema", metavar="|".join(SCHEMAS), help="Print a file's JSON Schema and stop.")
    ] = None,
) -> None:
    """Match a need against a listings file, without a server or an account.

    Example: warmhandoff match need.json --directory listings.jsonl --k 3 --relax

    An answered question ends with exit code 0, also where nothing matches; bad input ends with 2.
    """
    if schema_name is not None:
        _print(schema(schema_name).rstrip("\n"))
        return
    if need is None or directory is None:
        missing = "NEED.json" if need is None else "--directory"
        raise BadInput(Problem(f"is missing. {EXAMPLE}", field=missing))
    if k < 1:
        raise BadInput(Problem("a whole number of 1 or more is needed", field="k"))
    asked = _need_of(need)
    listings = _directory_of(directory, asked)
    if explain_id is not None:
        explanation = explain(listings, asked, explain_id)
        _show(explanation.as_json(), explanation_lines(explanation), as_json)
        return
    answer = search(listings, asked, k, relax)
    _show(answer.as_json(), answer_lines(answer, listings), as_json)


def _need_of(name: str) -> Need:
    if name == "-":
        return read_need(sys.stdin.buffer.read(), "standard input")
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise unreadable(Path(name), error) from error
    return read_need(data, name)


def _directory_of(path: Path, need: Need) -> Directory:
    """The listings, with everything passed over said on standard error."""
    read = read_listings(path)
    warnings = read.warnings()
    plan = need.payment.plan
    if plan is not None and not read.directory.takes_plan(plan):
        warnings.append(f"payment.plan: no listing names the plan {plan!a}")
    for warning in warnings:
        typer.echo(f"Warning: {printable(warning)}", err=True)
    return read.directory


def _show(document: dict[str, object], lines: Iterable[str], as_json: bool) -> None:
    if as_json:
        _print(json.dumps(document, indent=1, allow_nan=False))
        return
    for line in lines:
        _print(printable(line))


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    typer.echo(text.encode(encoding, "replace").decode(encoding))


def printable(text: str) -> str:
    """Without control characters: a name in a file must not be able to steer the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def called(listing_id: int, name: str | None) -> str:
    return f"{name} (id {listing_id})" if name else f"id {listing_id}"


def answer_lines(answer: Answer, directory: Directory) -> Iterator[str]:
    """The answer for people to read."""
    if answer.total == 0:
        yield "No listing passes every must."
    else:
        yield f"{counted(answer.total, 'option')}; the best {len(answer.options)}:"
    for place, option in enumerate(answer.options, start=1):
        yield from _option_lines(place, option)
    if answer.possible_total:
        yield ""
        yield f"Likely, to confirm: {counted(answer.possible_total, 'listing')} of which something is not known."
        yield from map(_possible_line, answer.possibles)
    if answer.relaxations is not None:
        yield ""
        yield "With one thing changed:"
        yield from (relaxation_line(relaxation, directory) for relaxation in answer.relaxations)


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _option_lines(place: int, option: Option) -> Iterator[str]:
    yield ""
    yield f"{place}. {called(option.id, option.name)}: score {option.score:.1f} of 100"
    yield f"   {_way(option)}; {PAYMENT_WORDS[option.payment]}"
    yield f"   {'':<20}{'t':>6} {'weight':>7} {'share':>7}"
    for name, term in option.terms.items():
        yield f"   {TERM_WORDS[name]:<20}{term.t:>6.2f} {term.weight:>7} {term.share:>7.2f}"


def _way(option: Option) -> str:
    away = "" if option.miles is None else f", {option.miles:.1f} miles away"
    return vocabulary("formats").label(option.format).lower() + away


def _possible_line(possible: Possible) -> str:
    ask = ", ".join(MUST_WORDS[must] for must in possible.ask)
    return f" - {called(possible.id, possible.name)}: ask about {ask} (score so far {possible.score:.1f})"


def relaxation_line(relaxation: Relaxation, directory: Directory) -> str:
    what = CHANGE_WORDS.get((relaxation.must, relaxation.change))
    if what is None:
        code = relaxation.change.partition(":")[2]
        what = f"{MUST_WORDS[relaxation.must]}: {_label(relaxation.must, code)} no longer needed"
    if relaxation.best is None:
        return f" - {what}: still none"
    first = called(relaxation.best, directory.name_of(relaxation.best))
    return f" - {what}: {counted(relaxation.total, 'option')}, first {first}"


def _label(must: str, code: str) -> str:
    return vocabulary(VOCABULARY_OF_MUST[must]).label(code)


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """Why a listing is not an option, for people to read."""
    who = called(explanation.id, explanation.name)
    if not explanation.fails and not explanation.unknown:
        yield f"{who} passes every must: it is an option."
        return
    if explanation.fails:
        yield f"{who} is not an option. It fails:"
        yield from (f" - {_reason(reason)}" for reason in explanation.fails)
    else:
        yield f"{who} may be an option: it fails nothing."
    if explanation.unknown:
        yield "Not known, and to be asked:"
        yield from (f" - {_reason(reason)}" for reason in explanation.unknown)


def _reason(reason: str) -> str:
    must, _, code = reason.partition(":")
    return f"{MUST_WORDS[must]}: {_label(must, code)}" if code else MUST_WORDS[must]

"""`warmhandoff panel`: a whole panel of clients against a listings file, one first option each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from warmhandoff.cli.match import called, counted, printable, relaxation_line
from warmhandoff.matching import Directory, Panel, assign, read_clients, read_listings
from warmhandoff.rules.refusals import BadInput, Problem


def panel(
    clients: Annotated[Path, typer.Argument(metavar="CLIENTS.jsonl", help="One client and her need a line.")],
    directory: Annotated[
        Path, typer.Option(metavar="DIR_OR_FILE", help="A listings file, or the folder of listings.jsonl.")
    ],
    k: Annotated[int, typer.Option("--k", help="How many options to give each client.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Find every client of a panel a first option, promising no listing beyond its openings.

    Example: warmhandoff panel clients.jsonl --directory listings.jsonl --k 3

    As many clients as possible get one, and among those ways the best fit in all. Clients for whom no opening is left
    end no command: they are named, with what one change would open.
    """
    if k < 1:
        raise BadInput(Problem("a whole number of 1 or more is needed", field="k"))
    asked, read = read_clients(clients), read_listings(directory)
    for warning in read.warnings():
        typer.echo(f"Warning: {printable(warning)}", err=True)
    answer = assign(read.directory, asked, k)
    if as_json:
        typer.echo(json.dumps(answer.as_json(), indent=1, allow_nan=False))
        return
    for line in panel_lines(answer, read.directory):
        typer.echo(printable(line))


def panel_lines(answer: Panel, directory: Directory) -> Iterator[str]:
    """The answer for people to read."""

    def name(listing_id: int) -> str:
        return called(listing_id, directory.name_of(listing_id))

    every = len(answer.assigned) + len(answer.unmatched)
    yield f"{len(answer.assigned)} of {counted(every, 'client')} have a first option."
    if answer.optimal:
        yield "No other way serves more of them, and none as many with a better fit in all (proven)."
    for one in answer.assigned:
        yield f"{one.client}: {name(one.first)}, score {one.score:.1f}"
        for other in one.options[1:]:
            yield f"   or {name(other)}"
    for client in answer.unmatched:
        yield f"{client.client}: no opening is left."
        for other in client.options:
            yield f"   full: {name(other)}"
        for relaxation in client.relaxations:
            if relaxation.total:
                yield f"  {relaxation_line(relaxation, directory)}"

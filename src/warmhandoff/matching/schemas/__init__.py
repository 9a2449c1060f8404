"""The JSON Schemas (draft 2020-12) of the files that `match` and `panel` read; docs/reference/schemas/ is a copy."""

from __future__ import annotations

from importlib.resources import files

from warmhandoff.rules.refusals import BadInput, Problem

SCHEMAS = ("need", "listing", "clients")


def schema(name: str) -> str:
    """The text of one schema. Refuses a name that is none of `SCHEMAS`."""
    if name not in SCHEMAS:
        raise BadInput(Problem(f"there is no schema {name[:20]!a}; there are {', '.join(SCHEMAS)}", field="schema"))
    return files("warmhandoff.matching.schemas").joinpath(f"{name}.json").read_text(encoding="utf-8")

"""One gate: everything that can carry client data outward is listed, and gets it from what was cleared (R-10)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house.table_outward import OUTWARD
from tests.house.tree import SOURCE, modules, parsed

# By the last part of the name that is called: each makes bytes for someone outside, or sends them.
CARRIERS = frozenset({
    "packet_pdf", "release_pdf", "record_pdf", "post", "post_inline", "to_receiver", "hand_over", "EmailMessage",
    "writer", "DictWriter", "FileResponse", "StreamingHttpResponse", "JsonResponse", "download", "pdf", "pdf_of",
    "data_of", "content_of",
})  # fmt: skip
KINDS = frozenset({"cleared", "neutral", "directory", "herself", "inside", "machinery"})


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _carries(function: ast.FunctionDef) -> set[str]:
    """What in a function carries something outward: a call of a carrier, a plain answer, what was frozen opened."""
    found = set()
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        name = _last(node.func)
        if name in CARRIERS or (name == "HttpResponse" and node.args):
            found.add(name)
        if name == "reveal" and isinstance(node.func, ast.Attribute) and _last(node.func.value) in ("pdf", "content"):
            found.add("what was frozen")
    return found


def places(root: Path, files: list[Path]) -> dict[str, set[str]]:
    """"module:function" -> what it carries."""
    found: dict[str, set[str]] = {}
    for path in files:
        for function in _functions(parsed(path)):
            if carried := _carries(function):
                found.setdefault(f"{path.relative_to(root).as_posix()}:{function.name}", set()).update(carried)
    return found


@cache
def _found() -> dict[str, set[str]]:
    return places(SOURCE, modules("src"))


def test_every_place_that_carries_something_outward_is_listed() -> None:
    unlisted = {place: sorted(by) for place, by in _found().items() if place not in OUTWARD}
    assert not unlisted, "list it in tests/house/table_outward.py, with why it may: " + str(unlisted)


def test_the_list_has_nothing_that_is_gone() -> None:
    assert sorted(set(OUTWARD) - set(_found())) == []
    assert {kind for kind, _ in OUTWARD.values()} <= KINDS
    assert [place for place, (kind, why) in OUTWARD.items() if kind not in ("cleared", "machinery") and not why] == []


def _function(place: str) -> ast.FunctionDef:
    module, _, name = place.partition(":")
    return next(one for one in _functions(parsed(SOURCE / module)) if one.name == name)


ASKS = frozenset({"cleared_delivery", "clear", "clear_on_basis", "cleared_by", "_take_off", "_given"})


@pytest.mark.parametrize("place", sorted(place for place, (kind, _) in OUTWARD.items() if kind == "cleared"))
def test_what_is_cleared_takes_the_value_or_asks_for_it(place: str) -> None:
    function = _function(place)
    takes = any(one.annotation and "Cleared" in ast.unparse(one.annotation)
                for one in (*function.args.args, *function.args.kwonlyargs))
    called = {_last(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    hands_on = {"basis_packet_file", "covered_file", "packet_file", "packet_for_recipient", "packet_data_for_recipient",
                "shared_file"}
    assert takes or called & (ASKS | hands_on), f"{place} neither takes a Cleared nor asks for one"


# Who may say yes: only these make the value, each from the release decision or a recorded lawful basis.
MAKES_CLEARED = {"clients/disclosing.py"}
SAYS_YES = {
    "rules/release.py": "the decision itself",
    "referrals/sending.py": "what was handed over a moment ago under a decision, told to the timeline; a revocation",
    "referrals/choosing.py": "signing is itself the permission that the timeline names; it discloses nothing",
    "referrals/on_a_basis.py": "the preview's frame, after the basis was cleared",
}


def _made(name: str) -> dict[str, list[ast.Call]]:
    found: dict[str, list[ast.Call]] = {}
    for path in modules("src"):
        for node in ast.walk(parsed(path)) if name in path.read_text(encoding="utf-8") else ():
            if isinstance(node, ast.Call) and _last(node.func) == name:
                found.setdefault(path.relative_to(SOURCE).as_posix(), []).append(node)
    return found


def test_only_the_gate_makes_what_clears() -> None:
    assert set(_made("Cleared")) == MAKES_CLEARED


def test_only_these_say_yes() -> None:
    yes = {module for module, calls in _made("Decision").items() for call in calls
           if call.args and ast.unparse(call.args[0]) == "True"}  # fmt: skip
    assert yes == set(SAYS_YES)


def test_a_planted_way_out_is_seen(tmp_path: Path) -> None:
    planted = tmp_path / "clients" / "leaking.py"
    planted.parent.mkdir()
    planted.write_text('import csv\n\ndef to_a_friend(rows, out):\n    csv.writer(out).writerows(rows)\n\n'
                       'def around_the_gate(packet):\n    return packet.pdf.reveal()\n')
    found = places(tmp_path, [planted])
    assert found == {"clients/leaking.py:to_a_friend": {"writer"},
                     "clients/leaking.py:around_the_gate": {"what was frozen"}}
    assert not set(found) <= set(OUTWARD)

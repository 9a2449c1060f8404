"""Listings files and needs on disk: strict, with file, line and field in every fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.matching.examples import LISTING, NEED
from warmhandoff.matching import parse_need, read_listings, read_need
from warmhandoff.rules.refusals import BadInput, Problem

BARE = '{"id": 1, "kind": "therapist"}'


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "listings.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def problems(path: Path) -> list[Problem]:
    with pytest.raises(BadInput) as refused:
        read_listings(path)
    return list(refused.value.problems)


@pytest.mark.parametrize(
    "text",
    [
        BARE,
        BARE + "\n",
        "\n\n" + BARE + "\r\n  \n",
        "\ufeff" + BARE,
        '{"id": 1, "kind": "therapist", "name": "a\u2028b"}\n',
        '\t{"id": 1, "kind": "therapist"}  ',
    ],
)
def test_files_that_are_in_order(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    assert [part.segment.ids.tolist() for part in read_listings(path).directory.parts] == [[1]]
    assert [part.segment.ids.tolist() for part in read_listings(tmp_path).directory.parts] == [[1]]


def test_an_empty_file_is_an_empty_directory(tmp_path: Path) -> None:
    assert len(read_listings(written(tmp_path, "\n")).directory) == 0


LINES = [
    ('{"kind": "therapist"}', "id"),
    ('{"id": 2}', "kind"),
    ('{"id": 2, "kind": "therapist", "fee": NaN}', "fee"),
    ('{"id": 2, "kind": "therapist", "fee": Infinity}', "fee"),
    ('{"id": 2, "kind": "therapist", "nonsense": -Infinity}', "nonsense"),
    ('{"id": 2, "kind": "therapist", "lat": 1e999, "lon": 0}', "lat"),
    ('{"id": 2, "kind": "therapist", "lat": 91, "lon": 0}', "lat"),
    ('{"id": 2, "kind": "therapist", "treats": ["truama"]}', "treats"),
    ('{"id": 2, "kind": "therapist", "treats": [NaN]}', "treats"),
    ('{"id": 2, "kind": "therapist", "specialises_in": ["trauma"], "treats": []}', "specialises_in"),
    ('{"id": 2, "kind": "therapist", "zip": "7870"}', "zip"),
    ('{"id": 2, "kind": "therapist", "id": 3}', "id"),
    ('{"id": 1, "kind": "therapist"}', "id"),
    ('{"id": 99999999999999999999, "kind": "therapist"}', "id"),
    ('{"id": 2, "kind": "therapist"', None),
    ('{"id": 2, "kind": "therapist"} {"id": 3, "kind": "therapist"}', None),
    ("[1, 2]", None),
    ("null", None),
    ("[" * 100_000, None),
    ('{"id": ' + "9" * 5000 + "}", None),
    (b'{"id": 2, "kind": "therapist", "name": "\xff"}', None),
    ('{"id": 2, "kind": "therapist", "levels": ["\\u001b[2J"]}', "levels"),
    ('{"id": 2, "kind": "therapist", "treats": ["\\ud800\\u202e"]}', "treats"),
    ('{"id": 2, "kind": "therapist", "\\u001b]0;x": NaN}', "\\x1b]0;x"),
]


@pytest.mark.parametrize(("line", "field"), LINES)
def test_a_faulty_line_is_named(tmp_path: Path, line: str | bytes, field: str | None) -> None:
    raw = line if isinstance(line, bytes) else line.encode("utf-8")
    path = written(tmp_path, BARE.encode("utf-8") + b"\n\n" + raw + b"\n")
    [problem] = problems(path)
    assert (problem.file, problem.line, problem.field) == (str(path), 3, field)
    assert str(problem).isprintable()


def test_every_fault_up_to_twenty(tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join(['{"id": 1.5, "kind": "x"}'] * 9 + [BARE]))
    assert [(problem.line, problem.field) for problem in problems(path)] == [
        (line, field) for line in range(1, 10) for field in ("id", "kind")
    ]
    path = written(tmp_path, "\n".join(['{"kind": "therapist"}'] * 50))
    found = problems(path)
    assert len(found) == 21
    assert found[-1].reason == "reading stopped at line 20, after 20 faults"


def test_unknown_names_and_zips_are_counted(tmp_path: Path) -> None:
    rows = [{"id": n, "kind": "therapist", "zip": "99999", "colour": n} for n in (1, 2)]
    rows += [{"id": 3, "kind": "therapist", "zip": "99999", "lat": 1, "lon": 2, "shape": None}]
    read = read_listings(written(tmp_path, "\n".join(map(json.dumps, rows))))
    assert read.warnings() == [
        "colour: there is no such field; left unread in 2 listings",
        "shape: there is no such field; left unread in 1 listing",
        "zip: not in the table of ZIPs, so the place is unknown, in 2 listings",
    ]


def test_a_name_in_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    row = {"id": 1, "kind": "therapist", "\x1b[31mred": 1, "\ud800": 2}
    warnings = read_listings(written(tmp_path, json.dumps(row))).warnings()
    assert warnings == [
        "\\ud800: there is no such field; left unread in 1 listing",
        "\\x1b[31mred: there is no such field; left unread in 1 listing",
    ]
    with pytest.raises(BadInput) as refused:
        read_need(json.dumps(NEED | {"\x1b[31mred": 1, "kind": "\x1b[2J"}).encode(), "need.json")
    assert {problem.field for problem in refused.value.problems} == {"\\x1b[31mred", "kind"}
    assert all(str(problem).isprintable() for problem in refused.value.problems)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_a_constant_that_is_no_json_is_shown_as_it_stands(tmp_path: Path, constant: str) -> None:
    [problem] = problems(written(tmp_path, f'{{"id": 2, "kind": "therapist", "treats": [{constant}]}}'))
    assert problem.reason == f"a list of codes is needed, and {constant} is none"


def test_nothing_to_warn_of(tmp_path: Path) -> None:
    assert read_listings(written(tmp_path, json.dumps(LISTING))).warnings() == []


@pytest.mark.parametrize("name", ["missing.jsonl", "folder"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    [problem] = problems(tmp_path / name)
    assert problem.file is not None and problem.file.startswith(str(tmp_path / name))
    assert "cannot be read" in problem.reason


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", None),
        (b"{", None),
        (b"\xff", None),
        (b"[]", None),
        (b'{"kind": "therapist", "kind": "group"}', "kind"),
        (json.dumps(NEED | {"payment": {"budget": -1}}).encode(), "payment.budget"),
        (json.dumps(NEED | {"radius_miles": float("nan")}).encode(), "radius_miles"),
    ],
)
def test_a_faulty_need_names_its_file(data: bytes, field: str | None) -> None:
    with pytest.raises(BadInput) as refused:
        read_need(data, "need.json")
    assert {(problem.file, problem.field) for problem in refused.value.problems} == {("need.json", field)}


def test_a_need_may_begin_with_a_byte_order_mark() -> None:
    assert read_need(b"\xef\xbb\xbf" + json.dumps(NEED).encode(), "need.json") == parse_need(NEED)

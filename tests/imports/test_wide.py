"""The reader of very wide files against the csv module: the same rows, whatever the file is like."""

from __future__ import annotations

import csv
import io
from random import Random

import pytest

from warmhandoff.imports import wide
from warmhandoff.imports.wide import Passed, Piece, WideFile, header_of

CODES = frozenset({"101YM0800X", "2084P0800X"})
HEADER = ["NPI", "Entity", *[f"column {number}" for number in range(8)]]


def file_of(rows: list[list[str]], *, strict: bool = True, ending: str = "\n") -> bytes:
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if strict else csv.QUOTE_MINIMAL
    csv.writer(out, quoting=quoting, lineterminator=ending).writerows([HEADER, *rows])
    return out.getvalue().encode()


def pieces(data: bytes, **more: bool) -> list[Piece]:
    file = io.BytesIO(data)
    names, place, line = header_of(file)
    return list(WideFile(file, len(names), CODES, **more).pieces(place, line))


def rows_for(seed: int) -> list[list[str]]:
    chance = Random(seed)
    odd = ["", "a", 'say "hi"', "two\nlines", '"\n"', "comma,", '","', "101YM0800X", "X", "é", "\r\n", "2084P0800X"]
    rows = []
    for number in range(chance.randrange(1, 60)):
        cells = [f"{1000000000 + number}", chance.choice(["1", "2", ""])]
        cells += [chance.choice(odd[:2] if chance.random() < 0.9 else odd) for _ in range(8)]
        cells[4] = chance.choice(["207R00000X", "101YM0800X", "2084P0800X", "", "101YM0800X "])
        rows.append(cells)
    return rows


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_it_finds_what_the_csv_module_finds(strict: bool, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(60):
        monkeypatch.setattr(wide, "BLOCK", 64 + 40 * seed)
        rows = rows_for(seed)
        data = file_of(rows, strict=strict, ending=ending)
        found = pieces(data)
        read = [piece.cells for piece in found if not isinstance(piece, Passed)]
        wanted = [row for row in rows if CODES & set(row) or not row[1]]
        assert [row for row in wanted if row not in read] == [], "nobody is overlooked"
        assert all(row in rows for row in read), "and nobody is made up"
        passed = sum(piece.last - piece.first + 1 for piece in found if isinstance(piece, Passed))
        assert passed + len(read) == len(rows)
        assert [cells for cells in read if cells in wanted] == wanted
        for piece in found[:: 1 + seed // 4]:  # from the position behind any piece, the rest is the same
            file = io.BytesIO(data)
            rest = list(WideFile(file, len(HEADER), CODES).pieces(piece.place, piece.behind))
            again = [one.cells for one in rest if not isinstance(one, Passed) and one.cells in wanted]
            assert again == wanted[len(wanted) - len(again) :]
            last = rest[-1].behind if rest else piece.behind
            assert last == found[-1].behind, "and its lines are numbered alike"


def test_a_block_of_the_strict_form_is_not_read_cell_by_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WideFile, "_exact", None)
    rows = [[f"{1000000000 + n}", "1", "", "", "101YM0800X" if n == 7 else "", *[""] * 5] for n in range(90)]
    data = file_of(rows)
    found = pieces(data)
    assert [type(piece).__name__ for piece in found] == ["Passed", "Record", "Passed"]
    assert [(piece.first, piece.last) for piece in found if isinstance(piece, Passed)] == [(2, 8), (10, 91)]
    named = pieces(data, named=True)[0]
    assert isinstance(named, Passed) and list(named.names) == [f"{1000000000 + n}" for n in range(7)]


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        (b'"1000000009","1","\x00","","101YM0800X","","","","",""\n', "NUL"),
        (b'"1000000009","1","\xe9","","101YM0800X","","","","",""\n', "UTF-8"),
        (b'"1000000009","1","101YM0800X"\n', "3 cells"), (b'"1000000009","1', "expected after"),
        (b'"1000000009","1","","","101YM0800X","","","","",""x\n', "expected"),
        (b'"1000000009",' + b"a" * wide.LONGEST_LINE + b"\n", "longer"),
    ],
)  # fmt: skip
def test_a_torn_record_is_told_and_the_rest_read(tail: bytes, words: str) -> None:
    good = b'"1000000001","1","","","101YM0800X","","","","",""\n'
    found = [piece for piece in pieces(file_of([]) + good + tail + good) if not isinstance(piece, Passed)]
    faulty = [piece for piece in found if piece.fault]
    assert [piece.line for piece in faulty] == [3] and words in faulty[0].fault
    if words != "expected after":
        assert [piece.line for piece in found] == [2, 3, 4]

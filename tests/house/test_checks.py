"""The checks themselves: each finds what is planted for it, and is quiet about what is sound."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from tests import check
from tests.house import catalogues, figures, generated, locks, words

HASH = "    --hash=sha256:" + "0" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound set of requirements and locks."""
    (tmp_path / "base.in").write_text("Django==5.2.19\npsycopg[binary]==3.3.9\n")
    (tmp_path / "dev.in").write_text("-r base.in\nruff\n")
    base = f"django==5.2.19 \\\n{HASH}\npsycopg==3.3.9 \\\n{HASH}\n"
    (tmp_path / "base.txt").write_text(base)
    (tmp_path / "dev.txt").write_text(f"{base}ruff==0.17.6 ; python_version >= '3.11' \\\n{HASH}\n")
    return tmp_path


PROJECT = ["Django>=5.2.19,<5.3", "psycopg[binary]>=3.3.9,<4"]


def test_sound_locks_pass(folder: Path) -> None:
    assert locks.out_of_step(folder, PROJECT) == [] and list(words.addresses(folder)) == []


def test_the_lock_of_the_benchmarks_changes_nothing_of_the_other(folder: Path) -> None:
    (folder / "bench.in").write_text("-r dev.in\n")
    (folder / "bench.txt").write_text((folder / "dev.txt").read_text())
    assert locks.out_of_step(folder, PROJECT) == []
    (folder / "bench.txt").write_text((folder / "dev.txt").read_text().replace("ruff==0.17.6", "ruff==0.17.7"))
    assert locks.out_of_step(folder, PROJECT) == ["dev.txt and bench.txt differ in ruff"]


@pytest.mark.parametrize(("file", "old", "new", "words_of_fault"), [
    ("base.in", "5.2.19", "5.2.20", "does not hold Django==5.2.20"),
    ("base.in", "psycopg[binary]==3.3.9", "psycopg[binary]==3.3.9\nnumpy", "does not hold numpy"),
    ("dev.in", "ruff", "mypy", "does not hold mypy"),
    ("base.txt", HASH, "", "has no hash"),
    ("dev.txt", "5.2.19", "5.2.18", "differ in django"),
    ("base.txt", "django==5.2.19", "django>=5.2.19", "not a pin"),
])
def test_locks_out_of_step_are_found(folder: Path, file: str, old: str, new: str, words_of_fault: str) -> None:
    path = folder / file
    path.write_text(path.read_text().replace(old, new, 1))
    assert any(words_of_fault in fault for fault in locks.out_of_step(folder, PROJECT))


def test_the_projects_own_dependencies_are_held_against_the_lock(folder: Path) -> None:
    faults = locks.out_of_step(folder, ["Django>=6", "numpy", "psycopg"])
    assert any("wants Django>=6" in fault for fault in faults)
    assert any(fault.startswith("numpy is in only one") for fault in faults)


def test_an_address_in_a_lock_is_found(folder: Path) -> None:
    (folder / "base.txt").write_text("django @ https" + "://example.org/django.whl\n")
    assert len(list(words.addresses(folder))) == 1


@pytest.mark.parametrize("word", [*words.REGISTRIES, *words.MACHINE])
def test_every_forbidden_word_is_found_in_its_line(tmp_path: Path, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "name_of", lambda path: path.name)
    (tmp_path / "a.md").write_text(f"fine\n\nsee {word.upper()} there\n")
    (tmp_path / "b.bin").write_bytes(b"\xff\xfe" + word.encode())
    found = list(words.find(sorted(tmp_path.iterdir()), words.REGISTRIES + words.MACHINE))
    assert len(found) == 1 and found[0].startswith("a.md:3:")


FUNCTION = '''
def f(self, a, b, /, c, *, d, **more):
    """Words."""
    if a and b:
        return [x for x in c if x]
    elif c:
        for _ in d:
            pass
    def inside():
        if a: pass
        if b: pass
    try:
        return 1 if a else 2
    except (ValueError, TypeError):
        return 3
'''


def test_a_folder_of_our_own_is_no_place_on_a_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "name_of", lambda path: path.name)
    (tmp_path / "a.py").write_text('render(request, "portal/ho' + 'me/page.html")\n')
    assert list(words.find(tmp_path.iterdir(), words.MACHINE)) == []
    (tmp_path / "a.py").write_text('open("/ho' + 'me/ada/page.html")\n')
    assert len(list(words.find(tmp_path.iterdir(), words.MACHINE))) == 1


def test_a_function_is_measured() -> None:
    function = next(figures.functions(ast.parse(FUNCTION)))
    assert function.name == "f"
    assert figures.parameters(function) == 4
    assert figures.branches(function) == 5


def test_what_is_past_a_figure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "name_of", lambda path: path.name)
    path = tmp_path / "long.py"
    path.write_text("def f(a, b, c, d, e, f, g, h, i):\n" + "    if a: pass\n" * 80 + "x = 1\n" * 420)
    assert figures.breaches([path]) == [
        "long.py: 501 module lines, never more than 500",
        "long.py:1 f: 81 function lines, never more than 80",
        "long.py:1 f: 9 parameters, never more than 8",
        "long.py:1 f: 80 branches, never more than 15",
    ]
    assert len(figures.breaches([path], leave_out=frozenset({"parameters"}))) == 3
    path.write_text("def f(a, b, c, d, e, f, g, h):\n" + "    if a: pass\n" * 15 + "    a = b\n" * 64 + "x = 1\n" * 420)
    figures.parsed.cache_clear()
    assert figures.breaches([path]) == []


@pytest.mark.parametrize("page", generated.PAGES, ids=lambda path: path.name)
def test_a_generated_page_that_was_edited_is_found_and_made_again(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "reference" / page.name
    monkeypatch.setattr(generated, "PAGES", {copy: generated.PAGES[page]})
    assert generated.stale() == [copy] == generated.write()
    assert generated.stale() == [] == generated.write()
    copy.write_text(copy.read_text() + "\nAn afterthought.\n")
    assert generated.stale() == [copy]


def test_no_generated_page_holds_a_path_of_this_machine() -> None:
    from warmhandoff import settings

    for make in generated.PAGES.values():
        assert str(settings.DATA) not in make() and str(settings.KEYS) not in make()


def catalogue(home: Path, *, spanish: str = "Hoy", fuzzy: bool = False) -> Path:
    made = Catalog(locale="es")
    made.add("Today", spanish, flags=["fuzzy"] if fuzzy else [])
    made.add(("%(n)s day", "%(n)s days"), ("%(n)s día", "%(n)s días"))
    made.add("May", "Mayo", context="month")
    path = home / "es" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, made)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, made)
    return path


def test_catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "name_of", lambda path: path.name)
    sound = catalogue(tmp_path / "sound")
    assert catalogues.faults(tmp_path / "sound") == []
    sound.write_text(sound.read_text().replace("Hoy", "Ahora"))
    assert catalogues.faults(tmp_path / "sound") == ["django.mo is not what django.po says now: compile it again"]
    sound.with_suffix(".mo").unlink()
    assert catalogues.faults(tmp_path / "sound") == ["django.po is not compiled"]
    catalogue(tmp_path / "empty", spanish="")
    assert "not translated: 'Today'" in catalogues.faults(tmp_path / "empty")[0]
    catalogue(tmp_path / "fuzzy", fuzzy=True)
    assert "uncertain (fuzzy): 'Today'" in catalogues.faults(tmp_path / "fuzzy")[0]


def test_every_check_runs_though_one_fails_and_the_end_tells(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def made(name: str, *faults: str) -> check.Check:
        return lambda: ran.append(name) or check.Report(list(faults))  # type: ignore[func-returns-value]

    monkeypatch.setattr(check, "CHECKS", {"a": made("a", "wrong"), "b": made("b"), "c": made("c", "also wrong")})
    assert check.main([]) == 1
    assert sorted(ran) == ["a", "b", "c"]
    said = capsys.readouterr().out
    assert "FAILED  a" in said and "ok      b" in said and "also wrong" in said and "2 of 3 checks failed" in said
    monkeypatch.setitem(check.CHECKS, "a", lambda: ran.index("never ran"))
    assert check.main(["a", "b"]) == 1
    assert "the check itself broke: ValueError" in capsys.readouterr().out
    assert check.main(["b"]) == 0
    assert "all checks passed" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        check.main(["d"])

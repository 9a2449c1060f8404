"""House rules that no linter knows, held against the source itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT, SOURCE, files, modules, name_of, parsed, text_of


def inside(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every module named by an import, with its line; `from a import b` names a and a.b."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Every call by its written name (`a.b.c`), with its line."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield ast.unparse(node.func), node.lineno


SOURCES = modules("src")
# The worker's loop, and the last step before a page or an answer.
EVERYTHING_CAUGHT_IN = {"core/jobs.py", "web/middleware.py", "api/door.py"}
NETWORK_IN = ("core/carriers.py", "demo/", "cli/")  # messages leave from one place; others speak to us
NETWORK = {"smtplib", "http.client", "urllib.request", "ftplib", "django.core.mail", "socket.create_connection"}
SIGNALS = {"django.dispatch", "django.db.models.signals", "django.core.signals", "django.contrib.auth.signals"}
# The demo command reads it once more, before the settings exist: it works out the clock its server is to show.
TIME_READ_IN = {"core/clock.py", "cli/demo.py"}
READS_TIME = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|timezone\.(now|localdate|localtime)|time\.time)$"
)


def test_there_is_source_to_look_at() -> None:
    assert len(SOURCES) > 40 and SOURCE / "core" / "jobs.py" in SOURCES


def test_only_the_command_line_prints() -> None:
    found = [f"{name_of(p)}:{line}" for p in SOURCES if not inside(p).startswith("cli/")
             for name, line in calls(p) if name in ("print", "pprint", "pprint.pprint", "sys.stdout.write")]
    assert found == []


def _catches_everything(node: ast.ExceptHandler) -> bool:
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in kinds)


def test_everything_is_caught_only_where_work_must_go_on() -> None:
    found = [f"{name_of(p)}:{node.lineno}" for p in SOURCES if inside(p) not in EVERYTHING_CAUGHT_IN
             for node in ast.walk(parsed(p)) if isinstance(node, ast.ExceptHandler) and _catches_everything(node)]
    assert found == []


def test_the_time_is_read_in_one_place() -> None:
    found = [f"{name_of(p)}:{line} {name}" for p in SOURCES if inside(p) not in TIME_READ_IN
             for name, line in calls(p) if READS_TIME.search(name)]
    assert found == [], "the time is read at a door (core.clock.now) and passed down"


def test_nothing_calls_out_but_the_outbox() -> None:
    found = [f"{name_of(p)}:{line} {name}" for p in SOURCES if not inside(p).startswith(NETWORK_IN)
             for name, line in imported(p) if name in NETWORK]
    assert found == []


def test_there_are_no_signals() -> None:
    found = [f"{name_of(p)}:{line} {name}" for p in SOURCES for name, line in imported(p) if name in SIGNALS]
    assert found == []


def test_a_model_has_no_logic_in_save() -> None:
    models = [path for path in SOURCES if "models" in (path.stem, path.parent.name)]
    found = [f"{name_of(p)}:{node.lineno}" for p in models for node in ast.walk(parsed(p))
             if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete", "clean", "full_clean")]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    found = [name_of(p) for p in SOURCES if p.name != "apps.py" and p.read_text().strip()
             if not ast.get_docstring(parsed(p))]
    assert found == []


def _undocumented(path: Path) -> Iterator[str]:
    for node in parsed(path).body:
        public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if public and not ast.get_docstring(node):
            yield f"{name_of(path)}:{node.lineno} {node.name}"


def test_every_function_of_the_rules_says_what_it_takes_and_refuses() -> None:
    # The tree of refusals is explained once, at the top of its file.
    found = [line for p in modules("src/warmhandoff/rules") if p.name != "refusals.py" for line in _undocumented(p)]
    assert found == []


UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def test_nothing_is_left_for_later_in_a_comment() -> None:
    found = [f"{name_of(p)}: {m[0]}" for p in files() if p.suffix in {".py", ".md", ".html", ".css", ".js", ".toml", ""}
             for m in UNFINISHED.finditer(text_of(p) or "")]
    assert found == []


TEMPLATES = [p for p in files() if p.suffix == ".html" and p.is_relative_to(SOURCE)]
_COMMENT = re.compile(r"{#.*?#}|{% comment .*?{% endcomment %}|<!--.*?-->", re.DOTALL)


@pytest.mark.parametrize("rule", [
    r"<script(?![^>]*\bsrc=)[^>]*>", r"<style\b", r"<[^>]*\sstyle\s*=", r"<[^>]*\son[a-z]+\s*=", r"javascript:",
    r"\|\s*safe\b", r"{%\s*autoescape\s+off",
    r"""(?:\bsrc|\baction|<link[^>]*\bhref)\s*=\s*["']?(?:https?:)?//""",
], ids=["script", "style", "style attribute", "handler", "address", "safe", "escaping off", "another server"])
def test_no_template_holds_what_the_content_policy_or_escaping_forbids(rule: str) -> None:
    assert TEMPLATES
    found = [f"{name_of(p)}: {m[0][:80]}" for p in TEMPLATES
             for m in re.finditer(rule, _COMMENT.sub("", p.read_text()), re.IGNORECASE)]
    assert found == []


def test_every_line_of_the_documentation_index_leads_somewhere() -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{name_of(page)} points to {target}, which is not there"


def test_every_decision_says_what_why_what_not_and_what_would_change_it() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert decisions
    for number, path in enumerate(decisions, start=1):
        assert path.name.startswith(f"{number:04}-"), "numbered without a gap"
        text = path.read_text()
        assert len(text.splitlines()) <= 70, f"{path.name} is longer than a screen"
        for part in ("## What", "## Why", "## What not", "## What would change our mind"):
            assert f"{part}\n" in text, f"{path.name} lacks {part}"


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "decisions" / "0003-dependencies.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)
    named = {word.strip().lower() for row in rows for word in row.split(",")}
    lists = (ROOT / "requirements" / name for name in ("base.in", "dev.in", "bench.in"))
    wanted = {re.split(r"[\[=<>~ ]", line)[0].lower() for path in lists for line in path.read_text().splitlines()
              if line and not line.startswith("-r")}
    assert wanted - named == set() and len(wanted) > 20
    assert named - wanted == {"at run time", "for development", "for benchmarks", "---"}

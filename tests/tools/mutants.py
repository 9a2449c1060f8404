"""Permission mutants: take one guard or one filter away and see whether a test notices (security requirement R-04).

    ./run python -m tests.tools.mutants [--every N] [--only WORDS,...] [--tests PATH,...]

Exit 1 when one survives, and names it. --only: those with one of these words in their names; --tests: against these.

What is taken away, one at a time: each verb of each cell of the table of access; each raise of NotAllowed or NotThere;
each call of `must_set_policy`; each filter by practice; each relation by which a list is widened, and the condition in
front of it. A mutant lives in a forked process: the function's code is replaced, and the tests that run it are run.

The walls are held at the level of actions, by fast tests: pages ask the same again, and are not needed to notice.
"""

from __future__ import annotations

import ast
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from warmhandoff.documents import rendering

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "warmhandoff"
TESTS = ("tests/rules/test_access.py", "tests/apps", "tests/core")
APPS = ("accounts", "clients", "core", "directory", "network", "referrals")
_MARK = "__ran__"
LONGEST = 120  # seconds that one test may take of a forked process
REFUSALS = ("NotAllowed", "NotThere")
PRACTICE = ("practice_id", "practice", "client__practice_id")
RELATIONS = ("allowed", "hers")


@dataclass(frozen=True)
class Mutant:
    """What was taken away where, and the code without it. A cell of the table has no code.

    change: what else is done to the process; without a `function` every test is taken for one that may notice it.
    """

    label: str
    function: FunctionType | None
    code: CodeType | None = None
    cell: tuple[Any, Any, Any] | None = None
    change: Callable[[], None] | None = None

    def apply(self) -> None:
        if self.change is not None:
            self.change()
        if self.function is not None and self.code is not None:
            self.function.__code__ = self.code
        if self.cell is not None:
            from warmhandoff.rules.access import TABLE

            role, relation, verb = self.cell
            TABLE[role, relation] = TABLE[role, relation] - {verb}


_NOTHING = Mutant("nothing", None)


class Without(ast.NodeTransformer):
    """Takes the n-th thing away that can be taken away from one function."""

    def __init__(self, number: int) -> None:
        self.number, self.seen, self.what = number, -1, ""

    def _this(self, what: str, line: int) -> bool:
        self.seen += 1
        if self.seen == self.number:
            self.what = f"line {line}: {what}"
        return self.seen == self.number

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if isinstance(raised, ast.Name) and raised.id in REFUSALS and self._this(f"raise {raised.id}", node.lineno):
            return ast.copy_location(ast.Pass(), node)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value
        named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "must_set_policy"
        if named and self._this("must_set_policy", node.lineno):
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        widened = isinstance(node.target, ast.Name) and node.target.id in RELATIONS
        if widened and self._this(f"the relation {ast.unparse(node.value)[:50]}", node.lineno):
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in ("filter", "get"):
            for keyword in node.keywords:
                if keyword.arg in PRACTICE and self._this(f"{name}({keyword.arg}=)", node.lineno):
                    node.keywords = [kept for kept in node.keywords if kept is not keyword]
                    break
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        asks = "in relations" in ast.unparse(node.test)
        if asks and self._this(f"the condition {ast.unparse(node.test)}", node.lineno):
            node.test = ast.copy_location(ast.Constant(True), node.test)
        return self.generic_visit(node)


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    for name, value in vars(module).items():
        if isinstance(value, FunctionType) and value.__module__ == module.__name__:
            yield name, value


def _code_of(tree: ast.Module, name: str, path: str) -> CodeType:
    whole = compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
    return next(const for const in whole.co_consts if isinstance(const, CodeType) and const.co_name == name)


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """Every mutant of every function of one module."""
    path = str(module.__file__)
    source = Path(path).read_text(encoding="utf-8")
    for name, function in _functions(module):
        for number in range(1000):
            tree, away = ast.parse(source), Without(number)
            node = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)
            if node is None:  # made by a call: there is no text to take anything from
                break
            away.visit(node)
            if not away.what:
                break
            node.decorator_list = []
            yield Mutant(f"{module.__name__}.{name}, {away.what}", function, _code_of(tree, name, path))


def all_mutants() -> list[Mutant]:
    from warmhandoff.rules.access import TABLE, Actor

    cells = [
        Mutant(f"the table: {role}, {relation}, {verb}", Actor.verbs, cell=(role, relation, verb))
        for (role, relation), verbs in TABLE.items()
        for verb in sorted(verbs)
    ]
    names = [f"warmhandoff.{app}.{path.stem}" for app in APPS for path in sorted((SOURCE / app).glob("[!_]*.py"))]
    modules = [importlib.import_module(name) for name in (*names, "warmhandoff.rules.access")]
    return [*cells, *(mutant for module in modules for mutant in mutants_of(module))]


@contextmanager
def _marked(functions: dict[CodeType, FunctionType], seen: set[CodeType]) -> Iterator[set[CodeType]]:
    """Within it each function adds its own code to `seen` when it runs; gives those for which that cannot be done."""
    unmarked = set()
    for code, function in functions.items():
        tree = ast.parse(Path(code.co_filename).read_text(encoding="utf-8"))
        node = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function.__name__), None)
        if node is None:
            unmarked.add(code)
            continue
        node.decorator_list = []
        node.body.insert(0, ast.parse(f"{_MARK}({_MARK}s[{id(code)}])").body[0])
        function.__globals__.setdefault(f"{_MARK}s", {})[id(code)] = code
        function.__globals__[_MARK] = seen.add
        function.__code__ = _code_of(tree, function.__name__, code.co_filename)
    try:
        yield unmarked
    finally:
        for code, function in functions.items():
            function.__code__ = code


def _renders(*_: object, **__: object) -> None:
    """In place of the renderer in a forked process, where its threads are not: no test there renders without a mutant,
    so one that does was let through."""
    raise AssertionError("rendered, which it does not without the mutant")


class Hunt:
    """Runs every test once and notes which functions it runs; then each mutant against the tests that run it."""

    def __init__(self, every: int, only: str = "", of: Callable[[], list[Mutant]] = all_mutants) -> None:
        self.every, self.only, self.of, self.survivors, self.count = every, only, of, list[str](), 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        wanted = [one for one in self.of() if any(words in one.label for words in self.only.split(","))]
        mutants = wanted[:: self.every]
        ran, every = self._watch(session.items, {m.function.__code__: m.function for m in mutants if m.function})
        self.count = len(mutants)
        wanted_items = [item for item in every if any(m.function is None for m in mutants)]
        control = [*wanted_items, *(item for items in ran.values() for item in items)]
        if self._killed(_NOTHING, list(dict.fromkeys(control))):
            raise pytest.UsageError("a test fails in a forked process without any mutant: it would kill them all")
        for mutant in mutants:
            if not self._killed(mutant, every if mutant.function is None else ran[mutant.function.__code__]):
                self.survivors.append(mutant.label)
                print(f"survived: {mutant.label}", flush=True)
        return True

    def _watch(
        self, items: Sequence[pytest.Item], functions: dict[CodeType, FunctionType]
    ) -> tuple[dict[CodeType, list[pytest.Item]], list[pytest.Item]]:
        """Code of each function -> the tests that run it, the quickest first; and all tests, likewise.

        What stands in no module's first level, all are taken for.
        """
        Timed = list[tuple[float, int, pytest.Item]]
        ran: dict[CodeType, Timed] = {code: [] for code in functions}
        every: Timed = []
        renders = {function.__code__: function for _, function in _functions(rendering)}
        seen: set[CodeType] = set()
        with _marked({**functions, **renders}, seen) as unmarked:
            for place, item in enumerate(items):
                seen.clear()
                began = monotonic()
                if not _passes(item, tell=True):
                    raise pytest.UsageError(f"{item.nodeid} fails without any mutant")
                if seen & renders.keys():
                    continue  # the renderer's threads do not live on in a forked process: it would wait for ever
                timed = (monotonic() - began, place, item)
                every.append(timed)
                for code in (seen | unmarked) & functions.keys():
                    ran[code].append(timed)
        quickest = {code: [item for *_, item in sorted(found)] for code, found in ran.items()}
        return quickest, [item for *_, item in sorted(every)]

    def _killed(self, mutant: Mutant, items: list[pytest.Item]) -> bool:
        child = os.fork()
        if child == 0:
            mutant.apply()
            for _, function in _functions(rendering):
                function.__code__ = _renders.__code__
            if mutant is not _NOTHING:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 1)
                os.dup2(nowhere, 2)
            passed = all(_passes_in_time(item, tell=mutant is _NOTHING) for item in items)
            sys.stdout.flush()
            os._exit(0 if passed else 1)
        # One that waits for ever has told nothing: it counts as a survivor, and is named.
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) not in (0, -signal.SIGALRM)


@dataclass(frozen=True)
class _Next:
    """As if a test elsewhere came next: what this one set up is torn down, and the session's database stays."""

    session: pytest.Session

    def listchain(self) -> list[pytest.Session]:
        return [self.session]


def _passes_in_time(item: pytest.Item, *, tell: bool) -> bool:
    signal.alarm(LONGEST)
    return _passes(item, tell=tell)


def _passes(item: pytest.Item, *, tell: bool = False) -> bool:
    from _pytest.runner import runtestprotocol

    item._initrequest()  # type: ignore[attr-defined]  # it may have run before
    reports = runtestprotocol(item, nextitem=_Next(item.session), log=False)  # type: ignore[arg-type]
    failed = [report for report in reports if report.failed]
    if failed and tell:
        print(*(report.longreprtext for report in failed), sep="\n")
    return not failed


def main(arguments: Sequence[str]) -> int:
    """Hunt; prints how many were killed and who survived."""
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    hunt = Hunt(int(given.get("--every", "1")), given.get("--only", ""))
    which = "not nightly and not postgres and not browser and not faults and not slow"
    tests = given["--tests"].split(",") if "--tests" in given else TESTS
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-m", which, *tests], plugins=[hunt])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return int(code)
    print(f"permission mutants: {hunt.count - len(hunt.survivors)} of {hunt.count} killed")
    return 1 if hunt.survivors or not hunt.count else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))

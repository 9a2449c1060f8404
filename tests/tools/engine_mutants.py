"""Mutants of the matching engine: change one comparison, word or number of it and see whether a test notices.

    ./run python -m tests.tools.engine_mutants [--every N] [--only WORDS,...] [--tests PATH,...]

Exit 1 when one survives that is not explained in EXPLAINED, or when one that is explained there is killed after all.
What is changed, one at a time, in `musts`, `wishes`, `search` and `relax`: a comparison, `and` and `or`, an operator, a
`not`, a condition, a number, a word. In a forked process the changed module takes the place of the first, also where
its functions and tables are known elsewhere already.
"""

from __future__ import annotations

import ast
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from tests.tools.mutants import ROOT, Hunt, Mutant

MODULES = ("musts", "wishes", "search", "relax")
TESTS = tuple(f"tests/matching/test_{name}.py" for name in (
    "worked_examples", "whole_musts", "loosenings", "refusals", "against_the_oracle", "assign",
))  # fmt: skip
EXPLAINED = {
    "musts: '~' in ''": "a need that is paid by a plan always names it; the empty word is for the type checker",
    "musts: 1 in 0": "a need with a budget always has its amount; the 0 is for the type checker",
    "search: False in True": "`strict`: both columns are of one length, and it is there to say so",
    "relax: False in True": "`strict`, as above",
    "relax: 'place~' in 'place'": "a change of `place` is read by its row; what must it had besides is not looked at",
    "relax: 'loosened~' in 'loosened'": "remembered under another name, or made anew: the answers are the same",
    "relax: Or in payment.form == 'budget' and payment.budget is not None": "an amount is there exactly with a budget",
}
"""Label without the line's number -> why no test can notice it."""

_OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.RShift: ast.LShift,
}  # fmt: skip


class Changed(ast.NodeTransformer):
    """Changes the n-th thing that can be changed in a module; annotations, decorators and docstrings are none."""

    def __init__(self, number: int) -> None:
        self.number, self.seen, self.what = number, -1, ""

    def _this(self, node: Any, how: str) -> bool:
        self.seen += 1
        if self.seen == self.number:
            self.what = f"line {node.lineno}: {how} in {ast.unparse(node)[:60]}"
        return self.seen == self.number

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [one if _is_words(one) else self.visit(one) for one in node.body]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(one) if isinstance(one, ast.FunctionDef) else one for one in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.value = self.visit(node.value) if node.value is not None else None
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if _is_words(node) else self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> ast.AST:
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return node  # how a refusal is worded is no matter of matching

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        for place, operator in enumerate(node.ops):
            if type(operator) in _OTHER and self._this(node, _OTHER[type(operator)].__name__):
                node.ops[place] = _OTHER[type(operator)]()  # type: ignore[call-overload]
        return self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        if self._this(node, _OTHER[type(node.op)].__name__):
            node.op = _OTHER[type(node.op)]()  # type: ignore[assignment]
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if type(node.op) in _OTHER and self._this(node, _OTHER[type(node.op)].__name__):
            node.op = _OTHER[type(node.op)]()  # type: ignore[assignment]
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if isinstance(node.op, ast.Not | ast.Invert | ast.USub) and self._this(node, f"no {type(node.op).__name__}"):
            return self.visit(node.operand)
        return self.generic_visit(node)

    def _turned(self, node: ast.If | ast.IfExp) -> ast.AST:
        if self._this(node.test, "turned"):
            node.test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)
        return self.generic_visit(node)

    visit_If = _turned
    visit_IfExp = _turned

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        other: object = None
        if isinstance(value, bool):
            other = not value
        elif isinstance(value, int | float):
            other = value + 1
        elif isinstance(value, str):
            other = f"{value}~"
        if other is not None and self._this(node, f"{other!r}"):
            return ast.copy_location(ast.Constant(other), node)
        return node


def _is_words(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    path = Path(str(module.__file__))
    source = path.read_text(encoding="utf-8")
    for number in range(10_000):
        changed = Changed(number)
        tree = ast.fix_missing_locations(changed.visit(ast.parse(source)))
        if not changed.what:
            return
        yield Mutant(f"{path.stem}, {changed.what}", None, change=_taking_its_place(module, tree, str(path)))


def _taking_its_place(module: ModuleType, tree: ast.Module, path: str) -> Any:
    def change() -> None:
        space = vars(module)
        before = {name: value for name, value in space.items() if not name.startswith("__")}
        exec(compile(tree, path, "exec", dont_inherit=True), space)  # noqa: S102 - our own module, changed
        for name, old in before.items():
            new = space[name]
            if new is not old:
                space[name] = _instead(name, old, new)
        for other in _engine():
            for held in list(vars(other).values()):
                if hasattr(held, "cache_clear"):
                    held.cache_clear()  # what was worked out before the change

    return change


def _engine() -> list[ModuleType]:
    return [one for name, one in sys.modules.items() if name.startswith("warmhandoff.matching")]


def _instead(called: str, old: Any, new: Any) -> Any:
    """The new value under the identity of the old one, where others may hold that; else in every module that does."""
    if isinstance(old, FunctionType):
        old.__code__, old.__defaults__ = new.__code__, new.__defaults__
        return old
    if isinstance(old, dict):
        old.clear()
        old.update(new)
        return old
    if isinstance(old, type):
        for name, made in vars(new).items():
            held = vars(old).get(name)
            inner, other = getattr(held, "__func__", held), getattr(made, "__func__", made)
            if isinstance(inner, FunctionType) and isinstance(other, FunctionType):
                inner.__code__ = other.__code__
        return old
    for other in _engine():
        if vars(other).get(called) is old:
            setattr(other, called, new)
    return new


def all_mutants() -> list[Mutant]:
    modules = [importlib.import_module(f"warmhandoff.matching.{name}") for name in MODULES]
    return [mutant for module in modules for mutant in mutants_of(module)]


def explained(label: str) -> str:
    """A mutant's name as EXPLAINED has it: the number of its line changes with every change of the module."""
    module, _, what = label.partition(", ")
    return f"{module}: {what.partition(': ')[2]}"


def main(arguments: Sequence[str]) -> int:
    """Hunt; prints how many were killed, and who survived for what reason."""
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    hunt = Hunt(int(given.get("--every", "1")), given.get("--only", ""), all_mutants)
    tests = given["--tests"].split(",") if "--tests" in given else TESTS
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-m", "not nightly and not slow", *tests], plugins=[hunt])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return int(code)
    survivors = {explained(label) for label in hunt.survivors}
    whole = not given
    wrong = [f"not explained: {one}" for one in sorted(survivors - EXPLAINED.keys())]
    wrong += [f"explained, and killed: {one}" for one in sorted(EXPLAINED.keys() - survivors) if whole]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"mutants of the engine: {hunt.count - len(hunt.survivors)} of {hunt.count} killed, "
          f"{len(survivors & EXPLAINED.keys())} explained")  # fmt: skip
    return 1 if wrong or not hunt.count else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))

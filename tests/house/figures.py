"""The figures of style, measured: lines of modules and functions, parameters, branches."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from tests.house.tree import name_of, parsed

NEVER = {"module lines": 500, "function lines": 80, "parameters": 8, "branches": 15}
AIM = {"module lines": (120, 350), "function lines": (10, 40), "parameters": (5, 5), "branches": (8, 8)}
Function = ast.FunctionDef | ast.AsyncFunctionDef
_BRANCHES = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)


@dataclass(frozen=True)
class Measure:
    """One figure of one module or function; `where` names it as file:line."""

    kind: str
    figure: int
    where: str


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def parameters(function: Function) -> int:
    """How many a caller may give: `self` and `cls` are not given."""
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def branches(function: Function) -> int:
    """Ways through, not counting those of functions defined inside."""
    count, todo = 0, list(ast.iter_child_nodes(function))
    while todo:
        node = todo.pop()
        if isinstance(node, Function):
            continue
        count += isinstance(node, _BRANCHES)
        todo += ast.iter_child_nodes(node)
    return count


def measures(path: Path) -> Iterator[Measure]:
    """Every figure of one module."""
    yield Measure("module lines", len(path.read_text(encoding="utf-8").splitlines()), name_of(path))
    for function in functions(parsed(path)):
        where = f"{name_of(path)}:{function.lineno} {function.name}"
        yield Measure("function lines", (function.end_lineno or function.lineno) - function.lineno + 1, where)
        yield Measure("parameters", parameters(function), where)
        yield Measure("branches", branches(function), where)


def breaches(paths: list[Path], *, leave_out: frozenset[str] = frozenset()) -> list[str]:
    """What is past the figure that is never passed."""
    found = [m for path in paths for m in measures(path) if m.kind not in leave_out and m.figure > NEVER[m.kind]]
    return [f"{m.where}: {m.figure} {m.kind}, never more than {NEVER[m.kind]}" for m in found]


def summary(paths: list[Path]) -> list[str]:
    """Median and 95th percentile of each kind, beside what is aimed at."""
    every = [m for path in paths for m in measures(path)]
    lines = []
    for kind, (middle, high) in AIM.items():
        numbers = [m.figure for m in every if m.kind == kind and (m.figure or kind != "module lines")]
        p95 = quantiles(numbers, n=20)[-1] if len(numbers) > 1 else float(sum(numbers))
        lines.append(f"{kind}: median {median(numbers):.0f} (aim {middle}), p95 {p95:.0f} (aim {high}), "
                     f"highest {max(numbers)} (never over {NEVER[kind]})")
    return lines


def lines_in(paths: list[Path]) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)

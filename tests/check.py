"""./run check [--write] [NAME ...]: linters, types, contracts, generated files, locks, scanners, figures of style.

Every check runs even when an earlier one failed; each prints a line with its time. Exit 1 when any failed.
--write makes the generated pages again first. Names choose among the checks; --list prints them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.environment import prepare  # noqa: E402

prepare()
from tests.house import (  # noqa: E402
    catalogues,
    figures,
    generated,
    locks,
    sbom,
    scanning,
    tree,
    vulnerable,
    words,
)

MOST_LINES_SHOWN = 60


@dataclass
class Report:
    """What a check found: faults make it fail, notes are printed beside its line."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


Check = Callable[[], Report]
CHECKS: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return _run(sys.executable, *arguments)


def _said(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]


@check("secrets")  # the longest of them begin first
def secrets() -> Report:
    return Report(scanning.new_secrets(), [f"{len(scanning.known())} findings are known (.secrets.baseline)"])


@check("lint")
def lint() -> Report:
    done = _python("-m", "ruff", "check", "--output-format", "concise", "--no-fix")
    return Report(_said(done)) if done.returncode else Report()


@check("types")
def types() -> Report:
    done = _python("-m", "mypy", "--no-error-summary", "--show-error-codes")
    if not done.returncode:
        return Report()
    lines = _said(done)
    files = Counter(line.partition(":")[0] for line in lines if ": error:" in line)
    return Report(lines, [f"{count} in {name}" for name, count in files.most_common()])


@check("import contracts")
def import_contracts() -> Report:
    done = _run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    lines = [line for line in _said(done) if line.isascii()]
    return Report(lines[2:]) if done.returncode else Report(notes=lines[-1:])


@check("migrations")
def migrations() -> Report:
    done = _python("tests/manage.py", "makemigrations", "--check", "--dry-run")
    return Report(_said(done)) if done.returncode else Report()


@check("generated pages")
def generated_pages() -> Report:
    return Report([f"{tree.name_of(path)} is not what the code says now: ./run check --write"
                   for path in generated.stale()])


@check("locks")
def lock_files() -> Report:
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    folder = tree.ROOT / "requirements"
    return Report(locks.out_of_step(folder, project) + [f"an address in {line}" for line in words.addresses(folder)])


@check("bill of materials")
def bill_of_materials() -> Report:
    bill, lock = (generated.REFERENCE / "sbom.json").read_text(), tree.ROOT / "requirements" / "base.txt"
    found = sbom.differences(bill, lock)
    return Report(found + sbom.faults_of_form(bill), [f"{len(found)} differences to {lock.name}"])


@check("known vulnerabilities")
def known_vulnerabilities() -> Report:
    snapshot = os.environ.get(vulnerable.SNAPSHOT)
    if not snapshot:
        return Report(notes=[vulnerable.NOT_AUDITED])
    found = vulnerable.audit(tree.ROOT / "requirements" / "base.txt", Path(snapshot))
    return Report(found.faults, found.notes)


@check("dangerous calls")
def dangerous_calls() -> Report:
    return Report(scanning.dangerous(tree.SOURCE))


@check("no registry, no machine")
def hosts_and_paths() -> Report:
    return Report(list(words.find(tree.files(), words.REGISTRIES + words.MACHINE)))


@check("catalogues")
def translated() -> Report:
    return Report(catalogues.faults(tree.SOURCE))


@check("figures of style")
def style() -> Report:
    source, tests = tree.modules("src"), tree.modules("tests")
    ratio = figures.lines_in(tests) / max(1, figures.lines_in(source))
    # Parameters of a test are its fixtures, so that figure is for the source alone.
    faults = figures.breaches(source) + figures.breaches(tests, leave_out=frozenset({"parameters"}))
    return Report(faults, [*figures.summary(source), f"lines of tests to lines of source: {ratio:.2f}"])


def _timed(name: str) -> tuple[str, Report, float]:
    started = time.perf_counter()
    try:
        report = CHECKS[name]()
    except Exception as fault:  # noqa: BLE001 - a check that breaks has failed, and must not silence the others
        report = Report([f"the check itself broke: {type(fault).__name__}: {fault}"])
    return name, report, time.perf_counter() - started


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./run check", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these checks")
    parser.add_argument("--write", action="store_true", help="make the generated pages again")
    parser.add_argument("--list", action="store_true", help="print the names of the checks")
    chosen = parser.parse_args(arguments)
    if chosen.list:
        print("\n".join(CHECKS))
        return 0
    if unknown := [name for name in chosen.names if name not in CHECKS]:
        parser.error(f"no such check: {', '.join(unknown)} (--list names them)")
    if chosen.write:
        for path in generated.write():
            print(f"wrote {tree.name_of(path)}")
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name, report, seconds in pool.map(_timed, chosen.names or CHECKS):
            failed += bool(report.faults)
            print(f"{'FAILED' if report.faults else 'ok':6}  {name}  ({seconds:.1f} s)", flush=True)
            lines = [*report.faults[:MOST_LINES_SHOWN], *report.notes]
            if len(report.faults) > MOST_LINES_SHOWN:
                lines.append(f"... and {len(report.faults) - MOST_LINES_SHOWN} more")
            print("".join(f"        {line}\n" for line in lines), end="")
    print(f"{failed} of {len(chosen.names or CHECKS)} checks failed" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

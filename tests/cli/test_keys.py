"""`keys` as an operator runs it: what it prints, what it refuses, and that nothing is lost on the way."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.places import PYTHON, ROOT, database

pytestmark = pytest.mark.slow
# Commands one after another in one process, as starting one takes seconds; the wait before an old data key is
# destroyed is cut short. Prints [exit code, what was said, what was said to standard error] of each.
SESSION = """
import contextlib, io, json, os, sys
from datetime import timedelta
from warmhandoff.cli import environment, keys, main
start = environment.start_django
def hurried(*a, **k):
    done = start(*a, **k)
    from warmhandoff.core import resealing, sealing
    resealing.SETTLED = timedelta(seconds=1)
    sealing.forget_keys()
    return done
keys.start_django = hurried
from warmhandoff.cli import audit
answers = []
for command, typed in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    sys.argv, sys.stdin = ["warmhandoff", *command], io.StringIO(typed)
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code
    answers.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(answers))
"""


@dataclass
class Said:
    """What one command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def session(env: dict[str, str], *commands: str | tuple[str, str]) -> list[Said]:
    """Run these commands; a pair is a command and what is typed when it asks."""
    plain = [((one, "") if isinstance(one, str) else one) for one in commands]
    given = json.dumps([[command.split(), typed] for command, typed in plain])
    done = subprocess.run([PYTHON, "-c", SESSION, given], env=env, cwd=ROOT, capture_output=True, text=True,
                          timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [Said(*answer) for answer in json.loads(done.stdout.splitlines()[-1])]


@contextmanager
def practice(kind: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    with database(kind, tmp_path) as env:
        subprocess.run([PYTHON, "-m", "tests.cli.practice", "make"], env=env, cwd=ROOT, check=True, timeout=120)
        yield env


SHRED = "keys shred --practice lakeside-counseling"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_from_status_to_shred(kind: str, tmp_path: Path) -> None:
    with practice(kind, tmp_path) as env:
        before, early, rotated, retired, renewed, doubted, shredded, again, after, words, verified = session(
            env, "keys status --json", "keys retire k1", "keys rotate", "keys retire k1 --json",
            "keys renew --all --wait --json", (SHRED, "lakeside\n"), (SHRED, "lakeside-counseling\n"),
            f"{SHRED} --yes-i-know lakeside-counseling", "keys status --json", "keys status", "audit verify",
        )
    names = {held["practice"]: held for held in before.json["practices"]}
    assert set(names) == {"lakeside-counseling", "elsewhere-group"}
    values = names["lakeside-counseling"]["versions"][0]["values"]
    assert values > 5 and [key["name"] for key in before.json["wrapping_keys"]] == ["k1"]
    assert early.code == 3 and "in use for everything new" in early.err
    assert "k2 wraps everything" in rotated.out
    assert retired.code == 0 and retired.json["signed"]["audit entries"] > 0
    assert renewed.code == 0, renewed.err
    assert {(one["practice"], one["version"], one["left"]) for one in renewed.json["practices"]} == {
        ("lakeside-counseling", 2, 0), ("elsewhere-group", 2, 0),
    }
    assert doubted.code == 2 and "nothing was destroyed" in doubted.err
    assert shredded.code == 0 and "0 opened" in shredded.out, shredded.err
    assert again.code == 3
    practices = {held["practice"]: held for held in after.json["practices"]}
    assert after.code == 0
    assert practices["lakeside-counseling"]["shredded"] and practices["lakeside-counseling"]["lost"] == values
    assert [one["version"] for one in practices["elsewhere-group"]["versions"]] == [2]
    assert "shredded" in words.out
    assert verified.code == 0, verified.out


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    with practice("sqlite", tmp_path) as env:
        neither, both, nobody, unknown, added, renewed, status, rewrapped = session(
            env, "keys renew", "keys renew --practice x --all", "keys renew --practice nobody", "keys retire k7",
            "keys rotate --only-add", "keys renew --practice lakeside-counseling", "keys status", "keys rewrap",
        )
    assert neither.code == both.code == unknown.code == 2
    assert nobody.code == 2 and "nobody" in nobody.err
    assert "not used yet" in added.out
    assert renewed.code == 0 and "worker" in renewed.out
    assert "values to seal anew" in status.out
    assert rewrapped.out.startswith("0 ")

"""PostgreSQL with two roles: the app's own works through the whole loop, and cannot touch the audit it wrote."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.cast import PASSWORD, SECRETS
from tests.faults.places import PYTHON, ROOT, environment
from tests.faults.servers import Server
from tests.house.tree import ROOT as TREE
from tests.postgres import running_postgres
from warmhandoff.demo.walk import STEPS, Walk

pytestmark = pytest.mark.postgres
GUIDE = TREE / "docs" / "guides" / "postgresql.md"


def sql_of_the_guide() -> list[str]:
    """The statements of the guide's SQL blocks, as an operator would paste them."""
    blocks = GUIDE.read_text().split("```sql\n")[1:]
    return [one.strip() for block in blocks for one in block.split("```")[0].split(";") if one.strip()]


def as_role(url: str, name: str, database: str = "warmhandoff") -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{name}@", path=f"/{database}").geturl()


@contextmanager
def two_roles(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a server whose database was prepared as the guide says; only the first process is the owner.
    """
    with running_postgres() as url:
        for number, statement in enumerate(sql_of_the_guide()):
            place = url if number < 3 else as_role(url, "postgres")
            with psycopg.connect(place, autocommit=True) as connection:
                connection.execute(statement)
        env = environment(tmp_path / "data", WARMHANDOFF_SMTP_URL=f"file://{tmp_path}/mail")
        yield {**env, "WARMHANDOFF_DATABASE_URL": as_role(url, "warmhandoff_app"),
               "WARMHANDOFF_OWNER_DATABASE_URL": as_role(url, "warmhandoff_owner")}


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [PYTHON, "-m", "warmhandoff", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


REFUSED = (
    "update core_auditentry set verb = 'x'", "delete from core_auditentry", "truncate core_auditentry cascade",
    "update core_auditedclient set client_id = client_id", "delete from core_auditedclient",
    "truncate core_auditedclient", "delete from core_audithead", "truncate core_audithead",
    "delete from core_event", "truncate core_event", "update core_event set move = 'x'",
    "alter table core_auditentry disable trigger all", "alter table core_auditentry disable trigger user",
    "alter table core_event disable trigger all", "drop trigger core_auditentry_append_only on core_auditentry",
    "drop function core_append_only() cascade", "drop table core_auditedclient", "drop table core_auditentry cascade",
    "create or replace function core_append_only() returns trigger language plpgsql as 'begin return new; end'",
    "alter table core_auditentry owner to current_user", "alter table core_auditentry add column x int",
    "create table mine (a int)", "create function mine() returns int language sql as 'select 1'",
    "set session_replication_role = replica",
    "set role warmhandoff_owner", "delete from django_migrations", "update django_migrations set name = 'x'",
)


def test_the_app_role_works_and_cannot_touch_the_audit(tmp_path: Path) -> None:
    with two_roles(tmp_path) as env:
        subprocess.run([PYTHON, "-m", "tests.faults.serving"], env=env, cwd=ROOT, check=True)
        app = {name: value for name, value in env.items() if name != "WARMHANDOFF_OWNER_DATABASE_URL"}
        server = Server(app, tmp_path / "server.log")  # once the tables are there, the owner's role is not needed
        server.start()
        try:
            address = "clinician@lakeside-counseling.example"
            walk = Walk(server.base, tmp_path / "mail", address, PASSWORD, SECRETS["clinician"], say=lambda text: None)
            for _, step, _ in STEPS:
                step(walk)
            assert walk.is_closed()
        finally:
            server.kill()
        assert "ERROR" not in server.log.read_text()
        _tries_everything(env)
        _renews_and_is_well(env)


def _tries_everything(env: dict[str, str]) -> None:
    with psycopg.connect(env["WARMHANDOFF_DATABASE_URL"], autocommit=True) as connection:
        before = connection.execute("select count(*), max(mac) from core_auditentry").fetchone()
        assert before is not None and before[0] > 20
        connection.execute("grant update, delete on core_auditentry to current_user")  # a warning, and no grant
        for statement in REFUSED:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
                pytest.fail(f"not refused: {statement}")
        assert connection.execute("select count(*), max(mac) from core_auditentry").fetchone() == before
        owned = connection.execute("select count(*) from pg_class where relowner = current_user::regrole")
        assert owned.fetchone() == (0,)
    # The positive control: the owner's role may do what the app's may not.
    with psycopg.connect(env["WARMHANDOFF_OWNER_DATABASE_URL"]) as owner:
        owner.execute("alter table core_auditedclient disable trigger user")
        owner.execute("delete from core_auditedclient where false")
        owner.rollback()


def _renews_and_is_well(env: dict[str, str]) -> None:
    """The commands that change rows in bulk pass as the app's role; the doctor has nothing to say about roles."""
    app = {name: value for name, value in env.items() if name != "WARMHANDOFF_OWNER_DATABASE_URL"}
    found = json.loads(run(app, "doctor", "--json").stdout)["findings"]
    assert [one for one in found if one["check"] == "roles"] == []
    worked = subprocess.run([PYTHON, "-m", "tests.faults.resealing", "keys", "0"], env=app, cwd=ROOT, text=True,
                            capture_output=True, timeout=120, check=False)
    assert worked.returncode == 0, worked.stderr
    assert run(app, "audit", "verify").returncode == 0
    shredded = run(app, "keys", "shred", "--practice", "elsewhere-group", "--yes-i-know", "elsewhere-group")
    assert shredded.returncode == 0, shredded.stderr


def test_restoring_runs_as_the_owner_and_gives_the_rights(tmp_path: Path) -> None:
    with two_roles(tmp_path) as env:
        subprocess.run([PYTHON, "-m", "tests.cli.practice", "make"], env=env, cwd=ROOT, check=True, timeout=120)
        (tmp_path / "out").mkdir()
        assert run(env, "backup", str(tmp_path / "out" / "a.whbackup")).returncode == 0
        with psycopg.connect(env["WARMHANDOFF_OWNER_DATABASE_URL"], autocommit=True) as owner:
            owner.execute("drop schema public cascade")
            owner.execute("create schema public")
        told = run(env, "restore", str(tmp_path / "out" / "a.whbackup"))
        assert told.returncode == 0, told.stderr
        app = {name: value for name, value in env.items() if name != "WARMHANDOFF_OWNER_DATABASE_URL"}
        assert run(app, "restore", "--open-gate").returncode == 0
        assert "lakeside" in run(app, "user", "list").stdout
        with (psycopg.connect(env["WARMHANDOFF_DATABASE_URL"]) as connection,
              pytest.raises(psycopg.errors.InsufficientPrivilege)):
            connection.execute("delete from core_auditentry")


def test_one_role_for_all_is_reported(tmp_path: Path) -> None:
    with running_postgres() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create role only_one login")
            connection.execute("create database warmhandoff owner only_one")
        env = environment(tmp_path / "data", WARMHANDOFF_DATABASE_URL=as_role(url, "only_one"))
        assert run(env, "user", "list").returncode == 0
        found = {one["check"]: one for one in json.loads(run(env, "doctor", "--json").stdout)["findings"]}
        assert "only_one owns" in found["roles"]["says"] and found["roles"]["state"] == "finding"
        told = run(env, "manage", "check")
        assert told.returncode == 0 and "only_one owns" in told.stderr
        env["WARMHANDOFF_OWNER_DATABASE_URL"] = env["WARMHANDOFF_DATABASE_URL"]
        same = run(env, "user", "list")
        assert same.returncode == 4 and "own role" in same.stderr

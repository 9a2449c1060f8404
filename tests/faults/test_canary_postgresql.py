"""Nothing a client told, and no key, stands in plain in PostgreSQL: tables, log of writes, logs, dump, or a backup."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.faults.places import PYTHON, ROOT, database
from tests.faults.scanning import files_of, forms_of_bytes, forms_of_text, holding
from tests.faults.test_canary import MARK, STORY
from tests.postgres import _package
from warmhandoff.core.keys import make_encryption_key, make_secret_key

pytestmark = pytest.mark.postgres


def dump(url: str, path: Path) -> Path:
    """A logical dump of everything, as text."""
    command = [_package() / "pginstall" / "bin" / "pg_dump", "--dbname", url, "--file", path]
    subprocess.run(command, check=True, timeout=60)
    return path


def everything_written(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("checkpoint")


def data_keys(env: dict[str, str], folder: Path) -> list[bytes]:
    """The raw keys: those of the file, and every data key, unwrapped by the product itself."""
    ring = json.loads((folder / "data-keys" / "encryption.key").read_text())
    shown = (
        "import django; django.setup()\n"
        "from warmhandoff.core import sealing\n"
        "from warmhandoff.core.models import PracticeKey\n"
        "for k in PracticeKey.objects.all():\n"
        "    print(sealing.unwrap(k.wrapped_by, bytes(k.wrapped), k.practice_id.bytes).hex())\n"
    )
    out = subprocess.run([PYTHON, "-c", shown], env=env, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [base64.b64decode(key) for key in ring["keys"].values()] + [bytes.fromhex(key) for key in out.split()]


def test_no_word_of_hers_and_no_key_stands_in_plain(tmp_path: Path, say: Callable[[str], None]) -> None:
    with database("postgresql", tmp_path) as env:
        make_secret_key(tmp_path / "data-keys" / "secret.key")
        make_encryption_key(tmp_path / "data-keys" / "encryption.key")
        story = [PYTHON, "-c", STORY, MARK]
        said = subprocess.run(story, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr[-3000:]
        told = json.loads(said.stdout.splitlines()[-1])
        assert told["opened"] >= 15 and told["state"] == "closed"
        url = env["WARMHANDOFF_DATABASE_URL"]
        server = Path(parse_qs(urlsplit(url).query)["host"][0])  # data, log of writes, temporary files, its own log
        out = tmp_path / "out"
        out.mkdir()
        (out / "app.log").write_text(said.stderr)
        backed_up = subprocess.run([PYTHON, "-m", "warmhandoff", "backup", str(out / "a.whbackup")], env=env, cwd=ROOT,
                                   capture_output=True, text=True, check=False)
        assert backed_up.returncode == 0, backed_up.stderr
        dump(url, out / "dump.sql")
        everything_written(url)
        words = {form for secret in (MARK, *told["secrets"].values()) for form in forms_of_text(secret)}
        keys = data_keys(env, tmp_path)
        forms = words | {form for key in keys for form in forms_of_bytes(key)}
        places = [server / "data", server / "server.log", out]
        say(f"{len(forms)} forms of {len(keys)} keys and {1 + len(told['secrets'])} words looked for in "
            f"{len(files_of(*places))} files: {holding(forms, *places)}")
        assert len(keys) >= 3 and holding(forms, *places) == []
        _control(url, forms, keys[-1], server, out)


def _control(url: str, forms: set[bytes], key: bytes, server: Path, out: Path) -> None:
    """One plain column, one plain key: found in the table's file, in the log of writes and in the dump."""
    with psycopg.connect(url, autocommit=True) as connection:
        for number, value in enumerate((f"{MARK}plain", key)):
            kind = "text" if isinstance(value, str) else "bytea"
            connection.execute(f"create table plain{number} (words {kind})")
            connection.execute(f"insert into plain{number} values (%s)", [value])
            connection.execute("checkpoint")
            row = connection.execute("select pg_relation_filepath(%s)", [f"plain{number}"]).fetchone()
            assert row is not None
            dump(url, out / "control.sql")
            found = holding(forms, server / "data" / row[0])
            assert found, "in the table's file"
            assert holding(forms, server / "data" / "pg_wal"), "in the log of writes"
            assert holding(forms, out / "control.sql"), "in the dump"
            connection.execute(f"drop table plain{number}")

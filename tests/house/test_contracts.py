"""The import contracts catch what they are there to catch: each is broken on purpose in a package of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.house.tree import ROOT, SOURCE

APPS = ("core", "accounts", "directory", "clients", "referrals", "network")
PACKAGES = (
    "rules", "matching", "documents", "web", "api", "hsds", "imports", "exports", "demo", "cli", *APPS,
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest package with our layers, under our contracts, in which nothing is wrong."""
    home = tmp_path_factory.mktemp("contracts")
    package = home / "warmhandoff"
    for name in ("", *PACKAGES):
        (package / name).mkdir(exist_ok=True)
        (package / name / "__init__.py").write_text("")
    for app in APPS:
        models = package / app / ("models/__init__.py" if app == "referrals" else "models.py")
        models.parent.mkdir(exist_ok=True)
        models.write_text("import django.db\n")
        (package / app / "queries.py").write_text(f"import warmhandoff.{app}.models\n")
    (package / "referrals/models/reflection.py").write_text("import django.db\n")
    (package / "referrals/reflecting.py").write_text("import warmhandoff.referrals.models.reflection\n")
    (package / "referrals/by_source.py").write_text("")
    for module in ("web/desk/__init__", "web/desk/pause"):
        (package / f"{module}.py").parent.mkdir(exist_ok=True)
        (package / f"{module}.py").write_text("")
    for module in ("settings", "urls", "wsgi"):
        (package / f"{module}.py").write_text("")
    shutil.copy(ROOT / ".importlinter", home)
    return home


def lint(home: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(home), "COLUMNS": "200"}
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_sound_package_keeps_every_contract(sound: Path) -> None:
    done = lint(sound)
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


PLANTS = [
    ("rules/lifecycle.py", "import django", "plain Python"),
    ("matching/search.py", "from django.db import models", "plain Python"),
    ("documents/pdf.py", "import warmhandoff.settings", "plain Python"),
    ("matching/relax.py", "import warmhandoff.network.coverage", "downward"),
    ("core/jobs.py", "from warmhandoff.referrals import sending", "downward"),
    ("imports/page.py", "import warmhandoff.web", "downward"),
    ("imports/csv.py", "import warmhandoff.demo", "downward"),
    ("exports/csv.py", "import warmhandoff.imports", "downward"),
    ("exports/hsds.py", "from warmhandoff.directory.models import Listing", "touch no model"),
    ("web/admin.py", "import warmhandoff.cli", "downward"),
    ("web/errors.py", "import warmhandoff.api.problems", "downward"),
    ("api/pages.py", "import warmhandoff.web.errors", "downward"),
    ("api/answers.py", "from warmhandoff.directory.models import Listing", "touch no model"),
    ("web/desk/clients.py", "from warmhandoff.referrals.models import Referral", "touch no model"),
    ("cli/doctor.py", "def f():\n    import warmhandoff.core.models", "touch no model"),
    ("demo/play.py", "from warmhandoff.clients import models", "touch no model"),
    ("referrals/moving.py", "from warmhandoff.clients.models import Client", "tables of clients"),
    ("clients/caring.py", "import warmhandoff.core.models", "tables of core"),
    ("network/meeting.py", "import warmhandoff.directory.models", "tables of directory"),
    ("imports/cards.py", "import warmhandoff.network.models", "tables of network"),
    ("matching/wishes.py", "import warmhandoff.network.circle", "who sends whom"),
    ("directory/finding.py", "import warmhandoff.referrals.by_source", "who sends whom"),
    ("directory/merging.py", "import warmhandoff.accounts.models", "tables of accounts"),
    ("network/giving.py", "import warmhandoff.referrals.models", "tables of referrals"),
    ("referrals/packets.py", "from warmhandoff.referrals.models.reflection import Reflection", "author: their table"),
    ("clients/exporting.py", "import warmhandoff.referrals.models.reflection", "author: their table"),
    ("web/jump.py", "from warmhandoff.referrals import reflecting", "author: their actions"),
    ("exports/report.py", "import warmhandoff.referrals.reflecting", "author: their actions"),
]


@pytest.fixture(scope="module")
def planted(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The sound package with every violation in it: what was said of each broken contract."""
    home = tmp_path_factory.mktemp("planted") / "home"
    shutil.copytree(sound, home)
    for module in ("referrals/sending.py", "network/coverage.py", "network/circle.py"):
        (home / "warmhandoff" / module).write_text("")
    for module, line, _ in PLANTS:
        (home / "warmhandoff" / module).write_text(f"{line}\n")
    done = lint(home)
    assert done.returncode == 1, done.stdout
    said = done.stdout.partition("Broken contracts")[2]
    return dict(zip(re.findall(r"^(\S.*)\n-+\n", said, re.MULTILINE),
                    re.split(r"^\S.*\n-+\n", said, flags=re.MULTILINE)[1:], strict=True))


@pytest.mark.parametrize(("module", "line", "contract"), PLANTS)
def test_a_planted_violation_is_caught(planted: dict[str, str], module: str, line: str, contract: str) -> None:
    importer = "warmhandoff." + module.removesuffix(".py").replace("/", ".")
    said = [words for name, words in planted.items() if contract in name]
    assert len(said) == 1 and f"{importer} -> " in said[0], planted


@pytest.mark.parametrize("module", ["utils/__init__.py", "helpers.py"])
def test_nothing_can_appear_beside_the_layers(sound: Path, tmp_path: Path, module: str) -> None:
    home = tmp_path / "beside"
    shutil.copytree(sound, home)
    (home / "warmhandoff" / module).parent.mkdir(exist_ok=True)
    (home / "warmhandoff" / module).write_text("")
    done = lint(home)
    assert done.returncode == 1 and module.removesuffix(".py").partition("/")[0] in done.stdout


def test_reading_from_above_is_allowed_where_it_should_be(sound: Path, tmp_path: Path) -> None:
    home = tmp_path / "allowed"
    shutil.copytree(sound, home)
    for module, line in (
        ("referrals/models/referral.py", "import warmhandoff.clients.models"),
        ("network/queries.py", "import warmhandoff.referrals.models"),
        ("web/desk/clients.py", "import warmhandoff.referrals.queries"),
        ("cli/demo.py", "import warmhandoff.demo, warmhandoff.web, warmhandoff.imports"),
        ("referrals/asking.py", "import warmhandoff.documents, warmhandoff.matching, numpy"),
    ):
        (home / "warmhandoff" / module).write_text(f"{line}\n")
    done = lint(home)
    assert done.returncode == 0, done.stdout


def test_every_app_with_models_has_a_contract_of_its_own() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    sections = [contracts[name] for name in contracts]
    protected = {section["protected_modules"].strip() for section in sections if section.get("type") == "protected"}
    found = [*SOURCE.glob("*/models.py"), *SOURCE.glob("*/models/__init__.py")]
    of_apps = {name for name in protected if name.endswith(".models")}
    assert of_apps == {f"warmhandoff.{path.relative_to(SOURCE).parts[0]}.models" for path in found}

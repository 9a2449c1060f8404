"""The files of this repository, as the checks see them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "warmhandoff"
_MADE = {".git", ".venv", "var", "var-keys", "node_modules", "__pycache__", "dist"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed; in a tree without git, every file that is not made by a tool."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    if asked.returncode == 0 and asked.stdout:
        found = [ROOT / name for name in asked.stdout.split("\0") if name]
    else:
        found = [p for p in ROOT.rglob("*") if not any(_made(part) for part in p.relative_to(ROOT).parts)]
    return tuple(sorted(p for p in set(found) if p.is_file()))


def _made(part: str) -> bool:
    return part in _MADE or part.endswith(("_cache", ".egg-info"))


def text_of(path: Path) -> str | None:
    """The file's text, or None where it holds bytes."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def modules(*folders: str, migrations: bool = False) -> list[Path]:
    """The Python files under these folders of the repository (all of src and tests where none is named)."""
    under = [ROOT / folder for folder in folders or ("src", "tests")]
    return [
        path for path in files()
        if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in under)
        and (migrations or "migrations" not in path.parts)
    ]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()

"""The invented people and services, as files that can be read and changed."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any


def table(name: str) -> dict[str, Any]:
    """One of the files beside this one."""
    return tomllib.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))


def clients() -> list[dict[str, Any]]:
    """Every client with her referrals and their stories, in the order of the files."""
    folder = sorted(files(__name__).joinpath("clients").iterdir(), key=lambda entry: entry.name)
    return [one for entry in folder for one in tomllib.loads(entry.read_text(encoding="utf-8"))["client"]]

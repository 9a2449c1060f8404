"""The bill of materials of what runs (CycloneDX 1.6): made from the lock, without times, and compared with it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from tests.house.locks import wanted
from tests.house.tree import ROOT

_HEAD = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
Pin = tuple[str, str, frozenset[str]]  # name, version, SHA-256 of its files


def pins(lock: Path) -> Iterator[Pin]:
    """What a lock pins, in its order."""
    for block in re.split(r"\n(?=\S)", lock.read_text().strip()):
        if match := _HEAD.match(block):
            yield canonicalize_name(match[1]), match[2], frozenset(_HASH.findall(block))


def document(folder: Path = ROOT / "requirements") -> str:
    """The bill as JSON: the program, what it asks for by name, and every package of base.txt with its hashes."""
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    program = Component(name=project["name"], version=project["version"], type=ComponentType.APPLICATION,
                        bom_ref=project["name"])
    bom = Bom(metadata=BomMetaData(component=program))
    parts = [
        Component(
            name=name, version=version, type=ComponentType.LIBRARY, purl=PackageURL("pypi", name=name, version=version),
            bom_ref=f"{name}@{version}", hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes],
        )
        for name, version, hashes in pins(folder / "base.txt")
    ]
    bom.components.update(parts)
    asked_for = {canonicalize_name(need.name) for need in wanted(folder / "base.in")}
    bom.register_dependency(program, [part for part in parts if part.name in asked_for])
    made = json.loads(JsonV1Dot6(bom).output_as_string())
    del made["serialNumber"], made["metadata"]["timestamp"]
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


def differences(bill: str, lock: Path) -> list[str]:
    """Where a bill and a lock disagree, read apart from how the bill is made; one line each."""
    listed = {_pin(part) for part in json.loads(bill).get("components", [])}
    held = set(pins(lock))
    faults = [f"{name} {version} is in {lock.name} and not, or with other hashes, in the bill of materials"
              for name, version, _ in sorted(held - listed, key=lambda pin: pin[:2])]
    return faults + [f"{name} {version} is in the bill of materials and not, or with other hashes, in {lock.name}"
                     for name, version, _ in sorted(listed - held, key=lambda pin: pin[:2])]


def _pin(part: dict[str, Any]) -> Pin:
    hashes = frozenset(one["content"] for one in part.get("hashes", []) if one["alg"] == "SHA-256")
    return part["purl"].removeprefix("pkg:pypi/").partition("@")[0], part["version"], hashes


def faults_of_form(bill: str) -> list[str]:
    """What CycloneDX 1.6 says against the document."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill)
    return [] if fault is None else [f"not CycloneDX 1.6: {str(fault)[:300]}"]

"""The description: a valid OpenAPI 3.1 document that says what the table says, and pages that say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.api.programs import Programs
from tests.house.tree import ROOT as TREE
from tests.web.visits import words
from warmhandoff.api import problems
from warmhandoff.api.page import page_context
from warmhandoff.api.table import ENDPOINTS, ROOT
from warmhandoff.rules.access import SCOPES
from warmhandoff.rules.refusals import Refusal

_REF = re.compile(r"#/components/(schemas|responses|securitySchemes)/(\w+)")


@pytest.fixture
def document(programs: Programs) -> dict[str, Any]:
    answer = programs.ask("openapi", "none")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    found: dict[str, Any] = json.loads(answer.content)
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_its_frame_is_that_of_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0" and set(document) == {"openapi", "info", "servers", "paths", "components"}
    assert {"title", "version"} <= set(document["info"]) and document["info"]["license"]["identifier"] == "Apache-2.0"
    assert all(re.fullmatch("[a-zA-Z0-9._-]+", name) for part in document["components"].values() for name in part)
    assert document["servers"][0]["url"].endswith(ROOT.rstrip("/"))
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object", name
    for _, _, operation in operations(document):
        for parameter in operation["parameters"]:
            Draft202012Validator.check_schema(parameter["schema"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert len(found) > 10
    for reference in found:
        kind, name = _REF.fullmatch(reference).groups()  # type: ignore[union-attr]
        assert name in document["components"][kind], reference


def test_every_operation_is_whole(document: dict[str, Any]) -> None:
    seen = list(operations(document))
    assert {(path, method) for path, method, _ in seen} == {(f"/{line.path}", line.method) for line in ENDPOINTS}
    assert len({operation["operationId"] for *_, operation in seen}) == len(seen)
    for path, _, operation in seen:
        named = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert named == re.findall(r"{(\w+)}", path) and all(one["required"] for one in operation["parameters"]
                                                             if one["in"] == "path")  # fmt: skip
        assert "200" in operation["responses"] and "default" in operation["responses"]
        assert all(re.fullmatch("[1-5][0-9]{2}|default", status) for status in operation["responses"])
        for name in (name for entry in operation["security"] for names in entry.values() for name in names):
            assert name in SCOPES


def test_refusals_are_those_of_the_tree(document: dict[str, Any]) -> None:
    kinds = list(problems.kinds())
    assert len({kind.code for kind in kinds}) == len(kinds) >= 9 and Refusal.code not in {kind.code for kind in kinds}
    assert all(kind.title != Refusal.title for kind in kinds), "a problem has a title of its own"
    assert {kind.code for kind in kinds} | {"fault"} == set(document["components"]["responses"])
    for line in ENDPOINTS:
        assert set(line.refusals) <= {kind.code for kind in kinds}
        statuses = [kind.status for kind in kinds if kind.code in line.refusals]
        assert len(statuses) == len(set(statuses)), "two refusals would share an entry"


def test_the_page_says_all_of_it(programs: Programs) -> None:
    answer = programs.ask("docs", "none")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    page, said = answer.content.decode(), words(answer)
    assert "<script" not in page and not re.search(r"""(?:src|href)=["']https?:""", page)
    for line in ENDPOINTS:
        assert f"{line.method} {ROOT}{line.path}" in said and line.title in said
    for kind in problems.kinds():
        assert f'id="{kind.code}"' in page, "the type of a problem leads to its line"
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert page.count("<h1") == 1 and len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{target}"' in page


def test_the_reference_names_every_line() -> None:
    text = Path(TREE / "docs" / "reference" / "api.md").read_text()
    for section in page_context()["sections"]:
        assert f"`{section.line.method} {section.address}`" in text
        for row in (*section.parameters, *section.answer):
            assert f"`{row.name}`" in text

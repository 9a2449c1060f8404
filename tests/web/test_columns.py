"""A file whose headings are not ours: its columns are chosen, tried on ten rows, kept, and used again."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import NOW, Cast
from warmhandoff.core import clock
from warmhandoff.directory.column_mappings import keep_mapping
from warmhandoff.directory.models import ColumnMapping, Listing, Upload
from warmhandoff.imports.mapping import open_mapping
from warmhandoff.imports.sheet import import_sheet, open_sheet
from warmhandoff.rules.refusals import BadInput

pytestmark = pytest.mark.slow

FILE = (
    b"Provider Name,Discipline,Specialties,Insurance Accepted,Zip Code,Session Fee,Last Contact\n"
    b'Ana Lopez,Psychologist,"Trauma, Horse things","Aetna, Hill Plan",78704,$150,11/02/2026\n'
    b"Bo Chen,Wizard,Depression,,7870,90,11/05/2026\n"
)


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def send(cast: Cast, data: bytes = FILE, name: str = "County List.csv", part: str = "coordinator") -> Any:
    given = {"file": SimpleUploadedFile(name, data)}
    return cast.web(part).post("/network/import/", given)


def columns(cast: Cast, **changed: Any) -> tuple[str, dict[str, Any], str]:
    """The page a new file leads to: its address, what its form would send, and the page itself."""
    answer = send(cast)
    assert answer.status_code == 302 and "/columns/" in answer["Location"]
    address = answer["Location"]
    html = cast.web("coordinator").get(address).content.decode()
    return address, {**as_sent(html), **changed}, html


def as_sent(html: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inside in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    found["key"] = re.findall(r'name="key" value="(\d+)" id="key-\d+" checked', html)
    found["name"] = (re.search(r'name="name" value="([^"]*)"', html) or ["", ""])[1]
    return found


def post(cast: Cast, address: str, given: dict[str, Any], status: int = 200) -> str:
    answer = cast.web("coordinator").post(address, given)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return str(answer.content.decode())


def word(html: str, text: str) -> str:
    """The name of the select for one word."""
    found = re.search(rf'<label for="id_(word_\w+)">{text}', html)
    assert found is not None
    return found[1]


def test_an_unknown_file_leads_to_its_columns_guessed_and_tried(cast: Cast) -> None:
    _, sent, html = columns(cast)
    assert [sent[f"target_{number}"] for number in range(7)] == [
        "name", "kind", "specialises_in", "plans", "zip", "fee", "verified",
    ]  # fmt: skip
    assert sent["key"] == ["0"] and sent["name"] == "county-list"
    assert "Ana Lopez" in html and "$150" in html and "Hill Plan" in html and "Therapist" in html
    assert "Rejected" in html and "a ZIP of five digits is needed" in html
    assert "Wizard" in html and "Horse things" in html, "words that spell no code are asked about"
    assert not Listing.objects.exists() and not ColumnMapping.objects.exists()


def test_kept_landed_and_used_again(cast: Cast) -> None:
    address, sent, html = columns(cast)
    sent |= {word(html, "Wizard"): "peer_support", "target_4": "", "keep": "yes"}
    report = post(cast, address, sent)
    assert "Nothing is written yet" in report and "county-list" in report and not Listing.objects.exists()
    landing = re.search(r'action="(/network/import/[0-9a-f-]{36}/)"', report)
    assert landing is not None
    assert "This was imported." in post(cast, landing[1], {})
    ana, bo = Listing.objects.order_by("name")
    assert (ana.kind, bo.kind, ana.zip, ana.practice_id) == ("therapist", "peer_support", "", cast.practice.pk)
    assert ana.facts_now["plans"]["value"] == ["Hill Plan", "aetna"]
    assert ana.facts_now["specialises_in"]["value"] == ["trauma"] and ana.facts_now["fee"]["value"] == 15000
    assert ana.facts_now["fee"]["verified_on"] == "2026-11-02"
    again = send(cast, FILE.replace(b"$150", b"$160") + b"Cy Roe,Warlock,,,78701,,\n")
    html = again.content.decode()
    assert again.status_code == 200 and "Read by your mapping “county-list”" in html and "One word is new" in html
    assert re.search(r"Changed</dt><dd>1<", html) and re.search(r"Rejected</dt><dd>1<", html)
    page = cast.web("coordinator").get(re.search(r'href="(/network/import/[^"]*/columns/)"', html)[1])  # type: ignore[index]
    assert as_sent(page.content.decode())["target_4"] == "", "what was chosen then is chosen again"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"target_0": ""}, "Say which column holds the name"), ({"key": []}, "Tick the column"),
        ({"target_1": ""}, "No column says of which kind"), ({"name": "My List!"}, "Use small letters"),
        ({"target_2": "lat"}, "needs both latitude"), ({"target_2": "verified"}, "Only one column"),
        ({"target_2": "sorcery"}, "Select a valid choice"),
    ],
)  # fmt: skip
def test_what_does_not_do_is_told_and_what_was_chosen_stays(cast: Cast, changed: dict[str, Any], words: str) -> None:
    address, sent, _ = columns(cast)
    sent |= {"target_5": "sliding_floor", "keep": "yes", **changed}
    html = post(cast, address, sent, 422)
    assert words in html and as_sent(html)["target_5"] == "sliding_floor" and "What you typed is kept" in html
    assert not ColumnMapping.objects.exists() and Upload.objects.get().mapping == ""


def test_only_looking_keeps_nothing(cast: Cast) -> None:
    address, sent, _ = columns(cast)
    before, after = post(cast, address, {**sent, "target_4": "", "target_5": "", "kind": "group"}).split(
        "What the first rows become"
    )
    assert "$150" in before and "$150" not in after and "Rejected" not in after, "the file's own texts stay in sight"
    assert "group" in after and not ColumnMapping.objects.exists()


def test_the_file_of_the_command_line_reads_the_same(cast: Cast, tmp_path: Path) -> None:
    address, sent, html = columns(cast)
    post(cast, address, {**sent, word(html, "Wizard"): "peer_support", "keep": "yes"})
    kept = ColumnMapping.objects.get()
    answer = cast.web("coordinator").get(f"/network/mappings/{kept.pk}/")
    assert answer["Content-Disposition"] == 'attachment; filename="county-list.toml"'
    (tmp_path / "mine.toml").write_bytes(answer.content)
    sheet = open_sheet(FILE, "again.csv", open_mapping(str(tmp_path / "mine.toml")))
    report = import_sheet(sheet, practice_id=cast.practice.pk, now=NOW)
    assert report.figures()["added"] == 1 and [row["line"] for row in report.rejects] == [3]


def test_a_mapping_is_one_practices_and_can_be_removed(cast: Cast) -> None:
    address, sent, _ = columns(cast)
    post(cast, address, {**sent, "keep": "yes"})
    kept = ColumnMapping.objects.get()
    assert send(cast, part="outsider").status_code == 302, "another practice begins anew"
    for method in ("get", "post"):
        path = f"/network/mappings/{kept.pk}/" + ("remove/" if method == "post" else "")
        assert getattr(cast.web("outsider"), method)(path).status_code == 404
    assert "county-list" in cast.web().get("/network/import/").content.decode()
    assert cast.web("coordinator").post(f"/network/mappings/{kept.pk}/remove/").status_code == 302
    assert not ColumnMapping.objects.exists()


def test_a_name_is_one_mappings(cast: Cast) -> None:
    keep_mapping(cast.actor(), ["other"], name="county-list", choices={}, text="", now=NOW)
    address, sent, _ = columns(cast)
    assert "a mapping of this name" in post(cast, address, {**sent, "keep": "yes"}, 422).lower()
    with pytest.raises(BadInput):
        keep_mapping(cast.actor(), ["third"], name="county-list", choices={}, text="", now=NOW)


def workbook(rows: list[list[str]]) -> bytes:
    def cell(text: str) -> str:
        return f'<c t="inlineStr"><is><t>{text}</t></is></c>'

    lines = "".join("<row>" + "".join(map(cell, row)) + "</row>" for row in rows)
    sheet = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{lines}</worksheet>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return out.getvalue()


def test_a_workbook_is_read_as_well(cast: Cast) -> None:
    data = workbook([["Name", "Role", "Checked on", ""], ["Ana", "Therapist", "46328", "x"]])
    answer = send(cast, data, "people.xlsx")
    assert answer.status_code == 302
    html = cast.web("coordinator").get(answer["Location"]).content.decode()
    assert "It has no heading." in html and "2026-11-02" in html.split("What the first rows become")[1]


def test_another_page_of_code_and_semicolons(cast: Cast) -> None:
    answer = send(cast, "Name;Role;Stadt\nJosé;Therapist;Austin\n".encode("cp1252"))
    html = cast.web("coordinator").get(answer["Location"]).content.decode()
    assert "José" in html.split("What the first rows become")[1]


@pytest.mark.parametrize(
    ("data", "words"), [(b"Name,Role\n", "has no rows"), (b"a," * 120 + b"z\n1\n", "columns"), (b"\n", "no header")]
)
def test_a_file_that_is_none_is_told_at_once(cast: Cast, data: bytes, words: str) -> None:
    answer = send(cast, data)
    assert answer.status_code == 422 and words in answer.content.decode() and not Upload.objects.exists()

"""The words for clients: easy to read in both languages, and nothing of the Spanish missing or out of date.

English by the Automated Readability Index and the Coleman-Liau index, which count letters and need no dictionary;
Spanish by Fernández Huerta's index, whose 60 is about the eighth grade (60 to 70: seventh and eighth), and Crawford's
formula, which gives years of primary school.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import pytest
import textstat
from django.utils import translation

from tests.tools import catalogues
from warmhandoff.rules import take_list, wording
from warmhandoff.rules.vocab import vocabulary

HARDEST_GRADE = 8.0
EASIEST_HUERTA = 60.0
_CLIENTS = ("portal/", "templates/portal/", "templates/base/client.html", "templates/parts/help.html")
_STANDS_FOR = {"days": "3", "count": "2", "number": "3", "miles": "2 miles", "price": "$90", "plan": "Aetna",
               "day": "May 2", "wait": "in 2 weeks", "phone": "555-0100", "practice": "Lake Desk"}  # fmt: skip


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    with translation.override("en"):
        yield
    textstat.set_lang("en_US")


def _plain(text: str) -> str:
    """A text as a client reads it: without markup, names filled in, every piece ended as a sentence."""
    filled = re.sub(r"%\((\w+)\)[sd]", lambda m: _STANDS_FOR.get(m.group(1), "Lena"), re.sub(r"<[^>]+>", "", text))
    filled = filled.strip("“” ")
    return filled if filled[-1:] in ".?!" else f"{filled}."


def _texts(language: str) -> dict[str, list[str]]:
    """Page -> its sentences. Labels of three words and less are no sentences: formulas say nothing of them."""
    found: dict[str, list[str]] = defaultdict(list)
    for message in catalogues.kept():
        if not message.id:
            continue
        said = message.id if language == "en" else message.string
        for text in [said] if isinstance(said, str) else list(said):
            for name, _line in message.locations:
                if name.startswith(_CLIENTS) and len(text.split()) > 3:
                    found[name].append(_plain(text))
    for name, (language_of, text) in _fixed().items():
        if language_of == language:
            found[name] = [_plain(text)]
    return found


def _fixed() -> dict[str, tuple[str, str]]:
    """What clients read that is not on a page of its own: the mail and the release."""
    words = wording.ReleaseWords(
        client="Maya Lind", practice="Lake Desk", recipients=["Lena Ortiz"], classes=["your name"],
        purpose="to get help", expires_on=date(2027, 5, 2), news_back=True,
    )  # fmt: skip
    found = {}
    for language in ("en", "es"):
        texts = wording.release_text(words, language)
        found[f"release {language}"] = (language, " ".join(_plain(text) for text in texts))
        mail = wording.mail_text("client_link", {"link": "", "language": language})[1]
        listed = [text for name, text in take_list.WORDS[language].items() if len(text.split()) > 3]
        found[f"list {language}"] = (language, " ".join(_plain(text) for text in listed if "{" not in text))
        found[f"mail {language}"] = (language, " ".join(mail.replace("\n", " ").split()))
    return found


def english_grade(text: str) -> float:
    return max(textstat.automated_readability_index(text), textstat.coleman_liau_index(text))


def spanish_ease(text: str) -> float:
    textstat.set_lang("es")
    return float(textstat.fernandez_huerta(text))


def test_the_english_measure_tells_hard_from_easy() -> None:
    hard = "Notwithstanding prior authorization requirements, reimbursement determinations necessitate documentation."
    assert english_grade(hard) > HARDEST_GRADE > english_grade("They have it now. You can wait, or call them.")


def test_the_spanish_measure_tells_hard_from_easy() -> None:
    hard = "La determinación del reembolso correspondiente requiere documentación complementaria adicional autorizada."
    assert spanish_ease(hard) < EASIEST_HUERTA < spanish_ease("Ya lo tienen. Usted puede esperar o llamar.")


def test_every_english_page_for_clients_is_easy_to_read() -> None:
    texts = _texts("en")
    assert len(texts) > 25 and "release en" in texts and "portal/forms.py" in texts
    grades = {name: english_grade(" ".join(said)) for name, said in texts.items()}
    assert {name: grade for name, grade in grades.items() if grade > HARDEST_GRADE} == {}


def test_every_spanish_page_for_clients_is_easy_to_read() -> None:
    texts = _texts("es")
    assert len(texts) > 25 and "release es" in texts
    ease = {name: spanish_ease(" ".join(said)) for name, said in texts.items()}
    assert {name: found for name, found in ease.items() if found < EASIEST_HUERTA} == {}
    years = {name: textstat.crawford(" ".join(said)) for name, said in texts.items()}
    assert {name: found for name, found in years.items() if found > HARDEST_GRADE} == {}


def test_no_sentence_for_clients_is_long() -> None:
    for language in ("en", "es"):
        for name, said in _texts(language).items():
            for sentence in re.split(r"(?<=[.?!:])\s+", " ".join(said)):
                assert len(sentence.split()) <= 25, (name, sentence)


def test_no_jargon_reaches_clients() -> None:
    jargon = re.compile(r"\b(referral|intake|packet|modality|provider|listing|shortlist|disclos\w+|client)\b", re.I)
    for name, said in _texts("en").items():
        assert [text for text in said if jargon.search(text)] == [], name


def test_the_catalogue_holds_what_the_pages_say_and_no_more() -> None:
    assert catalogues.stale() == [], "run: ./run python -m tests.tools.catalogues"


def test_no_spanish_is_missing_or_uncertain() -> None:
    kept = catalogues.kept()
    assert len(kept) > 300
    assert catalogues.missing(kept) == []
    assert [message.id for message in kept if message.id and message.fuzzy] == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    for message in catalogues.kept():
        if not message.id:
            continue
        given = message.id if isinstance(message.id, str) else message.id[-1]
        said = message.string if isinstance(message.string, str) else message.string[-1]
        assert sorted(re.findall(r"%\(\w+\)[sd]", given)) == sorted(re.findall(r"%\(\w+\)[sd]", said)), given


def test_gaps_and_leftovers_are_seen() -> None:
    words = catalogues.extracted()
    words.add("A sentence nobody has put into Spanish yet.", locations=[("portal/views.py", 0)])
    whole = catalogues.merged(words, catalogues.kept())
    assert catalogues.missing(whole) == ["A sentence nobody has put into Spanish yet."]


def test_the_compiled_catalogue_is_what_pages_use() -> None:
    with translation.override("es"):
        assert translation.gettext("None of these") == "Ninguna de estas"
        assert translation.ngettext("in about %(count)d week", "in about %(count)d weeks", 1) != ""


@pytest.mark.parametrize("name", ["concerns", "kinds", "times", "formats", "access", "barriers", "decline_reasons"])
def test_codes_shown_to_clients_have_words_of_their_own_in_spanish(name: str) -> None:
    known = vocabulary(name)
    assert all(known.plain(code, "es").strip() for code in known)
    assert sum(known.plain(code, "es") != known.plain(code) for code in known) > len(known) / 2

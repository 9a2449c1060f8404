"""The words for clients: easy to read in both languages (rules/reading.py), nothing of the Spanish missing or stale.

Everything is measured: pages, words of codes, letters and call scripts, safety plan, release, mail, the list she takes
along, and the words of her record; `-s` prints the ten worst.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation

from tests.tools import catalogues
from warmhandoff.rules import conversation, crisis, record, take_list, wording
from warmhandoff.rules.reading import AIM, LIMIT, measure
from warmhandoff.rules.release_elements import ending, statements
from warmhandoff.rules.vocab import names, vocabulary

_CLIENTS = ("portal/", "templates/portal/", "templates/base/client.html", "templates/parts/help.html")
_STANDS_FOR = {"days": "3", "count": "2", "number": "3", "miles": "2 miles", "price": "$90", "plan": "Aetna",
               "day": "May 2", "wait": "in 2 weeks", "phone": "555-0100", "practice": "Lake Desk"}  # fmt: skip


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    with translation.override("en"):
        yield


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
    return found | _of_codes(language) | _of_drafts(language)


# Names and no sentences: nobody can say Massachusetts, or Emotionally Focused Therapy, in shorter words.
_NAMES = {"languages", "plans", "states", "compacts", "modalities", "identities", "times", "access"}


def _of_codes(language: str) -> dict[str, list[str]]:
    """The words of codes, one sentence a code; and those of a client's record."""
    words = {
        f"vocabulary {name}": [_plain(vocabulary(name).plain(code, language)) for code in vocabulary(name)]
        for name in names() if name not in _NAMES
    }  # fmt: skip
    heard = [both[language == "es"] for both in record._words()["codes"].values()]
    return {**words, "record": [_plain(text) for text in heard]}


def _of_drafts(language: str) -> dict[str, list[str]]:
    """Letters and call scripts for every reason, the safety plan's own words, and the list she takes along."""
    found = {}
    for reason in vocabulary("reasons"):
        facts = conversation.Facts(
            client="Maya Lind", therapist="Lena Ortiz", practice="Lake Desk", phone="555-0100", language=language,
            kind="transfer", reason=reason, help=vocabulary("kinds").plain("therapist", language), names=("Ada", "Ben"),
        )
        found[f"letter {reason}"] = [conversation.letter(facts)]
        found[f"call {reason}"] = [conversation.call_script(facts)]
    plan = crisis.plan_paragraphs(dict.fromkeys(crisis.labels("part"), "-"), date(2026, 11, 23), language)
    return {**found, "safety plan": plan}


def _fixed() -> dict[str, tuple[str, str]]:
    """What clients read that is not on a page of its own: the mail and the release."""
    words = wording.ReleaseWords(
        client="Maya Lind", practice="Lake Desk", recipients=["Lena Ortiz"], classes=["your name"],
        purpose="to get help", expires_on=date(2027, 5, 2), news_back=True,
    )  # fmt: skip
    programme = replace(
        words, records=(date(2026, 1, 1), date(2026, 6, 1)), others=["Paul Lind"], to_treating=True,
        statements=statements(["substance_use"]),
    )  # fmt: skip
    found = {}
    for language in ("en", "es"):
        for name, said in (("release", words), ("release of a programme", programme)):
            event = ending("first_session").words(language) if said is programme else ""
            texts = wording.release_text(replace(said, ends_with=event), language)
            found[f"{name} {language}"] = (language, " ".join(_plain(text) for text in texts))
        mail = wording.mail_text("client_link", {"link": "", "language": language})[1]
        listed = [text for name, text in take_list.WORDS[language].items() if len(text.split()) > 3]
        found[f"list {language}"] = (language, " ".join(_plain(text) for text in listed if "{" not in text))
        found[f"mail {language}"] = (language, " ".join(mail.replace("\n", " ").split()))
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_text_for_clients_is_easy_to_read(language: str) -> None:
    texts = _texts(language)
    assert len(texts) > 25 and f"release {language}" in texts and "portal/forms.py" in texts
    grades = {name: measure(" ".join(said), language).grade for name, said in texts.items()}
    worst = sorted(grades.items(), key=lambda pair: -pair[1])[:10]
    print(f"{language}: {len(texts)} texts, worst", *(f"{grade:4.1f} {name}" for name, grade in worst), sep="\n  ")
    assert {name: grade for name, grade in grades.items() if grade > LIMIT} == {}
    assert sum(grades.values()) / len(grades) < AIM


def test_no_sentence_for_clients_is_long() -> None:
    for language in ("en", "es"):
        for name, said in _texts(language).items():
            for sentence in re.split(r"(?<=[.?!:])\s+|\n+", " ".join(said)):
                assert len(sentence.split()) <= 25, (name, sentence)


def test_no_jargon_reaches_clients() -> None:
    jargon = re.compile(r"\b(referral|intake|packet|modality|provider|listing|shortlist|disclos\w+|client)\b", re.I)
    for name, said in _texts("en").items():
        if not name.startswith(("vocabulary", "record", "list")):  # codes, the file of her record, what she says there
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

"""The words for clients: easy to read in both languages (rules/reading.py), nothing of the Spanish missing or stale.

Everything is measured: pages, words of codes, letters and call scripts, safety plan, release and its parts, mail and
text messages, the list she takes along, and the words of her record; `-s` prints the ten worst. What is new is measured
by itself, or fails: a page's words unless they are said to be for others, and no module holds Spanish unlisted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation

from tests.house.tree import SOURCE
from tests.tools import catalogues
from warmhandoff.referrals import panel_work
from warmhandoff.rules import conversation, crisis, lawful, reasons, record, short_texts, take_list, wording
from warmhandoff.rules.reading import AIM, LIMIT, measure
from warmhandoff.rules.release_elements import elements, ending, endings, statements
from warmhandoff.rules.vocab import names, vocabulary

# Words in the catalogue that no client reads: those of recipients, and of staff. All others are measured.
_OTHERS = ("reply/", "templates/reply/", "templates/base/reply.html", "templates/base/desk.html",
           "templates/parts/rail.html", "templates/parts/jump.html", "templates/parts/score.html",
           "templatetags/ring.py")
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
                if not name.startswith(_OTHERS) and len(text.split()) > 3:
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
        listed = [text for name, text in take_list.WORDS[language].items() if len(text.split()) > 3]
        found[f"list {language}"] = (language, " ".join(_plain(text) for text in listed if "{" not in text))
        for name in _MAIL_TO_CLIENTS:
            mail = wording.mail_text(name, {"link": "", "language": language})
            found[f"mail {name} {language}"] = (language, " ".join(" ".join(mail).split()))
        for name, _ in short_texts.templates():
            text = short_texts.sms_text(name, {"label": "", "link": "", "language": language})
            found[f"text message {name} {language}"] = (language, text.lstrip(": "))
        found |= {f"{name} {language}": (language, text) for name, text in _pieces(language).items()}
    return found


_MAIL_TO_CLIENTS = ("client_link",)
_MAIL_TO_OTHERS = {"recipient_link", "recipient_news", "recipient_closed", "claim_link", "inquiry_link",
                   "inquiry_found", "inbox_due", "inbox_late", "listing_link", "basis_link"}


def _pieces(language: str) -> dict[str, str]:
    """What clients read in single sentences: one text a sentence, since each stands by itself."""
    spanish = language == "es"
    found = {f"statement {code}": one.text(language) for code, one in elements().items() if one.is_statement}
    found |= {f"ending {code}": one.words(language) for code, one in endings().items()}
    found |= {f"way to stay {code}": one.plain_es if spanish else one.plain
              for code, one in reasons.catalogue().alternatives.items()}
    found |= {f"ground {code}": one.plain_es if spanish else one.plain for code, one in lawful.bases().items()}
    return {**found, "only one option": panel_work.ONE_ALONE[language]}


# Every module and table that holds words in Spanish, and where they are measured. "": no words for clients.
_HOLDS_SPANISH = {
    "clients/indexing.py": "", "rules/identifying.toml": "",
    "directory/wording.py": "", "referrals/packets.py": "", "clients/caring.py": "", "core/checkup.py": "",
    "web/desk/report_words.py": "", "web/desk/plan_items.py": "", "web/desk/referral_need.py": "",
    "web/desk/clients.py": "", "web/forms/client.py": "", "web/forms/conversation.py": "", "web/forms/need.py": "",
    "web/forms/reasons.py": "what a practice types; referrals.reason_list measures it",
    "referrals/reason_list.py": "what a practice types; measured before it is kept", "referrals/models/reasons.py": "",
    "referrals/talking.py": "what a clinician types; measured before it is shared", "settings.py": "",
    "clients/release_copy.py": "single words", "referrals/panel_work.py": "pieces", "referrals/staying.py": "pieces",
    "rules/conversation.py": "drafts", "rules/conversation.toml": "drafts", "rules/crisis.py": "drafts",
    "rules/crisis.toml": "drafts", "rules/lawful.py": "pieces", "rules/lawful_bases.toml": "pieces",
    "rules/privacy_tables/referrals.toml": "", "rules/reading.py": "", "rules/reasons.py": "pieces",
    "rules/reasons.toml": "pieces", "rules/record.py": "codes", "rules/release_elements.py": "pieces",
    "rules/release_tables/endings.toml": "pieces", "rules/release_tables/elements.toml": "pieces",
    "rules/record_words.toml": "codes", "rules/short_texts.py": "fixed", "rules/take_list.py": "fixed",
    "rules/wording.py": "fixed", "web/desk/crisis.py": "the catalogue", "web/portal/forms.py": "the catalogue",
    "web/portal/session.py": "the catalogue", "web/portal/shared.py": "the catalogue",
    "web/portal/ways.py": "the catalogue", "web/portal/words.py": "the catalogue",
}  # fmt: skip
_SPANISH = re.compile(r"""["']es["']|\bes = "|plain_es|\bes\]|, "es\w* \w+|"[^"\n]*[áéíóúñ¿¡][^"\n]*\"""")
_ELSEWHERE = ("demo/", "rules/vocab/", "locale/", "migrations/", "matching/", "imports/")


def test_no_module_holds_words_in_spanish_that_nothing_measures() -> None:
    found = set()
    for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.toml")]:
        name = path.relative_to(SOURCE).as_posix()
        if not any(part in name for part in _ELSEWHERE) and _SPANISH.search(path.read_text()):
            found.add(name)
    assert found - _HOLDS_SPANISH.keys() == set(), "new words in Spanish: measure them here, and list the module"
    assert all((SOURCE / name).is_file() for name in _HOLDS_SPANISH)


def test_every_mail_is_to_clients_or_to_others() -> None:
    assert {name for name, _ in wording._MAIL} == _MAIL_TO_OTHERS | set(_MAIL_TO_CLIENTS)
    assert {name for name, language in wording._MAIL if language == "es"} == set(_MAIL_TO_CLIENTS)
    assert {language for _, language in short_texts.templates()} == {"en", "es"}


def test_what_is_measured_would_be_found_hard() -> None:
    """The measuring itself: one hard page among the catalogue's turns the check red."""
    hard = "Notwithstanding prior authorization requirements, reimbursement determinations necessitate documentation."
    assert measure(" ".join([*_texts("en")["templates/portal/ended.html"], *[hard] * 3])).grade > LIMIT


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_text_for_clients_is_easy_to_read(language: str) -> None:
    texts = _texts(language)
    assert len(texts) > 25 and f"release {language}" in texts and "portal/forms.py" in texts
    levels = {name: measure(" ".join(said), language) for name, said in texts.items()}
    grades = {name: level.grade for name, level in levels.items() if not level.short}  # of a few words it says nothing
    worst = sorted(grades.items(), key=lambda pair: -pair[1])[:10]
    print(f"{language}: {len(texts)} texts, worst", *(f"{grade:4.1f} {name}" for name, grade in worst), sep="\n  ")
    assert {name: grade for name, grade in grades.items() if grade > LIMIT} == {}
    words = sum(levels[name].words for name in grades)
    assert sum(levels[name].words * grade for name, grade in grades.items()) / words < AIM


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

"""The look: ring, words, template parts, error pages; and that no page carries anything inline or from elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, RequestContext
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.urls import path
from django.utils import translation

import warmhandoff.web
from warmhandoff.web.templatetags import words
from warmhandoff.web.templatetags.ring import brand_mark, describe, ring

WEB = Path(warmhandoff.web.__file__).parent
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/Chicago"))


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


_NAMES = (
    "today", "find_someone", "clients", "referrals", "inbox", "listings", "outgoing", "crisis", "sign_out",
    "portal_language", "portal_leave", "jump", "help_now", "help_now_es", "crisis_near",
)  # fmt: skip
urlpatterns = [path(f"{name}/", _nothing, name=name) for name in _NAMES]
here = override_settings(ROOT_URLCONF=__name__)


# --- the ring


@pytest.mark.parametrize(
    ("arcs", "said"),
    [
        (["done", "now", "", "", "", ""], "Step 2 of 6: choice. Yours to do."),
        (["done", "done", "done", "hold", "", ""], "Step 4 of 6: answer. Waiting on others."),
        (["done"] * 6, "All 6 steps are done: the loop is closed."),
        (["done", "done", "", "", "", ""], "2 of 6 steps done."),
    ],
)
def test_the_ring_says_in_words_what_it_shows(arcs: list[str], said: str) -> None:
    assert describe(arcs) == said
    assert f'role="img" aria-label="{said}"' in ring(arcs)


def test_the_ring_is_whole_only_when_every_arc_is_done() -> None:
    closed, nearly = ring(["done"] * 6), ring(["done"] * 5 + ["hold"])
    assert closed.count("<circle") == 1 and "<path" not in closed
    assert nearly.count("<path") == 6 and "<circle" not in nearly
    assert nearly.count('class="done"') == 5 and nearly.count('class="hold"') == 1


def test_an_ornamental_ring_is_silent() -> None:
    assert 'aria-hidden="true"' in brand_mark() and "aria-label" not in brand_mark()


def test_a_label_is_escaped() -> None:
    assert 'aria-label="&lt;b&gt;&quot;"' in ring([""] * 6, label='<b>"')


@pytest.mark.parametrize("arcs", [[], ["done"] * 5, ["done"] * 7, ["late", "", "", "", "", ""]])
def test_a_ring_of_other_states_is_refused(arcs: list[str]) -> None:
    with pytest.raises(ValueError, match="a ring needs 6 states"):
        ring(arcs)


# --- words


@pytest.mark.parametrize(
    ("cents", "said"),
    [(15000, "$150"), (15050, "$150.50"), (1_234_500, "$12,345"), (5, "$0.05"), (0, "$0"), (-250, "-$2.50"),
     (None, "not known")],
)  # fmt: skip
def test_money(cents: int | None, said: str) -> None:
    assert words.money(cents) == said


@pytest.mark.parametrize(
    ("distance", "said"),
    [(6.14, "6.1 miles"), (1.0, "1 mile"), (0.96, "1 mile"), (0.04, "under 0.1 miles"), (9.97, "10 miles"),
     (14.2, "14 miles"), (2, "2 miles"), (1.5, "1.5 miles"), (None, "distance not known")],
)  # fmt: skip
def test_miles(distance: float | None, said: str) -> None:
    assert words.miles(distance) == said


@pytest.mark.parametrize(
    ("part", "width"), [(0.814, "81.4"), (1.0, "100"), (0, "0"), (None, "0"), (1.7, "100"), (-1, "0")]
)
def test_share_width_stays_an_svg_number_in_every_language(part: float | None, width: str) -> None:
    with translation.override("es"):
        assert words.share_width(part) == width


@pytest.mark.parametrize(("points", "said"), [(20, "20.0"), (8.06, "8.1"), (None, "not known")])
def test_share(points: float | None, said: str) -> None:
    assert words.share(points) == said


@pytest.mark.parametrize(
    ("items", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_join_and(items: list[str], said: str) -> None:
    assert words.join_and(items) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2026, 11, 23), "today"),
        (date(2026, 11, 24), "tomorrow"),
        (date(2026, 11, 22), "yesterday"),
        (date(2026, 11, 26), "in 3 days"),
        (date(2026, 12, 6), "in 13 days"),
        (date(2026, 12, 7), "in 2 weeks"),
        (date(2027, 2, 23), "in 3 months"),
        (date(2026, 11, 20), "3 days ago"),
        (date(2026, 11, 9), "2 weeks ago"),
        (date(2026, 8, 23), "3 months ago"),
        (date(2024, 11, 1), "2 years ago"),
        (datetime(2026, 11, 23, 21, 0, tzinfo=UTC), "today at 3:00 pm"),
        (None, "no date"),
    ],
)
def test_when(value: date | None, said: str) -> None:
    assert words.when(value, NOW) == said


def test_when_counts_days_in_the_readers_zone() -> None:
    late = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)  # still Monday evening in Chicago
    assert words.when(late, NOW) == "today at 9:30 pm"
    assert words.when(late, words.in_zone(NOW, "Europe/Berlin")) == "tomorrow at 4:30 am"


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        words.when(datetime(2026, 11, 23, 9), NOW)


@pytest.mark.parametrize(
    ("value", "said"),
    [(date(2026, 11, 25), "Wednesday 25 November"), (date(2027, 1, 4), "Monday 4 January 2027"), (None, "no date")],
)
def test_day(value: date | None, said: str) -> None:
    assert words.day(value, NOW) == said


@pytest.mark.parametrize(("hour", "said"), [(0, "12:05 am"), (9, "9:05 am"), (12, "12:05 pm"), (23, "11:05 pm")])
def test_clock(hour: int, said: str) -> None:
    assert words.clock(datetime(2026, 11, 23, hour, 5, tzinfo=NOW.tzinfo), NOW) == said


def test_day_and_time() -> None:
    instant = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
    assert words.day_and_time(instant, NOW) == "Wednesday 25 November, 3:00 pm"


# --- parts


class Ask(forms.Form):
    name = forms.CharField(label="What shall we call her?", help_text="Initials will do.")
    note = forms.CharField(label="Note", required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("t", "Transfer"), ("a", "Adjunct")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="She agreed")


def test_a_field_ties_hint_and_error_to_its_control() -> None:
    html = render_to_string("parts/fields.html", {"form": Ask({})})
    for promised in ("id_name_helptext", "id_name_error", "id_kind_error", "id_agreed_error"):
        assert f'id="{promised}"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert html.count('aria-invalid="true"') >= 3
    assert html.count("(optional)") == 1


def test_the_error_summary_counts_links_and_takes_the_focus() -> None:
    html = render_to_string("parts/error_summary.html", {"form": Ask({"name": "R."})})
    assert "2 things to mend" in html and "autofocus" in html
    assert 'href="#id_agreed"' in html and 'href="#id_kind"' in html and "#id_name" not in html


def test_a_form_without_errors_has_no_summary() -> None:
    assert render_to_string("parts/error_summary.html", {"form": Ask()}).strip() == ""


def test_a_score_keeps_unknown_apart_from_nothing() -> None:
    shares = [
        {"label": "Distance", "share": 8.1, "weight": 10, "t": 0.81},
        {"label": "Wait", "share": 0.0, "weight": 12, "t": None},
    ]
    with translation.override("es"):
        html = render_to_string("parts/score.html", {"shares": shares, "total": 8.1})
    assert html.count("<svg") == 1 and 'width="81"' in html
    with translation.override("en"):
        assert "not known" in render_to_string("parts/score.html", {"shares": shares})


def test_steps_say_their_state_in_words() -> None:
    loop = [{"label": "Need", "state": "done", "when": "17 Nov"}, {"label": "Choice", "state": "now"},
            {"label": "Answer", "state": "hold"}, {"label": "Settled", "state": "later"}]  # fmt: skip
    html = render_to_string("parts/steps.html", {"loop": loop})
    assert "(done)" in html and "yours to do" in html and "waiting" in html
    assert html.count('aria-current="step"') == 2


def test_a_timeline_shows_the_readers_time() -> None:
    events = [{"at": datetime(2026, 11, 20, 15, 2, tzinfo=UTC), "title": "Packet sent", "by": "Dr. Okafor"}]
    html = render_to_string("parts/timeline.html", {"events": events, "now": NOW})
    assert "Friday 20 November, 9:02 am" in html and 'datetime="2026-11-20T15:02:00+00:00"' in html


def test_an_empty_list_says_what_to_do() -> None:
    html = render_to_string("parts/empty.html", {"title": "Nobody yet", "url": "/new", "label": "New referral"})
    assert "Nobody yet" in html and 'href="/new"' in html


# --- whole pages


def _page(name: str, **values: Any) -> str:
    """The page with nothing but `values`: what context processors add must not be needed to draw it."""
    return Engine.get_default().get_template(name).render(RequestContext(RequestFactory().get("/"), values, []))


@here
def test_the_desk_marks_where_one_is_and_what_waits() -> None:
    html = _page("base/desk.html", section="referrals", counts={"today": 7})
    assert re.search(r'href="/referrals/" aria-current="page"', html) and html.count("aria-current") == 1
    assert "7<span" in html and "to answer" not in html
    assert html.index("Skip to content") < html.index("<nav")
    assert "<title>Desk - Warm Handoff</title>" in html and 'method="post" action="/sign_out/"' in html
    assert '"includeIndicatorStyles":false' in html and '"historyCacheSize":0' in html


@here
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_clients_page_is_neutral_outside_and_helps_inside(language: str) -> None:
    with translation.override(language):
        html = _page("base/client.html", show_language=True)
    head = html[: html.index("</head>")].replace("warmhandoff/", "")
    assert not re.search("therap|clinic|client|referr|handoff", head, re.IGNORECASE)
    assert "988" in html and "911" in html and "js-leave" in html
    assert f'lang="{language}"' in html and "htmx" not in html
    assert f'value="{"en" if language == "es" else "es"}"' in html


@here
def test_the_language_switch_is_shown_only_where_asked_for() -> None:
    assert 'name="language"' not in _page("base/client.html")


@pytest.mark.parametrize("status", [403, 404, 409, 422, 429, 500, 503])
def test_an_error_page_needs_no_context_and_says_the_way_on(status: int) -> None:
    template = Engine.get_default().get_template(f"errors/{status}.html")
    bare = template.render(Context({}))
    assert bare.count("<h1>") == 1 and re.search(r"lost|nothing|safe", bare, re.IGNORECASE)
    assert 'class="btn main"' in bare and "988" in bare
    assert "&lt;i&gt;why" in template.render(Context({"message": "<i>why"}))


# --- house rule: nothing inline, nothing from elsewhere, nothing kept in the browser

_MARKUP = {
    "style attribute": r"<[^>]*\sstyle\s*=",
    "style element": r"<style\b",
    "script with a body": r"<script\b[^>]*>\s*[^<\s]",
    "script without src": r"<script\b(?![^>]*\bsrc=)[^>]*>",
    "event attribute": r"<[^>]*\s(?:on[a-z]+|hx-on[:a-z-]*)\s*=",
    "javascript address": r"javascript:",
    "loads from elsewhere": r"<(?:link|script|img|iframe|source|video|audio|object|embed|use|image)\b[^>]*"
    r"(?:src|srcset|href|data)\s*=\s*[\"']?\s*(?:https?:)?//",
}
_SHEET = {"loads from elsewhere": r"url\(\s*[\"']?(?:https?:)?//", "import": r"@import"}
_SCRIPT = {
    "eval": r"\beval\(|new Function\(",
    "markup from text": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write",
    "keeps data": r"localStorage|indexedDB|sessionStorage\.setItem|\bcaches\.|document\.cookie",
    "calls elsewhere": r"https?://",
    "window.confirm": r"window\.(?:confirm|alert|prompt)\(",
}
_RULES = {".html": _MARKUP, ".svg": _MARKUP, ".css": _SHEET, ".js": _SCRIPT}


def _offences(suffix: str, text: str) -> list[str]:
    return [name for name, pattern in _RULES[suffix].items() if re.search(pattern, text, re.IGNORECASE)]


@pytest.mark.parametrize(
    ("suffix", "text", "offence"),
    [
        (".html", '<p class="a" style="color:red">', "style attribute"),
        (".html", "<style>p{}</style>", "style element"),
        (".html", '<script src="/a.js">go()</script>', "script with a body"),
        (".html", "<script>go()</script>", "script without src"),
        (".html", '<button\n onclick="go()">', "event attribute"),
        (".html", '<div hx-on:click="go()">', "event attribute"),
        (".html", '<link rel="stylesheet" href="https://fonts.example/a.css">', "loads from elsewhere"),
        (".html", "<img alt='' src='//cdn.example/a.png'>", "loads from elsewhere"),
        (".css", "a{background:url(https://cdn.example/a.png)}", "loads from elsewhere"),
        (".js", "localStorage.setItem('draft', text)", "keeps data"),
        (".js", "box.innerHTML = answer", "markup from text"),
    ],
)
def test_the_house_rule_sees_what_it_forbids(suffix: str, text: str, offence: str) -> None:
    assert offence in _offences(suffix, text)


def test_the_house_rule_lets_plain_pages_pass() -> None:
    text = '<a class="btn" href="https://www.weather.gov/" hx-headers="{}">x</a><script src="/a.js" defer></script>'
    assert _offences(".html", text) == []


def test_no_template_or_static_file_breaks_the_content_policy() -> None:
    files = [file for folder in ("templates", "static") for file in (WEB / folder).rglob("*") if file.suffix in _RULES]
    assert len(files) > 25
    found = {str(file.relative_to(WEB)): _offences(file.suffix, file.read_text(encoding="utf-8")) for file in files}
    assert {name: offences for name, offences in found.items() if offences} == {}


def test_every_static_file_named_in_a_template_exists() -> None:
    named = {
        name
        for file in (WEB / "templates").rglob("*.html")
        for name in re.findall(r"{% static ['\"](warmhandoff/[^'\"]+)['\"]", file.read_text(encoding="utf-8"))
    }
    assert len(named) >= 9
    assert [name for name in sorted(named) if not (WEB / "static" / name).is_file()] == []


@pytest.mark.parametrize(("distance", "said"), [(0.0, "in the same ZIP code area"), (6.14, "6.1 miles away")])
def test_nobody_is_no_miles_away(distance: float, said: str) -> None:
    assert words.away(distance) == said

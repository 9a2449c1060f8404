"""Whatever is sent, the answer is one of those that are described, and no token is found where it should not be."""

from __future__ import annotations

import io
import json
import logging
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.signals import request_started
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.api.programs import LINES, Programs
from tests.api.test_answers import fits
from tests.flows.listings import NEED
from warmhandoff.api import answers
from warmhandoff.api.table import ENDPOINTS, Endpoint
from warmhandoff.core import clock
from warmhandoff.core.models import Attempt
from warmhandoff.web.entrance import Entrance

pytestmark = pytest.mark.slow

EXAMPLES = {"fast": 150, "ci": 1500, "nightly": 10_000}[os.environ.get("WARMHANDOFF_TEST_PROFILE", "fast")]
BAD = ("", " ", "\x00", "a\x00b", "\u202e", "é" * 300, "9" * 400, "-1", "0", "1e9", "NaN", "true", "null", "[]",
       "٣", "²", "9223372036854775808", "' OR 1=1 --", "%s%n", "%", "_", "\\", "../../etc", "\r\nSet-Cookie: a=b",
       "{{ 7*7 }}", "00000000-0000-0000-0000-000000000000", "directory:read")  # fmt: skip
NAMES = sorted({one.name for line in ENDPOINTS for one in line.parameters} | {"oops", "access_token", "", "\x00"})
HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "Accept", "Accept-Language", "Cookie", "If-Match",
           "Content-Length", "Transfer-Encoding", "X-Forwarded-For", "X-HTTP-Method-Override")  # fmt: skip
texts = st.sampled_from(BAD) | st.text(max_size=30)
latin = st.sampled_from([text for text in BAD if text.isprintable() and text.isascii()]) | st.text(
    st.characters(min_codepoint=32, max_codepoint=255), max_size=30
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts, lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(texts, inner, max_size=3), max_leaves=6,
)  # fmt: skip
needs = st.dictionaries(st.sampled_from([*NEED, "oops", "\ud800"]), values, max_size=3).map(lambda more: NEED | more)
bodies = st.binary(max_size=60) | (values | needs).map(lambda value: json.dumps(value).encode())


def described(line: Endpoint, answer: Any, method: str) -> None:
    """A status the table names, and the schema that goes with it."""
    if answer.status_code == 200:
        if line.answer and method != "HEAD":
            fits(line.answer, json.loads(answer.content))
        return
    assert answer.headers["Content-Type"] == "application/problem+json"
    if method == "HEAD":
        return
    said = json.loads(answer.content)
    fits("Problem", said)
    assert said["code"] in (*line.refusals, "wrong_method"), said


def test_nothing_breaks_it(programs: Programs, say: Callable[[str], None]) -> None:
    seen: Counter[int] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[*HealthCheck], database=None,
              phases=[Phase.generate])  # fmt: skip
    @given(
        st.sampled_from(ENDPOINTS), st.sampled_from(["", "", "", "", "HEAD", "PUT", "POST"]),
        st.just({}) | st.dictionaries(st.sampled_from(NAMES), texts, max_size=3),
        st.just({}) | st.dictionaries(st.sampled_from(HEADERS), latin, max_size=2), bodies,
        st.sampled_from([*programs.ids, "own"]),
    )  # fmt: skip
    def send(line: Endpoint, method: str, query: Any, headers: Any, body: bytes, relation: str) -> None:
        Attempt.objects.all().delete()
        with transaction.atomic():
            answer = programs.ask(
                line, method=method or line.method, query=query, headers=headers, body=body, relation=relation
            )
            transaction.set_rollback(True)
        seen[answer.status_code] += 1
        assert answer.status_code < 500, (line.name, query, headers, body)
        assert not answer.cookies
        described(line, answer, method)

    send()
    say(f"hostile questions: {dict(sorted(seen.items()))}")
    assert {200, 405, 422} <= set(seen), "each kind of question was among them"


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "unicode_escape", "idna", "hex", "no-such"])
def test_a_charset_of_the_senders_choice_breaks_nothing(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, charset: str
) -> None:
    """Through the server's own entrance: the test client reads such a query before any code of ours could."""
    monkeypatch.setattr(request_started, "send", lambda **more: None)  # it would close the test's own connection
    sent: list[str] = []
    body = json.dumps(NEED).encode()
    environ = {
        **programs.web._base_environ(), "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/match", "QUERY_STRING": "k=2",
        "CONTENT_TYPE": f"application/json; charset={charset}", "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body), "HTTP_AUTHORIZATION": f"Bearer {programs.tokens['all']}",
    }  # fmt: skip
    answer = b"".join(Entrance()(environ, lambda status, headers: sent.append(status)))
    assert sent == ["200 OK"] and len(json.loads(answer)["options"]) == 1


def _broken(*args: Any) -> Any:
    raise ValueError("canary-7141")


@pytest.mark.parametrize("deep", ["answer", "door"])
def test_a_fault_gives_nothing_away(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, deep: str
) -> None:
    if deep == "answer":
        monkeypatch.setitem(answers.ANSWERS, "match", _broken)
    else:
        monkeypatch.setattr(clock, "now", _broken)
    answer = programs.ask("match")
    assert answer.status_code == 500
    said = json.loads(answer.content)
    fits("Problem", said)
    assert said["code"] == "fault" and "canary" not in answer.content.decode() + caplog.text
    number = said["detail"].rpartition(" ")[2].strip(".")
    assert f"fault {number} in ValueError at" in caplog.text


def test_a_token_is_in_no_row_no_log_and_no_answer(
    programs: Programs, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [token.removeprefix("wh_") for token in programs.tokens.values() if token.startswith("wh_")]
    answered = [programs.ask(line, token) for line in LINES for token in ("all", "wrong", "ended", "foreign")]
    said = b"".join(answer.content for answer in answered)
    logged = caplog.text + "".join(capfd.readouterr())
    with connection.cursor() as cursor:
        rows = []
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            rows += [repr(row) for row in cursor.fetchall()]
    assert len(rows) > 50 and len(secrets) >= 7
    for secret in secrets:
        assert secret not in logged and secret.encode() not in said
        assert not [row for row in rows if secret in row]

"""Passkeys: made and used as the standard says, and refused in one sentence whatever is bent about them."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from fido2.utils import websafe_decode, websafe_encode
from hypothesis import example, given
from hypothesis import strategies as st

from tests.apps.accounts.authenticator import ORIGIN, PRESENT, VERIFIED, Authenticator
from tests.cast import NOW, Cast
from warmhandoff.accounts import passkeys, second_factors
from warmhandoff.accounts.models import Passkey
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, TooMany


@pytest.fixture(autouse=True)
def _at_a_name(settings: Any) -> None:
    settings.BASE_URL = ORIGIN


def made(cast: Cast, part: str = "newcomer") -> Authenticator:
    key, challenge = Authenticator(cast.members[part].user_id), os.urandom(32)
    passkeys.add_passkey(cast.actor(part), key.make(challenge), challenge, name="Laptop", keep=None, now=NOW)
    cast.members[part].user.refresh_from_db()
    return key


def test_the_first_passkey_is_a_second_factor_and_brings_recovery_codes(cast: Cast) -> None:
    key, challenge = Authenticator(cast.members["newcomer"].user_id), os.urandom(32)
    actor = cast.actor("newcomer")
    codes = passkeys.add_passkey(actor, key.make(challenge), challenge, name=" Laptop ", keep=None, now=NOW)
    assert len(codes) == 10
    factors = second_factors.factors_of(actor.account)
    assert [one.name for one in factors.passkeys] == ["Laptop"] and factors.codes_left == 10
    cast.members["newcomer"].user.refresh_from_db()
    assert cast.actor("newcomer").second_factor


def test_a_passkey_says_whose_it_is(cast: Cast) -> None:
    key, challenge = made(cast), os.urandom(32)
    user = passkeys.use_passkey(key.use(challenge), challenge, user_id=None, now=NOW)
    assert user.pk == cast.members["newcomer"].user_id
    assert Passkey.objects.get().last_used_at == NOW


@pytest.mark.parametrize(
    "bend",
    [
        {"origin": "http://localhost:8001"}, {"origin": "https://localhost:8000"}, {"origin": "http://evil.localhost:8000"},
        {"host": "evil.example"}, {"flags": PRESENT}, {"flags": VERIFIED}, {"flags": 0},
    ],
)  # fmt: skip
def test_what_is_bent_is_neither_kept_nor_let_in(cast: Cast, bend: dict[str, Any]) -> None:
    challenge, actor = os.urandom(32), cast.actor("newcomer")
    bent = Authenticator(actor.account, **bend)
    with pytest.raises(BadInput):
        passkeys.add_passkey(actor, bent.make(challenge), challenge, name="", keep=None, now=NOW)
    assert not Passkey.objects.exists()
    bent = replace(made(cast), **bend)
    with pytest.raises(BadInput) as refused:
        passkeys.use_passkey(bent.use(challenge), challenge, user_id=None, now=NOW)
    assert refused.value.problems[0].reason == passkeys.WRONG


def test_a_challenge_a_handle_a_kind_or_a_key_of_another_is_refused(cast: Cast) -> None:
    key, challenge = made(cast), os.urandom(32)
    stranger = replace(key, key=Authenticator(key.user_id).key)
    answers = [
        key.use(os.urandom(32)), key.use(challenge, handle=cast.clinician.user_id), stranger.use(challenge),
        key.use(challenge, kind="webauthn.create"), Authenticator(key.user_id).use(challenge),
    ]  # fmt: skip
    for answer in answers:
        with pytest.raises(BadInput):
            passkeys.use_passkey(answer, challenge, user_id=None, now=NOW)
    with pytest.raises(BadInput):  # somebody else's second step
        passkeys.use_passkey(key.use(challenge), challenge, user_id=cast.clinician.user_id, now=NOW)


def test_a_counter_that_does_not_rise_means_a_copy(cast: Cast) -> None:
    key, challenge = made(cast), os.urandom(32)
    key.count = 5
    passkeys.use_passkey(key.use(challenge), challenge, user_id=None, now=NOW)
    for count in (5, 4, 0):
        key.count = count
        with pytest.raises(BadInput):
            passkeys.use_passkey(key.use(challenge), challenge, user_id=None, now=NOW)
    key.count = 6
    passkeys.use_passkey(key.use(challenge), challenge, user_id=None, now=NOW)


def test_passkeys_that_keep_no_count_go_on(cast: Cast) -> None:
    key, challenge = made(cast), os.urandom(32)
    for _ in range(3):
        passkeys.use_passkey(key.use(challenge), challenge, user_id=None, now=NOW)


def test_one_cannot_be_kept_twice_nor_by_two(cast: Cast) -> None:
    key, challenge = made(cast), os.urandom(32)
    for part in ("newcomer", "colleague"):
        with pytest.raises(BadInput):
            passkeys.add_passkey(cast.actor(part), key.make(challenge), challenge, name="", keep=None, now=NOW)
    assert Passkey.objects.count() == 1


def test_the_passkey_of_someone_who_left_opens_nothing(cast: Cast) -> None:
    key, challenge = made(cast, "departed"), os.urandom(32)
    with pytest.raises(BadInput):
        passkeys.use_passkey(key.use(challenge), challenge, user_id=None, now=NOW)


def test_wrong_answers_are_limited(cast: Cast) -> None:
    key, challenge = made(cast), os.urandom(32)
    for _ in range(5):
        with pytest.raises(BadInput):
            passkeys.use_passkey(key.use(os.urandom(32)), challenge, user_id=None, now=NOW)
    with pytest.raises(TooMany):
        passkeys.use_passkey(key.use(challenge), challenge, user_id=None, now=NOW)


def test_ones_own_are_taken_away_and_the_last_stays(cast: Cast) -> None:
    made(cast)
    row = Passkey.objects.get()
    with pytest.raises(NotThere):
        passkeys.remove_passkey(cast.actor("colleague"), row.pk, keep=None, now=NOW)
    with pytest.raises(NotThere):
        passkeys.remove_passkey(cast.actor("newcomer"), uuid4(), keep=None, now=NOW)
    with pytest.raises(NotAllowed):
        passkeys.remove_passkey(cast.actor("newcomer"), row.pk, keep=None, now=NOW)
    made(cast)
    passkeys.remove_passkey(cast.actor("newcomer"), row.pk, keep=None, now=NOW)
    assert Passkey.objects.count() == 1


def test_options_name_the_host_ask_for_the_person_and_no_make(cast: Cast) -> None:
    challenge = os.urandom(32)
    making = json.loads(passkeys.making_options(cast.actor(), challenge))
    assert making["rp"]["id"] == "localhost" and "attestation" not in making
    assert making["authenticatorSelection"]["userVerification"] == "required"
    asking = json.loads(passkeys.asking_options(None, challenge))
    assert asking["userVerification"] == "required" and not asking.get("allowCredentials")
    made(cast)
    named = json.loads(passkeys.asking_options(cast.members["newcomer"].user_id, challenge))
    assert len(named["allowCredentials"]) == 1


@pytest.mark.parametrize(
    ("address", "possible"),
    [
        ("https://desk.example", True), ("http://localhost:8000", True), ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False), ("http://desk.example", False), ("https://192.0.2.7", False),
    ],
)  # fmt: skip
def test_passkeys_need_an_address_with_a_name(settings: Any, address: str, possible: bool) -> None:
    settings.BASE_URL = address
    assert passkeys.possible() == possible


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "authenticatorData",
                         "signature", "userHandle"]), inner, max_size=6), max_leaves=12,
)  # fmt: skip


@given(answer=st.text(max_size=200) | _json.map(json.dumps))
@example(answer='{"response": {"signature": 7292774797}}')  # would be taken for a length, and fill the memory
def test_any_other_answer_is_refused_and_nothing_breaks(answer: str) -> None:
    for read in (passkeys._answer_of_making, passkeys._answer_of_use):
        with pytest.raises(BadInput):
            read(answer, os.urandom(32))


_TRUE = Authenticator(uuid4())
_ASKED = bytes(range(32))
_SENT = json.loads(_TRUE.make(_ASKED))


@given(data=st.data())
def test_a_damaged_answer_is_refused_and_nothing_breaks(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["clientDataJSON", "attestationObject"]))
    whole = bytearray(websafe_decode(_SENT["response"][name]))
    at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    cut = data.draw(st.integers(0, len(whole)))
    whole[at] ^= 1 << bit
    answer = json.dumps({**_SENT, "response": {**_SENT["response"], name: websafe_encode(bytes(whole[:cut]))}})
    with contextlib.suppress(BadInput):  # some bits of a key name nothing that is checked when it is made
        passkeys._answer_of_making(answer, _ASKED)

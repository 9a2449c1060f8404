"""Links and codes: unguessable, forgiving to whoever types them, bound to what they are for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmhandoff.core import links


def test_tokens_and_codes_are_long_enough_and_never_the_same() -> None:
    tokens, codes = {links.new_token() for _ in range(500)}, {links.new_code() for _ in range(500)}
    assert len(tokens) == len(codes) == 500
    assert all(len(links.clean(token)) == 52 for token in tokens), "52 of 32 letters: more than 256 bits"
    assert all(len(links.clean(code)) == 8 for code in codes)
    assert all(links.clean(word) == word.replace("-", "") for word in tokens | codes), "nothing made is a look-alike"


@given(st.text(alphabet="0123456789abcdefghjkmnpqrstvwxyz", min_size=8, max_size=8), st.data())
def test_a_code_may_be_typed_as_it_is_read(code: str, data: st.DataObject) -> None:
    looks = {"0": "0oO", "1": "1iIlL"}
    typed = "".join(data.draw(st.sampled_from(looks.get(letter, letter + letter.upper()))) for letter in code)
    typed = data.draw(st.sampled_from([typed, f"{typed[:4]}-{typed[4:]}", f" {typed[:4]} {typed[4:]}\n"]))
    assert links.clean(typed) == code and links.same_code(typed, code)
    assert links.token_hash("client", typed) == links.token_hash("client", code)


@pytest.mark.parametrize("given_code", ["", "abcd-efg", "abcd-efgj", "abcd-efghx", "ábcd-efgh", "🌿"])
def test_another_code_is_another_code(given_code: str) -> None:
    assert not links.same_code(given_code, "abcd-efgh")


@pytest.mark.parametrize("kept", ["", " ", "--"])
def test_where_no_code_is_kept_none_opens(kept: str) -> None:
    assert not links.same_code("", kept) and not links.same_code(kept, kept)


def test_a_token_of_one_kind_opens_nothing_of_another() -> None:
    token = links.new_token()
    assert links.token_hash("client", token) != links.token_hash("reply", token)
    assert token not in links.token_hash("client", token) and len(links.token_hash("client", token)) == 64

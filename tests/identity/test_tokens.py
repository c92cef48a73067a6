"""An access token counts only whole, in time, and when we signed it."""

from __future__ import annotations

import base64
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.identity import tokens
from gitflow.identity.tokens import ACCESS_S, Unauthorized, issue_access, read_access

SECRET = "s" * 32
OTHER = "o" * 32


def test_a_token_names_its_user_for_fifteen_minutes():
    token = issue_access("u1", SECRET, 1000.0)
    assert read_access(token, SECRET, 1000.0).user_id == "u1"
    assert read_access(token, SECRET, 1000.0 + ACCESS_S - 1).user_id == "u1"
    with pytest.raises(Unauthorized):
        read_access(token, SECRET, 1000.0 + ACCESS_S)


def forged(**changes):
    claims = {"iss": "gitflow", "sub": "u1", "iat": 1000, "exp": 9000, "typ": "access"}
    return {key: value for key, value in {**claims, **changes}.items() if value is not None}


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "token",
    [
        jwt.encode(forged(), OTHER),
        jwt.encode(forged(iss="else"), SECRET),
        jwt.encode(forged(typ="refresh"), SECRET),
        jwt.encode(forged(exp=None), SECRET),
        jwt.encode(forged(sub=None), SECRET),
        jwt.encode(forged(), SECRET * 2, algorithm="HS512"),
        f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(forged())}.",
        "",
        "a.b.c",
        "gfk_" + "x" * 43,
    ],
)
def test_what_we_did_not_sign_so_does_not_count(token):
    with pytest.raises(Unauthorized, match="not valid or has expired"):
        read_access(token, SECRET, 1001.0)


@given(st.text(max_size=60))
def test_any_text_is_refused_in_the_same_words(text):
    with pytest.raises(Unauthorized, match="not valid or has expired"):
        read_access(text, SECRET, 1001.0)


@given(st.integers(0, 400), st.integers(0, 5))
def test_a_token_changed_in_one_letter_does_not_count(at, shift):
    token = issue_access("user-1", SECRET, 1000.0)
    at %= len(token) - 1  # the last letter of a signature has bits that mean nothing
    letters = "ABCdef123_-"
    changed = token[:at] + letters[(letters.find(token[at]) + 1 + shift) % len(letters)] + token[at + 1 :]
    if changed != token:
        with pytest.raises(Unauthorized):
            read_access(changed, SECRET, 1001.0)


def test_keys_are_random_recognisable_and_stored_as_a_hash():
    one, other = tokens.new_key(), tokens.new_key()
    assert one != other
    assert one.startswith("gfk_")
    assert len(one) == 4 + 43
    assert tokens.digest_of(one) != tokens.digest_of(other)
    assert one not in tokens.digest_of(one)
    assert one.startswith(tokens.hint_of(one))
    assert len(tokens.hint_of(one)) < 16


def test_same_compares_texts_of_any_letters():
    assert tokens.same("añ", "añ")
    assert not tokens.same("a", "b")

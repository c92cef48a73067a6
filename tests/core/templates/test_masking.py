from __future__ import annotations

import base64
import itertools
import json
import urllib.parse

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitflow.core.templates.masking import Masker, holds_any, mask_text, patterns_of, united
from gitflow.core.templates.masking import masked as masked_value
from gitflow.core.values import MASK


def masked(stream: bytes, patterns: tuple[bytes, ...]) -> bytes:
    masker = Masker(patterns)
    return masker.feed(stream) + masker.flush()


def in_pieces(stream: bytes, cuts: list[int], patterns: tuple[bytes, ...]) -> bytes:
    masker = Masker(patterns)
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return b"".join(masker.feed(stream[a:b]) for a, b in itertools.pairwise(places)) + masker.flush()


secrets = st.lists(st.text("ab", min_size=4, max_size=7), max_size=4)


@given(secrets, st.text("ab\n", max_size=60), st.lists(st.integers(0, 100), max_size=8))
@example(["abab", "babaab"], "ababaab", [4])
@example(["aaaa"], "aaaaaaaaa\naaa", [1, 2, 3, 4, 5, 6, 7, 8])
def test_how_a_stream_is_cut_changes_nothing(values: list[str], text: str, cuts: list[int]) -> None:
    patterns = tuple(value.encode() for value in values)
    assert in_pieces(text.encode(), cuts, patterns) == masked(text.encode(), patterns)


@given(secrets, st.text("abc\n", max_size=60))
def test_every_byte_of_every_occurrence_is_covered_and_nothing_else(values: list[str], text: str) -> None:
    stream = text.encode()
    hidden = {
        at + offset
        for value in values
        for at in range(len(stream))
        if stream.startswith(value.encode(), at)
        for offset in range(len(value))
    }
    shown = bytes(byte for at, byte in enumerate(stream) if at not in hidden)
    assert masked(stream, tuple(value.encode() for value in values)).replace(MASK.encode(), b"") == shown


@given(st.binary(max_size=40), st.binary(max_size=40), st.text(min_size=4, max_size=30))
def test_the_forms_in_which_programs_print_a_value_are_masked(before: bytes, after: bytes, value: str) -> None:
    patterns = patterns_of([value])
    whole = value.encode()
    for text in (
        urllib.parse.quote(value, safe="").encode(),
        urllib.parse.quote_plus(value).encode(),
        json.dumps(value).encode(),
        base64.b64encode(whole),
        base64.urlsafe_b64encode(whole),
    ):
        assert text not in masked(b"x=" + text + b"\n", patterns) or len(text) < 4
    around = base64.b64encode(before + whole + after)
    start = -(-len(before) * 8 // 6)
    inner = around[start : (len(before) + len(whole)) * 8 // 6]
    assert inner not in masked(around, patterns)


def test_each_line_of_a_value_is_masked() -> None:
    patterns = patterns_of(["-----BEGIN\r\nline one\nab\nline two\n"])
    text = b"-----BEGIN\nsaid line one; ab\r\nline two"
    assert masked(text, patterns).decode() == f"{MASK}\nsaid {MASK}; ab\r\n{MASK}"


def test_base64_in_lines_of_76_characters_is_masked() -> None:
    value = "0123456789" * 30
    for line in base64.encodebytes(value.encode()).splitlines():
        assert masked(line + b"\n", patterns_of([value])).decode() in (f"{MASK}\n", MASK * 2 + "\n")


@pytest.mark.parametrize("value", ["", "a", "abc"])
def test_short_values_are_not_masked(value: str) -> None:
    assert patterns_of([value]) == ()


def test_ordinary_text_is_not_held_back() -> None:
    masker = Masker((b"secret",))
    assert masker.feed(b"a line\nand the start of s") == b"a line\nand the start of "
    assert masker.feed(b"ecre") == b""
    assert masker.feed(b"ts") == MASK.encode()
    assert masker.feed(b" go") == b"s go"


def test_memory_stays_bounded_in_an_endless_secret() -> None:
    masker = Masker((b"aaaa",))
    given = b"".join(masker.feed(b"a" * 1000) for _ in range(50))
    assert given == MASK.encode()
    assert masker.flush() == b""


def test_a_message_is_masked_whole() -> None:
    assert mask_text("password hunter22!", patterns_of(["hunter22"])) == f"password {MASK}!"
    assert mask_text("nothing", ()) == "nothing"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.text(min_size=4, max_size=12), st.sampled_from(["text", "key", "list", "encoded", "url"]))
def test_a_secret_is_found_wherever_it_stands_in_a_value_and_masked_there(value: object, secret: str, where: str):
    planted = {
        "text": {"a": value, "b": f"x{secret}y"},
        "key": {secret: value},
        "list": [value, [secret]],
        "encoded": {"a": base64.b64encode(secret.encode()).decode()},
        "url": [urllib.parse.quote(secret, safe="")],
    }[where]
    if not patterns_of([secret]):
        return  # lines that are too short to be looked for
    assert holds_any(planted, (secret,))
    assert not holds_any(masked_value(planted, (secret,)), (secret,)) or secret in MASK * 2


@given(json_values)
def test_without_secrets_a_value_is_the_very_same(value: object) -> None:
    assert masked_value(value, ()) is value
    assert not holds_any(value, ())


def test_a_number_that_is_a_secret_is_masked_and_found() -> None:
    assert masked_value({"n": 8675309, "m": [18675309.5], "k": True}, ("8675309",)) == {
        "n": MASK,
        "m": [MASK],
        "k": True,
    }
    assert holds_any([8675309], ("8675309",))


def test_neighbours_do_not_make_a_secret_together() -> None:
    assert not holds_any(["hunter", "two"], ("huntertwo",))


def test_known_texts_are_united_in_order_and_short_ones_left_out() -> None:
    known = united((), ["first-one", "abc", "second-one", "first-one"])
    assert known == ("first-one", "second-one")
    assert united(known, ["first-one", "x"]) is known

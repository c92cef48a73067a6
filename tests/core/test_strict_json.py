from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.strict_json import MAX_DEPTH, MAX_DIGITS, NotJson, read_json

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_what_was_written_is_read(value: Any) -> None:
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value, ensure_ascii=False, indent=1), unique=True) == value


@given(st.text() | st.text(st.sampled_from('[]{}",:0123456789eE+-.NaInfity\\ud8"')))
def test_whatever_is_read_can_be_written_as_json_that_everybody_reads(text: str) -> None:
    try:
        value = read_json(text)
    except NotJson:
        return
    assert read_json(json.dumps(value, ensure_ascii=False, allow_nan=False).encode().decode()) == value


#: What is no JSON that can be passed on, and what is said of it.
BAD = {
    "1e999": "a number that is too large",
    "-1e999": "a number that is too large",
    "1" + "0" * 400 + ".5": "a number that is too large",
    "NaN": "NaN is not a JSON number",
    "Infinity": "Infinity is not a JSON number",
    "-Infinity": "-Infinity is not a JSON number",
    "1" * (MAX_DIGITS + 1): "a number of more than 4,300 digits",
    "-" + "1" * (MAX_DIGITS + 1): "a number of more than 4,300 digits",
    '"\\ud800"': "half of a surrogate pair",
    '{"\\udc00": 1}': "half of a surrogate pair",
    '"\ud800"': "half of a surrogate pair",
    "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1): "nested too deeply",
    '{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1): "nested too deeply",
    "[" * 100_000: "nested too deeply",
    "[" * 100_000 + "]" * 100_000: "nested too deeply",
    '{"a": 1': "at line 1 column 8",
    "": "at line 1 column 1",
    "01": "at line 1 column 2",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text[:20]))
def test_what_others_cannot_read_is_refused_in_words(text: str) -> None:
    with pytest.raises(NotJson) as refused:
        read_json(text)
    message = str(refused.value)
    assert BAD[text] in message
    assert len(message) < 200
    assert "int_max_str_digits" not in message


def test_the_limits_themselves_are_kept() -> None:
    assert read_json("1" * MAX_DIGITS) == int("1" * MAX_DIGITS)
    assert read_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert read_json("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH)
    assert read_json('"' + "1" * 5000 + '"') == "1" * 5000
    assert read_json("[" + "[]," * 5000 + "[]]") == [[]] * 5001
    assert read_json("1e308") == 1e308
    assert read_json('"\\ud83d\\ude00"') == "😀"


def test_a_key_that_stands_twice_is_refused_where_that_is_asked_for() -> None:
    text = '{"a": {"b": 1, "b": 2}}'
    assert read_json(text) == {"a": {"b": 2}}
    with pytest.raises(NotJson, match="the key 'b' occurs twice"):
        read_json(text, unique=True)

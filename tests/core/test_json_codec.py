"""The quick JSON reads and writes what ``json`` does, and refuses the rest in the same words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core import json_codec
from gitflow.core.json_codec import dumps, loads

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
SEPARATORS = st.sampled_from([None, (",", ":"), (", ", ": ")])


def tried(function, *given, **named):
    try:
        return function(*given, **named)
    except (ValueError, TypeError, RecursionError) as error:
        return type(error).__mro__[-4:], str(error)


@given(values, st.booleans(), SEPARATORS, st.sampled_from([None, 2]))
def test_a_value_is_written_as_json_writes_it(value, ensure_ascii, separators, indent):
    options = {"ensure_ascii": ensure_ascii, "separators": separators, "indent": indent}
    assert dumps(value, **options) == json.dumps(value, **options)


@given(values)
def test_what_was_written_is_read(value):
    assert loads(dumps(value)) == value
    assert loads(dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")) == value


@given(st.text() | st.text('[]{}",:0123456789.eE-+ \n\\untrfals'))
def test_a_text_is_read_or_refused_as_json_does(text):
    assert repr(tried(loads, text)) == repr(tried(json.loads, text))


@pytest.mark.parametrize("text", ["", " ", "[1] ", "\n[1]", "[1]]", "NaN", "[1,]", '"\ud800"', '"a\nb"', "1e999"])
def test_so_are_texts_at_the_edge(text):
    assert repr(tried(loads, text)) == repr(tried(json.loads, text))


@pytest.mark.parametrize("value", [object(), {1, 2}, [b"bytes"], {(1, 2): 3}])
def test_a_value_that_json_does_not_have_is_refused_in_the_same_words(value):
    assert tried(dumps, value) == tried(json.dumps, value)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")]])
def test_a_number_that_json_does_not_have_is_refused_on_request(value):
    assert dumps(value) == json.dumps(value)
    with pytest.raises(ValueError, match="Out of range"):
        dumps(value, allow_nan=False)


def test_a_python_with_another_scanner_reads_and_writes_by_json(monkeypatch):
    monkeypatch.setattr(json_codec, "_scan", None)
    monkeypatch.setattr(json_codec, "_make_encoder", None)
    assert loads(dumps({"a": [1, "é"]}, separators=(",", ":"))) == {"a": [1, "é"]}

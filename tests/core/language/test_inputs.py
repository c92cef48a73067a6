import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.definition import Field
from gitflow.core.language.inputs import FIELD_TYPES, check_input, check_value
from gitflow.core.matching.linear import MAX_WORK, linear_pattern

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
SCALAR_TEXTS = st.sampled_from(
    ["3", "-0", "03", "1e400", "1.50", "true", "2026-02-30", "2026-01-31t09:30:00.500+00:00"]
)
FIELDS = st.builds(
    Field,
    name=st.just("x"),
    type=st.sampled_from([*sorted(FIELD_TYPES), "database"]),
    required=st.booleans(),
    multiple=st.booleans(),
    minimum=st.none() | st.just(1.0),
    maximum=st.none() | st.just(5.0),
    pattern=st.none() | st.sampled_from(["[a-z0-9]*", "("]),
    options=st.just(()) | st.just((1, "a", True)),
)


def one(kind, value, *, from_text=False, **more):
    return check_input({"x": Field("x", kind, **more)}, {"x": value}, from_text=from_text)


@pytest.mark.parametrize(
    ("kind", "value", "converted"),
    [
        ("string", True, "true"),
        ("string", 3, "3"),
        ("string", 1.5, "1.5"),
        ("text", "a\nb", "a\nb"),
        ("integer", "3", 3),
        ("integer", "-12", -12),
        ("integer", 3.0, 3),
        ("integer", 2**80, 2**80),
        ("number", 3, 3.0),
        ("number", "1.5e3", 1500.0),
        ("boolean", "true", True),
        ("date", "2024-02-29", "2024-02-29"),
        ("datetime", "2026-01-31t09:30:00.500z", "2026-01-31T09:30:00.5Z"),
        ("datetime", "2026-01-31 09:30:00+02:00", "2026-01-31T09:30:00+02:00"),
        ("array", [1, "a"], [1, "a"]),
        ("object", {"a": None}, {"a": None}),
    ],
)
def test_a_value_becomes_the_declared_type_when_nothing_is_lost(kind, value, converted):
    values, wrong = one(kind, value)
    assert wrong == ()
    assert values == {"x": converted}
    assert type(values["x"]) is type(converted)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", ["a"]),
        ("string", {}),
        ("string", float("nan")),
        ("integer", True),
        ("integer", "03"),
        ("integer", "-0"),
        ("integer", "3.0"),
        ("integer", 3.5),
        ("integer", float("inf")),
        ("integer", "٣"),
        ("number", False),
        ("number", "nan"),
        ("number", "1e400"),
        ("number", "1e-400"),
        ("number", "0.12345678901234567890"),
        ("boolean", 1),
        ("boolean", "yes"),
        ("date", "2023-02-29"),
        ("date", "20230201"),
        ("datetime", "2026-01-31T09:30:00"),
        ("datetime", "2026-01-31T25:30:00Z"),
        ("array", "a,b"),
        ("array", {"a": 1}),
        ("object", "{}"),
        ("database", 3),
    ],
)
def test_a_value_that_would_lose_something_is_refused(kind, value):
    values, wrong = one(kind, value)
    assert values == {}
    assert [name for name, _ in wrong] == ["x"]


@pytest.mark.parametrize(
    ("kind", "more", "text", "converted"),
    [
        ("boolean", {}, "Yes", True),
        ("boolean", {}, "0", False),
        ("integer", {}, " 3 ", 3),
        ("array", {}, "a, b", ["a", "b"]),
        ("array", {}, '[1, "a"]', [1, "a"]),
        ("array", {}, "", []),
        ("object", {}, '{"a": 1}', {"a": 1}),
        ("integer", {"multiple": True}, "1,2", [1, 2]),
        ("string", {"multiple": True}, '["a,b"]', ["a,b"]),
        ("string", {}, "[1", "[1"),
    ],
)
def test_the_command_line_is_read_as_the_declared_type(kind, more, text, converted):
    assert one(kind, text, from_text=True, **more) == ({"x": converted}, ())


@pytest.mark.parametrize("text", ["[1", "[" * 5000, "[NaN]"])
def test_broken_json_on_the_command_line_is_a_wrong_field(text):
    assert one("array", text, from_text=True)[1] == (("x", "must be written as JSON"),)


def test_every_wrong_field_is_named_at_once():
    fields = {"a": Field("a", "integer"), "b": Field("b", required=True), "name": Field("name")}
    values, wrong = check_input(fields, {"a": "x", "nam": "y", "zzz": 1})
    assert values == {}
    assert wrong == (
        ("a", "must be an integer"),
        ("b", "is required"),
        ("nam", 'is not a known field; did you mean "name"?'),
        ("zzz", "is not a known field"),
    )


def test_without_declared_fields_every_key_is_unknown():
    assert check_input({}, {}) == ({}, ())
    assert check_input({}, {"a": 1})[1] == (("a", "is not a known field"),)


def test_some_undeclared_keys_may_pass_as_they_are():
    assert check_input({}, {"body": [1]}, also_allowed={"body"}) == ({"body": [1]}, ())


def test_null_counts_as_absent_where_a_field_is_not_required():
    assert one("integer", None) == ({}, ())
    assert one("integer", None, default="4", has_default=True) == ({"x": 4}, ())
    assert one("integer", None, has_default=True) == ({"x": None}, ())
    assert one("integer", None, required=True)[1] == (("x", "is required"),)
    assert one("integer", None, required=True, default=4, has_default=True) == ({"x": 4}, ())


def test_a_default_is_converted_and_checked_too():
    assert check_input({"x": Field("x", "integer", default="a", has_default=True)}, {})[1]
    assert check_value(Field("x", "integer"), "3") == (3, None)
    assert check_value(Field("x", "integer"), "a") == ("a", "must be an integer")


def test_options_are_the_only_values_unless_others_are_allowed():
    assert one("string", "1", options=(1, 2)) == ({"x": "1"}, ())
    assert one("string", "c", options=("a", "b"))[1] == (("x", 'must be one of "a", "b"'),)
    assert one("string", "c", options=("a", "b"), allow_custom=True) == ({"x": "c"}, ())
    assert one("array", [True], options=([1],))[0] == {"x": [True]}


def test_bounds_hold_for_numbers_and_for_the_length_of_texts_and_lists():
    assert one("integer", 0, minimum=1)[1] == (("x", "must be at least 1"),)
    assert one("number", 1.5, maximum=1)[1] == (("x", "must be at most 1"),)
    assert one("string", "abc", maximum=2)[1] == (("x", "must be at most 2 characters long"),)
    assert one("array", [], minimum=1)[1] == (("x", "must be at least 1 members long"),)
    assert one("integer", [1, 9], multiple=True, maximum=5)[1] == (
        ("x", "has a wrong member at index 1: it must be at most 5"),
    )


def test_a_pattern_matches_the_whole_text():
    assert one("string", "v12", pattern=r"v\d+")[1] == ()
    assert one("string", "v12\n; rm", pattern=r"v\d+")[1] == (("x", r"must match the pattern v\d+"),)


def test_a_pattern_that_cannot_be_used_lets_nothing_through():
    """Of a definition that an older version took."""
    assert "its pattern has lookahead (?=…)" in one("string", "a", pattern="(?=a)a")[1][0][1]


def test_a_text_is_as_long_as_its_pattern_can_be_matched_with_in_good_time():
    longest = linear_pattern("[ab]{1000}").longest
    assert longest == MAX_WORK // 1000
    assert one("string", "a" * longest, pattern="[ab]{1000}")[1] == (("x", "must match the pattern [ab]{1000}"),)
    assert f"at most {longest} characters" in one("string", "a" * (longest + 1), pattern="[ab]{1000}")[1][0][1]
    halves = ["a" * longest, "b"]
    assert f"at most {longest} characters in all" in one("array", halves, multiple=True, pattern="[ab]{1000}")[1][0][1]


def test_of_very_many_unknown_fields_every_one_is_named_and_a_few_get_a_near_name():
    """To look for near names takes a millisecond each, and a body has room for 100,000 fields."""
    _, wrong = check_input({"name": Field("name", "string")}, {f"nam{n}": 1 for n in range(500)})
    assert len(wrong) == 500
    assert sum("did you mean" in message for _, message in wrong) == 20


def test_a_connection_is_given_by_name_and_must_be_of_the_type():
    fields = {"db": Field("db", "postgres")}
    known = {"main": "postgres", "bucket": "s3"}
    assert check_input(fields, {"db": "main"}, connections=known) == ({"db": "main"}, ())
    sentence = 'must be the name of a connection of type "postgres"'
    assert check_input(fields, {"db": "bucket"}, connections=known)[1] == (("db", sentence),)
    assert check_input(fields, {"db": "mian"}, connections=known)[1] == (("db", f'{sentence}; did you mean "main"?'),)


@given(FIELDS, JSON | SCALAR_TEXTS, st.booleans())
def test_whatever_comes_is_answered_and_conversion_twice_is_conversion_once(field, value, from_text):
    values, wrong = check_input({"x": field}, {"x": value}, from_text=from_text)
    assert all(isinstance(message, str) for _, message in wrong)
    if not wrong and "x" in values:
        again, wrong_again = check_input({"x": field}, values)
        assert wrong_again == ()
        assert repr(again) == repr(values)


@given(st.sampled_from(sorted(FIELD_TYPES)), st.booleans())
def test_no_message_holds_the_value(kind, from_text):
    marker = "pl4nted-v4lue"
    for value in (marker, [marker], {marker: marker}):
        field = Field("x", kind, options=("a",), pattern="b", maximum=1)
        assert marker not in json.dumps(check_input({"x": field}, {"x": value}, from_text=from_text)[1])

"""Patterns of authors: the meaning of Python's ``re``, and no pattern that takes long."""

import re
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitflow.core.matching.grammar import MAX_LENGTH, MAX_SIZE, PatternError
from gitflow.core.matching.linear import in_some_line, linear_pattern, why_not


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+b", "a" * 20_000),
        ("(a|a)*b", "a" * 20_000),
        ("(a|aa)+$b", "a" * 20_000),
        (r"(\w+\s?)*!", "word " * 4_000),
        ("(.*)*,(.*)*,(.*)*;", "," * 10_000),
        (r"([a-z0-9]+[-_.]?)+@", "a" * 20_000),
        ("[01]*1[01]{500}x", "01" * 10_000),
        ("(a?){500}a{500}x", "a" * 20_000),
        ("(((a?){10}){10}){10}x", "a" * 20_000),
        ("(a*)*(a*)*(a*)*b", "a" * 20_000),
    ],
)
def test_what_never_ends_elsewhere_is_answered(pattern, text):
    """With a backtracking engine the first of these takes longer than the universe has lasted."""
    assert not linear_pattern(pattern).matches(text)


@pytest.mark.parametrize(
    ("pattern", "says", "hint"),
    [
        ("a(?=b)", "has lookahead (?=…), which a linear engine does not know (character 2)", "in a step"),
        ("(?!b)a", "has negative lookahead (?!…)", "in a step"),
        ("(?<=a)b", "has lookbehind (?<=…)", "in a step"),
        ("(?<!a)b", "has negative lookbehind (?<!…)", "in a step"),
        (r"(a)\1", "has a backreference", "repeat the words"),
        ("(?P<x>a)(?P=x)", "has a backreference (?P=…)", "repeat the words"),
        ("(a)(?(1)b|c)", "has a condition (?(…)…)", "repeat the words"),
        ("(?>a)", "has an atomic group (?>…)", "in a step"),
        ("a++", "has a possessive repetition", "leave the last + out"),
        ("a(?<n>b", "has an unknown kind of group", "(?P<name>…)"),
        ("(", "has a group that is not closed (character 1)", r"\("),
        ("a)", "has a closing ) without an opening ( (character 2)", r"\)"),
        ("*a", "repeats nothing (character 1)", r"\*"),
        ("{2}", "repeats nothing", ""),
        ("a**", "repeats something that cannot be repeated", "(?:…)"),
        ("^*", "repeats something that cannot be repeated", "(?:…)"),
        ("a{3,1}", "minimum is over its maximum", "exchange"),
        ("[a", "has a [ without a ]", r"\["),
        ("[b-a]", "has a range that ends before it begins", "exchange"),
        (r"\q", "has a \\ that has no meaning here", r"\\"),
        (r"\xg1", "has the number of no character", r"\x41"),
        ("\\", "has a \\ that has no meaning here", r"\\"),
        ("(a{1000}){1000}", f"is too large: over {MAX_SIZE} characters", "repeat less"),
        ("a{99999999999999999999}", "is too large", "repeat less"),
        (r"(\w{50}){9}", "is too large once its repetitions are expanded", "[A-Za-z0-9_]"),
        ("a" * (MAX_LENGTH + 1), f"is longer than {MAX_LENGTH} characters", "step"),
        ("(" * 100 + "a" + ")" * 100, "nested deeper than 50", "nest less"),
        (r"[^\W\S]", "which no character matches", "take one of the two out"),
        ("(?y)a", "has the unknown flag", "a, i, m, s, u and x"),
    ],
)
def test_what_cannot_be_matched_in_linear_time_is_refused_with_what_to_write(pattern, says, hint):
    wrong = why_not(pattern)
    assert wrong is not None
    assert says in str(wrong)
    assert hint in wrong.hint


@pytest.mark.parametrize(
    "pattern", [r"\w{1,255}", "[A-Za-z0-9._%+-]{1,64}@[a-z.-]{1,255}", "[a-z]{2000}", "[0-9a-f-]{36}"]
)
def test_what_authors_write_is_taken(pattern):
    assert why_not(pattern) is None


def test_halves_of_characters_are_texts_too():
    assert linear_pattern("[^a]").matches("\ud800")
    assert not linear_pattern(r"\w").matches("\ud800")
    assert linear_pattern("\ud800").matches("\ud800")
    assert not linear_pattern("\ud800").matches("\ud801")


PIECES = [
    *"ab_-é2,. #\n",
    *[
        r"\d",
        r"\D",
        r"\w",
        r"\W",
        r"\s",
        r"\S",
        r"\Z",
        r"\A",
        r"\.",
        r"\x41",
        r"\012",
        r"\0",
        r"\-",
        r"\é",
        r"\N",
        "\\",
    ],
    *["(", ")", "(?:", "|", "*", "+", "?", "{", "}", "{2}", "{,2}", "{1,}", "*?", "??", "^"],
    *["[", "]", "[^", r"[\w-]", r"[^\W_]", r"[^\S\n]", r"[\S\d]", "[a-c]", "[]a]", "[[a]", "&&", "--", "~~"],
    *["(?i)", "(?s)", "(?m)", "(?x)", "(?a)", "(?i:", "(?s:", "(?a:", "(?-i:", "(?i-s:", "(?P<n>", "(?#c)"],
]
TEXTS = st.text(alphabet="abAB_-é2²٣[]^&~{}.,# \n\r\x1c\x85\u2028\\", max_size=4)
NOT_LINEAR = re.compile("backreference|possessive|lookahead|lookbehind|atomic|condition|too large|no character matches")


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.lists(TEXTS, min_size=1, max_size=8))
def test_a_pattern_means_what_it_means_in_python(pattern, texts):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            known = re.compile(pattern)
        except re.error:
            known = None
    try:
        ours = linear_pattern(pattern)
    except PatternError as error:
        refused: str | None = str(error)
    else:
        refused = None
    if refused is not None:
        assert known is None or NOT_LINEAR.search(refused) or _has_late_flags(pattern), f"{pattern!r}: {refused}"
        return
    if known is None:
        assert _ends_in_a_comment(pattern), pattern
        return
    for text in texts:
        assert ours.matches(text) is (known.fullmatch(text) is not None), f"{pattern!r} {text!r}"


LINES = st.lists(TEXTS.map(lambda text: text.replace("\n", "")), min_size=1, max_size=8)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), LINES)
@example("^a$", ["b", "a", "b"])
@example(r"\Aa", ["b", "a"])
@example(r"(?m:a$(?-m:b|$))", ["a", "b"])
def test_no_line_that_matches_is_passed_over_with_the_text_that_it_stands_in(pattern, lines):
    try:
        one = linear_pattern(f".*(?:{pattern}).*")
        many = in_some_line(f"(?:{pattern})")
    except PatternError:
        return
    if many is not None and any(map(one.matches, lines)):
        assert many("\n".join(lines)), f"{pattern!r} {lines!r}"


@pytest.mark.parametrize("pattern", ["error: .*disk", r"\d+ of 9", "^part$", "(?i)FATAL", r"\bB2\b"])
def test_a_text_without_what_a_pattern_asks_for_is_passed_over_at_once(pattern):
    many = in_some_line(pattern)
    assert many is not None
    assert not many("a line\nand another\n" * 1000)


@pytest.mark.parametrize("pattern", [r"\Aa", r"a\Z", "(?m)(?-m:a$)"])
def test_what_asks_for_the_ends_of_a_text_is_looked_for_line_by_line(pattern):
    assert in_some_line(pattern) is None


def _has_late_flags(pattern: str) -> bool:
    """Python takes flags for the whole pattern also after comments and white space that it skips."""
    return re.search(r"(?s)(\)|\s)\(\?[imsxa]\)", pattern) is not None


def _ends_in_a_comment(pattern: str) -> bool:
    """Python refuses a backslash at the very end also where it is part of a comment."""
    return "#" in pattern and pattern.endswith("\\")

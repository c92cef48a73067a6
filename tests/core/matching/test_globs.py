"""Globs: what they match, and that no glob takes long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.matching.globs import glob


@pytest.mark.parametrize(
    ("text", "name", "does"),
    [
        ("**/x", "x", True),
        ("**/x", "a/b/x", True),
        ("[z-a]", "m", False),
        ("[!z-a]", "m", True),
        ("[a-c-z]", "-", True),
        ("[^a]", "b", True),
        ("[!]", "!", True),
        ("[]", "[]", True),
        ("[&&]", "&", True),
        ("a.b", "axb", False),
        ("*", "\udcff", True),
        ("\udcff", "\udcff", True),
        ("\udcff", "\udcfe", False),
        ("é*", "éa\n", True),
    ],
)
def test_a_glob_matches_a_whole_name(text, name, does):
    assert glob(text)(name) is does


def test_parts_may_be_demanded():
    assert not glob("**/x", through_none=False)("x")
    assert glob("**/x", through_none=False)("a/x")


def test_many_stars_take_no_longer_than_few():
    """A backtracking engine does not come back from this."""
    assert not glob("*a" * 50 + "b")("a" * 20_000)
    assert not glob("**/" * 50 + "b")("a/" * 10_000)


@given(st.text(alphabet="ab/*?[]!^-.\\&|~(){}\udcff", max_size=12), st.text(max_size=8))
def test_any_glob_matches_or_does_not(text, name):
    assert glob(text)(name) in (True, False)

"""Which moves of a workspace a push trigger wants."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.definition import Trigger
from gitflow.triggers import push


@pytest.mark.parametrize(
    ("globs", "name", "does"),
    [
        (["src/**"], "src/a/b.py", True),
        (["src/**"], "src", False),
        (["src/*"], "src/a/b.py", False),
        (["*.md"], "README.md", True),
        (["*.md"], "docs/a.md", False),
        (["**/*.md"], "docs/x/a.md", True),
        (["**/*.md"], "a.md", True),
        (["**.md"], "docs/a.md", True),
        (["a?c"], "abc", True),
        (["a?c"], "a/c", False),
        (["[ab].txt"], "b.txt", True),
        (["[!ab].txt"], "b.txt", False),
        (["[a-c].txt"], "b.txt", True),
        (["**", "!docs/**"], "docs/a.md", False),
        (["**", "!docs/**", "docs/keep.md"], "docs/keep.md", True),
        (["!docs/**"], "src/a", False),
        (["a.b"], "axb", False),
        (["release/*"], "release/1.2", True),
    ],
)
def test_globs_match_as_they_do_elsewhere(globs, name, does):
    assert push.matches(globs, name) is does


@given(st.lists(st.text(alphabet="ab/*?[]!^-.\\&|~(){}", max_size=8), max_size=3), st.text(max_size=8))
def test_any_glob_matches_or_does_not(globs, name):
    assert push.matches(globs, name) in (True, False)


@given(st.text(max_size=12))
def test_a_name_without_signs_matches_itself_alone(name):
    plain = re.sub(r"[*?\[!]", "x", name)
    assert push.matches([plain], plain)
    assert not push.matches([plain], plain + "x")


def test_branches_and_paths_both_count():
    trigger = Trigger("p", "push", "t", fields={"paths": ["src/**"], "branches": ["main", "release/*"]})
    assert push.is_wanted(trigger, "main", ["docs/a", "src/b"])
    assert push.is_wanted(trigger, "release/1", ["src/b"])
    assert not push.is_wanted(trigger, "main", ["docs/a"])
    assert not push.is_wanted(trigger, "other", ["src/b"])
    assert not push.is_wanted(trigger, None, ["src/b"])


def test_where_it_cannot_be_told_what_changed_anything_may_have():
    trigger = Trigger("p", "push", "t", fields={"paths": ["src/**"]})
    assert push.is_wanted(trigger, "main", None)
    assert not push.is_wanted(trigger, "main", [])
    assert push.is_wanted(Trigger("p", "push", "t"), None, [])

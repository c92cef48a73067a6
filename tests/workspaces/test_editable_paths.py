"""The paths that a change may name mean one file on every file system, and never git's own or a policy."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.errors import InvalidInput
from gitflow.workspaces.editable_paths import MAX_NAME_BYTES, check_path, folded

#: Parts that matter, put together at random.
_PARTS = [
    "policy",
    "POLICY",
    ".yaml",
    ".YML",
    ".git",
    "GIT~1",
    ".",
    "..",
    " ",
    "\\",
    ":",
    "a",
    "é",
    "e\u0301",
    "ſ",
    "\u200d",
]
NAMES = st.lists(st.sampled_from(_PARTS), max_size=4).map("".join) | st.text(max_size=12)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda names: "/".join([".workflows", *names]))


@given(PATHS)
def test_what_is_accepted_stays_below_its_folder_and_is_nothing_special(path: str) -> None:
    try:
        check_path(path)
    except InvalidInput:
        return
    assert os.path.normpath(path) == path
    assert path.startswith(".workflows/")
    for name in path.split("/")[1:]:
        for form in ("NFC", "NFD", "NFKC"):
            spelled = unicodedata.normalize(form, name).casefold().rstrip(". ")
            assert not spelled.startswith(".git"), name
            assert form == "NFKC" or spelled not in ("policy.yaml", "policy.yml"), name
        assert name.isprintable()
        assert len(name.encode()) <= MAX_NAME_BYTES


@pytest.mark.parametrize(
    ("one", "other"),
    [("a.yaml", "A.YAML"), ("größe", "GRÖSSE"), ("é", "e\u0301"), ("É", "e\u0301"), ("ſ", "S"), ("\u212b", "å")],
)
def test_names_that_a_file_system_takes_for_one_are_folded_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@given(st.text())
def test_folding_twice_changes_nothing_more(name: str) -> None:
    assert folded(folded(name)) == folded(name)


@pytest.mark.parametrize(
    "path", [".workflows/a.yaml", ".workflows/sub/größe.sh", ".workflows/policies.yaml", ".workflows/a b"]
)
def test_plain_names_are_accepted(path: str) -> None:
    assert check_path(path) == path

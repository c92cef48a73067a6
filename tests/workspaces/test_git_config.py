"""The text of git's configuration means here what it means to git."""

import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import git_config

SECTIONS = (
    "[core]",
    "[Core]",
    '[a "b c"]',
    '[a "b\\"c"]',
    "[a.B]",
    "[",
    "]",
    "x",
    "y-1",
    "Z",
    "=",
    " = ",
    "é",
    "%",
    "~/x",
)
VALUES = ("true", "no", "12", '"', '"q u"', "\\n", "\\\\", "\\\n", "\\q", "\n", "\r\n", "\t", "  ", "#c", ";c")
PIECES = st.sampled_from(SECTIONS + VALUES)


def by_git(path):
    command = ["git", "config", "--no-includes", "--file", str(path), "--list", "-z"]
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        return None
    pairs = [setting.partition("\n") for setting in done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]]
    return {name: value if is_set else None for name, is_set, value in pairs}


def by_us(path):
    try:
        return git_config.read(str(path))
    except WorkspaceError:
        return None


def spaced(values):
    """Older gits make a space of each tab inside a value."""
    return values and {name: value and value.replace("\t", " ") for name, value in values.items()}


@pytest.mark.parametrize(
    "text",
    [
        "[core]\n\tbare = false\n\tfilemode\n",
        "[core] bare = true ; x\n[core]\nbare=no",
        '[remote "a b"]\nurl = x # y\nfetch = "+refs/*" \\\n  more  \n',
        '[a]\nb = " c " d  ; e\nf = \\"g\\" \\t\n',
        "[a]\nb =\n",
        "\ufeff[a]\r\nb = c\r\n",
        "[a]\n1 = 2\n",
        "b = c\n",
        "[a\nb = c\n",
        '[a]\nb = "c\n',
        "[extensions]\nobjectFormat = sha256\n",
    ],
)
def test_a_file_is_read_as_git_reads_it(tmp_path, text):
    path = tmp_path / "config"
    path.write_text(text, newline="")
    assert by_us(path) == by_git(path)


def test_any_file_is_read_as_git_reads_it(tmp_path):
    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(PIECES, max_size=14))
    def law(pieces):
        path = tmp_path / "config"
        path.write_text("[s]\n" + "".join(pieces), newline="")
        assert spaced(by_us(path)) == spaced(by_git(path))

    law()


@pytest.mark.parametrize("value", ["", "a b", ' "q" ', "back\\slash", "tab\there", "two\nlines", "# no comment; no"])
def test_what_is_written_is_what_git_reads(tmp_path, value):
    path = tmp_path / "config"
    path.write_text(f"[a]\n\tb = {git_config.quoted(value)}\n")
    assert by_git(path) == {"a.b": value}


def test_what_is_wrong_is_named_with_its_line(tmp_path):
    path = tmp_path / "config"
    path.write_text("[a]\n\tb = c\n\td e\n")
    with pytest.raises(WorkspaceError, match=r"config' cannot be read: line 3 is not git configuration"):
        git_config.read(str(path))


@pytest.mark.parametrize(
    ("value", "truth"),
    [(None, True), ("yes", True), ("ON", True), ("2", True), ("", False), ("off", False), ("0", False), ("x", None)],
)
def test_booleans_are_those_of_git(value, truth):
    assert git_config.as_bool(value) is truth

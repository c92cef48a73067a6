"""Checks that bash may not come to, of a value that the environment holds."""

import pytest

from gitflow.definitions.shell import parsers
from gitflow.definitions.shell.nodes import Tree
from gitflow.definitions.shell.safety import prepare


@pytest.mark.parametrize("line", ['readonly "$z"; y=1', "declare -n y; y=1", "readonly y; y=1"])
def test_a_check_is_not_trusted_behind_an_assignment_that_may_be_forbidden(line):
    script = prepare(f'{line}; [ "$x" = a ] || exit\nbash -c "$x"', "bash", environment=frozenset({"x"}))
    assert [fault.rule for fault in script.faults] == ["shell-flows-into-code"]


def test_a_check_is_trusted_on_the_line_of_the_use():
    script = prepare('readonly y; y=1; [ "$x" = a ] || exit; bash -c "$x"', "bash", environment=frozenset({"x"}))
    assert script.faults == ()


def test_a_line_is_what_bash_reads_at_one_time():
    text = "a; b\nc; \\\nd & e; if f; then\ng; fi; cat <<E; h\ni\nE\nj <<E\nk\nE\nl"
    tree = parsers.read_all([("bash", text)])["bash", text]
    assert isinstance(tree, Tree)
    assert tree.lines == (0, 0, 1, 1, 1, 1, 1, 1, 2, 3)

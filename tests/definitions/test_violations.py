"""A violation of the policy stands at the line of the key that causes it."""

from gitflow.core.language.sources import SourceFile
from gitflow.core.policy.records import Rule, Violation
from gitflow.core.problems import Place, Problem
from gitflow.definitions.violations import at_their_keys

TEXT = """\
tasks:
  deploy:
    flow:
      build:
        type: shell
        cmd: make
        timeout: 3h
        retry:
          max_attempts: 9
"""
STEP = Place("a.yaml", 4, 7)


def lines(*found, text=TEXT):
    return [each.problem.line for each in at_their_keys(found, [SourceFile("a.yaml", text.encode())])]


def violation(*key, where=STEP):
    return Violation(Problem.at(where, "short", "too long"), Rule("short", "max_timeout", "1h"), key)


def test_it_stands_at_its_key_however_deep():
    assert lines(violation("retry", "max_attempts"), violation("timeout")) == [7, 9]


def test_it_keeps_its_place_where_the_key_or_the_file_is_not_there_or_cannot_be_read():
    elsewhere = Place("b.yaml", 2, 1)
    assert lines(violation(), violation("image"), violation("timeout", where=elsewhere)) == [4, 4, 2]
    assert lines(violation("timeout"), text="tasks: [") == [4]
    assert lines(violation("timeout"), text="") == [4]

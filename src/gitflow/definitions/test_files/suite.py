"""All tests of a workspace, and everything that is wrong with its test files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.definitions.source.ignored import is_tests
from gitflow.definitions.test_files.checks import problems_of
from gitflow.definitions.test_files.parser import parse_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import SourceFile
    from gitflow.core.problems import Problem
    from gitflow.definitions.test_files.case import Case


class Suite(Record):
    cases: tuple[Case, ...]  #: in the order of their files and of the text
    problems: tuple[Problem, ...]  #: sorted by file, line, column


def load_suite(files: Iterable[SourceFile], snapshot: Snapshot | None) -> Suite:
    """Never raises for what an author wrote. ``snapshot`` None: the definitions have errors."""
    cases: list[Case] = []
    problems: list[Problem] = []
    for file in files:
        if is_tests(file.path):
            found, wrong = parse_file(file)
            cases += found
            problems += wrong
    for case in cases:
        problems.extend(problems_of(case, snapshot))
    ordered = sorted(dict.fromkeys(problems), key=_order)
    return Suite(tuple(cases), tuple(ordered))


def _order(problem: Problem) -> tuple[str, int, int, str, str]:
    return problem.file, problem.line, problem.column, problem.rule, problem.message

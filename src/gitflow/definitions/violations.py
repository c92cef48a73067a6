"""Gives a violation of the policy the line of the key that causes it.

A snapshot knows only where a definition begins; the line of its ``timeout`` is in the file, which is read again here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.policy.judge import order
from gitflow.core.problems import Place
from gitflow.core.record import replace
from gitflow.definitions.source.ignored import is_encrypted
from gitflow.definitions.source.locations import place_within
from gitflow.definitions.source.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.core.language.sources import SourceFile
    from gitflow.core.policy.records import Violation
    from gitflow.definitions.source.reader import Document


def at_their_keys(found: Iterable[Violation], files: Iterable[SourceFile]) -> list[Violation]:
    """The same violations, sorted by their new places. A violation whose file or key is not found keeps its place.

    ``files``: those of the revision that was judged.
    """
    violations = list(found)
    wanted = {each.problem.file for each in violations if each.key}
    documents = {
        file.path: read(file.path, file.data)
        for file in (files if wanted else ())
        if file.path in wanted and not is_encrypted(file.path)
    }
    return sorted((_moved(each, documents) for each in violations), key=order)


def _moved(violation: Violation, documents: dict[str, Document]) -> Violation:
    problem = violation.problem
    if not violation.key or problem.file not in documents:
        return violation
    where = Place(problem.file, problem.line, problem.column)
    place = place_within(documents[problem.file], where, violation.key)
    return replace(violation, problem=replace(problem, line=place.line, column=place.column))

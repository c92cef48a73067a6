"""Problems: what is wrong in a definition, where, and what would be right.

Problems are values. They are collected, sorted and shown all at once, and never raised.
"""

from __future__ import annotations

from gitflow.core.record import Record
from gitflow.core.str_enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Place(Record):
    """A position in a file of the workspace. Lines and columns count from 1; ``file`` is relative to the workspace."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place("", 1, 1)


class Problem(Record):
    severity: Severity
    rule: str  #: stable id, kebab-case, e.g. ``unknown-step``
    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    @staticmethod
    def at(where: Place, rule: str, message: str, hint: str = "", severity: Severity = Severity.ERROR) -> Problem:
        return Problem(severity, rule, where.file, where.line, where.column, message, hint)

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

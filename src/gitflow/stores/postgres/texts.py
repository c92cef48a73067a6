"""Replaces NUL characters, which PostgreSQL refuses in texts.

NUL becomes U+E000 and ``0``, and U+E000 becomes U+E000 and ``1``, so every text is read as it was written. The function
``without_nul`` of the schema does the same in JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from gitflow.stores.sql.driver import Row

MARK = "\ue000"


def to_database(text: str) -> str:
    if "\0" in text or MARK in text:
        return text.replace(MARK, MARK + "1").replace("\0", MARK + "0")
    return text


def from_database(text: str) -> str:
    if MARK in text:
        return text.replace(MARK + "0", "\0").replace(MARK + "1", MARK)
    return text


def value_of(value: Any) -> Any:
    """A parameter, as it is sent."""
    return to_database(value) if value.__class__ is str else value


def row_of(columns: tuple[str, ...], row: tuple[Any, ...]) -> Row:
    return dict(zip(columns, [from_database(one) if one.__class__ is str else one for one in row], strict=True))

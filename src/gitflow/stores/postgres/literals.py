"""Writes arrays as PostgreSQL reads them: ``{"a",NULL,"b"}``. One text for all values of a column is the fastest
way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.stores.postgres.texts import to_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any


def _text(value: str) -> str:
    return '"' + to_database(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes(value: bytes) -> str:
    return '"\\\\x' + value.hex() + '"'


def _boolean(value: object) -> str:
    return "t" if value else "f"


#: Type of a column -> the function that writes one of its values in an array.
ELEMENTS: Mapping[str, Callable[[Any], str]] = {
    "text": _text,
    "bigint": str,
    "double precision": repr,
    "boolean": _boolean,
    "bytea": _bytes,
}


def array(kind: str, values: Iterable[Any]) -> str:
    """``values`` of a column of this type as one text; None becomes NULL."""
    write = ELEMENTS[kind]
    return "{" + ",".join(["NULL" if value is None else write(value) for value in values]) + "}"

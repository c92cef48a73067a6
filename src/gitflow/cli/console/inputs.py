"""Reads the input values that are given on the command line."""

from __future__ import annotations

from gitflow.core.errors import InvalidInput
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.core.values import JsonObject


def gather_input(pairs: Iterable[str], file: str | None) -> JsonObject:
    """The object of a JSON or YAML file, with ``key=value`` pairs on top. Raises InvalidInput."""
    values = _read_file(file) if file is not None else {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InvalidInput(f"--input takes key=value, not {pair!r}")
        values[key] = value
    return values


def _read_file(path: str) -> JsonObject:
    from gitflow.definitions.source.reader import read

    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise InvalidInput(f"cannot read --input-file {path}: {error.strerror}") from None
    document = read(path, data)
    errors = [problem for problem in document.problems if problem.is_error]
    if errors:
        first = errors[0]
        raise InvalidInput(f"{path}:{first.line}:{first.column}: {first.message}")
    if not is_object(document.value):
        raise InvalidInput(f"--input-file {path} must hold one object (names and values)")
    return document.value


def parse_json(text: str | None, option: str) -> object:
    """The value of an option that takes JSON. Raises InvalidInput."""
    from gitflow.core.strict_json import NotJson, read_json

    try:
        return None if text is None else read_json(text)
    except NotJson as error:
        raise InvalidInput(f"{option} must be JSON: {error}") from None

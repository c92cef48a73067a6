"""Input given on the command line."""

from __future__ import annotations

from gitflow.core.errors import InvalidInput
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.core.values import JsonObject


def gathered(pairs: Iterable[str], file: str | None) -> JsonObject:
    """``key=value`` pairs laid over the object of a JSON or YAML file. Raises InvalidInput."""
    values = _from_file(file) if file is not None else {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InvalidInput(f"--input takes key=value, not {pair!r}")
        values[key] = value
    return values


def _from_file(path: str) -> JsonObject:
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

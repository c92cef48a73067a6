"""Query parameters: how each value is parsed, and its JSON Schema for the OpenAPI document."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from gitflow.api.http.errors import bad_request
from gitflow.core.durations import seconds
from gitflow.core.names import closest
from gitflow.core.record import Record
from gitflow.views.schema import DURATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aiohttp.web import BaseRequest

    from gitflow.core.values import Json, JsonObject

#: The largest integer that databases and JSON parsers both represent exactly.
MAX_INTEGER = 2**53 - 1
#: How many unknown parameters an error names, and after how many characters it cuts a name.
MAX_UNKNOWN, MAX_NAME_LENGTH = 10, 50
#: The maximal length of a text, in characters.
MAX_TEXT_LENGTH = 2048

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHOLE = re.compile(r"[0-9]{1,16}")
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


class QueryParameter(Record):
    """``read`` parses the text of a value; it raises ValueError with a message that follows the name."""

    name: str
    read: Callable[[str], Json]
    schema: Mapping[str, Json]
    description: str = ""
    default: Json = None
    many: bool = False  #: may be given several times; its value is then a list


def whole(
    name: str, description: str, default: int | None = None, minimum: int = 0, maximum: int = MAX_INTEGER
) -> QueryParameter:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not minimum <= int(text) <= maximum:
            raise ValueError(f"must be a whole number from {minimum} to {maximum}")
        return int(text)

    schema: JsonObject = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return QueryParameter(name, read, schema, description, default)


def text(name: str, description: str, *, many: bool = False) -> QueryParameter:
    return QueryParameter(name, _text, {"type": "string", "maxLength": MAX_TEXT_LENGTH}, description, many=many)


def flag(name: str, description: str, default: bool = False) -> QueryParameter:
    def read(given: str) -> bool:
        if given.lower() in _TRUE:
            return True
        if given.lower() in _FALSE:
            return False
        raise ValueError("must be true or false")

    return QueryParameter(name, read, {"type": "boolean"}, description, default)


def choice(
    name: str, description: str, options: Iterable[str], default: str | None = None, *, many: bool = False
) -> QueryParameter:
    known = list(options)

    def read(given: str) -> str:
        if given not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return given

    return QueryParameter(name, read, {"type": "string", "enum": known}, description, default, many)


def id_of(name: str, description: str) -> QueryParameter:
    def read(given: str) -> str:
        if not UUID.fullmatch(given):
            raise ValueError("must be an id: a UUID")
        return given.lower()

    return QueryParameter(name, read, {"type": "string", "format": "uuid"}, description)


def moment(name: str, description: str) -> QueryParameter:
    """A time; its value is in seconds since the epoch."""
    return QueryParameter(name, moment_of, {"type": "string", "format": "date-time"}, description)


def duration(name: str, description: str) -> QueryParameter:
    """``90``, ``45s``, ``1h30m``; its value is in seconds."""
    return QueryParameter(name, seconds, DURATION, description)


def label(name: str, description: str) -> QueryParameter:
    """``key=value``, any number of times; its value is a list of pairs."""
    return QueryParameter(
        name, _pair, {"type": "string", "pattern": "^[^=]+=", "maxLength": MAX_TEXT_LENGTH}, description, many=True
    )


#: The parameters of every paged list.
LIMIT = whole("limit", "How many items to return.", 50, 1, 500)
OFFSET = whole("offset", "How many items to leave out before the first.", 0)


def query_texts(request: BaseRequest) -> Mapping[str, list[str]]:
    """The texts of each parameter in a request, also empty ones. Raises HttpError."""
    text = request.rel_url.raw_query_string
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=1000) if text else {}
    except (UnicodeDecodeError, ValueError):
        raise bad_request("the query is not UTF-8 text, or too long") from None


def read_query(
    parameters: Sequence[QueryParameter], given: Mapping[str, Sequence[str]], *, takes_others: bool = False
) -> JsonObject:
    """The value, or default, of every parameter of a route. Raises HttpError that lists all errors.

    ``takes_others``: ignore parameters that the route does not declare.
    """
    values: JsonObject = {}
    wrong = [] if takes_others or not given else _unknown(parameters, given)
    for parameter in parameters:
        try:
            values[parameter.name] = _value(parameter, given.get(parameter.name, ()))
        except ValueError as error:
            wrong.append((parameter.name, str(error)))
    if wrong:
        raise bad_request("; ".join(f"{name} {message}" for name, message in wrong), wrong)
    return values


def _unknown(parameters: Sequence[QueryParameter], given: Iterable[str]) -> list[tuple[str, str]]:
    """Errors for undeclared parameters: to ignore a misspelled filter would return a wrong list."""
    known = [parameter.name for parameter in parameters]
    wrong: list[tuple[str, str]] = []
    for name in sorted(set(given) - set(known))[:MAX_UNKNOWN]:
        shown = name[:MAX_NAME_LENGTH]
        hint = closest(shown, known) or (f"it has {', '.join(known)}" if known else "it has none")
        wrong.append((shown, f"is not a parameter of this route; {hint}"))
    return wrong


def _value(parameter: QueryParameter, texts: Sequence[str]) -> Json:
    if parameter.many:
        return [parameter.read(each) for each in texts]
    if len(texts) > 1:
        raise ValueError("must be given once")
    return parameter.read(texts[0]) if texts else parameter.default


def _text(given: str) -> str:
    if len(given) > MAX_TEXT_LENGTH:
        raise ValueError(f"must have at most {MAX_TEXT_LENGTH} characters")
    return given


def moment_of(given: str) -> float:
    try:
        at = datetime.fromisoformat(given.replace(" ", "+"))  # form encoding turns a plus sign into a space
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError("must be a time such as 2026-01-31T12:00:00Z") from None


def _pair(given: str) -> tuple[str, str]:
    key, equals, value = _text(given).partition("=")
    if not key or not equals:
        raise ValueError("must be key=value")
    return key, value

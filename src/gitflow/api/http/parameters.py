"""What may stand in a query: how each value is read, and how the API's description tells of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from gitflow.api.http.errors import bad_request
from gitflow.core.names import closest
from gitflow.core.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aiohttp.web import BaseRequest

    from gitflow.core.values import Json, JsonObject

#: The largest number a query may hold: what a database and a JSON reader both take.
MOST = 2**53 - 1
#: How many unknown parameters are named, and how much of a name is shown.
MOST_UNKNOWN, MOST_SHOWN = 10, 50
#: The longest text a query may hold, in characters.
LONGEST = 2048

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHOLE = re.compile(r"[0-9]{1,16}")
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


@record
class Parameter:
    """``read`` turns the text into a value, or raises ValueError with what it must be."""

    name: str
    read: Callable[[str], Json]
    schema: Mapping[str, Json]
    description: str = ""
    default: Json = None
    many: bool = False  #: may be given several times; its value is then a list


def whole(name: str, description: str, default: int | None = None, least: int = 0, most: int = MOST) -> Parameter:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    schema: JsonObject = {"type": "integer", "minimum": least, "maximum": most}
    return Parameter(name, read, schema, description, default)


def text(name: str, description: str, *, many: bool = False) -> Parameter:
    return Parameter(name, _text, {"type": "string", "maxLength": LONGEST}, description, many=many)


def flag(name: str, description: str, default: bool = False) -> Parameter:
    def read(given: str) -> bool:
        if given.lower() in _TRUE:
            return True
        if given.lower() in _FALSE:
            return False
        raise ValueError("must be true or false")

    return Parameter(name, read, {"type": "boolean"}, description, default)


def choice(
    name: str, description: str, options: Iterable[str], default: str | None = None, *, many: bool = False
) -> Parameter:
    known = list(options)

    def read(given: str) -> str:
        if given not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return given

    return Parameter(name, read, {"type": "string", "enum": known}, description, default, many)


def id_of(name: str, description: str) -> Parameter:
    def read(given: str) -> str:
        if not UUID.fullmatch(given):
            raise ValueError("must be an id: a UUID")
        return given.lower()

    return Parameter(name, read, {"type": "string", "format": "uuid"}, description)


def moment(name: str, description: str) -> Parameter:
    """A time; the handler gets seconds since the epoch."""
    return Parameter(name, moment_of, {"type": "string", "format": "date-time"}, description)


def label(name: str, description: str) -> Parameter:
    """``key=value``, any number of times; the handler gets an object."""
    return Parameter(
        name, _pair, {"type": "string", "pattern": "^[^=]+=", "maxLength": LONGEST}, description, many=True
    )


#: The page of a list.
LIMIT = whole("limit", "How many items to return.", 50, 1, 500)
OFFSET = whole("offset", "How many items to leave out before the first.", 0)


def query_texts(request: BaseRequest) -> Mapping[str, list[str]]:
    """The texts of each parameter that a request has, also empty ones. Raises HttpError."""
    text = request.rel_url.raw_query_string
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=1000) if text else {}
    except (UnicodeDecodeError, ValueError):
        raise bad_request("the query is not UTF-8 text, or too long") from None


def read_query(
    parameters: Sequence[Parameter], given: Mapping[str, Sequence[str]], *, takes_others: bool = False
) -> JsonObject:
    """Every parameter of a route, with its default where it was not given. Raises HttpError with all that is wrong.

    ``takes_others``: parameters that the route does not know are ignored.
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


def _unknown(parameters: Sequence[Parameter], given: Iterable[str]) -> list[tuple[str, str]]:
    """Who misspells a filter must not be answered as if there were none."""
    known = [parameter.name for parameter in parameters]
    wrong: list[tuple[str, str]] = []
    for name in sorted(set(given) - set(known))[:MOST_UNKNOWN]:
        shown = name[:MOST_SHOWN]
        hint = closest(shown, known) or (f"there are {', '.join(known)}" if known else "there are none")
        wrong.append((shown, f"is no parameter here; {hint}"))
    return wrong


def _value(parameter: Parameter, texts: Sequence[str]) -> Json:
    if parameter.many:
        return [parameter.read(each) for each in texts]
    if len(texts) > 1:
        raise ValueError("must be given once")
    return parameter.read(texts[0]) if texts else parameter.default


def _text(given: str) -> str:
    if len(given) > LONGEST:
        raise ValueError(f"must have {LONGEST} characters at most")
    return given


def moment_of(given: str) -> float:
    try:
        at = datetime.fromisoformat(given.replace(" ", "+"))  # a plus sign that a form has made a space
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError("must be a time such as 2026-01-31T12:00:00Z") from None


def _pair(given: str) -> tuple[str, str]:
    key, equals, value = _text(given).partition("=")
    if not key or not equals:
        raise ValueError("must be key=value")
    return key, value

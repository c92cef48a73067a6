"""Reads what clients of Cloudflare Workflows send (names, parameters, pages, times); raises errors of that API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare.envelope import INVALID_ID, invalid, refused
from gitflow.api.dialects.cloudflare.states import STATES
from gitflow.api.http.bodies import parse_json
from gitflow.api.http.errors import HttpError
from gitflow.api.http.parameters import moment_of
from gitflow.api.routes.jobs import decode_cursor
from gitflow.core.record import Record
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.core.language.definition import Task
    from gitflow.core.values import Json, JsonObject

#: The ids that a caller may give to an instance: they need no escaping in a URL.
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
_SYSTEM_ID = re.compile(r"cf_[0-9a-f]{64}")
#: Ids that would collide with paths of this API.
RESERVED_IDS = frozenset({"batch", "terminate", "terminateAll"})

#: How many instances one request may name, and how many items a page may have.
MAX_ITEMS = 100
PER_PAGE_WORKFLOWS, PER_PAGE_INSTANCES, PER_PAGE_VERSIONS = 10, 50, 50
LAST_PAGE = 1_000_000
MAX_SEARCH_LENGTH = 64

#: Half of the last digit of the times in answers, in seconds.
HALF_A_MS = 0.0005

_UNIT_MS = {
    "second": 1_000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
    "month": 30 * 86_400_000,
    "year": 365.25 * 86_400_000,
}
_DURATION = re.compile(r"(\d{1,9}) (" + "|".join(_UNIT_MS) + r")s?")


class InstanceSpec(Record):
    """One instance to be created."""

    input: JsonObject
    given: tuple[str, ...] | None  #: names of the fields that were sent; None: params was one bare value
    id: str | None
    has_retention: bool = False  #: whether the request asks for a retention of its own


class Paging(Record):
    per_page: int
    page: int | None = None
    place: tuple[float, str] | None = None  #: of the last item of the previous page
    oldest_first: bool = False

    @property
    def offset(self) -> int:
        return ((self.page or 1) - 1) * self.per_page

    def info(self, count: int, total: int, cursor: str | None = None) -> JsonObject:
        """``result_info``: without a cursor in the request, it also has the number of the page."""
        info: JsonObject = {"count": count, "per_page": self.per_page, "total_count": total}
        if self.place is None:
            info |= {"page": self.page or 1, "total_pages": -(-total // self.per_page)}
        return info if cursor is None else {**info, "cursor": cursor}


def spec_of(body: Json, task: Task) -> InstanceSpec:
    """Raises HttpError for an invalid body."""
    if not is_object(body):
        raise invalid("the body of an instance must be an object")
    id = body.get("instance_id")
    if id is not None:
        refuse_id(id)
    given = _params(body.get("params"))
    has_retention = _check_retention(body.get("instance_retention"), "instance_retention")
    if is_object(given):
        return InstanceSpec(given, tuple(given), id, has_retention)
    if "params" not in task.input:
        fields = ", ".join(task.input) or "none"
        raise invalid(f"params of workflow {task.name!r} must be an object with its input fields ({fields})")
    return InstanceSpec({"params": given}, None, id, has_retention)


def _params(given: Json) -> Json:
    """Some clients send JSON text, others the value itself; a text that is not JSON is the value."""
    if given is None:
        return {}
    if not isinstance(given, str):
        return given
    try:
        found = parse_json(given.encode(errors="surrogatepass"))
    except HttpError:
        return given
    return {} if found is None else found


def refuse_id(id: Json) -> None:
    """Raises HttpError for an invalid or reserved instance id."""
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise refused(INVALID_ID, "an instance id must be 1 to 100 letters, digits, _ or -, and not begin with -")
    if id in RESERVED_IDS or _SYSTEM_ID.fullmatch(id):
        raise refused(INVALID_ID, f"the instance id {id!r} is reserved")


def _check_retention(given: Json, name: str) -> bool:
    """Whether a retention is given. Raises HttpError for an invalid one."""
    if given is None:
        return False
    if not is_object(given):
        raise invalid(f"{name} must be an object")
    for key in ("success_retention", "error_retention"):
        if key in given:
            duration_ms(given[key], f"{name}.{key}")
    return True


def duration_ms(value: Json, name: str) -> float:
    """Milliseconds, or a text such as ``5 minutes``. Raises HttpError."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15:
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise invalid(f"{name} must be a number of milliseconds, or a text such as '5 minutes'")
    return int(found[1]) * _UNIT_MS[found[2]]


def ids_of(given: Json) -> list[str]:
    """The ids of the request in their order, duplicates included. Raises HttpError."""
    if not is_list(given) or not 1 <= len(given) <= MAX_ITEMS or not all(isinstance(each, str) for each in given):
        raise invalid(f"the body must be a list of 1 to {MAX_ITEMS} instance ids")
    return [str(each) for each in given]


def specs_of(body: Json, task: Task) -> list[InstanceSpec]:
    """Raises HttpError."""
    if not is_list(body) or not 1 <= len(body) <= MAX_ITEMS:
        raise invalid(f"the body must be a list of 1 to {MAX_ITEMS} instances")
    return [spec_of(each, task) for each in body]


def paging_of(query: Mapping[str, str], default: int, *, by_cursor: bool = False) -> Paging:
    """Raises HttpError."""
    per_page = _whole(query, "per_page", MAX_ITEMS) or default
    page = _whole(query, "page", LAST_PAGE)
    cursor = (query.get("cursor") or None) if by_cursor else None
    if page is not None and cursor is not None:
        raise invalid("page and cursor cannot be combined")
    direction = choice(query, "direction", ("asc", "desc")) if by_cursor else None
    try:
        return Paging(per_page, page, decode_cursor(cursor), direction == "asc")
    except HttpError:
        raise invalid("invalid cursor") from None


def _whole(query: Mapping[str, str], name: str, most: int) -> int | None:
    """An integer from 1; clients also write ``2.0``."""
    text = query.get(name, "").removesuffix(".0")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise invalid(f"{name} must be a number from 1 to {most}")
    return int(text)


def choice(query: Mapping[str, str], name: str, options: Sequence[str]) -> str | None:
    """Raises HttpError."""
    given = query.get(name) or None
    if given is not None and given not in options:
        raise invalid(f"{name} must be one of {', '.join(options)}")
    return given


def search_of(query: Mapping[str, str]) -> str:
    text = query.get("search", "")
    if len(text) > MAX_SEARCH_LENGTH:
        raise invalid(f"search must have at most {MAX_SEARCH_LENGTH} characters")
    return text.lower()


def created_between(query: Mapping[str, str]) -> tuple[float | None, float | None]:
    """(after, before) for JobFilter, whose ends are exclusive: here both ends are inclusive, to the millisecond."""
    start, end = _moment(query, "date_start"), _moment(query, "date_end")
    if start is not None and end is not None and end < start:
        raise invalid("date_end is before date_start")
    return None if start is None else start - HALF_A_MS, None if end is None else end + HALF_A_MS


def _moment(query: Mapping[str, str], name: str) -> float | None:
    text = query.get(name) or None
    try:
        return None if text is None else moment_of(text)
    except ValueError as error:
        raise invalid(f"{name} {error}") from None


def state_wanted(query: Mapping[str, str], options: Sequence[str] = STATES) -> str | None:
    return choice(query, "status", options)

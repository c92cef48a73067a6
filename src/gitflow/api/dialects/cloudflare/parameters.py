"""The query parameters of Cloudflare Workflows, for the OpenAPI document; requests.py reads their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare.requests import (
    MAX_ITEMS,
    MAX_SEARCH_LENGTH,
    PER_PAGE_INSTANCES,
    PER_PAGE_WORKFLOWS,
)
from gitflow.api.dialects.cloudflare.states import STATES
from gitflow.api.dialects.cloudflare.terminate_all import OPEN_STATES
from gitflow.api.http.parameters import QueryParameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.values import Json, JsonObject


def _parameter(name: str, description: str, default: Json = None, **schema: Json) -> QueryParameter:
    """A parameter whose value the handler checks, so that errors have the form of this API."""
    return QueryParameter(name, str, schema, description, default)


def _one_of(name: str, description: str, options: Sequence[str]) -> QueryParameter:
    schema: JsonObject = {"type": "string", "enum": list(options)}
    return _parameter(name, description, **schema)


def _pages(per_page: int) -> tuple[QueryParameter, QueryParameter]:
    return (
        _parameter("page", "Page number, counted from 1. A page past the end is empty.", type="integer", minimum=1),
        _parameter("per_page", "Number of items per page.", per_page, type="integer", minimum=1, maximum=MAX_ITEMS),
    )


PAGES = _pages(PER_PAGE_INSTANCES)
ACCOUNTS = (*_pages(20), _parameter("name", "Only the workspace with this name.", type="string"))
WORKFLOWS = (
    *_pages(PER_PAGE_WORKFLOWS),
    _parameter("search", "Part of a workflow's name.", type="string", maxLength=MAX_SEARCH_LENGTH),
)
INSTANCES = (
    *PAGES,
    _parameter(
        "cursor", "Cursor of the previous page: continues after it. Cannot be combined with `page`.", type="string"
    ),
    _one_of("direction", "Sort order: newest first or oldest first.", ("asc", "desc")),
    _one_of("status", "Only instances in this state.", STATES),
    _parameter("date_start", "Only instances created at this time or later.", type="string", format="date-time"),
    _parameter("date_end", "Only instances created at this time or earlier.", type="string", format="date-time"),
)
INSTANCE = (
    _one_of("order", "Sort order of the steps: oldest first or newest first.", ("asc", "desc")),
    _one_of("simple", "Whether to return only the number of steps instead of the steps.", ("true", "false")),
)
STEP = (
    _parameter(
        "name", "Name of the step as the instance's logs show it, with its number: `build-1`. Required.", type="string"
    ),
    _one_of("type", "Type of the step as the instance's logs show it. Required.", ("step", "waitForEvent")),
    _parameter(
        "attempt", "Number of the attempt, counted from 1; the last attempt if left out.", type="integer", minimum=1
    ),
)
TERMINATE = (_one_of("status", "Only instances in this state.", OPEN_STATES),)

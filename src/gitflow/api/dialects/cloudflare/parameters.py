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
        _parameter("page", "Which page, from 1; one past the end is empty.", type="integer", minimum=1),
        _parameter("per_page", "How many items a page has.", per_page, type="integer", minimum=1, maximum=MAX_ITEMS),
    )


PAGES = _pages(PER_PAGE_INSTANCES)
ACCOUNTS = (*_pages(20), _parameter("name", "Only the one of this name.", type="string"))
WORKFLOWS = (
    *_pages(PER_PAGE_WORKFLOWS),
    _parameter("search", "Part of a workflow's name.", type="string", maxLength=MAX_SEARCH_LENGTH),
)
INSTANCES = (
    *PAGES,
    _parameter("cursor", "Goes on where the page with this cursor ended; not with `page`.", type="string"),
    _one_of("direction", "Newest first, or oldest first.", ("asc", "desc")),
    _one_of("status", "Only those in this state.", STATES),
    _parameter("date_start", "Only those created then or later.", type="string", format="date-time"),
    _parameter("date_end", "Only those created then or before.", type="string", format="date-time"),
)
INSTANCE = (
    _one_of("order", "Oldest steps first, or newest first.", ("asc", "desc")),
    _one_of("simple", "Whether the steps are only counted.", ("true", "false")),
)
STEP = (
    _parameter("name", "As the logs have it, with its number: `build-1`. Required.", type="string"),
    _one_of("type", "As the logs have it. Required.", ("step", "waitForEvent")),
    _parameter("attempt", "Which attempt, from 1; without it, the last.", type="integer", minimum=1),
)
TERMINATE = (_one_of("status", "Only those in this state.", OPEN_STATES),)

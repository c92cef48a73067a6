"""Accounts are workspaces: the list of those that the caller may see, and their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare import views
from gitflow.api.dialects.cloudflare.envelope import envelope, invalid
from gitflow.api.dialects.cloudflare.lookup import account_of
from gitflow.api.dialects.cloudflare.requests import duration_ms, paging_of
from gitflow.api.dialects.reading import json_body, query_of
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.config import Config
    from gitflow.core.values import Json, JsonObject

PER_PAGE = 20


async def list_accounts(request: Request) -> Response:
    return _page(request, views.account)


async def list_memberships(request: Request) -> Response:
    return _page(request, views.membership)


def _page(request: Request, describe: Callable[[str, float], JsonObject]) -> Response:
    query = query_of(request)
    names = [name for name in request.context.workspaces.names() if request.sees(name)]
    wanted = query.get("name") or query.get("account.name")
    names = [name for name in names if wanted in (None, "", name)]
    return paged([describe(name, request.context.started_at) for name in names], query, PER_PAGE)


def paged(items: Sequence[JsonObject], query: Mapping[str, str], per_page: int) -> Response:
    """A page of a short list. A page past the end is empty: clients that read all pages stop there."""
    paging = paging_of(query, per_page)
    some = items[paging.offset : paging.offset + paging.per_page]
    return envelope(list(some), paging.info(len(some), len(items)))


async def get_account(request: Request) -> Response:
    return envelope(views.account(account_of(request).name, request.context.started_at))


async def get_settings(request: Request) -> Response:
    account_of(request)
    return envelope({"default_retention": retention_of(request.context.config)})


async def edit_settings(request: Request) -> Response:
    """Accepts the current values; others can only be set in the server's configuration."""
    account_of(request)
    body = await json_body(request)
    wanted = body.get("default_retention") if is_object(body) else None
    if not is_object(wanted):
        raise invalid("default_retention must be an object")
    kept = retention_of(request.context.config)
    for name, value in wanted.items():
        if name not in kept:
            raise invalid(f"default_retention has no {name!r}; it has {', '.join(kept)}")
        _refuse_change(f"default_retention.{name}", value, kept[name])
    return envelope({"default_retention": kept})


def _refuse_change(name: str, value: Json, kept: Json) -> None:
    if duration_ms(value, name) != kept:
        raise invalid(f"{name} is managed by the server's configuration: edit retention.jobs in server-config.yaml")


def retention_of(config: Config) -> JsonObject:
    """In milliseconds; the same for successful and failed instances."""
    kept_ms = round(config.retention.jobs * 1000)
    return {"success_retention": kept_ms, "error_retention": kept_ms}

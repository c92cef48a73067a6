"""The tables of all routes of the API and of all schemas of requests and answers.

A new route is a line in the ``ROUTES`` of its noun's module; a new noun is a line here. A server starts without most of
these modules: it needs how paths begin, and imports a module with the first request for such a path. The schemas of
answers are needed for the document alone (docs/decisions/0128-a-server-starts-without-its-handlers.md).
"""

from __future__ import annotations

import importlib
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING

from gitflow.api.dialects.base import DIALECTS, Dialects
from gitflow.api.http.router import Router
from gitflow.views.noun import components

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.api.http.route import Route
    from gitflow.core.values import JsonObject

#: Module with ``ROUTES``, in the order of the reference -> how the paths of its routes begin. It is imported with the
#: first request for a path that begins so.
NOUNS: Mapping[str, tuple[str, ...]] = {
    "routes.workspaces": ("/api/workspaces",),
    "routes.plans": ("/api/workspaces/{ws}/plan",),
    "routes.checks": ("/api/workspaces/{ws}/check",),
    "routes.files": ("/api/workspaces/{ws}/files",),
    "routes.push_webhooks": ("/hooks/_push",),
    "routes.pull_webhooks": ("/hooks/_pull",),
    "routes.tasks": ("/api/workspaces/{ws}/tasks",),
    "routes.task_overview": ("/api/tasks",),
    "routes.actions": ("/api/workspaces/{ws}/actions",),
    "routes.secrets": (
        "/api/workspaces/{ws}/connections",
        "/api/workspaces/{ws}/secrets",
    ),
    "routes.changes": (
        "/api/workspaces/{ws}/files",
        "/api/workspaces/{ws}/triggers/{name}/enable",
        "/api/workspaces/{ws}/triggers/{name}/disable",
    ),
    "routes.triggers": ("/api/workspaces/{ws}/triggers",),
    "routes.suspensions": ("/api/triggers",),
    "routes.fires": ("/api/fires",),
    "routes.backfill": ("/api/workspaces/{ws}/triggers/{name}/backfill",),
    "routes.webhooks": ("/hooks",),
    "routes.events": ("/api/events",),
    "routes.server_events": ("/api/events",),
    "routes.execute": (
        "/api/workspaces/{ws}/tasks/{name}/execute",
        "/api/workspaces/{ws}/tasks/{name}/batch",
    ),
    "routes.task_history": (
        "/api/workspaces/{ws}/tasks/{name}/versions",
        "/api/workspaces/{ws}/tasks/{name}/diff",
    ),
    "routes.task_stats": ("/api/workspaces/{ws}/tasks/{name}/stats",),
    "routes.jobs": ("/api/jobs",),
    "routes.job_counts": ("/api/jobs/counts",),
    "routes.explain": ("/api/jobs/{id}/explain",),
    "routes.job_diff": ("/api/jobs/{id}/diff",),
    "routes.operations": (
        "/api/jobs/bulk",
        "/api/jobs/{id}",
    ),
    "routes.possible_operations": ("/api/jobs/{id}/operations",),
    "routes.rerun": ("/api/jobs/{id}/rerun",),
    "routes.approvals": ("/api/approvals",),
    "routes.concurrency": ("/api/concurrency",),
    "routes.history": ("/api/jobs/{id}/events",),
    "routes.artifacts": ("/api/jobs/{id}/artifacts",),
    "routes.logs": (
        "/api/jobs/{id}/logs",
        "/api/jobs/{id}/steps/{step}/logs",
    ),
    "routes.log_index": (
        "/api/jobs/{id}/logs/index",
        "/api/jobs/{id}/logs/search",
        "/api/jobs/{id}/steps/{step}/logs/index",
        "/api/jobs/{id}/steps/{step}/logs/search",
    ),
    "routes.live": ("/api/jobs/{id}/logs/stream",),
    "routes.workers": ("/api/workers",),
    "routes.agents": ("/api/agents",),
    "routes.attempts": ("/api/attempts",),
    "routes.pods": ("/api/pods",),
    "auth.sign_in": ("/api/auth",),
    "auth.device": ("/api/auth/device",),
    "auth.can": ("/api/auth/can",),
    "auth.users": ("/api/users",),
    "auth.keys": ("/api/auth/api-keys",),
    "auth.audit": ("/api/audit",),
    "routes.drain": ("/api/drain",),
    "routes.settings": ("/api/settings",),
    "routes.meta": (
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/config",
        "/openapi.json",
        "/docs",
    ),
    "mcp.endpoint": ("/mcp",),
    "pages.serving": ("/", "/assets", "/favicon.svg", "/theme.js"),
}

#: Modules that declare components of the document: ``NOUNS``, and ``SCHEMAS`` (name -> JSON Schema).
COMPONENTS = (
    "views.errors",
    "views.workspaces",
    "views.commits",
    "views.files",
    "views.plan",
    "views.check",
    "views.changes",
    "views.versions",
    "views.definitions",
    "views.written",
    "api.schemas.tasks",
    "views.task_stats",
    "views.overview",
    "views.secrets",
    "views.triggers",
    "api.schemas.triggers",
    "api.schemas.workspaces",
    "views.jobs",
    "views.explain",
    "views.job_diff",
    "api.schemas.operations",
    "views.operations",
    "views.artifacts",
    "views.attempts",
    "views.graphs",
    "views.approvals",
    "views.concurrency",
    "views.logs",
    "views.log_places",
    "views.server_events",
    "views.history",
    "views.workers",
    "views.accounts",
    "views.devices",
    "api.schemas.identity",
    "views.server",
    "views.settings",
    "api.schemas.server",
)


#: Modules of ``COMPONENTS`` with the schemas of bodies, which refer to no schema of another module.
BODIES = tuple(name for name in COMPONENTS if name.startswith("api.schemas."))

#: What nearly every client requests: a server imports it a moment after it listens.
COMMON = ("routes.execute", "routes.workspaces", "routes.tasks", "routes.jobs", "routes.logs", "routes.live")


def router(dialects: Dialects) -> Router:
    """Finds the routes of the native API and of the served dialects, and imports their modules when it needs them."""
    made = Router()
    for noun, beginnings in NOUNS.items():
        made.add_later(beginnings, partial(routes_of, noun))
    for name, entry in dialects.entries.items():
        made.add_later([prefix.rstrip("/") for prefix in entry.prefixes], partial(dialects.routes_of, name))
    return made


def import_common() -> Iterator[None]:
    """Imports what most requests need, one module a step."""
    for name in (*(f"api.{noun}" for noun in COMMON), *BODIES):
        yield
        importlib.import_module(f"gitflow.{name}")


def routes_of(noun: str) -> tuple[Route, ...]:
    return importlib.import_module(f"gitflow.api.{noun}").ROUTES


def routes(dialects: Dialects | None = None) -> tuple[Route, ...]:
    """The routes of the native API and of the served dialects (default: of all dialects)."""
    served = (dialects or Dialects(DIALECTS)).load_all()
    return (*chain.from_iterable(map(routes_of, NOUNS)), *chain.from_iterable(dialect.routes for dialect in served))


def schemas(dialects: Dialects | None = None) -> Mapping[str, JsonObject]:
    """Name -> JSON Schema, also of the served dialects (default: of all). Raises ValueError for a duplicate name."""
    found: dict[str, JsonObject] = {}
    own = map(_components, COMPONENTS)
    for given in (*own, *(dialect.schemas for dialect in (dialects or Dialects(DIALECTS)).load_all())):
        for name, schema in given.items():
            if name in found:
                raise ValueError(f"two schemas are named {name!r}")
            found[name] = schema
    return found


def body_schemas() -> Mapping[str, JsonObject]:
    """Name -> JSON Schema: of all bodies that routes declare, and of what these refer to."""
    return {name: schema for module in BODIES for name, schema in _components(module).items()}


@cache
def _components(name: str) -> Mapping[str, JsonObject]:
    module = importlib.import_module(f"gitflow.{name}")
    return {**components(getattr(module, "NOUNS", ())), **getattr(module, "SCHEMAS", {})}

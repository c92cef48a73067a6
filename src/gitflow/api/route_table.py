"""The tables of all routes of the API and of all schemas of requests and answers.

A new route is a line in the ``ROUTES`` of its noun's module; a new noun is a line here.
"""

from __future__ import annotations

import importlib
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from gitflow.api.dialects.base import DIALECTS, Dialects
from gitflow.views.noun import components

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.http.route import Route
    from gitflow.core.values import JsonObject

#: Modules with ``ROUTES``, in the order of the reference.
NOUNS = (
    "routes.workspaces",
    "routes.plans",
    "routes.checks",
    "routes.files",
    "routes.push_webhooks",
    "routes.pull_webhooks",
    "routes.tasks",
    "routes.task_overview",
    "routes.actions",
    "routes.secrets",
    "routes.changes",
    "routes.triggers",
    "routes.suspensions",
    "routes.fires",
    "routes.backfill",
    "routes.webhooks",
    "routes.events",
    "routes.server_events",
    "routes.execute",
    "routes.task_history",
    "routes.task_stats",
    "routes.jobs",
    "routes.job_counts",
    "routes.explain",
    "routes.job_diff",
    "routes.operations",
    "routes.possible_operations",
    "routes.rerun",
    "routes.approvals",
    "routes.concurrency",
    "routes.history",
    "routes.artifacts",
    "routes.logs",
    "routes.log_index",
    "routes.live",
    "routes.workers",
    "routes.agents",
    "routes.attempts",
    "routes.pods",
    "auth.sign_in",
    "auth.device",
    "auth.can",
    "auth.users",
    "auth.keys",
    "auth.audit",
    "routes.drain",
    "routes.settings",
    "routes.meta",
    "mcp.endpoint",
    "pages.serving",
)

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


def routes(dialects: Dialects | None = None) -> tuple[Route, ...]:
    """The routes of the native API and of the served dialects (default: of all dialects)."""
    own = chain.from_iterable(importlib.import_module(f"gitflow.api.{noun}").ROUTES for noun in NOUNS)
    of_dialects = chain.from_iterable(dialect.routes for dialect in (dialects or Dialects(DIALECTS)).all)
    return (*own, *of_dialects)


def schemas(dialects: Dialects | None = None) -> Mapping[str, JsonObject]:
    """Name -> JSON Schema, also of the served dialects (default: of all). Raises ValueError for a duplicate name."""
    found: dict[str, JsonObject] = {}
    own = map(_components, COMPONENTS)
    for given in (*own, *(dialect.schemas for dialect in (dialects or Dialects(DIALECTS)).all)):
        for name, schema in given.items():
            if name in found:
                raise ValueError(f"two schemas are named {name!r}")
            found[name] = schema
    return found


@cache
def _components(name: str) -> Mapping[str, JsonObject]:
    module = importlib.import_module(f"gitflow.{name}")
    return {**components(getattr(module, "NOUNS", ())), **getattr(module, "SCHEMAS", {})}

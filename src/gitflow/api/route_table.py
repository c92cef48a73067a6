"""Every route of the API, and every shape its requests and answers have.

A new route is a line in the ``ROUTES`` of its noun's module; a new noun is a line here.
"""

from __future__ import annotations

import importlib
from itertools import chain
from typing import TYPE_CHECKING

from gitflow.api.dialects.base import DIALECTS, Dialects
from gitflow.views.noun import components

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.http.route import Route
    from gitflow.core.values import JsonObject

#: Modules with ``ROUTES``, in the order in which the reference tells of them.
NOUNS = (
    "routes.workspaces",
    "routes.plans",
    "routes.push_webhooks",
    "routes.tasks",
    "routes.actions",
    "routes.triggers",
    "routes.webhooks",
    "routes.events",
    "routes.execute",
    "routes.task_stats",
    "routes.jobs",
    "routes.job_diff",
    "routes.operations",
    "routes.history",
    "routes.artifacts",
    "routes.logs",
    "routes.live",
    "routes.workers",
    "auth.sign_in",
    "auth.users",
    "auth.keys",
    "auth.audit",
    "routes.meta",
)

#: Modules that declare components of the document: ``NOUNS`` in ``views``, else ``SHAPES``, name -> JSON Schema.
COMPONENTS = (
    "api.shapes.common",
    "views.workspaces",
    "api.shapes.workspaces",
    "views.commits",
    "views.plan",
    "views.definitions",
    "api.shapes.tasks",
    "views.triggers",
    "api.shapes.triggers",
    "views.jobs",
    "views.job_diff",
    "api.shapes.operations",
    "views.logs",
    "api.shapes.logs",
    "views.workers",
    "views.accounts",
    "api.shapes.identity",
    "api.shapes.meta",
)


def routes(dialects: Dialects | None = None) -> tuple[Route, ...]:
    """Those of the native API, and of the dialects that are spoken (without ``dialects``: of all)."""
    own = chain.from_iterable(importlib.import_module(f"gitflow.api.{noun}").ROUTES for noun in NOUNS)
    spoken = chain.from_iterable(dialect.routes for dialect in (dialects or Dialects(DIALECTS)).all)
    return (*own, *spoken)


def shapes(dialects: Dialects | None = None) -> Mapping[str, JsonObject]:
    """Raises ValueError for a name that is given twice."""
    found: dict[str, JsonObject] = {}
    own = map(_components, COMPONENTS)
    for given in (*own, *(dialect.shapes for dialect in (dialects or Dialects(DIALECTS)).all)):
        for name, shape in given.items():
            if name in found:
                raise ValueError(f"two shapes are named {name!r}")
            found[name] = shape
    return found


def _components(name: str) -> Mapping[str, JsonObject]:
    module = importlib.import_module(f"gitflow.{name}")
    return components(module.NOUNS) if name.startswith("views.") else module.SHAPES

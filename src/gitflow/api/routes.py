"""Every route of the API, and every shape its requests and answers have.

A new route is a line in the ``ROUTES`` of its noun's module; a new noun is a line here.
"""

from __future__ import annotations

import importlib
from itertools import chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.route import Route
    from gitflow.core.values import JsonObject

#: Modules with ``ROUTES``, in the order in which the reference tells of them.
NOUNS = (
    "workspaces",
    "pushes",
    "tasks",
    "triggers",
    "hooks",
    "events",
    "executing",
    "task_reports",
    "jobs",
    "operations",
    "histories",
    "artifacts",
    "logs",
    "live",
    "workers",
    "auth",
    "users",
    "keys",
    "audits",
    "meta",
)

#: Modules of ``api.shapes`` with ``SHAPES``: name -> JSON Schema.
SHAPE_NOUNS = (
    "common",
    "workspaces",
    "tasks",
    "triggers",
    "jobs",
    "operations",
    "logs",
    "workers",
    "identity",
    "meta",
)


def routes() -> tuple[Route, ...]:
    return tuple(chain.from_iterable(importlib.import_module(f"gitflow.api.{noun}").ROUTES for noun in NOUNS))


def shapes() -> Mapping[str, JsonObject]:
    """Raises ValueError for a name that is given twice."""
    found: dict[str, JsonObject] = {}
    for noun in SHAPE_NOUNS:
        for name, shape in importlib.import_module(f"gitflow.api.shapes.{noun}").SHAPES.items():
            if name in found:
                raise ValueError(f"two shapes are named {name!r}")
            found[name] = shape
    return found

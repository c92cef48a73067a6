"""Finds the module of each type of action that runs in a worker.

A module has the name of its type and is imported for the first action of that type, so that a run of shell steps does
not import the HTTP client. A test checks that each module can be imported and matches ActionModule.
"""

from __future__ import annotations

import sys

from gitflow.core.errors import NotFound
from gitflow.core.language.definition import ACTION_TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitflow.actions.base import ActionModule
    from gitflow.runners.base import Call, Process, StepContext


def find(type: str) -> ActionModule:
    """The module of a type. Raises NotFound."""
    return _module(type)


def prepare(context: StepContext) -> Process | Call:
    """The process or call to start for an attempt. Raises GitflowError or OSError if it cannot start."""
    return find(context.action.type).prepare(context)


def encoders_of(type: str) -> Mapping[str, Callable[[str], str]]:
    """For each field of the type with a syntax of its own, the function that encodes values inserted into it."""
    return getattr(_module(type), "RENDER", {})


def _module(type: str) -> Any:
    known = ACTION_TYPES.get(type)
    if known is None or known.suspends:
        raise NotFound("type of action that runs in a worker", type)
    name = f"gitflow.actions.{type}"
    return sys.modules.get(name) or _import(name)


def _import(name: str) -> Any:
    __import__(name)
    return sys.modules[name]

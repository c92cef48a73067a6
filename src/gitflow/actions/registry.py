"""The modules of the types of action that run in a worker.

A module is named after its type and imported when the first action of the type is met: a run of shell steps must not
pay for importing what sends requests. A test holds that each can be imported and has what ActionModule asks for.
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
    """What to start for an attempt. Raises GitflowError or OSError when it cannot start."""
    return find(context.action.type).prepare(context)


def encoders_of(type: str) -> Mapping[str, Callable[[str], str]]:
    """For each field of the type whose text has a syntax of its own: what makes a value safe inside it."""
    return getattr(_module(type), "RENDER", {})


def _module(type: str) -> Any:
    known = ACTION_TYPES.get(type)
    if known is None or known.suspends:
        raise NotFound("type of action that runs in a worker", type)
    name = f"gitflow.actions.{type}"
    return sys.modules.get(name) or _import(name)


def _import(name: str) -> Any:
    from importlib import import_module

    return import_module(name)

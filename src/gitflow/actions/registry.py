"""The types of action that run in a worker, by name.

The table holds names of modules, not modules: a run of shell steps must not pay for importing what
sends requests. A test holds that each can be imported and has what ActionType asks for.
"""

from __future__ import annotations

import sys

from gitflow.core.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitflow.actions.base import ActionType
    from gitflow.runners.base import Call, Process, StepContext

ACTIONS = {
    "shell": "gitflow.actions.shell",
    "python": "gitflow.actions.python",
    "http": "gitflow.actions.http",
    "docker": "gitflow.actions.docker",
}


def find(type: str) -> ActionType:
    """The module of a type. Raises NotFound."""
    return _module(type)


def prepare(context: StepContext) -> Process | Call:
    """What to start for an attempt. Raises GitflowError or OSError when it cannot start."""
    in_container = context.fields.get("runner") == "docker"
    return find("docker" if in_container else context.action.type).prepare(context)


def encoders_of(type: str) -> Mapping[str, Callable[[str], str]]:
    """For each field of the type whose text has a syntax of its own: what makes a value safe inside it."""
    return getattr(_module(type), "RENDER", {})


def _module(type: str) -> Any:
    if type not in ACTIONS:
        raise NotFound("type of action that runs in a worker", type)
    name = ACTIONS[type]
    return sys.modules.get(name) or _imported(name)


def _imported(name: str) -> Any:
    from importlib import import_module

    return import_module(name)

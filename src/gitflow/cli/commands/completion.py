"""Completes the names of a workspace's definitions for a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError

if TYPE_CHECKING:
    from click import Context, Parameter


def task_names(context: Context, parameter: Parameter, incomplete: str) -> list[str]:
    return _find_names(context, incomplete, ("tasks",))


def all_names(context: Context, parameter: Parameter, incomplete: str) -> list[str]:
    return _find_names(context, incomplete, ("tasks", "actions", "triggers"))


def _find_names(context: Context, incomplete: str, kinds: tuple[str, ...]) -> list[str]:
    """Completes no names if the workspace cannot be read: a shell cannot show errors while it completes."""
    from gitflow.cli.local.definitions import load_snapshot

    try:
        snapshot = load_snapshot(context.params.get("workspace"), context.params.get("rev"))
    except (GitflowError, OSError):
        return []
    return [name for kind in kinds for name in getattr(snapshot, kind) if name.startswith(incomplete)]

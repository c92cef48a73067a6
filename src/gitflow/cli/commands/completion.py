"""What a shell offers after TAB where a name of the workspace is meant."""

from __future__ import annotations

from gitflow.core.errors import GitflowError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from click import Context, Parameter


def task_names(context: Context, parameter: Parameter, begun: str) -> list[str]:
    return _names(context, begun, ("tasks",))


def all_names(context: Context, parameter: Parameter, begun: str) -> list[str]:
    return _names(context, begun, ("tasks", "actions", "triggers"))


def _names(context: Context, begun: str, kinds: tuple[str, ...]) -> list[str]:
    """None where the workspace cannot be read: a shell has no place for errors."""
    from gitflow.cli.local.definitions import snapshot_of

    try:
        snapshot = snapshot_of(context.params.get("workspace"), context.params.get("rev"))
    except (GitflowError, OSError):
        return []
    return [name for kind in kinds for name in getattr(snapshot, kind) if name.startswith(begun)]

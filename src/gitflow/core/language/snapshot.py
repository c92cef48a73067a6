"""A snapshot: all definitions of one workspace at one revision, accepted as a whole."""

from __future__ import annotations

from gitflow.core.language.definition import NO_HOOKS, Hooks
from gitflow.core.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.language.definition import Action, Connection, ConnectionType, Task, Trigger
    from gitflow.core.problems import Place, Problem
    from gitflow.core.values import Json


class Commit(Record):
    sha: str
    author: str = ""
    message: str = ""
    at: float = 0.0  #: seconds since the epoch, UTC

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


class Snapshot(Record):
    """Immutable. Its mappings keep the order of the text and may build a member on first access."""

    workspace: str
    revision: str
    actions: Mapping[str, Action] = field(default_factory=dict[str, "Action"])
    tasks: Mapping[str, Task] = field(default_factory=dict[str, "Task"])
    triggers: Mapping[str, Trigger] = field(default_factory=dict[str, "Trigger"])
    connections: Mapping[str, Connection] = field(default_factory=dict[str, "Connection"])
    connection_types: Mapping[str, ConnectionType] = field(default_factory=dict[str, "ConnectionType"])
    secrets: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    secret_places: Mapping[str, Place] = field(default_factory=dict[str, "Place"])
    hooks: Hooks = NO_HOOKS
    warnings: tuple[Problem, ...] = ()
    commit: Commit | None = None  #: whose files the revision is made of; None where it is of no commit, or not known

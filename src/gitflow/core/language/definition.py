"""Definitions as an author wrote them, with defaults filled in. They know nothing about runs.

Every definition has ``where``, its place in the files, so that a problem that is found
an hour later in a running job can still name file and line. Durations are in seconds.
"""

from __future__ import annotations

from gitflow.core.problems import NOWHERE, Place
from gitflow.core.record import Record, field, fields_of
from gitflow.core.status import StepStatus
from gitflow.core.values import is_list, is_mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json

#: How an action runs: as a process or a call in a worker, or it suspends its step and needs no worker.
PROCESS, CALL, SUSPENDING = "process", "call", "suspending"


class ActionType(Record):
    """A type of action. Each type that does not suspend is a module with its name in ``actions``."""

    name: str
    kind: str
    waits_for: str | None = None  #: what ends the suspension: an approval, an event, a timer or a child
    runner: str | None = None  #: the runner it always uses; None: the action chooses

    @property
    def suspends(self) -> bool:
        return self.kind == SUSPENDING


#: Every type of action. A new one is a line here, its module, and its schema in ``schemas/actions``.
ACTION_TYPES: Mapping[str, ActionType] = {
    known.name: known
    for known in (
        ActionType("shell", PROCESS),
        ActionType("python", PROCESS),
        ActionType("http", CALL),
        ActionType("docker", PROCESS, runner="docker"),
        ActionType("task", SUSPENDING, waits_for="child"),
        ActionType("approval", SUSPENDING, waits_for="approval"),
        ActionType("wait", SUSPENDING, waits_for="event"),
        ActionType("sleep", SUSPENDING, waits_for="timer"),
    )
}

DEFAULT_GRACE_S = 10.0


class Field(Record):
    """One input or output field."""

    name: str
    type: str = "string"  #: string text integer number boolean date datetime array object, or a connection type
    required: bool = False
    default: Json = None
    has_default: bool = False
    description: str = ""
    options: tuple[Json, ...] = ()
    allow_custom: bool = False
    multiple: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    secret: bool = False
    order: int | None = None
    where: Place = NOWHERE


class Retry(Record):
    max_attempts: int = 1  #: in total, the first one included
    delay_s: float = 0.0
    backoff: str = "constant"  #: constant, linear or exponential
    max_delay_s: float | None = None
    jitter: bool = False
    on_exit_codes: tuple[int, ...] = ()  #: empty: any failure


NO_RETRY = Retry()


class Script(Record):
    """A ``cmd`` made safe: values are passed in environment variables, to which ``text`` refers in quotes."""

    text: str
    values: tuple[tuple[str, str], ...] = ()  #: (environment variable, expression without braces)
    raw: bool = False  #: ``text`` still has templates with ``| raw``, which are rendered at run time


class Action(Record):
    """The smallest unit of work. ``fields`` holds the keys of its type, as written."""

    type: str
    name: str = ""  #: empty for an inline action
    title: str = ""  #: its display name
    description: str = ""
    input: Mapping[str, Field] = field(default_factory=dict[str, Field])
    output: Mapping[str, Field] | None = None  #: None: nothing declared, anything allowed
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: tuple[str, ...] = ()
    timeout_s: float | None = None
    grace_s: float = DEFAULT_GRACE_S
    retry: Retry | None = None
    fields: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    script: Script | None = None  #: for ``shell`` with an inline text ``cmd``
    where: Place = NOWHERE

    @property
    def suspends(self) -> bool:
        return type_of(self).suspends


def type_of(action: Action) -> ActionType:
    """The action's type. An unknown type counts as one that runs in a worker, which refuses it with a message."""
    return ACTION_TYPES.get(action.type) or ActionType(action.type, PROCESS)


class StepNeed(Record):
    """A step that must have ended, and the statuses that are accepted."""

    step: str
    accept: frozenset[StepStatus] = frozenset({StepStatus.COMPLETED})
    plain: bool = True  #: written as a bare name: with ``continue_on_failure`` its failure is accepted too


class AllOf(Record):
    needs: tuple[Need, ...]


class AnyOf(Record):
    needs: tuple[Need, ...]


if TYPE_CHECKING:
    Need = StepNeed | AllOf | AnyOf


class Step(Record):
    """One step of a flow: exactly one of ``action`` (a name) and ``inline`` is set."""

    name: str
    action: str | None = None
    inline: Action | None = None
    needs: tuple[Need, ...] = ()  #: ``depends_on``: all of these must be accepted
    input: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    when: str | None = None  #: the expression, with or without braces, as written
    for_each: Json = None
    sequential: bool = False
    max_parallel: int | None = None
    continue_on_failure: bool = False
    timeout_s: float | None = None
    deadline_s: float | None = None  #: counted from the moment it is ready; being late changes no status
    retry: Retry | None = None
    title: str = ""
    description: str = ""
    where: Place = NOWHERE


class Concurrency(Record):
    group: str  #: a template over ``input``
    limit: int = 1
    on_limit: str = "queue"  #: queue, skip or cancel_running


class Hook(Record):
    action: str
    input: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    where: Place = NOWHERE


#: The occasions of hooks: the fields of Hooks.
OCCASIONS = ("on_success", "on_error", "on_cancel", "on_suspended", "on_late")


class Hooks(Record):
    on_success: tuple[Hook, ...] = ()
    on_error: tuple[Hook, ...] = ()
    on_cancel: tuple[Hook, ...] = ()
    on_suspended: tuple[Hook, ...] = ()
    on_late: tuple[Hook, ...] = ()


NO_HOOKS = Hooks()


class Task(Record):
    name: str
    flow: Mapping[str, Step]
    title: str = ""
    description: str = ""
    folder: str = ""
    mode: str = "distributed"  #: or ``local``: all steps on one worker
    input: Mapping[str, Field] = field(default_factory=dict[str, Field])
    output: Json = None  #: templates; None: the outputs of the steps that no other step depends on
    has_output: bool = False
    timeout_s: float | None = None
    deadline_s: float | None = None  #: counted from the creation of the job; being late changes no status
    retry: Retry | None = None
    concurrency: Concurrency | None = None
    priority: int = 0
    max_parallel_steps: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    checkout: str = "step"  #: step, job, shared or none
    hooks: Hooks = NO_HOOKS
    where: Place = NOWHERE


class Trigger(Record):
    name: str
    type: str
    task: str
    input: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    enabled: bool = True
    description: str = ""
    fields: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    where: Place = NOWHERE


class ConnectionType(Record):
    name: str
    fields: Mapping[str, Field]
    where: Place = NOWHERE


class Connection(Record):
    name: str
    type: str
    values: Mapping[str, Json]
    where: Place = NOWHERE


def all_but_places(value: Json) -> Json:
    """A definition, or a part of one, in a form for comparison that ignores its place in a file."""
    if is_mapping(value):
        return {key: all_but_places(member) for key, member in value.items()}
    if is_list(value):
        return [all_but_places(member) for member in value]
    if hasattr(value, "__match_args__"):
        return type(value), {name: all_but_places(member) for name, member in fields_of(value) if name != "where"}
    return value

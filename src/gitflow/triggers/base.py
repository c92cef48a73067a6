"""The protocol of a type of trigger. This package uses no clock, store or socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record, field
from gitflow.core.templates.render import render

if TYPE_CHECKING:
    from typing import Protocol

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import Json, JsonObject


class Reason(Record):
    """Why a trigger fires now."""

    scope: JsonObject = field(default_factory=dict[str, "Json"])  #: the names that the templates of its input can use
    key: str | None = None  #: the trigger fires only once for each key; None: every time
    may_come_again: bool = False  #: the caller gets the error if no job starts, and may try again
    given: JsonObject = field(
        default_factory=dict[str, "Json"]
    )  #: values for the job in addition to the trigger's input
    due_at: float | None = None  #: of a schedule: its time, in seconds since the epoch
    actor: str | None = None  #: the person or program that asked; None: the trigger itself
    cause: Job | None = None  #: the job whose end it is


if TYPE_CHECKING:

    class TriggerType(Protocol):
        """A module of this package."""

        @property
        def SOURCE(self) -> str:
            """The ``source_type`` of the jobs it starts."""
            ...

        @property
        def ALLOWED_EXTRA_INPUT(self) -> frozenset[str]:
            """Names in a job's input that its task need not declare."""
            ...

        @property
        def USES_WALL_CLOCK(self) -> bool:
            """Whether it uses the wall clock, which may be set, instead of the monotonic times of jobs."""
            ...

        def shape(self, trigger: Trigger) -> str | None:
            """The fields that decide when it fires, as one text. If the text changes, earlier times are not caught up.

            None: it catches up on nothing.
            """
            ...


def input_of(trigger: Trigger, reason: Reason) -> JsonObject:
    """The input of its job. Raises TemplateError."""
    return {**reason.given, **{name: render(value, reason.scope) for name, value in trigger.input.items()}}

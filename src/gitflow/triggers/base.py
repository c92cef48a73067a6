"""What every type of trigger tells the runtime; nothing here knows of clocks, stores or sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import field, record
from gitflow.core.templates.render import render

if TYPE_CHECKING:
    from typing import Protocol

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import Json, JsonObject


@record
class Reason:
    """Why a trigger fires now."""

    scope: JsonObject = field(default_factory=dict[str, "Json"])  #: what the templates of its input may name
    key: str | None = None  #: what it fires for only once; None: as often as it is asked
    may_come_again: bool = False  #: where nothing comes of it, whoever asked is told, and may ask again
    given: JsonObject = field(default_factory=dict[str, "Json"])  #: what arrives in the job beside its input
    due_at: float | None = None  #: of a schedule: its time, in seconds since the epoch
    actor: str | None = None  #: the person or program that asked; None: the trigger itself
    cause: Job | None = None  #: the job whose end it is


if TYPE_CHECKING:

    class TriggerType(Protocol):
        """A module of this wing."""

        @property
        def SOURCE(self) -> str:
            """The ``source_type`` of the jobs it starts."""
            ...

        @property
        def ALLOWED_EXTRA_INPUT(self) -> frozenset[str]:
            """What may arrive in a job's input without being declared."""
            ...

        @property
        def USES_WALL_CLOCK(self) -> bool:
            """Whether it looks at the clock on the wall, which may be set; else times are those of jobs."""
            ...

        def shape(self, trigger: Trigger) -> str | None:
            """What decides when it fires, as one text: another text, and what was missed before is nobody's business.

            None: it keeps no account of the past.
            """
            ...


def input_of(trigger: Trigger, reason: Reason) -> JsonObject:
    """What its job is given. Raises TemplateError."""
    return {**reason.given, **{name: render(value, reason.scope) for name, value in trigger.input.items()}}

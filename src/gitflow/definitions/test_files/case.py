"""What a ``*.test.yaml`` file says: one Case a test, with defaults filled in.

A Case knows the place of everything in it (``at``), so that a failed expectation names its file and line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.problems import Place
from gitflow.core.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.values import Json, JsonObject

#: The time at which the job of a test is made, unless the test says otherwise: every run has the same.
DEFAULT_NOW = "2026-01-01T00:00:00Z"


class Mock(Record):
    """What an attempt comes to instead of running; or, with a ``sequence``, what each of several comes to."""

    output: Json = None
    exit_code: int | None = None
    error: str | None = None
    delay_s: float = 0.0
    sequence: tuple[Mock, ...] = ()


class SentEvent(Record):
    type: str
    payload: Json = None
    id: str | None = None
    after: str | None = None  #: it is sent once this step has ended; None: when the job is made


class Decision(Record):
    """How an approval is decided."""

    approved: bool
    input: JsonObject | None = None
    reason: str = ""
    after_s: float = 0.0  #: how long the approver takes


class LogLine(Record):
    """A line that a real step must print: one that contains a text, or matches a pattern."""

    step: str
    contains: str | None = None
    matches: str | None = None


class Expected(Record):
    status: str = "completed"
    #: By step: its ``status``, ``attempts``, ``skip_reason``, ``output``, ``input``, as far as they are expected.
    steps: Mapping[str, JsonObject] = field(default_factory=dict[str, "JsonObject"])
    order: tuple[tuple[str, str], ...] = ()  #: (the step that ends, the step that begins after it)
    output: Json = None
    has_output: bool = False
    logs: tuple[LogLine, ...] = ()
    not_run: tuple[str, ...] = ()


class Case(Record):
    """One test."""

    name: str
    file: str  #: relative to the workspace
    task: str
    at: Callable[..., Place]  #: the place of what stands at a path below the test
    input: JsonObject = field(default_factory=dict[str, "Json"])
    revision: str | None = None  #: None: the files as they are
    mocks: Mapping[str, Mock] = field(default_factory=dict[str, Mock])
    real: tuple[str, ...] = ()
    events: tuple[SentEvent, ...] = ()
    approvals: Mapping[str, Decision] = field(default_factory=dict[str, Decision])
    now: float = 0.0  #: seconds since the epoch
    secrets: JsonObject = field(default_factory=dict[str, "Json"])
    expect: Expected = Expected()

    @property
    def where(self) -> Place:
        return self.at(key=True)


def names_of(step: str, action: str) -> tuple[str, ...]:
    """By which names a test may mean a step, the most exact first: an instance of a loop, its loop, its action."""
    return tuple(dict.fromkeys(name for name in (step, step.partition("[")[0], action) if name))

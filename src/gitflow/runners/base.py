"""What an attempt is given, what is started for it, and what it came to."""

from __future__ import annotations

from gitflow.core.record import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from gitflow.core.language.definition import Action
    from gitflow.core.logs import LogChunk
    from gitflow.core.values import Json, JsonObject
    from gitflow.runners.process_tree import Started
    from gitflow.runners.searches import Search

#: The runner of an action that names none.
LOCAL = "local"


@record
class Assignment:
    """All that an agent is given for one attempt: rendered, with secrets in clear. It is never stored."""

    job_id: str
    step: str
    attempt: int
    workspace: str
    revision: str
    action: Action  #: as it is written
    task: str = ""
    input: JsonObject = field(default_factory=dict[str, "Json"])
    fields: JsonObject = field(default_factory=dict[str, "Json"])
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    script: str | None = None
    masks: tuple[str, ...] = ()
    has_secrets: bool = False  #: some may stand in the files that are written for the attempt
    checkout: str = "step"
    needs: tuple[str, ...] = ()  #: the steps before it that left artifacts
    run_token: str = ""
    timeout_s: float | None = None
    grace_s: float = 10.0
    traceparent: str | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        return self.job_id, self.step, self.attempt


@record
class StepContext:
    """An assignment with the paths of the machine where it runs. Lives in memory only."""

    action: Action
    workspace: str
    task: str
    job_id: str
    step: str
    attempt: int
    revision: str
    input: JsonObject
    fields: JsonObject  #: the action's own fields, rendered (not ``code``, ``script`` or a text ``cmd``)
    env: Mapping[str, str]  #: the action's ``env``, rendered
    values: Mapping[str, str]  #: environment variables of a safe script, by name
    script: str | None  #: the text of a shell ``cmd``
    workdir: str  #: the working copy
    files: str  #: the read-only files of the revision, where a ``script`` is run from
    workflows: str  #: the read-only ``.workflows`` of the revision, for a ``script`` that lies in there
    scratch: str  #: a private folder of the attempt, for its script, input, output; removed afterwards
    artifacts: str  #: the folder behind ``$GITFLOW_ARTIFACTS``
    needs: str  #: the folder behind ``$GITFLOW_NEEDS``
    run_token: str  #: the value of ``GITFLOW_RUN``, which marks every process of the attempt
    home: str
    pass_env: Mapping[str, str] = field(default_factory=dict[str, str])
    masks: tuple[str, ...] = ()  #: secret values, masked in logs
    timeout_s: float | None = None
    grace_s: float = 10.0
    traceparent: str | None = None
    private: str = ""  #: the folder of files that may hold secrets, its script and input; empty: ``scratch``


@record
class Outcome:
    """What an attempt came to. Without ``error`` it went well."""

    exit_code: int | None = None
    output: Json = None
    error: str | None = None
    killed: bool = False  #: ended because it was told to stop
    timed_out: bool = False
    may_pass: bool = False  #: it could not start, for a reason that may be gone at the next try


@record
class Process:
    """A process to start."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]


@record
class Call:
    """Work done in a thread of this process; ``stop`` must make ``run`` return soon."""

    run: Callable[[], Outcome]
    stop: Callable[[], None]


@record
class Finished:
    """Reported by the runner, once for each started attempt. ``key`` is what ``start`` was given."""

    key: tuple[str, str, int]  #: job, step, attempt
    outcome: Outcome


if TYPE_CHECKING:

    class Attempt(Protocol):
        """An attempt that a runner has started. One loop waits for all attempts of all runners."""

        @property
        def key(self) -> tuple[str, str, int]:
            """Job, step, attempt."""
            ...

        @property
        def due(self) -> float:
            """When to call ``poll`` next, on the monotonic clock."""
            ...

        def stop(self, grace_s: float) -> None:
            """Asks it to end, and forces it after ``grace_s``. It may be called more than once."""
            ...

        def poll(self, now: float) -> Outcome | None:
            """What it came to; None while it goes on. Returns at once."""
            ...

    class Watcher(Protocol):
        """The loop, as a started process sees it."""

        @property
        def buffer(self) -> memoryview:
            """What everybody reads into, one after the other."""
            ...

        def register(self, fd: int, callback: Callable[[], object]) -> None: ...
        def unregister(self, fd: int) -> None: ...
        def search(self, step: Started, number: int | None = None) -> Search:
            """For what a step has left, in another thread; ``poll`` is called when it is answered."""
            ...

    class Loop(Watcher, Protocol):
        """The loop, as a runner sees it."""

        def prepare(self, context: StepContext, /) -> Process | Call:
            """What the attempt's type of action starts. Raises GitflowError and OSError."""
            ...

        def log(self, chunk: LogChunk, /) -> None: ...
        def now(self) -> float:
            """The time of day that log lines carry."""
            ...

        @property
        def log_limit(self) -> int:
            """How much log is kept of one attempt, in bytes."""
            ...

        def ring(self) -> None:
            """From any thread: an attempt is due."""
            ...

    class Starter(Protocol):
        """A place where attempts run: one module of RUNNERS."""

        @staticmethod
        def start(context: StepContext, patterns: Sequence[bytes], loop: Loop) -> Attempt:
            """Starts an attempt; ``patterns`` are masked in what it prints.

            Raises GitflowError or OSError when it cannot start.
            """
            ...

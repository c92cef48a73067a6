"""The types of runners: the input of an attempt, what is started for it, and its outcome."""

from __future__ import annotations

from gitflow.core.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from gitflow.core.language.definition import Action
    from gitflow.core.logs import LogChunk
    from gitflow.core.values import Json, JsonObject
    from gitflow.runners.container_settings import ContainerSettings
    from gitflow.runners.process_tree import Started
    from gitflow.runners.searches import Search

#: The default runner.
LOCAL = "local"


class Assignment(Record):
    """Everything that an agent needs for one attempt, rendered and with secrets in clear. It is never stored."""

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
    has_secrets: bool = False  #: the attempt's files may contain secrets
    checkout: str = "step"
    needs: tuple[str, ...] = ()  #: the upstream steps that left artifacts
    run_token: str = ""
    timeout_s: float | None = None
    grace_s: float = 10.0
    traceparent: str | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        return self.job_id, self.step, self.attempt


class StepContext(Record):
    """An assignment with the paths of the machine where it runs. It exists only in memory."""

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
    values: Mapping[str, str]  #: the values of a safe script, by environment variable
    script: str | None  #: the text of a shell ``cmd``
    workdir: str  #: the working copy
    files: str  #: the read-only files of the revision, which contain a ``script``
    workflows: str  #: the read-only ``.workflows`` of the revision, for a ``script`` in that folder
    scratch: str  #: a private folder of the attempt for its script, input and output; it is removed afterwards
    artifacts: str  #: the folder behind ``$GITFLOW_ARTIFACTS``
    needs: str  #: the folder behind ``$GITFLOW_NEEDS``
    run_token: str  #: the value of ``GITFLOW_RUN``, which marks every process of the attempt
    home: str
    pass_env: Mapping[str, str] = field(default_factory=dict[str, str])
    masks: tuple[str, ...] = ()  #: secret values, which are masked in logs
    timeout_s: float | None = None
    grace_s: float = 10.0
    traceparent: str | None = None
    private: str = ""  #: the folder of files that may hold secrets, its script and input; empty: ``scratch``
    #: folder of this machine -> the same folder in the container where the attempt runs; None: it runs in none
    inside: Mapping[str, str] | None = None


class Outcome(Record):
    """The result of an attempt. It succeeded if ``error`` is None."""

    exit_code: int | None = None
    output: Json = None
    error: str | None = None
    killed: bool = False  #: it was stopped from outside
    timed_out: bool = False
    may_pass: bool = False  #: it could not start, but a retry may succeed


class Process(Record):
    """A process to start."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    is_for_image: bool = False  #: in a container: ``argv`` are arguments for the program that the image starts


class Call(Record):
    """Work for a thread of this process; ``stop`` must make ``run`` return soon."""

    run: Callable[[], Outcome]
    stop: Callable[[], None]


class Finished(Record):
    """The runner's report, once for each started attempt. ``key`` is the key that was passed to ``start``."""

    key: tuple[str, str, int]  #: job, step, attempt
    outcome: Outcome


if TYPE_CHECKING:

    class Attempt(Protocol):
        """A started attempt. One loop waits for all attempts of all runners."""

        @property
        def key(self) -> tuple[str, str, int]:
            """Job, step, attempt."""
            ...

        @property
        def due(self) -> float:
            """The monotonic time of the next call of ``poll``."""
            ...

        def stop(self, grace_s: float) -> None:
            """Asks the attempt to end, and forces it after ``grace_s``. It may be called more than once."""
            ...

        def poll(self, now: float) -> Outcome | None:
            """The outcome; None while the attempt runs. Returns at once."""
            ...

    class Watcher(Protocol):
        """The part of the loop that started processes use."""

        @property
        def buffer(self) -> memoryview:
            """The shared read buffer."""
            ...

        def register(self, fd: int, callback: Callable[[], object]) -> None: ...
        def unregister(self, fd: int) -> None: ...
        def search(self, step: Started, number: int | None = None) -> Search:
            """Searches for a step's leftover processes in another thread; ``poll`` is called when it is answered."""
            ...

    class Loop(Watcher, Protocol):
        """The part of the loop that runners use."""

        def prepare(self, context: StepContext, /) -> Process | Call:
            """The process or call of the attempt's action. Raises GitflowError and OSError."""
            ...

        def log(self, chunk: LogChunk, /) -> None: ...
        def now(self) -> float:
            """The wall clock time for log lines."""
            ...

        @property
        def containers(self) -> Callable[[], ContainerSettings]:
            """The settings of this machine for containers."""
            ...

        @property
        def log_limit(self) -> int:
            """The largest log of one attempt, in bytes."""
            ...

        def ring(self) -> None:
            """Makes the loop poll attempts that are due; may be called from any thread."""
            ...

    class Starter(Protocol):
        """A runner: one module of RUNNERS."""

        @staticmethod
        def start(context: StepContext, patterns: Sequence[bytes], loop: Loop) -> Attempt:
            """Starts an attempt; ``patterns`` are masked in what it prints.

            Raises GitflowError or OSError if it cannot start.
            """
            ...

"""What an attempt is given, what is started for it, and what it came to."""

from __future__ import annotations

from gitflow.core.record import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.language.definition import Action
    from gitflow.core.values import Json, JsonObject


@record
class StepContext:
    """All that one attempt is given: rendered, with secrets in clear. Lives in memory only."""

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

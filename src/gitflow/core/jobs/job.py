"""A job: one run of a task, with a StepRun for each step.

A Job holds its plan (the definitions of the revision it was created with) and the state
of its steps. Both are immutable: a change makes a new Job, which shares everything
that did not change with the old one.
"""

from __future__ import annotations

from _collections_abc import Iterable, Iterator, Mapping

from gitflow.core.record import Record, field
from gitflow.core.status import JobStatus, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.language.definition import Action, Hooks, Task
    from gitflow.core.language.graph import Graph
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.values import Json, JsonObject


class StepRun(Record):
    """The state of one step, of a loop (``for_each``), or of one instance of a loop (``name[0]``)."""

    name: str
    status: StepStatus = StepStatus.PENDING
    attempt: int = 0  #: counts from 1 once a worker has it, or once it is suspended
    open_needs: int = 0  #: steps it depends on that have not ended
    first_attempt: int = 1  #: the attempt from which its current retry budget counts
    loop_of: str | None = None  #: for an instance: the name of its loop
    loop_index: int | None = None
    loop_total: int | None = None  #: for a loop and its instances
    item: Json = None  #: for an instance: ``each.item``
    started_instances: int = 0  #: of a loop
    ended_instances: int = 0  #: of a loop
    input: Json = None  #: as rendered, secrets masked
    output: Json = None
    exit_code: int | None = None
    error_message: str | None = None
    skip_reason: str | None = None
    skipped_by: str | None = None  #: ``when`` (neutral), ``need`` (a refusal) or ``person`` (counts as completed)
    worker_id: str | None = None
    child_job_id: str | None = None
    run_token: str | None = None  #: marks the attempt's processes (``GITFLOW_RUN``)
    ready_at: float | None = None  #: all times are seconds since the epoch, UTC
    started_at: float | None = None
    suspended_at: float | None = None
    completed_at: float | None = None
    due_at: float | None = None  #: when its timer fires: a retry, a sleep, a time limit while suspended
    #: A person ended the step before its own dependencies ended: its dependents wait for these too.
    is_ahead: bool = False
    deadline_at: float | None = None  #: by when it should have ended; set once it is ready
    late_at: float | None = None  #: when it was noticed that it had not
    waits_for: str | None = None  #: what ends its last suspension: approval, event, timer or child

    @property
    def is_loop(self) -> bool:
        return self.loop_total is not None and self.loop_index is None


class Steps(Mapping[str, StepRun]):
    """The steps of a job by name, in flow order; loop instances follow in the order of their creation.

    A change is cheap: ``changed`` copies a small overlay, and merges it into the base once it is larger than the
    square root of the whole. So an event in a job of n steps never costs n.
    """

    __slots__ = ("_base", "_overlay")

    def __init__(self, base: Mapping[str, StepRun], overlay: Mapping[str, StepRun] | None = None) -> None:
        self._base = base
        self._overlay: Mapping[str, StepRun] = {} if overlay is None else overlay

    @staticmethod
    def of(steps: Mapping[str, StepRun]) -> Steps:
        return Steps(dict(steps))

    def changed(self, changes: Mapping[str, StepRun]) -> Steps:
        overlay = {**self._overlay, **changes}
        if len(overlay) ** 2 > 4 * len(self._base) + 64:
            return Steps({**self._base, **overlay})
        return Steps(self._base, overlay)

    def without(self, names: Iterable[str]) -> Steps:
        """Costs as much as the job is large. It is rare: only a loop that runs again loses its instances."""
        dropped = frozenset(names)
        return Steps({name: run for name, run in self.items() if name not in dropped}) if dropped else self

    def __getitem__(self, name: str) -> StepRun:
        found = self._overlay.get(name)
        return self._base[name] if found is None else found

    def __contains__(self, name: object) -> bool:
        return name in self._overlay or name in self._base

    def __iter__(self) -> Iterator[str]:
        yield from self._base
        for name in self._overlay:
            if name not in self._base:
                yield name

    def __len__(self) -> int:
        return len(self._base) + sum(name not in self._base for name in self._overlay)


class Plan(Record):
    """What a job will do: its task and every action that it uses, at its revision."""

    task: Task
    actions: Mapping[str, Action]  #: by step name, named and inline alike
    graph: Graph
    hooks: Hooks  #: the task's, or else the workspace's
    template_names: Mapping[str, str] = field(default_factory=dict[str, str])  #: ``say_hello`` to ``say-hello``


#: The source types of a job, as the API names them.
SOURCE_TYPES = ("api", "user", "trigger", "webhook", "hook", "task")


class Source(Record):
    """What created a job."""

    type: str = "user"  #: api, user, trigger, webhook, hook or task
    id: str | None = None
    actor: str | None = None


class SentEvent(Record):
    """An event that was sent to the job. It is kept until a step takes it; after that only its id is remembered."""

    id: str
    type: str
    payload: Json
    actor: str
    at: float
    step: str | None = None  #: the step that took it; the payload is then only that step's output


def with_requesters(known: Iterable[str], *more: str) -> tuple[str, ...]:
    """The names without duplicates, in order."""
    return tuple(dict.fromkeys(name for name in (*known, *more) if name))


class Job(Record):
    id: str
    workspace: str
    revision: str
    plan: Plan
    input: JsonObject
    steps: Steps
    status: JobStatus = JobStatus.PENDING
    version: int = 0  #: counts saves; saving an older version is refused
    open_steps: int = 0  #: steps (loops once, instances not) that have not ended
    busy_steps: int = 0  #: steps that hold a slot: those that run in a worker, instances included
    failed_steps: int = 0  #: steps (loops once, instances not) that have failed
    source: Source = Source()
    output: Json = None
    error_message: str | None = None
    priority: int = 0
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    owner_id: str | None = None  #: the process that owns it
    worker_id: str | None = None
    attempt: int = 1  #: counts the chain of automatic job retries
    depth: int = 0  #: the length of the chain of triggers, parents and hooks that led to this job
    reopened: int = 0  #: how often it was reopened after its end
    parent_job_id: str | None = None
    parent_step: str | None = None
    root_job_id: str | None = None
    retry_of_job_id: str | None = None
    git_commit: Commit | None = None  #: that its revision is made of, with the subject alone as message
    traceparent: str | None = None  #: the trace that it continues, from the request that created it (W3C Trace Context)
    hook: JsonObject | None = None  #: the ``hook`` context, for a job that a hook started
    anew: frozenset[str] | None = None  #: steps that start a new child, and do not reuse the one of an earlier attempt
    group: str | None = None  #: its rendered concurrency group; children share the place of their root
    group_limit: int = 1
    on_limit: str = "queue"  #: what happens if the group has no free place: queue, skip or cancel_running
    created_at: float = 0.0
    starts_at: float | None = None  #: it does not start earlier: the delay of an automatic retry
    started_at: float | None = None
    completed_at: float | None = None
    expires_at: float | None = None
    late_at: float | None = None  #: when it was noticed that its deadline had passed
    cancel_requested_at: float | None = None
    cancel_status: JobStatus | None = None  #: the status that it gets once all its processes are gone
    paused_at: float | None = None
    restart_by: str | None = None  #: who restarted it; it starts again once the cancel has ended all its processes
    sent_events: tuple[SentEvent, ...] = ()  #: oldest first
    #: Who requested it besides ``source.actor``: the requesters of the job that it retries or belongs to, and
    #: whoever restarted it.
    also_requested_by: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()  #: secret texts that the job knows: masked in output, encrypted in the store

    @property
    def task_name(self) -> str:
        return self.plan.task.name

    @property
    def requesters(self) -> tuple[str, ...]:
        """Everyone who requested the job, without duplicates: people, keys and triggers."""
        return with_requesters(self.also_requested_by, self.source.actor or "")

    def requested_also_by(self, names: Iterable[str]) -> tuple[str, ...]:
        """``also_requested_by`` with these names as well."""
        known = self.source.actor
        return tuple(name for name in with_requesters(self.also_requested_by, *names) if name != known)

    def tolerates(self, run: StepRun) -> bool:
        """Whether the step has failed, and the job goes on without it."""
        return run.status is StepStatus.FAILED and self.plan.task.flow[run.loop_of or run.name].continue_on_failure

    def in_order(self) -> list[StepRun]:
        """The steps in display order: flow order, with the instances of a loop after it by number."""
        instances: dict[str, list[StepRun]] = {}
        for run in self.steps.values():
            if run.loop_of is not None:
                instances.setdefault(run.loop_of, []).append(run)
        ordered: list[StepRun] = []
        for name in self.plan.task.flow:
            ordered.append(self.steps[name])
            ordered.extend(sorted(instances.get(name, ()), key=lambda run: run.loop_index or 0))
        return ordered

    @property
    def ended(self) -> bool:
        return self.status.ended

    @property
    def deadline_at(self) -> float | None:
        """By when it should have ended."""
        limit = self.plan.task.deadline_s
        return None if limit is None else self.created_at + limit

    @property
    def cancelling(self) -> bool:
        return self.cancel_requested_at is not None and not self.ended

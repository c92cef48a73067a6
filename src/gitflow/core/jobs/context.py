"""The scopes of templates: the names that a step and its action can use."""

from __future__ import annotations

from _collections_abc import Mapping

from gitflow.core.status import ENDED_STEP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import Json, JsonObject

    RunOf = Callable[[str], StepRun]

#: Names in a scope that are not steps.
FIXED_NAMES = ("input", "secret", "job", "each", "hook")
#: Names in the scope of a named action.
ACTION_NAMES = ("input", "secret", "job")


class Scope(Mapping[str, "Json"]):
    """The names that one step can use; a value is built when its name is looked up."""

    __slots__ = ("_input", "_job", "_run", "_run_of", "_secrets")

    def __init__(
        self, job: Job, run_of: RunOf, run: StepRun | None, secrets: Mapping[str, Json], input: JsonObject
    ) -> None:
        self._job = job
        self._run_of = run_of
        self._run = run
        self._secrets = secrets
        self._input = input

    def __getitem__(self, name: str) -> Json:
        fixed = _FIXED.get(name)
        if fixed is not None:
            return fixed(self)
        plan = self._job.plan
        step = plan.template_names.get(name, name)
        if step not in plan.task.flow:
            raise KeyError(name)
        run = self._run_of(step)
        if run.status not in ENDED_STEP:
            raise KeyError(name)
        return {"output": run.output, "status": run.status.value, "error": run.error_message}

    def __iter__(self) -> Iterator[str]:
        yield from (name for name in FIXED_NAMES if name in self)
        for step in self._job.plan.task.flow:
            if self._run_of(step).status in ENDED_STEP:
                yield step
        yield from (name for name in self._job.plan.template_names if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def given_input(self) -> Json:
        return self._input

    def secret(self) -> Json:
        return self._secrets

    def job(self) -> Json:
        return job_names(self._job)

    def each(self) -> Json:
        run = self._run
        if run is None or run.loop_index is None:
            raise KeyError("each")
        return {"item": run.item, "index": run.loop_index, "total": run.loop_total}

    def hook(self) -> Json:
        if self._job.hook is None:
            raise KeyError("hook")
        return self._job.hook


class ActionScope(Scope):
    """The names that a named action can use: ``input secret job``, and nothing of the flow that it is used in."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Json:
        if name not in ACTION_NAMES:
            raise KeyError(name)
        return _FIXED[name](self)

    def __iter__(self) -> Iterator[str]:
        return iter(ACTION_NAMES)

    def __len__(self) -> int:
        return len(ACTION_NAMES)


_FIXED: Mapping[str, Callable[[Scope], Json]] = {
    "input": Scope.given_input,
    "secret": Scope.secret,
    "job": Scope.job,
    "each": Scope.each,
    "hook": Scope.hook,
}


def job_names(job: Job) -> JsonObject:
    """The value of ``job`` in a template."""
    from gitflow.core.timestamps import rfc3339  # few templates use it

    return {
        "id": job.id,
        "task": job.task_name,
        "workspace": job.workspace,
        "revision": job.revision,
        "created_at": rfc3339(job.created_at),
        "attempt": job.attempt,
    }


def step_scope(job: Job, step: str, secrets: Mapping[str, Json]) -> Mapping[str, Json]:
    """The scope of a step's own fields: ``input secret job each hook`` and the finished steps.

    It is lazy: a lookup builds only that one value. ``step`` may be a loop instance (``name[0]``).
    For display, ``secrets`` maps every name to the mask.
    """
    return Scope(job, job.steps.__getitem__, job.steps[step], secrets, job.input)


def task_scope(job: Job, run_of: RunOf) -> Mapping[str, Json]:
    """The scope of a task's ``output``: no secrets, and no ``each``."""
    return Scope(job, run_of, None, {}, job.input)


def run_scope(job: Job, run_of: RunOf, run: StepRun) -> Mapping[str, Json]:
    """The scope of ``when``, ``for_each`` and a sleep. It has no secrets, because the engine evaluates these."""
    return Scope(job, run_of, run, {}, job.input)


def action_scope(job: Job, step: str, input: JsonObject, secrets: Mapping[str, Json]) -> Mapping[str, Json]:
    """The scope of the step's action.

    A named action sees only ``input secret job``. An inline action sees the step's whole scope, with the step's
    ``input`` merged over the job's.
    """
    return run_action_scope(job, job.steps.__getitem__, job.steps[step], input, secrets)


def run_action_scope(
    job: Job, run_of: RunOf, run: StepRun, input: JsonObject, secrets: Mapping[str, Json]
) -> Mapping[str, Json]:
    step = job.plan.task.flow[run.loop_of or run.name]
    if step.inline is not None:
        return Scope(job, run_of, run, secrets, {**job.input, **input})
    return ActionScope(job, run_of, run, secrets, input)

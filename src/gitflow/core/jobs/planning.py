"""Builds a Plan from a Snapshot, and from a Plan a new Job or the retry of another."""

from __future__ import annotations

from gitflow.core.errors import Conflict, InvalidInput, NotFound
from gitflow.core.jobs.job import Job, Plan, StepRun, Steps
from gitflow.core.language.definition import NO_HOOKS, Hooks, Step, StepNeed, Task, all_but_places
from gitflow.core.language.graph import Graph
from gitflow.core.names import closest, template_name
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitflow.core.jobs.job import Source
    from gitflow.core.language.definition import Action, Need
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject

#: The prefix of the task name of a hook's job.
HOOK_PREFIX = "_hook:"

#: The one step of such a job.
HOOK_STEP = "run"

#: The fields that a retry copies from the job before it.
REPEATED = frozenset({StepStatus.FAILED, StepStatus.CANCELLED})


def plan_task(snapshot: Snapshot, task_name: str) -> Plan:
    """The plan of a task, or of ``_hook:<action>``. Raises NotFound (with a near name as hint)."""
    if task_name.startswith(HOOK_PREFIX):
        action = _action(snapshot, task_name.removeprefix(HOOK_PREFIX))
        return _plan(_hook_task(task_name, action), {HOOK_STEP: action}, NO_HOOKS)
    if task_name not in snapshot.tasks:
        raise NotFound("task", task_name, closest(task_name, snapshot.tasks))
    task = snapshot.tasks[task_name]
    actions = {name: step.inline or _action(snapshot, step.action or "") for name, step in task.flow.items()}
    return _plan(task, actions, _hooks_of(task, snapshot))


def _plan(task: Task, actions: Mapping[str, Action], hooks: Hooks) -> Plan:
    graph = Graph.build({name: tuple(_needed_names(step.needs)) for name, step in task.flow.items()})
    return Plan(task, actions, graph, hooks, {template_name(name): name for name in task.flow if "-" in name})


def _needed_names(needs: Iterable[Need]) -> Iterator[str]:
    for need in needs:
        if isinstance(need, StepNeed):
            yield need.step
        else:
            yield from _needed_names(need.needs)


def _action(snapshot: Snapshot, name: str) -> Action:
    if name not in snapshot.actions:
        raise NotFound("action", name, closest(name, snapshot.actions))
    return snapshot.actions[name]


def _hook_task(task_name: str, action: Action) -> Task:
    """A task of one step that runs the action. The job's input is the action's input, so the step maps nothing."""
    step = Step(HOOK_STEP, inline=action, where=action.where)
    return Task(task_name, {HOOK_STEP: step}, input=action.input, where=action.where)


def _hooks_of(task: Task, snapshot: Snapshot) -> Hooks:
    """The task's hooks; for each occasion without any, the workspace's."""
    own, shared = task.hooks, snapshot.hooks
    return Hooks(
        own.on_success or shared.on_success,
        own.on_error or shared.on_error,
        own.on_cancel or shared.on_cancel,
        own.on_suspended or shared.on_suspended,
        own.on_late or shared.on_late,
    )


def new_job(
    plan: Plan,
    *,
    id: str,
    workspace: str,
    revision: str,
    input: JsonObject,
    at: float,
    source: Source,
    labels: Mapping[str, str] | None = None,
    priority: int | None = None,
) -> Job:
    """A job with every step pending. ``input`` has been checked and converted (core/language/inputs.py)."""
    task = plan.task
    steps = {name: StepRun(name, open_needs=len(plan.graph.needs[name])) for name in task.flow}
    return Job(
        id=id,
        workspace=workspace,
        revision=revision,
        plan=plan,
        input=input,
        secrets=_secrets_in(task, input),
        steps=Steps(steps),
        open_steps=len(steps),
        source=source,
        priority=task.priority if priority is None else priority,
        labels={**task.labels, **(labels or {})},
        created_at=at,
        expires_at=_expiry(task, at),
    )


def _secrets_in(task: Task, input: JsonObject) -> tuple[str, ...]:
    """The values of the input fields that are marked secret."""
    if not any(field.secret for field in task.input.values()):
        return ()
    from gitflow.core.templates.masking import secret_texts, united  # few tasks have secret inputs

    return united((), secret_texts(task.input, input))


def _expiry(task: Task, at: float) -> float | None:
    return None if task.timeout_s is None else at + task.timeout_s


def retry_job(
    before: Job,
    *,
    id: str,
    at: float,
    source: Source,
    attempt: int = 1,
    from_start: bool = False,
    from_step: str | None = None,
    plan: Plan | None = None,
    revision: str | None = None,
    input: JsonObject | None = None,
) -> Job:
    """A new job that carries over the completed steps of ``before`` and runs the rest.

    If a loop did not complete, its completed instances are carried over as long as its list gives them the same item.
    ``from_start`` carries nothing over; ``from_step`` also runs that step and all steps that depend on it. Steps that
    run because of either start new child jobs. With a ``plan`` of another ``revision`` (and an ``input`` that it has
    checked), a step is carried over if its definition has not changed and it depends only on such steps; files are
    not compared. ``attempt`` counts the chain of automatic retries.

    Raises:
        Conflict: the job has not ended, or nothing of it is left to run.
        InvalidInput: both ``from_start`` and ``from_step``.
        NotFound: there is no such step.
    """
    if not before.ended:
        raise Conflict(f"job {before.id} has not ended: {before.status.value}")
    if from_start and from_step is not None:
        raise InvalidInput("a job is retried from its start or from a step; give one of them")
    wanted = plan or before.plan
    flow = wanted.task.flow
    asked = set(flow) if from_start else _from(wanted, from_step)
    anew = asked | _changed_steps(before.plan, wanted) if wanted is not before.plan else asked
    is_other = (revision or before.revision) != before.revision or (
        before.input if input is None else input
    ) != before.input
    carried = {name for name in flow if name not in anew and _is_done(before, wanted, name)}
    open_again = _past_approvals(before, wanted, carried, is_other)
    carried -= open_again
    if len(carried) == len(flow) or not (anew or is_left_to_run(before)):
        raise Conflict(f"job {before.id} has no step left to run; retry it from its start or from a step")
    return replace(
        before,
        id=id,
        plan=wanted,
        revision=before.revision if revision is None else revision,
        input=before.input if input is None else input,
        steps=Steps(_carried_over(before, wanted, carried, anew | open_again)),
        status=JobStatus.PENDING,
        version=0,
        open_steps=len(flow) - len(carried),
        busy_steps=0,
        failed_steps=0,
        source=source,
        also_requested_by=replace(before, source=source).requested_also_by(before.requesters),
        output=None,
        error_message=None,
        owner_id=None,
        worker_id=None,
        attempt=attempt,
        reopened=0,
        retry_of_job_id=before.id,
        anew=frozenset(name for name in asked if wanted.actions[name].type == "task") or None,
        group=None,
        created_at=at,
        starts_at=None,
        started_at=None,
        completed_at=None,
        expires_at=_expiry(wanted.task, at),
        late_at=None,
        cancel_requested_at=None,
        cancel_status=None,
        paused_at=None,
        sent_events=(),
    )


def _is_done(before: Job, plan: Plan, name: str) -> bool:
    """Whether the step completed, or is an approval that somebody skipped who had the right to."""
    run = before.steps[name]
    skipped = run.status is StepStatus.SKIPPED and run.skipped_by == "person"
    return run.status is StepStatus.COMPLETED or (skipped and plan.actions[name].type == "approval")


def _past_approvals(before: Job, plan: Plan, carried: set[str], is_other: bool) -> set[str]:
    """The approvals that must be given again, and all steps that depend on them. None of these are carried over.

    ``is_other``: the revision or the input differs, and nobody has approved the new one. An approval is also not
    carried over when something that it depends on runs again. An approval that its own ``when`` skipped is skipped
    again if the steps that ``when`` reads are carried over, so it blocks nothing.
    """
    found: set[str] = set()
    for name in plan.graph.order:
        if plan.actions[name].type != "approval" or name in found:
            continue
        if is_other or not _is_decided_as_before(before, plan, carried - found, name):
            found |= {name, *plan.graph.downstream(name)}
    return found


def _is_decided_as_before(before: Job, plan: Plan, carried: set[str], name: str) -> bool:
    """Whether the step and everything it depends on is carried over or was skipped by a condition."""
    seen = {name}
    ahead = [name]
    for one in ahead:
        run = before.steps.get(one)
        if one not in carried and (run is None or run.status is not StepStatus.SKIPPED or run.skipped_by != "when"):
            return False
        for need in plan.graph.needs[one]:
            if need not in seen:
                seen.add(need)
                ahead.append(need)
    return True


def is_left_to_run(job: Job) -> bool:
    """Whether a retry of the job would have anything to run."""
    return any(job.steps[name].status in REPEATED for name in job.plan.task.flow)


def _from(plan: Plan, step: str | None) -> set[str]:
    """The step and all steps that depend on it, which run even if they completed. Raises NotFound."""
    if step is None:
        return set()
    if step not in plan.task.flow:
        raise NotFound("step", step, closest(step, plan.task.flow))
    return {step, *plan.graph.downstream(step)}


def _changed_steps(old: Plan, new: Plan) -> set[str]:
    """The steps of the new plan whose definition has changed, and all steps that depend on them."""
    found: set[str] = set()
    for name in new.graph.order:
        if name not in old.task.flow or not _is_same(old, new, name) or not found.isdisjoint(new.graph.needs[name]):
            found.add(name)
    return found


def _is_same(old: Plan, new: Plan, name: str) -> bool:
    """Whether the definition of a step is unchanged; its place in a file does not matter."""
    steps = all_but_places(old.task.flow[name]) == all_but_places(new.task.flow[name])
    return steps and all_but_places(old.actions[name]) == all_but_places(new.actions[name])


def _carried_over(before: Job, plan: Plan, carried: set[str], anew: set[str]) -> dict[str, StepRun]:
    steps: dict[str, StepRun] = {}
    for name in plan.task.flow:
        run = before.steps[name] if name in carried else StepRun(name)
        steps[name] = replace(run, open_needs=sum(need not in carried for need in plan.graph.needs[name]))
    for name, run in before.steps.items():
        goes_on = run.loop_of in plan.task.flow and run.loop_of not in anew and run.status is StepStatus.COMPLETED
        if run.loop_of in carried or goes_on:
            steps[name] = run
    return steps

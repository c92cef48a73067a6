"""The progress of a job: the paths it has taken and could still take, its loops, and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.versions import uid
from gitflow.core.language.definition import StepNeed
from gitflow.core.status import ENDED_STEP, JobStatus, StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_object
from gitflow.views.commits import revision_of
from gitflow.views.jobs import masked_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitflow.api.dialects.versions import Version
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Need, Step
    from gitflow.core.values import Json, JsonObject

    Edge = tuple[str, str]

#: The source of paths that lead from the start of the flow.
START = ""
#: The time of a version that has none.
NO_TIME = "0001-01-01T00:00:00Z"

_NOT_BEGUN = frozenset({StepStatus.PENDING, StepStatus.SKIPPED, StepStatus.CANCELLED})
_UNSUCCESSFUL = frozenset({StepStatus.FAILED, StepStatus.CANCELLED})


def workflow_uid(workspace: str, task: str) -> str:
    return uid("workflow", workspace, task)


def step_uid(version: Version, step: str) -> str:
    return START if step == START else uid(version.id, step)


def has_begun(run: StepRun) -> bool:
    """Whether the job has reached this step: it ran, runs, waits for its retry, or was declared completed."""
    if run.status not in _NOT_BEGUN:
        return True
    return run.status is not StepStatus.SKIPPED and run.attempt >= max(1, run.first_attempt)


def edges(job: Job) -> Iterator[Edge]:
    """All edges of the flow, in its order; a step without dependencies has an edge from the start."""
    for name in job.plan.task.flow:
        for need in job.plan.graph.needs[name] or (START,):
            yield need, name


def taken_edges(job: Job) -> list[Edge]:
    """The edges that led to a step that has begun, in the order in which they were taken."""
    found = [edge for edge in edges(job) if has_begun(job.steps[edge[1]]) and _leads(job, edge)]
    return sorted(found, key=lambda edge: _taken_at(job, edge[1]))  # stable: keeps the flow's order


def possible_edges(job: Job) -> list[Edge]:
    """The edges that could be taken next.

    In an open job they lead from every step that has begun; in an unsuccessful one from the steps that failed or were
    cancelled, where a retry would continue.
    """
    if job.status is JobStatus.COMPLETED:
        return []
    return [edge for edge in edges(job) if not has_begun(job.steps[edge[1]]) and _is_possible(job, edge)]


def _is_possible(job: Job, edge: Edge) -> bool:
    source, target = edge[0], job.steps[edge[1]]
    is_open = target.status is StepStatus.PENDING or (job.ended and _was_not_reached(target))
    if source == START or not is_open:
        return is_open
    run = job.steps[source]
    if job.ended:
        return has_begun(run) and run.status in _UNSUCCESSFUL
    return has_begun(run) and (run.status not in ENDED_STEP or _leads(job, edge))


def _was_not_reached(run: StepRun) -> bool:
    return run.status is StepStatus.CANCELLED or run.skipped_by == "need"


def _leads(job: Job, edge: Edge) -> bool:
    """Whether the target accepts the status with which the source ended."""
    source, target = edge
    if source == START:
        return True
    step, run = job.plan.task.flow[target], job.steps[source]
    return any(_accepts(need, step, run) for need in _flat(step.needs) if need.step == source)


def _accepts(need: StepNeed, step: Step, run: StepRun) -> bool:
    if run.status is StepStatus.SKIPPED:
        return (run.skipped_by == "person" and StepStatus.COMPLETED in need.accept) or run.status in need.accept
    tolerated = run.status is StepStatus.FAILED and need.plain and step.continue_on_failure
    return tolerated or run.status in need.accept


def _flat(needs: Iterable[Need]) -> Iterator[StepNeed]:
    for need in needs:
        if isinstance(need, StepNeed):
            yield need
        else:
            yield from _flat(need.needs)


def _taken_at(job: Job, target: str) -> float:
    """When the last dependency of a step ended."""
    ends = [job.steps[need].completed_at or 0.0 for need in job.plan.graph.needs[target]]
    return max(ends, default=job.started_at or job.created_at)


def path(job: Job, version: Version, edge: Edge) -> JsonObject:
    source, target = edge
    at = rfc3339(version.at) if version.at else NO_TIME
    return {
        "path_uid": uid(version.id, "path", source, target),
        "workflow_uid": workflow_uid(job.workspace, job.task_name),
        "workflow_version_uid": version.id,
        "from_step_uid": step_uid(version, source),
        "to_step_uid": step_uid(version, target),
        "name": "",
        "description": "",
        "created_at": at,
        "updated_at": at,
    }


def next_steps(job: Job) -> list[str]:
    """The steps of the flow that are ready, or that have a ready loop instance."""
    ready = {run.loop_of or run.name for run in job.steps.values() if run.status is StepStatus.READY}
    return [name for name in job.plan.task.flow if name in ready]


def frame(step: str, version: Version | None, index: int) -> JsonObject:
    found = "" if version is None else step_uid(version, step)
    return {"parent_step_uid": found, "parent_step_name": step, "loop_index": index}


#: The bottom frame, outside all loops.
BOTTOM: Mapping[str, Json] = frame("", None, -1)


def loops(job: Job, version: Version) -> list[JsonObject]:
    """A frame for each running loop, with the index of its first open instance."""
    indexes: dict[str, int] = {}
    for run in job.steps.values():
        if run.loop_of is not None and run.status not in ENDED_STEP:
            index = run.loop_index or 0
            indexes[run.loop_of] = min(index, indexes.get(run.loop_of, index))
    return [frame(name, version, indexes[name]) for name in job.plan.task.flow if name in indexes]


def data(job: Job, url: str) -> JsonObject:
    """The input of the job, and the output of each step that completed or failed."""
    given = masked_input(job)
    found: JsonObject = {
        "$id": job.id,
        "$name": job.task_name,
        "$URL": url,
        "$created_at": rfc3339(job.created_at),
        "$start_message": given,
        **{f"${name}": value for name, value in revision_of(job).items()},
        job.task_name: {**given, "$success": True},
    }
    for name in job.plan.task.flow:
        run = job.steps[name]
        if run.status in (StepStatus.COMPLETED, StepStatus.FAILED):
            found[name] = {**_output(job, run), "$success": run.status is StepStatus.COMPLETED}
    return found


def _output(job: Job, run: StepRun) -> JsonObject:
    """A value that is no object is wrapped: ``{"value": …}``."""
    output = masked(run.output, job.secrets)
    return {} if output is None else output if is_object(output) else {"value": output}

"""Where a job stands, in the words of that API: the paths it has taken and could take, its loops, and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.versions import uid
from gitflow.core.language.definition import StepNeed
from gitflow.core.status import ENDED_STEP, JobStatus, StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_object
from gitflow.views.jobs import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitflow.api.dialects.versions import Version
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Need, Step
    from gitflow.core.values import Json, JsonObject

    Edge = tuple[str, str]

#: Where every flow begins, as the first end of a path.
START = ""
#: The time of what has none.
NO_TIME = "0001-01-01T00:00:00Z"

_UNBEGUN = frozenset({StepStatus.PENDING, StepStatus.SKIPPED, StepStatus.CANCELLED})
_BROKEN = frozenset({StepStatus.FAILED, StepStatus.CANCELLED})


def workflow_uid(workspace: str, task: str) -> str:
    return uid("workflow", workspace, task)


def step_uid(version: Version, step: str) -> str:
    return START if step == START else uid(version.id, step)


def has_begun(run: StepRun) -> bool:
    """Whether the job has come to this step: it ran, runs, waits for its retry, or was declared completed."""
    if run.status not in _UNBEGUN:
        return True
    return run.status is not StepStatus.SKIPPED and run.attempt >= max(1, run.first_attempt)


def edges(job: Job) -> Iterator[Edge]:
    """All of the flow, in its order; what depends on nothing is led to by the start."""
    for name in job.plan.task.flow:
        for need in job.plan.graph.needs[name] or (START,):
            yield need, name


def taken(job: Job) -> list[Edge]:
    """Those that led to a step that has begun, in the order in which they were taken."""
    found = [edge for edge in edges(job) if has_begun(job.steps[edge[1]]) and _leads(job, edge)]
    return sorted(found, key=lambda edge: _led_at(job, edge[1]))  # it keeps the order of what happened at once


def ahead(job: Job) -> list[Edge]:
    """Those that lead on from where the job stands.

    An open job stands at every step that it has come to; one that ended badly, at what went wrong: from there a retry
    would go on.
    """
    if job.status is JobStatus.COMPLETED:
        return []
    return [edge for edge in edges(job) if not has_begun(job.steps[edge[1]]) and _could_lead(job, edge)]


def _could_lead(job: Job, edge: Edge) -> bool:
    source, target = edge[0], job.steps[edge[1]]
    is_open = target.status is StepStatus.PENDING or (job.ended and _was_left_out(target))
    if source == START or not is_open:
        return is_open
    run = job.steps[source]
    if job.ended:
        return has_begun(run) and run.status in _BROKEN
    return has_begun(run) and (run.status not in ENDED_STEP or _leads(job, edge))


def _was_left_out(run: StepRun) -> bool:
    return run.status is StepStatus.CANCELLED or run.skipped_by == "need"


def _leads(job: Job, edge: Edge) -> bool:
    """Whether the way in which the source ended is one that the target accepts."""
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


def _led_at(job: Job, target: str) -> float:
    """When the last of what a step depends on had ended."""
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
    """The steps of the flow that are ready now, or whose loop has an instance that is."""
    ready = {run.loop_of or run.name for run in job.steps.values() if run.status is StepStatus.READY}
    return [name for name in job.plan.task.flow if name in ready]


def frame(step: str, version: Version | None, index: int) -> JsonObject:
    found = "" if version is None else step_uid(version, step)
    return {"parent_step_uid": found, "parent_step_name": step, "loop_index": index}


#: Beneath all loops.
BOTTOM: Mapping[str, Json] = frame("", None, -1)


def loops(job: Job, version: Version) -> list[JsonObject]:
    """A frame for each loop that runs: at the first of its instances that has not ended."""
    indexes: dict[str, int] = {}
    for run in job.steps.values():
        if run.loop_of is not None and run.status not in ENDED_STEP:
            index = run.loop_index or 0
            indexes[run.loop_of] = min(index, indexes.get(run.loop_of, index))
    return [frame(name, version, indexes[name]) for name in job.plan.task.flow if name in indexes]


def data(job: Job, url: str) -> JsonObject:
    """What the job was given, and what each step that came to an end gave."""
    given = masked(shown(job.plan.task.input, job.input), job.secrets)
    found: JsonObject = {
        "$id": job.id,
        "$name": job.task_name,
        "$URL": url,
        "$created_at": rfc3339(job.created_at),
        "$start_message": given,
        job.task_name: {**given, "$success": True},
    }
    for name in job.plan.task.flow:
        run = job.steps[name]
        if run.status in (StepStatus.COMPLETED, StepStatus.FAILED):
            found[name] = {**_output(job, run), "$success": run.status is StepStatus.COMPLETED}
    return found


def _output(job: Job, run: StepRun) -> JsonObject:
    """What is no object stands under ``value``."""
    output = masked(run.output, job.secrets)
    return {} if output is None else output if is_object(output) else {"value": output}

"""A dry run: the order of a job, its inputs rendered as far as they are known, and what ``when`` can already decide."""

from __future__ import annotations

from collections.abc import Mapping

from gitflow.core.context import step_scope
from gitflow.core.masking import masked
from gitflow.core.templates import TemplateError, evaluate, is_truthy, render
from gitflow.core.values import MASK, is_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.job import Job
    from gitflow.core.values import Json, JsonObject


def preview(job: Job, secrets: Mapping[str, Json]) -> JsonObject:
    masked = dict.fromkeys(secrets, MASK)
    return {
        "task_name": job.task_name,
        "workspace": job.workspace,
        "revision": job.revision,
        "input": {
            name: MASK if name in job.plan.task.input and job.plan.task.input[name].secret else value
            for name, value in job.input.items()
        },
        "steps": [_step(job, name, masked) for name in job.plan.graph.order],
    }


def _step(job: Job, name: str, secrets: Mapping[str, Json]) -> JsonObject:
    step, action = job.plan.task.flow[name], job.plan.actions[name]
    scope = step_scope(job, name, secrets)
    return {
        "step_name": name,
        "action_name": action.name or None,
        "action_type": action.type,
        "depends_on": list(job.plan.graph.needs[name]),
        "input": masked({key: _as_known(value, scope) for key, value in step.input.items()}, job.secrets),
        "decision": _decision(step.when, scope) if step.when is not None else _loop(step.for_each, scope),
    }


def _as_known(value: Json, scope: Mapping[str, Json]) -> Json:
    """Rendered; or as written, where it needs what is not there before the job runs."""
    try:
        return render(value, scope)
    except TemplateError:
        return value


def _decision(when: str, scope: Mapping[str, Json]) -> str:
    try:
        held = is_truthy(evaluate(when, scope))
    except TemplateError:
        return f"decided when it is reached: {when}"
    return f"would {'run' if held else 'be skipped'}: {when}"


def _loop(for_each: Json, scope: Mapping[str, Json]) -> str:
    if for_each is None:
        return ""
    try:
        items = evaluate(for_each, scope) if isinstance(for_each, str) else render(for_each, scope)
    except TemplateError:
        return f"once for each of {for_each}"
    return f"{len(items)} times" if is_list(items) else f"once for each of {for_each}"

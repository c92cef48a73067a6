"""A dry run: the order of the steps, their inputs as far as they are known, and the decisions that are already clear.

Nothing is looked up and nothing runs. Secrets are masked, and a value that depends on one, or on the output of a
step, is shown as it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gitflow.core.jobs.context import step_scope
from gitflow.core.machine.decisions import refusal
from gitflow.core.record import replace
from gitflow.core.status import StepStatus
from gitflow.core.templates.render import evaluate, render
from gitflow.core.templates.texts import TemplateError, is_truthy
from gitflow.core.values import MASK, is_list, is_object

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Field
    from gitflow.core.values import Json, JsonObject


def preview(job: Job, secrets: Mapping[str, Json]) -> JsonObject:
    """The plan as a JSON object. ``secrets`` are as written. The steps are in an order in which they could run."""
    shown = replace(job, input=_masked_fields(job.plan.task.input, job.input))
    masked = {name: _mask_secrets(value) for name, value in secrets.items()}
    left_out: dict[str, StepRun] = {}
    return {
        "task_name": job.task_name,
        "workspace": job.workspace,
        "revision": job.revision,
        "input": shown.input,
        "steps": [_step(job, shown, name, masked, left_out) for name in job.plan.graph.order],
    }


def _step(job: Job, shown: Job, name: str, secrets: Mapping[str, Json], left_out: dict[str, StepRun]) -> JsonObject:
    step, action = job.plan.task.flow[name], job.plan.actions[name]
    scope = step_scope(shown, name, secrets)
    given = {key: _render_if_known(value, scope) for key, value in step.input.items()}
    return {
        "step_name": name,
        "action_name": action.name or None,
        "action_type": action.type,
        "depends_on": list(job.plan.graph.needs[name]),
        "input": _masked_fields(action.input, given),
        "decision": _decision(job, name, left_out),
    }


def _decision(job: Job, name: str, left_out: dict[str, StepRun]) -> str:
    """What is known about whether and how often the step runs. A step that is skipped is added to ``left_out``."""
    step, needs = job.plan.task.flow[name], job.plan.graph.needs[name]
    skip = refusal(step, left_out.__getitem__) if needs and left_out.keys() >= set(needs) else None
    decision = f"would be skipped: {skip.reason}" if skip is not None else ""
    scope = step_scope(job, name, {})  # a condition that depends on a secret is not decided here
    if skip is None and step.when is not None:
        held = _decide_early(step.when, scope)
        if held is None:
            return f"decided when it is reached: {step.when}"
        decision = f"would {'run' if held else 'be skipped'}: {step.when}"
    if decision.startswith("would be skipped"):
        left_out[name] = replace(
            job.steps[name], status=StepStatus.SKIPPED, skipped_by="when" if skip is None else skip.by
        )
        return decision
    return "; ".join(filter(None, (decision, _loop(step.for_each, scope))))


def _decide_early(when: str, scope: Mapping[str, Json]) -> bool | None:
    try:
        return is_truthy(evaluate(when, scope))
    except TemplateError:
        return None


def _masked_fields(fields: Mapping[str, Field], values: JsonObject) -> JsonObject:
    return {name: MASK if name in fields and fields[name].secret else value for name, value in values.items()}


def _mask_secrets(written: Json) -> Json:
    """Replaces every secret, at any depth, by the mask."""
    return {name: _mask_secrets(value) for name, value in written.items()} if is_object(written) else MASK


def _render_if_known(value: Json, scope: Mapping[str, Json]) -> Json:
    """The rendered value, or the value as written if it needs something that only a run provides."""
    try:
        return render(value, scope)
    except TemplateError:
        return value


def _loop(for_each: Json, scope: Mapping[str, Json]) -> str:
    if for_each is None:
        return ""
    try:
        items = evaluate(for_each, scope) if isinstance(for_each, str) else render(for_each, scope)
    except TemplateError:
        return f"once for each of {for_each}"
    return f"{len(items)} times" if is_list(items) else f"once for each of {for_each}"

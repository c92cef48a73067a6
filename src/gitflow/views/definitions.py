"""Tasks, actions and triggers as the API shows them: in the words of the language, without what is left out there.

What is shown can be written back: lengths of time are whole seconds, or a text such as ``500ms``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import DEFAULT_GRACE_S, AllOf, StepNeed
from gitflow.core.status import ENDED_STEP
from gitflow.core.values import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitflow.core.language.definition import (
        Action,
        Concurrency,
        Field,
        Hook,
        Hooks,
        Need,
        Retry,
        Step,
        Task,
        Trigger,
    )
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json, JsonObject

#: Fields of a trigger's type that are told in another way, or already.
_TOLD = ("cron", "timezone", "name")

#: How many times a schedule will fire next are told, and of how many schedules that is remembered.
NEXT_RUNS = 5
MOST_KNOWN = 20_000


def task_row(snapshot: Snapshot, task: Task) -> JsonObject:
    """One item of a list of tasks."""
    return {
        "name": task.name,
        "workspace": snapshot.workspace,
        "mode": task.mode,
        **_written(folder=task.folder, description=task.description),
        "has_triggers": any(t.enabled and t.task == task.name for t in snapshot.triggers.values()),
    }


def task_detail(snapshot: Snapshot, task: Task, now: float) -> JsonObject:
    """``now``: seconds since the epoch; from then on the next runs of its triggers are told."""
    return {
        "name": task.name,
        "workspace": snapshot.workspace,
        "revision": snapshot.revision,
        "mode": task.mode,
        **_written(title=task.title, folder=task.folder, description=task.description),
        "input": fields_written(task.input),
        **({"output": task.output} if task.has_output else {}),
        "flow": {name: step_written(step) for name, step in task.flow.items()},
        **_written(
            timeout=_duration(task.timeout_s),
            retry=_retry(task.retry),
            concurrency=_concurrency(task.concurrency),
            priority=task.priority or None,
            max_parallel_steps=task.max_parallel_steps,
            labels=dict(task.labels),
            checkout=None if task.checkout == "step" else task.checkout,
            **_hooks(task.hooks),
        ),
        "triggers": [trigger(each, now) for each in snapshot.triggers.values() if each.task == task.name],
    }


def step_written(step: Step) -> JsonObject:
    """A step of a flow as its author wrote it."""
    doing = {"action": step.action} if step.inline is None else _doing(step.inline)
    return {
        **doing,
        **_written(
            name=step.title,
            description=step.description,
            depends_on=[_need(need) for need in step.needs],
            when=step.when,
            for_each=step.for_each,
            sequential=step.sequential,
            max_parallel=step.max_parallel,
            input=dict(step.input),
            continue_on_failure=step.continue_on_failure,
            timeout=_duration(step.timeout_s),
            retry=_retry(step.retry),
        ),
    }


def action_row(action: Action) -> JsonObject:
    """One item of a list of actions."""
    return {
        "name": action.name,
        "type": action.type,
        **_written(description=action.description),
        "tags": list(action.tags),
    }


def action_detail(action: Action) -> JsonObject:
    """A named action as its author wrote it, with its name."""
    more = _written(timeout=_duration(action.timeout_s), retry=_retry(action.retry))
    return {
        "name": action.name,
        **_written(title=action.title, description=action.description),
        **_doing(action),
        **more,
    }


def trigger(trigger: Trigger, now: float) -> JsonObject:
    """``next_runs`` is empty unless the trigger is an enabled schedule."""
    is_schedule = trigger.type == "scheduler"
    return {
        "name": trigger.name,
        "type": trigger.type,
        "cron": trigger.fields.get("cron") if is_schedule else None,
        "task": trigger.task,
        "enabled": trigger.enabled,
        "input": dict(trigger.input),
        "next_runs": _next_runs(trigger, now) if is_schedule and trigger.enabled else [],
        **({"timezone": trigger.fields["timezone"]} if "timezone" in trigger.fields else {}),
    }


def trigger_detail(trigger_: Trigger, now: float) -> JsonObject:
    """The same, with the fields only its type knows. A secret is shown as its template, or masked."""
    own = {key: _masked(key, value) for key, value in trigger_.fields.items() if key not in _TOLD}
    path = {"path": f"/hooks/{trigger_.fields['name']}"} if "name" in trigger_.fields else {}
    return trigger(trigger_, now) | path | own


#: Expression and zone -> a moment, and the runs after it, with how they are written: they are the next ones until the
#: first of them has come.
_known_runs: dict[tuple[str, str], tuple[float, list[tuple[float, str]]]] = {}


def _next_runs(trigger: Trigger, now: float) -> list[str]:
    """A workspace may have thousands of schedules: what was found once is only gone on from."""
    schedule = (str(trigger.fields["cron"]), str(trigger.fields.get("timezone", "UTC")))
    since, known = _known_runs.get(schedule, (now, []))
    runs = [run for run in known if run[0] > now] if since <= now else []
    if len(runs) < NEXT_RUNS:
        runs += _runs(*schedule, runs[-1][0] if runs else now, NEXT_RUNS - len(runs))
        if len(_known_runs) >= MOST_KNOWN:
            _known_runs.clear()
        _known_runs[schedule] = (now, runs)
    return [text for _, text in runs]


def _runs(cron: str, zone: str, after: float, count: int) -> Iterator[tuple[float, str]]:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from gitflow.core.language.cron import CronError, next_fire

    for _ in range(count):
        try:
            after = next_fire(cron, zone, after)
        except CronError:  # it will not come again
            return
        yield after, datetime.fromtimestamp(after, ZoneInfo(zone)).isoformat()


def _doing(action: Action) -> JsonObject:
    """What an action does: its type with the fields of that type, and what is common to all."""
    return {
        "type": action.type,
        **_written(
            input=fields_written(action.input),
            output=None if action.output is None else fields_written(action.output),
            **action.fields,
            env=dict(action.env),
            tags=list(action.tags),
            grace=None if action.grace_s == DEFAULT_GRACE_S else _duration(action.grace_s),
        ),
    }


def fields_written(fields: Mapping[str, Field]) -> JsonObject:
    """Input or output fields as their author wrote them."""
    return {name: _field(field) for name, field in fields.items()}


def _field(field: Field) -> JsonObject:
    default = {"default": MASK if field.secret else field.default} if field.has_default else {}
    return {
        "type": field.type,
        **default,
        **_written(
            required=field.required,
            description=field.description,
            options=list(field.options),
            allow_custom=field.allow_custom,
            multiple=field.multiple,
            minimum=field.minimum,
            maximum=field.maximum,
            pattern=field.pattern,
            secret=field.secret,
            order=field.order,
        ),
    }


def _need(need: Need) -> Json:
    if isinstance(need, StepNeed):
        if need.plain:
            return need.step
        accept = "any" if need.accept == ENDED_STEP else sorted(str(status) for status in need.accept)
        return {"step": need.step, "accept": accept}
    return {"all" if isinstance(need, AllOf) else "any": [_need(inner) for inner in need.needs]}


def _retry(retry: Retry | None) -> JsonObject | None:
    if retry is None:
        return None
    return {"max_attempts": retry.max_attempts} | _written(
        delay=_duration(retry.delay_s) or None,
        backoff=None if retry.backoff == "constant" else retry.backoff,
        max_delay=_duration(retry.max_delay_s),
        jitter=retry.jitter,
        on_exit_codes=list(retry.on_exit_codes),
    )


def _concurrency(found: Concurrency | None) -> JsonObject | None:
    return None if found is None else {"group": found.group, "limit": found.limit, "on_limit": found.on_limit}


def _hooks(hooks: Hooks) -> JsonObject:
    lists: dict[str, Iterable[Hook]] = {
        "on_success": hooks.on_success,
        "on_error": hooks.on_error,
        "on_cancel": hooks.on_cancel,
        "on_suspended": hooks.on_suspended,
    }
    return {
        occasion: [{"action": hook.action, **_written(input=dict(hook.input))} for hook in found]
        for occasion, found in lists.items()
    }


def _duration(seconds: float | None) -> int | str | None:
    if seconds is None:
        return None
    return int(seconds) if seconds == int(seconds) else f"{round(seconds * 1000)}ms"


def _masked(key: str, value: Json) -> Json:
    is_written_out = key == "secret" and isinstance(value, str) and "{{" not in value
    return MASK if is_written_out else value


def _written(**given: Json) -> JsonObject:
    """Without what is as if it were not written."""
    return {
        key: value
        for key, value in given.items()
        if value is not None and value is not False and value not in ("", [], {})
    }

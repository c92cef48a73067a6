"""Tasks and actions as the API shows them: in the words of the language, without what is left out there.

What is shown can be written back: lengths of time are whole seconds, or a text such as ``500ms``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import DEFAULT_GRACE_S, AllOf, StepNeed
from gitflow.core.record import record
from gitflow.core.status import ENDED_STEP
from gitflow.core.values import MASK
from gitflow.views.noun import ABSENT, Field, Noun, Spread, is_absent, is_unwritten, maybe, writer
from gitflow.views.schema import ANY, FLAG, LIST, MODE, NUMBER, OBJECT, TEXT, WHOLE, list_of, map_of, ref
from gitflow.views.triggers import trigger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitflow.core.language.definition import Action, Concurrency, Hook, Need, Retry, Step, Task
    from gitflow.core.language.definition import Field as InputField
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json, JsonObject

#: A length of time: whole seconds, or a text such as ``500ms``.
_DURATION: JsonObject = {"type": ["integer", "string"]}


@record
class TaskAtHand:
    task: Task
    snapshot: Snapshot
    now: float = 0.0  #: seconds since the epoch; from then on the next runs of its triggers are shown


TASK_ITEM = Noun(
    "TaskItem",
    "A task.",
    (
        Field("name", TEXT, "task.name"),
        Field("workspace", TEXT, "snapshot.workspace"),
        Field("mode", MODE, "task.mode"),
        maybe("folder", TEXT, "task.folder"),
        maybe("description", TEXT, "task.description"),
        Field(
            "has_triggers",
            FLAG,
            lambda it: any(t.enabled and t.task == it.task.name for t in it.snapshot.triggers.values()),
            about="Whether an enabled trigger targets it.",
        ),
    ),
    list_name="TaskList",
)

TASK_DETAIL = Noun(
    "TaskDetail",
    "A task with its flow, as its author wrote it, and the triggers that target it.",
    (
        Field("name", TEXT, "task.name"),
        Field("workspace", TEXT, "snapshot.workspace"),
        Field("revision", TEXT, "snapshot.revision"),
        Field("mode", MODE, "task.mode"),
        maybe("title", TEXT, "task.title"),
        maybe("folder", TEXT, "task.folder"),
        maybe("description", TEXT, "task.description"),
        Field("input", map_of(ref("InputField")), lambda it: fields_written(it.task.input)),
        Field("output", ANY, lambda it: it.task.output if it.task.has_output else ABSENT, omit=is_absent),
        Field(
            "flow",
            map_of(ref("FlowStep")),
            lambda it: {name: step_written(step) for name, step in it.task.flow.items()},
        ),
        maybe("timeout", _DURATION, lambda it: _duration(it.task.timeout_s)),
        maybe("retry", OBJECT, lambda it: _retry(it.task.retry)),
        maybe("concurrency", OBJECT, lambda it: _concurrency(it.task.concurrency)),
        maybe("priority", WHOLE, lambda it: it.task.priority or None),
        maybe("max_parallel_steps", WHOLE, "task.max_parallel_steps"),
        maybe("labels", map_of(TEXT), lambda it: dict(it.task.labels)),
        maybe("checkout", TEXT, lambda it: None if it.task.checkout == "step" else it.task.checkout),
        maybe("on_success", LIST, lambda it: _hooks(it.task.hooks.on_success)),
        maybe("on_error", LIST, lambda it: _hooks(it.task.hooks.on_error)),
        maybe("on_cancel", LIST, lambda it: _hooks(it.task.hooks.on_cancel)),
        maybe("on_suspended", LIST, lambda it: _hooks(it.task.hooks.on_suspended)),
        Field(
            "triggers",
            list_of(ref("Trigger")),
            lambda it: [trigger(each, it.now) for each in it.snapshot.triggers.values() if each.task == it.task.name],
        ),
    ),
)

INPUT_FIELD = Noun(
    "InputField",
    "One field of an input.",
    (
        Field("type", TEXT),
        Field("default", ANY, lambda it: _default(it), omit=is_absent),
        maybe("required", FLAG),
        maybe("description", TEXT),
        maybe("options", LIST, lambda it: list(it.options)),
        maybe("allow_custom", FLAG),
        maybe("multiple", FLAG),
        maybe("minimum", NUMBER),
        maybe("maximum", NUMBER),
        maybe("pattern", TEXT),
        maybe("secret", FLAG),
        maybe("order", WHOLE),
    ),
)

FLOW_STEP = Noun(
    "FlowStep",
    "A step, as its author wrote it.",
    (
        maybe("action", TEXT),
        maybe(
            "type",
            TEXT,
            lambda it: it.inline.type if it.inline else None,
            about="Of an action that stands in the flow itself.",
        ),
        Spread(lambda it: _more_of_action(it.inline) if it.inline else {}),
        maybe("name", TEXT, "title"),
        maybe("description", TEXT),
        maybe("depends_on", LIST, lambda it: [_need(need) for need in it.needs]),
        maybe("when", TEXT),
        maybe("for_each", ANY),
        maybe("sequential", FLAG),
        maybe("max_parallel", WHOLE),
        maybe("input", OBJECT, lambda it: dict(it.input)),
        maybe("continue_on_failure", FLAG),
        maybe("timeout", _DURATION, lambda it: _duration(it.timeout_s)),
        maybe("retry", OBJECT, lambda it: _retry(it.retry)),
    ),
    is_open=True,
)

ACTION_ITEM = Noun(
    "ActionItem",
    "A named action.",
    (
        Field("name", TEXT),
        Field("type", TEXT),
        maybe("description", TEXT),
        Field("tags", list_of(TEXT), about="What a worker must have."),
    ),
    list_name="ActionList",
)

ACTION_DETAIL = Noun(
    "ActionDetail",
    "A named action, as its author wrote it, with the fields of its type.",
    (
        Field("name", TEXT),
        maybe("title", TEXT),
        maybe("description", TEXT),
        Field("type", TEXT),
        Spread(lambda it: _more_of_action(it)),
        Spread(lambda it: _written(timeout=_duration(it.timeout_s), retry=_retry(it.retry))),
    ),
    is_open=True,
)

NOUNS = (TASK_ITEM, TASK_DETAIL, INPUT_FIELD, FLOW_STEP, ACTION_ITEM, ACTION_DETAIL)

step_written: Callable[[Step], JsonObject] = writer(FLOW_STEP)
action_row: Callable[[Action], JsonObject] = writer(ACTION_ITEM)
action_detail: Callable[[Action], JsonObject] = writer(ACTION_DETAIL)
_field: Callable[[InputField], JsonObject] = writer(INPUT_FIELD)
_task_row = writer(TASK_ITEM)
_task_detail = writer(TASK_DETAIL)


def task_row(snapshot: Snapshot, task: Task) -> JsonObject:
    """One item of a list of tasks."""
    return _task_row(TaskAtHand(task, snapshot))


def task_detail(snapshot: Snapshot, task: Task, now: float) -> JsonObject:
    """``now``: seconds since the epoch; from then on the next runs of its triggers are shown."""
    return _task_detail(TaskAtHand(task, snapshot, now))


def _more_of_action(action: Action) -> JsonObject:
    """What an action has beside its type: the fields of that type, and what is common to all."""
    return _written(
        input=fields_written(action.input),
        output=None if action.output is None else fields_written(action.output),
        **action.fields,
        env=dict(action.env),
        tags=list(action.tags),
        grace=None if action.grace_s == DEFAULT_GRACE_S else _duration(action.grace_s),
    )


def fields_written(fields: Mapping[str, InputField]) -> JsonObject:
    """Input or output fields as their author wrote them."""
    return {name: _field(field) for name, field in fields.items()}


def _default(field: InputField) -> object:
    if not field.has_default:
        return ABSENT
    return MASK if field.secret else field.default


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


def _hooks(hooks: Iterable[Hook]) -> list[Json]:
    return [{"action": hook.action, **_written(input=dict(hook.input))} for hook in hooks]


def _duration(seconds: float | None) -> int | str | None:
    if seconds is None:
        return None
    return int(seconds) if seconds == int(seconds) else f"{round(seconds * 1000)}ms"


def _written(**given: Json) -> JsonObject:
    """Without what is as if it were not written."""
    return {key: value for key, value in given.items() if not is_unwritten(value)}

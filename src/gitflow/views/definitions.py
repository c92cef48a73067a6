"""The JSON of tasks and actions: the keys of the workflow language, without those that have their default.

The JSON can be written back to a file: a duration is a number of seconds, or a text such as ``500ms``.
"""

from __future__ import annotations

from _operator import attrgetter

from gitflow.core.language.definition import DEFAULT_GRACE_S, AllOf, StepNeed
from gitflow.core.record import Record
from gitflow.core.status import ENDED_STEP
from gitflow.core.values import MASK
from gitflow.views.noun import ABSENT, ExtraFields, JsonField, Noun, is_absent, is_unset, optional, writer
from gitflow.views.schema import ANY, FLAG, MODE, NUMBER, OBJECT, TEXT, WHOLE, list_of, map_of, ref
from gitflow.views.triggers import trigger
from gitflow.views.written import DURATION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitflow.core.language.definition import Action, Concurrency, Hook, Need, Retry, Step, Task
    from gitflow.core.language.definition import Field as InputField
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.problems import Place
    from gitflow.core.values import Json, JsonObject

_HOOKS: JsonObject = list_of(ref("HookCall"))


class LoadedTask(Record):
    task: Task
    snapshot: Snapshot
    now: float = 0.0  #: seconds since the epoch; the next runs of its triggers are those after it


def _where(read: str, what: str) -> tuple[JsonField, JsonField]:
    """Where a definition stands; ``read``: the path of its place."""
    return (
        optional("file", TEXT, f"{read}.file", about=f"Where {what} is defined, relative to the workspace."),
        optional("line", WHOLE, lambda it: _line(attrgetter(read)(it)), about="Line number, counted from 1."),
    )


def _line(place: Place) -> int | None:
    return place.line if place.file else None


TASK_ITEM = Noun(
    "TaskItem",
    "A task.",
    (
        JsonField("name", TEXT, "task.name"),
        JsonField("workspace", TEXT, "snapshot.workspace"),
        JsonField("mode", MODE, "task.mode"),
        optional("title", TEXT, "task.title"),
        optional("folder", TEXT, "task.folder"),
        optional("description", TEXT, "task.description"),
        JsonField(
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
        JsonField("name", TEXT, "task.name"),
        JsonField("workspace", TEXT, "snapshot.workspace"),
        JsonField("revision", TEXT, "snapshot.revision"),
        JsonField("mode", MODE, "task.mode"),
        *_where("task.where", "it"),
        optional("title", TEXT, "task.title"),
        optional("folder", TEXT, "task.folder"),
        optional("description", TEXT, "task.description"),
        JsonField("input", map_of(ref("InputField")), lambda it: input_fields(it.task.input)),
        JsonField("output", ANY, lambda it: it.task.output if it.task.has_output else ABSENT, omit=is_absent),
        JsonField(
            "flow",
            map_of(ref("FlowStep")),
            lambda it: {name: flow_step(step) for name, step in it.task.flow.items()},
        ),
        optional("timeout", DURATION, lambda it: _duration(it.task.timeout_s)),
        optional("deadline", DURATION, lambda it: _duration(it.task.deadline_s)),
        optional("retry", ref("RetryRule"), lambda it: _retry(it.task.retry)),
        optional("concurrency", ref("ConcurrencyRule"), lambda it: _concurrency(it.task.concurrency)),
        optional("priority", WHOLE, lambda it: it.task.priority or None),
        optional("max_parallel_steps", WHOLE, "task.max_parallel_steps"),
        optional("labels", map_of(TEXT), lambda it: dict(it.task.labels)),
        optional("checkout", TEXT, lambda it: None if it.task.checkout == "step" else it.task.checkout),
        optional("on_success", _HOOKS, lambda it: _hooks(it.task.hooks.on_success)),
        optional("on_error", _HOOKS, lambda it: _hooks(it.task.hooks.on_error)),
        optional("on_cancel", _HOOKS, lambda it: _hooks(it.task.hooks.on_cancel)),
        optional("on_suspended", _HOOKS, lambda it: _hooks(it.task.hooks.on_suspended)),
        optional("on_late", _HOOKS, lambda it: _hooks(it.task.hooks.on_late)),
        JsonField(
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
        JsonField("type", TEXT),
        JsonField("default", ANY, lambda it: _default(it), omit=is_absent),
        optional("required", FLAG),
        optional("description", TEXT),
        optional("options", list_of(ANY), lambda it: list(it.options)),
        optional("allow_custom", FLAG),
        optional("multiple", FLAG),
        optional("minimum", NUMBER),
        optional("maximum", NUMBER),
        optional("pattern", TEXT),
        optional("secret", FLAG),
        optional("order", WHOLE),
    ),
)

FLOW_STEP = Noun(
    "FlowStep",
    "A step, as its author wrote it.",
    (
        optional("action", TEXT),
        optional(
            "type",
            TEXT,
            lambda it: it.inline.type if it.inline else None,
            about="Type of an action that is written in the flow itself.",
        ),
        ExtraFields(lambda it: _type_fields(it.inline) if it.inline else {}),
        optional("name", TEXT, "title"),
        optional("description", TEXT),
        optional("depends_on", list_of(ref("Dependency")), lambda it: [_need(need) for need in it.needs]),
        optional("when", TEXT),
        optional("for_each", ANY),
        optional("sequential", FLAG),
        optional("max_parallel", WHOLE),
        optional("input", OBJECT, lambda it: dict(it.input)),
        optional("continue_on_failure", FLAG),
        optional("timeout", DURATION, lambda it: _duration(it.timeout_s)),
        optional("deadline", DURATION, lambda it: _duration(it.deadline_s)),
        optional("retry", ref("RetryRule"), lambda it: _retry(it.retry)),
        *_where("where", "it"),
    ),
    is_open=True,
)

ACTION_ITEM = Noun(
    "ActionItem",
    "A named action.",
    (
        JsonField("name", TEXT),
        JsonField("type", TEXT),
        optional("description", TEXT),
        JsonField("tags", list_of(TEXT), about="Tags that a worker must have to run the action."),
    ),
    list_name="ActionList",
)

ACTION_DETAIL = Noun(
    "ActionDetail",
    "A named action, as its author wrote it, with the fields of its type.",
    (
        JsonField("name", TEXT),
        *_where("where", "it"),
        optional("title", TEXT),
        optional("description", TEXT),
        JsonField("type", TEXT),
        ExtraFields(lambda it: _type_fields(it)),
        ExtraFields(lambda it: _set_fields(timeout=_duration(it.timeout_s), retry=_retry(it.retry))),
    ),
    is_open=True,
)

NOUNS = (TASK_ITEM, TASK_DETAIL, INPUT_FIELD, FLOW_STEP, ACTION_ITEM, ACTION_DETAIL)

flow_step: Callable[[Step], JsonObject] = writer(FLOW_STEP)
action_row: Callable[[Action], JsonObject] = writer(ACTION_ITEM)
action_detail: Callable[[Action], JsonObject] = writer(ACTION_DETAIL)
_field: Callable[[InputField], JsonObject] = writer(INPUT_FIELD)
_task_row = writer(TASK_ITEM)
_task_detail = writer(TASK_DETAIL)


def task_row(snapshot: Snapshot, task: Task) -> JsonObject:
    """One item of a list of tasks."""
    return _task_row(LoadedTask(task, snapshot))


def task_detail(snapshot: Snapshot, task: Task, now: float) -> JsonObject:
    """``now``: seconds since the epoch; the next runs of its triggers are those after it."""
    return _task_detail(LoadedTask(task, snapshot, now))


def _type_fields(action: Action) -> JsonObject:
    """The keys of an action beside its type: those of that type, and those that every type has."""
    return _set_fields(
        input=input_fields(action.input),
        output=None if action.output is None else input_fields(action.output),
        **action.fields,
        env=dict(action.env),
        tags=list(action.tags),
        grace=None if action.grace_s == DEFAULT_GRACE_S else _duration(action.grace_s),
    )


def input_fields(fields: Mapping[str, InputField]) -> JsonObject:
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
    return {"max_attempts": retry.max_attempts} | _set_fields(
        delay=_duration(retry.delay_s) or None,
        backoff=None if retry.backoff == "constant" else retry.backoff,
        max_delay=_duration(retry.max_delay_s),
        jitter=retry.jitter,
        on_exit_codes=list(retry.on_exit_codes),
    )


def _concurrency(found: Concurrency | None) -> JsonObject | None:
    return None if found is None else {"group": found.group, "limit": found.limit, "on_limit": found.on_limit}


def _hooks(hooks: Iterable[Hook]) -> list[Json]:
    return [{"action": hook.action, **_set_fields(input=dict(hook.input))} for hook in hooks]


def _duration(seconds: float | None) -> int | str | None:
    if seconds is None:
        return None
    return int(seconds) if seconds == int(seconds) else f"{round(seconds * 1000)}ms"


def _set_fields(**given: Json) -> JsonObject:
    """Without unset values."""
    return {key: value for key, value in given.items() if not is_unset(value)}

"""Parses plain trees that passed their schema to definitions, with defaults filled in.

It is used for texts and for compiled snapshots, so it imports only the core and checks nothing.
A mapping that becomes a definition may have two keys that no author can write: ``$at``, its place, and
``$script``, its ``cmd`` made safe.
"""

from __future__ import annotations

from gitflow.core.durations import parse_duration
from gitflow.core.language.definition import (
    DEFAULT_GRACE_S,
    OCCASIONS,
    Action,
    AllOf,
    AnyOf,
    Concurrency,
    Connection,
    ConnectionType,
    Field,
    Hook,
    Hooks,
    Retry,
    Script,
    Step,
    StepNeed,
    Task,
    Trigger,
)
from gitflow.core.problems import NOWHERE, Place
from gitflow.core.status import ENDED_STEP, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.language.definition import Need
    from gitflow.core.values import Json, JsonObject

AT = "$at"  #: ``[line, column]``, or ``[line, column, file]`` for a direct member of a section
SCRIPT = "$script"  #: ``[text, [[variable, expression], …], raw]``

#: The keys of a step itself; every other key of an inline step belongs to its action.
STEP_KEYS = frozenset({
    "action", "depends_on", "input", "when", "for_each", "sequential", "max_parallel",
    "continue_on_failure", "timeout", "retry", "name", "description",
})  # fmt: skip

#: The keys of all actions; every other key is a field of the action's type.
ACTION_KEYS = frozenset({
    "type", "name", "description", "input", "output", "env", "tags", "timeout", "grace", "retry",
})  # fmt: skip

_TRIGGER_KEYS = frozenset({"type", "task", "input", "enabled", "description"})

#: The default time limit of waiting for an event: a day.
DEFAULT_WAIT_S = 86400.0


def parse_action(name: str, plain: JsonObject) -> Action:
    file = _file(plain)
    return _action(
        plain,
        file,
        name=name,
        title=plain.get("name", ""),
        description=plain.get("description", ""),
        input=_fields(plain.get("input"), file),
        timeout_s=_seconds(plain, "timeout"),
        retry=_retry(plain),
    )


def parse_task(name: str, plain: JsonObject) -> Task:
    file = _file(plain)
    return Task(
        name=name,
        flow={step: _step(step, given, file) for step, given in plain["flow"].items()},
        title=plain.get("name", ""),
        description=plain.get("description", ""),
        folder=plain.get("folder", ""),
        mode=plain.get("mode", "distributed"),
        input=_fields(plain.get("input"), file),
        output=plain.get("output"),
        has_output="output" in plain,
        timeout_s=_seconds(plain, "timeout"),
        retry=_retry(plain),
        concurrency=_concurrency(plain.get("concurrency")),
        priority=plain.get("priority", 0),
        max_parallel_steps=plain.get("max_parallel_steps"),
        labels=_texts(plain.get("labels")),
        checkout=plain.get("checkout", "step"),
        hooks=parse_hooks(plain, file),
        where=_place(plain, file),
    )


def parse_trigger(name: str, plain: JsonObject) -> Trigger:
    return Trigger(
        name=name,
        type=plain["type"],
        task=plain["task"],
        input=plain.get("input", {}),
        enabled=plain.get("enabled", True),
        description=plain.get("description", ""),
        fields={key: value for key, value in plain.items() if key not in _TRIGGER_KEYS and _is_authors(key)},
        where=_place(plain, _file(plain)),
    )


def parse_connection_type(name: str, plain: JsonObject) -> ConnectionType:
    file = _file(plain)
    fields = {field: given for field, given in plain.items() if field != AT}
    return ConnectionType(name, _fields(fields, file), _place(plain, file))


def parse_connection(name: str, plain: JsonObject) -> Connection:
    values = {key: value for key, value in plain.items() if key not in ("type", AT)}
    return Connection(name, plain["type"], values, _place(plain, _file(plain)))


def parse_hooks(plain: Mapping[str, Json], file: str = "") -> Hooks:
    """The four lists of hooks of a task or a workspace. ``file`` is their file, unless their place names one."""
    return Hooks(*(tuple(_hook(given, file) for given in plain.get(occasion, ())) for occasion in OCCASIONS))


def _hook(plain: JsonObject, file: str) -> Hook:
    return Hook(plain["action"], plain.get("input", {}), _place(plain, _file(plain) or file))


def _action(plain: JsonObject, file: str, *, keys: frozenset[str] = ACTION_KEYS, **common: Json) -> Action:
    """Parses an action. ``common`` holds the values that named and inline actions take from different places."""
    kind = plain["type"]
    output = plain.get("output")
    script = plain.get(SCRIPT)
    if kind == "wait" and common.get("timeout_s") is None:
        common["timeout_s"] = DEFAULT_WAIT_S
    return Action(
        type=kind,
        output=None if output is None else _fields(output, file),
        env=_texts(plain.get("env")),
        tags=tuple(plain.get("tags", ())),
        grace_s=parse_duration(plain.get("grace", DEFAULT_GRACE_S)),
        fields={key: value for key, value in plain.items() if key not in keys and _is_authors(key)},
        script=None if script is None else Script(script[0], tuple((v[0], v[1]) for v in script[1]), script[2]),
        where=_place(plain, file),
        **common,
    )


def _step(name: str, plain: JsonObject, file: str) -> Step:
    inline = "type" in plain
    declares = inline and plain["type"] == "approval"  # its ``input`` declares the fields that the approver fills in
    return Step(
        name=name,
        action=plain.get("action"),
        inline=_inline_action(plain, file, declares) if inline else None,
        needs=tuple(map(_need, plain.get("depends_on", ()))),
        input={} if declares else plain.get("input", {}),
        when=_condition(plain.get("when")),
        for_each=plain.get("for_each"),
        sequential=plain.get("sequential", False),
        max_parallel=plain.get("max_parallel"),
        continue_on_failure=plain.get("continue_on_failure", False),
        timeout_s=_seconds(plain, "timeout"),
        retry=_retry(plain),
        title=plain.get("name", ""),
        description=plain.get("description", ""),
        where=_place(plain, file),
    )


def _inline_action(plain: JsonObject, file: str, declares: bool) -> Action:
    declared = _fields(plain.get("input"), file) if declares else {}
    return _action(plain, file, keys=ACTION_KEYS | STEP_KEYS, input=declared)


def _need(given: Json) -> Need:
    if isinstance(given, str):
        return StepNeed(given)
    if "all" in given:
        return AllOf(tuple(map(_need, given["all"])))
    if "any" in given:
        return AnyOf(tuple(map(_need, given["any"])))
    if "accept" not in given:
        return StepNeed(given["step"])
    accept = given["accept"]
    return StepNeed(given["step"], ENDED_STEP if accept == "any" else frozenset(map(StepStatus, accept)), plain=False)


def _fields(plain: Mapping[str, Json] | None, file: str) -> dict[str, Field]:
    return {name: _field(name, given, file) for name, given in plain.items()} if plain else {}


def _field(name: str, plain: JsonObject, file: str) -> Field:
    return Field(
        name=name,
        type=plain.get("type", "string"),
        required=plain.get("required", False),
        default=plain.get("default"),
        has_default="default" in plain,
        description=plain.get("description", ""),
        options=tuple(plain.get("options", ())),
        allow_custom=plain.get("allow_custom", False),
        multiple=plain.get("multiple", False),
        minimum=plain.get("minimum"),
        maximum=plain.get("maximum"),
        pattern=plain.get("pattern"),
        secret=plain.get("secret", False),
        order=plain.get("order"),
        where=_place(plain, file),
    )


def _retry(plain: JsonObject) -> Retry | None:
    given = plain.get("retry")
    if given is None:
        return None
    return Retry(
        max_attempts=given.get("max_attempts", 1),
        delay_s=parse_duration(given.get("delay", 0)),
        backoff=given.get("backoff", "constant"),
        max_delay_s=_seconds(given, "max_delay"),
        jitter=given.get("jitter", False),
        on_exit_codes=tuple(given.get("on_exit_codes", ())),
    )


def _concurrency(given: Json) -> Concurrency | None:
    if given is None:
        return None
    return Concurrency(given["group"], given.get("limit", 1), given.get("on_limit", "queue"))


def _condition(given: Json) -> str | None:
    """``when`` as a text; a plain true or false is an expression, too."""
    return given if given is None or isinstance(given, str) else _text(given)


def _seconds(plain: JsonObject, key: str) -> float | None:
    given = plain.get(key)
    return None if given is None else parse_duration(given)


def _texts(plain: Mapping[str, Json] | None) -> dict[str, str]:
    return {key: _text(value) for key, value in plain.items()} if plain else {}


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_authors(key: str) -> bool:
    return not key.startswith(("$", "x-"))


def _file(plain: JsonObject) -> str:
    at = plain.get(AT, ())
    return at[2] if len(at) > 2 else ""


def _place(plain: JsonObject, file: str) -> Place:
    at = plain.get(AT)
    return NOWHERE if at is None else Place(file, at[0], at[1])

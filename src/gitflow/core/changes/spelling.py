"""When two ways of writing a value mean the same: ``60s`` and ``1m``, ``{{x}}`` and ``{{ x }}``, a default written out.

``meaning`` gives something to compare, ``written`` what a person is shown. Both take a field of a record, or a field
that only one type of action or trigger has.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.durations import exact, moment, parse_duration
from gitflow.core.language.cron import CronError, parse_cron
from gitflow.core.language.definition import Action, AllOf, Concurrency, Field, Retry, Step, StepNeed, Task, Trigger
from gitflow.core.record import fields_of
from gitflow.core.status import ENDED_STEP, StepStatus
from gitflow.core.templates.parse import Expression, Text, condition_of, expressions_only, parse
from gitflow.core.templates.texts import TemplateError, has_template
from gitflow.core.values import is_list, is_mapping, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.language.definition import Need
    from gitflow.core.values import Json

_CONTAINER: Mapping[str, Json] = {"pull": "missing", "network": "default", "mounts": []}

#: What a field that only one type has is when it is not written, by type of action or trigger.
DEFAULTS: Mapping[str, Mapping[str, Json]] = {
    "shell": {"shell": "sh", "errexit": True, "runner": "local", **_CONTAINER},
    "python": {"dependencies": [], "runner": "local", **_CONTAINER},
    "http": {"method": "GET", "headers": {}},
    "docker": _CONTAINER,
    "approval": {"approvers_exclude_requester": False, "on_timeout": "fail"},
    "scheduler": {"timezone": "UTC", "catchup": "none", "concurrency": "allow", "jitter": 0},
    "webhook": {"signature": "none", "mode": "async", "timeout_secs": 30, "methods": ["GET", "POST"]},
}

#: Keys of records that are called otherwise in the language.
_WORDS = {"title": "name", "needs": "depends_on"}


def word(name: str) -> str:
    """What the language calls a field of a record: ``timeout`` for ``timeout_s``."""
    return _WORDS.get(name) or name.removesuffix("_s")


def same(before: Json, after: Json) -> bool:
    """Whether two values are equal; 1 and 1.0 are, 1 and true are not."""
    if is_mapping(before) and is_mapping(after):
        return before.keys() == after.keys() and all(same(before[key], after[key]) for key in before)
    if is_list(before) and is_list(after):
        return len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, bool) != isinstance(after, bool):
        return False
    return before == after


def meaning(name: str, value: Json) -> Json:
    """A field's value with everything taken out that is only spelling."""
    find = _MEANINGS.get(name)
    if find is None or value is None:
        return of_value(value)
    try:
        return find(value)
    except (ValueError, TypeError, LookupError, TemplateError, CronError):
        return of_value(value)


def of_value(value: Json) -> Json:
    """A value that may hold templates, at any depth: without the white space inside of their braces."""
    if isinstance(value, str):
        return _text(value)
    if is_mapping(value):
        return {key: of_value(member) for key, member in value.items()}
    if is_list(value):
        return [of_value(member) for member in value]
    return value


def of_needs(step: Step) -> dict[str, Json]:
    """What a step waits for, each need by a text that names it; the order does not matter."""
    found = (_need(need, step) for need in step.needs)
    return {json.dumps(need, sort_keys=True) if is_object(need) else str(need): need for need in found}


def _need(need: Need, step: Step) -> Json:
    if isinstance(need, StepNeed):
        is_plain = need.accept == frozenset({StepStatus.COMPLETED}) and (need.plain or not step.continue_on_failure)
        accept: Json = "any" if need.accept == ENDED_STEP else sorted(map(str, need.accept))
        return need.step if is_plain else {"step": need.step, "accept": accept}
    inner = [_need(each, step) for each in need.needs]
    return {"all" if isinstance(need, AllOf) else "any": sorted(inner, key=lambda each: json.dumps(each))}


def _text(text: str) -> Json:
    if not has_template(text):
        return text
    try:
        return _parts(parse(text), text)
    except TemplateError:
        return text


def _script(value: Json) -> Json:
    """A line end at the end makes no other program."""
    if not isinstance(value, str):
        return of_value(value)
    text = value.rstrip("\n")
    return _parts(expressions_only(text), text) if "{{" in text else text


def _parts(parsed: Text, text: str) -> Json:
    if parsed.has_blocks:
        return text
    return [{"=": part.source} if isinstance(part, Expression) else part for part in parsed.parts]


def _condition(value: Json) -> Json:
    if not isinstance(value, str):
        return of_value(value)
    source = condition_of(value)
    return value if source is None else {"=": source}


def _code(value: Json) -> Json:
    return value.rstrip("\n") if isinstance(value, str) else value


def _cron(value: Json) -> Json:
    cron = parse_cron(value)
    return [cron.fields, cron.elapsed]


def _moment(value: Json) -> Json:
    return value if has_template(value) else moment(value)


def _set(value: Json) -> Json:
    """A list whose order means nothing, also where one member may be written without a list."""
    members = [of_value(member) for member in (value if is_list(value) else [value])]
    return sorted(members, key=lambda member: json.dumps(member, sort_keys=True, default=str))


def _watched(value: Json) -> Json:
    if not is_object(value):
        return value
    status = {"status": _set(value.get("status", "completed"))} if "task" in value else {}
    return {**of_value(value), **status}


def _as_written(value: Json) -> Json:
    return value


_MEANINGS: Mapping[str, Callable[[Json], Json]] = {
    "approvers": _set,
    "cmd": _script,
    "code": _code,
    "cron": _cron,
    "description": _as_written,
    "duration": parse_duration,
    "expect": _set,
    "for_each": _condition,
    "jitter": parse_duration,
    "methods": _set,
    "on": _watched,
    "on_exit_codes": _set,
    "script": _as_written,
    "tags": _set,
    "title": _as_written,
    "until": _moment,
    "when": _condition,
}


def written(name: str, value: Json) -> Json:
    """The value as an author would write it, as JSON."""
    if name.endswith("_s") and isinstance(value, int | float):
        return exact(value)
    return as_json(value)


def as_json(value: Json) -> Json:
    """A definition, or a part of one, in the words of the language and without what is not written."""
    if is_mapping(value):
        return {str(key): as_json(member) for key, member in value.items()}
    if is_list(value):
        return [as_json(member) for member in value]
    if hasattr(value, "__match_args__"):
        return _record(value)
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _record(value: object) -> Json:
    found: dict[str, Json] = {}
    usual = USUAL.get(type(value))
    for name, held in fields_of(value):
        if name in LEFT_OUT or (not held and type(held) not in (int, float)):
            continue
        if usual is not None and name not in ALWAYS and held == getattr(usual, name):
            continue
        if name in SPLICED:
            found |= as_json(held)
        elif name == "needs":
            found["depends_on"] = list(of_needs(value).values())  # type: ignore[arg-type]
        else:
            found[word(name)] = written(name, held)
    return found


#: What a record is where its author wrote nothing.
USUAL: Mapping[type, object] = {
    Action: Action(""),
    Concurrency: Concurrency(""),
    Field: Field(""),
    Retry: Retry(),
    Step: Step(""),
    Task: Task("", {}),
    Trigger: Trigger("", "", ""),
}
#: Fields that are shown also where they are as usual.
ALWAYS = frozenset({"type", "max_attempts"})
#: Fields of records that are no words of an author: names are keys, places and safe scripts are derived.
LEFT_OUT = frozenset({"name", "where", "script", "has_default", "has_output"})
#: Fields whose members stand beside those of the record in the language.
SPLICED = frozenset({"fields", "inline", "hooks", "values"})

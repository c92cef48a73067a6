"""What the templates of a caller can give: the Shape of every value that a step, a trigger or a hook passes on.

A scope answers for a path such as ``input.version`` or ``build.output.image`` with what is declared there. Everything
that is not declared, or is computed, is unknown; a few filters give a type whatever they are applied to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes import shapes
from gitflow.core.changes.shapes import Known
from gitflow.core.language.definition import StepNeed
from gitflow.core.language.graph import Graph, GraphError
from gitflow.core.names import LITERALS, template_name
from gitflow.core.record import replace
from gitflow.core.status import StepStatus
from gitflow.core.templates.parse import Expression, parse, path_of, tokens_of
from gitflow.core.templates.texts import TemplateError, has_template
from gitflow.core.values import is_list, is_mapping, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.changes.shapes import Shape
    from gitflow.core.language.definition import Action, Field, Need, Step, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.templates.parse import Path
    from gitflow.core.values import Json

    Scope = Callable[[Path], Shape]

#: Filters whose result has a type of its own.
_FILTERS: Mapping[str, Shape] = {
    **dict.fromkeys(("int", "length", "count"), shapes.INTEGER),
    **dict.fromkeys(("float",), shapes.NUMBER),
    **dict.fromkeys(("bool",), shapes.BOOLEAN),
    **dict.fromkeys(("list", "sort", "split", "lines", "unique", "batch"), shapes.ARRAY),
    **dict.fromkeys(
        ("string", "lower", "upper", "title", "capitalize", "trim", "replace", "join", "tojson", "urlencode",
         "b64encode", "basename", "dirname", "sha256", "truncate", "indent"),
        shapes.STRING,
    ),
}  # fmt: skip

_JOB: Mapping[str, Shape] = {
    **dict.fromkeys(("id", "task", "workspace", "revision"), shapes.STRING),
    "created_at": shapes.DATETIME,
    "attempt": shapes.INTEGER,
}
_EACH: Mapping[str, Shape] = {"index": shapes.INTEGER, "total": shapes.INTEGER}
_END: Mapping[str, Shape] = {
    **dict.fromkeys(("workspace", "task_name", "job_id", "status", "source_type", "revision"), shapes.STRING),
    **dict.fromkeys(("is_success", "reopened"), shapes.BOOLEAN),
    "failed_steps": shapes.ARRAY,
    "labels": shapes.OBJECT,
}
_PUSH: Mapping[str, Shape] = {
    "revision": shapes.STRING,
    "before": shapes.union(shapes.STRING, shapes.NULL),
    "branch": shapes.union(shapes.STRING, shapes.NULL),
    "paths": shapes.union(shapes.ARRAY, shapes.NULL),
}
_SCHEDULE: Mapping[str, Shape] = {"trigger": shapes.STRING, "scheduled_at": shapes.DATETIME}
#: What a webhook's request is sure to be; its body is whatever the sender makes of it.
REQUEST: Mapping[str, Shape] = {
    "method": shapes.STRING,
    "headers": shapes.OBJECT,
    "query": shapes.OBJECT,
    "body": None,
}

#: How many tasks deep the output of a child is followed.
_MAX_DEPTH = 8


def of_value(value: Json, scope: Scope) -> Shape:
    """What a given value becomes."""
    if isinstance(value, str):
        return _of_text(value, scope) if has_template(value) else (Known(value),)
    if is_list(value):
        return shapes.ARRAY if _has_template(value) else (Known(value),)
    if is_mapping(value):
        return shapes.OBJECT if _has_template(value) else (Known(value),)
    return (Known(value),)


def value_fits(value: Json, field: Field, scope: Scope, connections: Mapping[str, str]) -> bool:
    """Whether the field is sure to take what a caller gives it."""
    if field.multiple and is_list(value) and _has_template(value):
        one = replace(field, multiple=False)
        return all(shapes.fits(of_value(member, scope), one, connections) for member in value)
    return shapes.fits(of_value(value, scope), field, connections)


def _has_template(value: Json) -> bool:
    if isinstance(value, str):
        return has_template(value)
    members = value.values() if is_mapping(value) else value if is_list(value) else ()
    return any(map(_has_template, members))


def _of_text(text: str, scope: Scope) -> Shape:
    try:
        parsed = parse(text)
    except TemplateError:
        return None
    if not parsed.has_blocks and len(parsed.parts) == 1 and isinstance(parsed.parts[0], Expression):
        return of_expression(parsed.parts[0].source, scope)
    return shapes.STRING


def of_expression(source: str, scope: Scope) -> Shape:
    """Of a path, a literal, or one of these behind filters whose result is known."""
    path = path_of(source)
    if path is not None:
        return _of_path(path, scope)
    tokens = tokens_of(source)
    literal = _literal(tokens)
    if literal is not None:
        return literal
    return _of_filters(source, tokens, scope)


def _of_path(path: Path, scope: Scope) -> Shape:
    if path[0] in LITERALS:
        return (Known({"true": True, "True": True, "false": False, "False": False}.get(str(path[0]))),)
    return scope(path)


def _literal(tokens: list[tuple[str, str, int]]) -> Shape:
    if len(tokens) != 1:
        return None
    kind, word, _ = tokens[0]
    if kind == "string":
        return (Known(word[1:-1]),) if "\\" not in word else shapes.STRING
    return (Known(int(word)),) if kind == "number" else None


def _of_filters(source: str, tokens: list[tuple[str, str, int]], scope: Scope) -> Shape:
    """``value | filter | filter(…)`` without operators: the last filter decides."""
    depth, bars = 0, list[int]()
    for at, (kind, word, _) in enumerate(tokens):
        depth += (word in "([{") - (word in ")]}") if kind == "mark" else 0
        if depth == 0 and kind == "mark" and word not in "|.)]}":
            return None
        if depth == 0 and kind == "name" and word in ("and", "or", "not", "in", "is", "if", "else"):
            return None
        if depth == 0 and word == "|":
            bars.append(at)
    if not bars or bars[-1] + 1 >= len(tokens):
        return None
    name = tokens[bars[-1] + 1][1]
    if name in ("default", "d"):
        return _of_default(source, tokens, bars[-1], scope)
    return _FILTERS.get(name)


def _of_default(source: str, tokens: list[tuple[str, str, int]], bar: int, scope: Scope) -> Shape:
    """What is before the filter, or its argument."""
    inside = tokens[bar + 3 : -1]
    other = _argument(inside) if inside else (Known(""),)
    return shapes.union(of_expression(source[: tokens[bar][2]].strip(), scope), other)


def _argument(inside: list[tuple[str, str, int]]) -> Shape:
    kind, word, _ = inside[0]
    if len(inside) == 1 and kind == "name" and word in LITERALS:
        return _of_path((word,), lambda path: None)
    return _literal(inside)


def of_members(known: Mapping[str, Shape], path: Path) -> Shape:
    """Of ``root.member``; deeper members are unknown."""
    return known.get(str(path[1])) if len(path) == 2 else None


class StepScope:
    """What the templates of a step see; with ``step`` None, those of the task's output."""

    def __init__(self, snapshot: Snapshot, task: Task, step: Step | None, depth: int = 0) -> None:
        self._snapshot = snapshot
        self._task = task
        self._step = step
        self._depth = depth

    def __call__(self, path: Path) -> Shape:
        root = str(path[0])
        if root == "input":
            return self._input(path)
        if root == "job":
            return of_members(_JOB, path)
        if root == "each":
            return self._each(path)
        if root == "secret":
            is_text = len(path) == 2 and isinstance(self._snapshot.secrets.get(str(path[1])), str)
            return shapes.STRING if is_text else None
        step = step_named(self._task, root)
        return None if step is None else self._of_step(step, path[1:])

    def _input(self, path: Path) -> Shape:
        if len(path) != 2:
            return shapes.OBJECT if len(path) == 1 else None
        declared = self._task.input.get(str(path[1]))
        return None if declared is None else shapes.of_field(declared)

    def _each(self, path: Path) -> Shape:
        if len(path) != 2 or self._step is None:
            return None
        if path[1] == "item":
            items = self._step.for_each
            is_plain = is_list(items) and not _has_template(items)
            return tuple(Known(item) for item in items) if is_plain and items else None
        return _EACH.get(str(path[1]))

    def _of_step(self, step: Step, path: Path) -> Shape:
        if path == ("status",):
            return shapes.of_options(*(str(status) for status in StepStatus))
        if not path or path[0] != "output":
            return None
        rest = path[1:]
        if step.for_each is not None:
            if not rest:
                return shapes.ARRAY
            if not isinstance(rest[0], int):
                return None
            rest = rest[1:]
        return self._output(step, rest)

    def _output(self, step: Step, path: Path) -> Shape:
        action = step.inline or self._snapshot.actions.get(step.action or "")
        if action is None:
            return None
        found = outputs_of_action(self._snapshot, action, self._depth)
        if found is None:
            return None
        return shapes.OBJECT if not path else found.get(str(path[0])) if len(path) == 1 else None


def step_named(task: Task, name: str) -> Step | None:
    """The step that a template calls so."""
    if name in task.flow:
        return task.flow[name]
    return next((step for step in task.flow.values() if template_name(step.name) == name), None)


def outputs_of_action(snapshot: Snapshot, action: Action, depth: int = 0) -> dict[str, Shape] | None:
    """What each key of its output can be; None where nothing is declared."""
    if action.output is not None:
        return {name: shapes.of_field(field) for name, field in action.output.items()}
    child = snapshot.tasks.get(str(action.fields.get("task"))) if action.type == "task" else None
    return None if child is None or depth >= _MAX_DEPTH else outputs_of_task(snapshot, child, depth + 1)


def outputs_of_task(snapshot: Snapshot, task: Task, depth: int = 0) -> dict[str, Shape] | None:
    """What each key of a job's output can be; None where it is no object, or computed as a whole."""
    scope = StepScope(snapshot, task, None, depth)
    if task.has_output:
        if not is_object(task.output) and not is_mapping(task.output):
            return None
        return {str(key): of_value(value, scope) for key, value in task.output.items()}
    leaves = leaves_of(task)
    return dict.fromkeys(leaves) if leaves else None


def leaves_of(task: Task) -> tuple[str, ...]:
    """The steps that nothing depends on: without ``output`` they are the keys of the job's output."""
    needs = {step.name: [name for name in needed_steps(step.needs) if name in task.flow] for step in task.flow.values()}
    try:
        return Graph.build(needs).leaves
    except GraphError:
        return ()


def needed_steps(needs: tuple[Need, ...]) -> list[str]:
    """Every step that is named, at any depth."""
    found: list[str] = []
    for need in needs:
        found += [need.step] if isinstance(need, StepNeed) else needed_steps(need.needs)
    return found


def of_trigger(snapshot: Snapshot, trigger: Trigger) -> Scope:
    """What the input of a trigger is made from."""
    on: Json = trigger.fields.get("on")
    watched = snapshot.tasks.get(str(on["task"])) if is_object(on) and "task" in on else None

    def find(path: Path) -> Shape:
        root, rest = str(path[0]), path[1:]
        if trigger.type == "webhook":
            return _of_request(path)
        if root != "event" or not rest:
            return None
        if trigger.type == "event" and watched is not None:
            return _of_end(snapshot, watched, rest)
        return of_members(_OF_TRIGGERS.get(trigger.type, {}), path)

    return find


def _of_request(path: Path) -> Shape:
    names = path[1:] if path[0] == "input" else path
    return REQUEST.get(str(names[0])) if len(names) == 1 else None


def _of_end(snapshot: Snapshot, watched: Task, rest: Path) -> Shape:
    if rest[0] != "output":
        return of_members(_END, ("event", *rest))
    found = outputs_of_task(snapshot, watched) if len(rest) == 2 else None
    return None if found is None else found.get(str(rest[1]))


_OF_TRIGGERS: Mapping[str, Mapping[str, Shape]] = {"scheduler": _SCHEDULE, "push": _PUSH}


def of_hook(path: Path) -> Shape:
    """What the input of a hook is made from."""
    return of_members(_END, path) if path[0] == "hook" else None

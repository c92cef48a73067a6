"""Checks the names that a template uses against the names that its place in a definition has.

Each place has a StaticScope; ``check_name`` checks one use. A NameProblem says which prefix of the path is missing,
so that ``default`` and ``is defined`` can allow exactly that prefix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gitflow.core.language.definition import StepNeed
from gitflow.core.language.graph import Graph, GraphError
from gitflow.core.names import CONTEXT_NAMES, LITERALS, closest, nearest, template_name
from gitflow.core.problems import Severity
from gitflow.core.record import Record, replace
from gitflow.core.templates.parse import show_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gitflow.core.language.definition import Action, Field, Need, Step, Task
    from gitflow.core.templates.parse import Path

#: The members of ``job``, ``each`` and a finished step.
JOB_MEMBERS = ("id", "task", "workspace", "revision", "created_at", "attempt")
EACH_MEMBERS = ("item", "index", "total")
STEP_MEMBERS = ("output", "status", "error")
#: The members of ``event``, by type of trigger, and those of ``hook``. The end of a job has those of ``hook`` and more.
SCHEDULE_MEMBERS = ("trigger", "scheduled_at")
PUSH_MEMBERS = ("revision", "before", "branch", "paths")
HOOK_MEMBERS = (
    *("workspace", "task_name", "job_id", "status", "is_success", "error_message", "source_type", "source_id"),
    *("started_at", "completed_at", "duration_secs", "revision", "commit", "reopened"),
    *("failed_steps", "is_late", "late_steps"),
)
END_MEMBERS = (*HOOK_MEMBERS, "output", "labels", "late_step")


#: How many steps are searched before the upstream of the whole flow is computed.
_FEW_STEPS = 32

#: Types of fields without members.
_SCALARS = frozenset({"string", "text", "integer", "number", "boolean", "date", "datetime"})

#: Name -> why it does not exist here, although it exists in other places.
_ELSEWHERE = {
    "input": "there is no input in this place",
    "secret": "secrets cannot be used in this place; use them in a step's input or in its action",
    "each": 'only a step with "for_each" has it',
    "hook": "only the input of a hook has it",
    "env": "only secrets can use the environment",
    "job": "there is no job in this place",
}
#: Words that other systems have, and what to write instead.
_INSTEAD = {
    "inputs": 'did you mean "input"?',
    "params": 'did you mean "input"?',
    "secrets": 'did you mean "secret"?',
    "item": "write each.item",
    "steps": "write the name of the step alone, such as build.output",
    "needs": "write the name of the step alone, such as build.output",
    "outputs": "write the name of the step first, such as build.output",
    "tasks": "write the name of the step alone, such as build.output",
    "result": "write the name of the step first, such as build.output",
    "option": 'did you mean "input"?',
    "options": 'did you mean "input"?',
    "args": 'did you mean "input"?',
    "parameters": 'did you mean "input"?',
    "vars": "declare an input, and write input.NAME",
    "var": "declare an input, and write input.NAME",
    "variables": "declare an input, and write input.NAME",
    "matrix": "write `for_each` in the step, and each.item",
    "loop": "write `for_each` in the step, and each.index",
    "github": "write job.revision for the commit, or give values as input",
    "event": "a trigger gives values to the task as input",
    "ds": "write job.created_at, or give the date as input",
    "execution_date": "write job.created_at, or give the date as input",
    "ansible_host": "steps run where a worker is; give the host as input",
}
#: What other systems call the output of a step.
_OUTPUTS = frozenset({"outputs", "result", "results", "return_value", "rc", "stdout", "stdout_lines", "value", "xcom"})


class NameProblem(Record):
    missing: Path
    rule: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


class Flow:
    """The steps of one task, by the names that templates use."""

    def __init__(self, task: Task, actions: Mapping[str, Action]) -> None:
        self._task = task
        self._actions = actions
        self._by_name = {template_name(name): name for name in task.flow} | {name: name for name in task.flow}
        self._positions: Mapping[str, int] | None = (
            None  #: computed when a template uses a step that is not a direct dependency
        )
        self._upstream: Mapping[str, int] = {}

    @property
    def names(self) -> Iterable[str]:
        return map(template_name, self._task.flow)

    def find_step(self, name: str) -> Step | None:
        written = self._by_name.get(name)
        return None if written is None else self._task.flow[written]

    def action_of(self, step: Step) -> Action | None:
        return step.inline or self._actions.get(step.action or "")

    def is_upstream(self, earlier: Step, step: Step) -> bool:
        """Whether ``step`` depends on ``earlier``, directly or not; also true if the flow has a cycle."""
        if self._positions is None:
            near = self._search_near(earlier.name, step)
            if near is not None:
                return near
            self._positions, self._upstream = _upstream_of(self._task.flow)
        return not self._positions or bool(self._upstream[step.name] & (1 << self._positions[earlier.name]))

    def _search_near(self, wanted: str, step: Step) -> bool | None:
        """The answer, if searching a few steps finds it; otherwise None."""
        seen: set[str] = set()
        waiting = [step]
        while waiting and len(seen) < _FEW_STEPS:
            names = set(_needed_names(waiting.pop().needs)) - seen
            if wanted in names:
                return True
            seen |= names
            waiting += [self._task.flow[name] for name in names if name in self._task.flow]
        return None if waiting else False


def _upstream_of(flow: Mapping[str, Step]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """The position of each step in the order, and for each a number whose bits are the positions of its upstream steps.

    Such sets are cheap to unite, however long the chain. Both mappings are empty for a flow with a cycle.
    """
    needs = {name: [need for need in _needed_names(step.needs) if need in flow] for name, step in flow.items()}
    try:
        order = Graph.build(needs).order
    except GraphError:
        return {}, {}
    positions = {name: place for place, name in enumerate(order)}
    upstream: dict[str, int] = {}
    for name in order:
        upstream[name] = 0
        for need in needs[name]:
            upstream[name] |= upstream[need] | (1 << positions[need])
    return positions, upstream


def _needed_names(needs: Iterable[Need]) -> Iterator[str]:
    for need in needs:
        if isinstance(need, StepNeed):
            yield need.step
        else:
            yield from _needed_names(need.needs)


@dataclass(slots=True)  # not frozen: one is made for every step of a workspace
class StaticScope:
    """The names that are known in one place before a run. A name exists if its field here is set. Never changed."""

    input: Mapping[str, Field | None] | None = None  #: by name; None: its value may be anything
    any_input: bool = False  #: the input may have any field
    secrets: Mapping[str, object] | None = None
    has_job: bool = False
    has_each: bool = False
    has_hook: bool = False
    has_env: bool = False
    flow: Flow | None = None
    step: Step | None = None  #: its upstream steps may be used; None: all steps, because the flow has ended
    event: tuple[str, ...] | None = None  #: the members of ``event``, if they are known
    others: frozenset[str] = field(default_factory=frozenset[str])  #: functions, and names whose value may be anything

    def without(self, *, secrets: bool = False, each: bool = False) -> StaticScope:
        """The same scope without secrets or without the loop's items."""
        return replace(self, secrets=None if secrets else self.secrets, has_each=self.has_each and not each)

    @property
    def roots(self) -> Iterator[str]:
        """The names among ``input``, ``secret``, ``job`` and the like that exist here."""
        known = {
            "input": self.input is not None or self.any_input,
            "secret": self.secrets is not None,
            "job": self.has_job,
            "each": self.has_each,
            "hook": self.has_hook,
            "env": self.has_env,
            "event": self.event is not None,
        }
        return (name for name, is_known in known.items() if is_known)

    @property
    def names(self) -> Iterator[str]:
        yield from self.roots
        yield from self.others
        yield from self.flow.names if self.flow else ()


def check_name(scope: StaticScope, path: Path) -> NameProblem | None:
    """The problem of a use of a name, or None."""
    root = str(path[0])
    if root in LITERALS or root in scope.others:
        return None
    if root in scope.roots:
        return _ROOTS[root](scope, path)
    step = scope.flow.find_step(root) if scope.flow and root not in CONTEXT_NAMES else None
    return _unknown_name(scope, root) if step is None else _step(scope, path, step)


def _unknown_name(scope: StaticScope, root: str) -> NameProblem:
    if root == "each":
        return NameProblem((root,), "each-outside-loop", '"each" is not defined here', _ELSEWHERE[root])
    if root in (scope.input or {}):
        return NameProblem((root,), "unknown-name", f'"{root}" is not defined here', f"write input.{root}")
    hint = _ELSEWHERE.get(root) or _INSTEAD.get(root) or closest(root, scope.names)
    if not hint and scope.input is not None:
        hint = f"declare it under `input` and write input.{root}, or write the name of a step"
    return NameProblem((root,), "unknown-name", f'"{root}" is not defined here', hint)


def _input(scope: StaticScope, path: Path) -> NameProblem | None:
    if scope.any_input or scope.input is None or len(path) == 1 or not isinstance(path[1], str):
        return None
    if path[1] not in scope.input:
        return _undeclared_input(scope.input, path)
    declared = scope.input[path[1]]
    return None if declared is None else _of_field(declared, path)


def _undeclared_input(known: Mapping[str, Field | None], path: Path) -> NameProblem:
    missing = path[:2]
    dashed = [name for name in known if template_name(name) == path[1] or name.split("-")[0] == path[1]]
    hint = f"write input['{dashed[0]}']" if dashed and "-" in dashed[0] else _near(missing, known)
    hint = hint or f"declare it under `input`, as `{missing[1]}: {{type: string}}`"
    return NameProblem(missing, "unknown-input", f'"{show_path(missing)}" is not a declared input', hint)


def _of_field(declared: Field, path: Path) -> NameProblem | None:
    if len(path) > 2 and isinstance(path[2], str) and declared.type in _SCALARS and not declared.multiple:
        message = f'"{show_path(path[:2])}" is of type {declared.type} and has no member "{path[2]}"'
        return NameProblem(path[:3], "unknown-input", message)
    if not declared.required and not declared.has_default:
        shown = show_path(path[:2])
        message = f'"{shown}" is undefined if it is not given: it is not required and has no default'
        return NameProblem(path[:2], "optional-input", message, f'write {shown} | default("")', Severity.WARNING)
    return None


def _secret(scope: StaticScope, path: Path) -> NameProblem | None:
    known = scope.secrets or {}
    if len(path) == 1 or not isinstance(path[1], str) or path[1] in known:
        return None
    message = f'there is no secret "{path[1]}"'
    hint = _near(path[:2], known) or "declare it under `secrets`"
    return NameProblem(path[:2], "unknown-secret", message, hint)


def _members(members: Iterable[str]) -> Callable[[StaticScope, Path], NameProblem | None]:
    def check(scope: StaticScope, path: Path) -> NameProblem | None:
        return _member(path[:2], members)

    return check


def _member(path: Path, members: Iterable[str], rule: str = "unknown-name") -> NameProblem | None:
    """Checks that the last part of the path, if it is a name, is one of the members."""
    if len(path) == 1 or not isinstance(path[-1], str) or path[-1] in members:
        return None
    owner = show_path(path[:-1])
    hint = f"write {owner}.output" if path[-1] in _OUTPUTS and "output" in members else _near(path, members)
    return NameProblem(path, rule, f'"{owner}" has no member "{path[-1]}"', hint)


def _event(scope: StaticScope, path: Path) -> NameProblem | None:
    return _member(path[:2], scope.event or ())


def _anything(scope: StaticScope, path: Path) -> NameProblem | None:
    return None


def _step(scope: StaticScope, path: Path, step: Step) -> NameProblem | None:
    flow = scope.flow
    if flow is None:
        return None
    if scope.step is not None and not flow.is_upstream(step, scope.step):
        return _not_upstream(step, scope.step)
    return _member(path[:2], STEP_MEMBERS) or _output(flow.action_of(step), step, path)


def _not_upstream(step: Step, reader: Step) -> NameProblem:
    missing = (template_name(step.name),)
    if step.name == reader.name:
        return NameProblem(missing, "not-upstream", f'step "{step.name}" cannot use its own result')
    message = f'step "{reader.name}" uses "{step.name}" but does not wait for it'
    return NameProblem(missing, "not-upstream", message, f'add "{step.name}" to its depends_on')


def _output(action: Action | None, step: Step, path: Path) -> NameProblem | None:
    """Checks a use of an output, if the action declares its output. The output of a loop is a list of outputs."""
    at = 3 if step.for_each is not None else 2
    is_name = len(path) > at and path[1] == "output" and isinstance(path[at], str)
    if action is None or action.output is None or not is_name or (at == 3 and not isinstance(path[2], int)):
        return None
    if path[at] in action.output:
        return None
    message = f'step "{step.name}" declares no output "{path[at]}"'
    return NameProblem(path[: at + 1], "undeclared-output", message, _near(path[: at + 1], action.output))


def _near(missing: Path, known: Iterable[str]) -> str:
    """A hint such as ``did you mean "input.name"?`` with the whole path."""
    found = nearest(str(missing[-1]), known)
    return "" if found is None else f'did you mean "{show_path((*missing[:-1], found))}"?'


_ROOTS: Mapping[str, Callable[[StaticScope, Path], NameProblem | None]] = {
    "input": _input,
    "secret": _secret,
    "job": _members(JOB_MEMBERS),
    "each": _members(EACH_MEMBERS),
    "hook": _members(HOOK_MEMBERS),
    "env": _anything,
    "event": _event,
}

"""What a template may see at the place where it stands, and what is wrong with a name it mentions.

A View is made for each place; ``complaint`` answers for one mention. A complaint says which beginning of
the path is missing, so that ``default`` and ``is defined`` can forgive exactly that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gitflow.core.language.definition import StepNeed
from gitflow.core.language.graph import Graph, GraphError
from gitflow.core.names import CONTEXT_NAMES, LITERALS, closest, nearest, template_name
from gitflow.core.problems import Severity
from gitflow.core.record import record, replace
from gitflow.core.templates.parse import show_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gitflow.core.language.definition import Action, Field, Need, Step, Task
    from gitflow.core.templates.parse import Path

#: What ``job``, ``each`` and a finished step offer.
JOB_MEMBERS = ("id", "task", "workspace", "revision", "created_at", "attempt")
EACH_MEMBERS = ("item", "index", "total")
STEP_MEMBERS = ("output", "status", "error")
#: What ``event`` offers in a trigger, by its type; of an end, what a hook is told, and more.
SCHEDULE_MEMBERS = ("trigger", "scheduled_at")
PUSH_MEMBERS = ("revision", "before", "branch", "paths")
HOOK_MEMBERS = (
    *("workspace", "task_name", "job_id", "status", "is_success", "error_message", "source_type", "source_id"),
    *("started_at", "completed_at", "duration_secs", "revision", "commit", "reopened", "failed_steps"),
)
END_MEMBERS = (*HOOK_MEMBERS, "output", "labels")


#: How many steps are looked at before the upstream of a whole flow is worked out.
_FEW_STEPS = 32

#: Types of fields whose values have no members.
_SCALARS = frozenset({"string", "text", "integer", "number", "boolean", "date", "datetime"})

#: Why a name that exists elsewhere is not here.
_ELSEWHERE = {
    "input": "no input is known here",
    "secret": "secrets are not known here: give them to a step's input or to its action",
    "each": 'only a step with "for_each" has it',
    "hook": "only the input of a hook has it",
    "env": "only secrets see the environment",
    "job": "no job is known here",
}


@record
class Complaint:
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
        self._places: Mapping[str, int] | None = None  #: made when a step that is no direct need is used
        self._upstream: Mapping[str, int] = {}

    @property
    def names(self) -> Iterable[str]:
        return map(template_name, self._task.flow)

    def step_named(self, name: str) -> Step | None:
        written = self._by_name.get(name)
        return None if written is None else self._task.flow[written]

    def action_of(self, step: Step) -> Action | None:
        return step.inline or self._actions.get(step.action or "")

    def is_upstream(self, earlier: Step, step: Step) -> bool:
        """Whether ``step`` waits for ``earlier``, directly or not; true where a broken flow cannot tell."""
        if self._places is None:
            near = self._found_near(earlier.name, step)
            if near is not None:
                return near
            self._places, self._upstream = _upstream_of(self._task.flow)
        return not self._places or bool(self._upstream[step.name] & (1 << self._places[earlier.name]))

    def _found_near(self, wanted: str, step: Step) -> bool | None:
        """The answer, if a look at few steps gives it."""
        seen: set[str] = set()
        waiting = [step]
        while waiting and len(seen) < _FEW_STEPS:
            names = set(_named(waiting.pop().needs)) - seen
            if wanted in names:
                return True
            seen |= names
            waiting += [self._task.flow[name] for name in names if name in self._task.flow]
        return None if waiting else False


def _upstream_of(flow: Mapping[str, Step]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """The place of each step in the order, and for each a number whose bits are the places it waits for:
    a set that is cheap to join, however long the chain. Both are empty for a flow with a cycle."""
    needs = {name: [need for need in _named(step.needs) if need in flow] for name, step in flow.items()}
    try:
        order = Graph.build(needs).order
    except GraphError:
        return {}, {}
    places = {name: place for place, name in enumerate(order)}
    upstream: dict[str, int] = {}
    for name in order:
        upstream[name] = 0
        for need in needs[name]:
            upstream[name] |= upstream[need] | (1 << places[need])
    return places, upstream


def _named(needs: Iterable[Need]) -> Iterator[str]:
    for need in needs:
        if isinstance(need, StepNeed):
            yield need.step
        else:
            yield from _named(need.needs)


@dataclass(slots=True)  # not frozen: one is made for every step of a workspace
class View:
    """The names in scope. A name is known when its field here is set. Nothing changes one."""

    input: Mapping[str, Field | None] | None = None  #: by name; None for one that may hold anything
    any_input: bool = False  #: nothing is known of the input
    secrets: Mapping[str, object] | None = None
    has_job: bool = False
    has_each: bool = False
    has_hook: bool = False
    has_env: bool = False
    flow: Flow | None = None
    step: Step | None = None  #: whose upstream counts; None: every step of the flow has ended
    event: tuple[str, ...] | None = None  #: what ``event`` offers, where that is known
    others: frozenset[str] = field(default_factory=frozenset[str])  #: functions, and names of anything

    def without(self, *, secrets: bool = False, each: bool = False) -> View:
        """The same place before secrets, or the loop's items, are known."""
        return replace(self, secrets=None if secrets else self.secrets, has_each=self.has_each and not each)

    @property
    def roots(self) -> Iterator[str]:
        """Of the words that lead to something known beforehand, those that do so here."""
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


def complaint(view: View, path: Path) -> Complaint | None:
    """What is wrong with a mention, if it is not plainly fine."""
    root = str(path[0])
    if root in LITERALS or root in view.others:
        return None
    if root in view.roots:
        return _ROOTS[root](view, path)
    step = view.flow.step_named(root) if view.flow and root not in CONTEXT_NAMES else None
    return _unknown_name(view, root) if step is None else _step(view, path, step)


def _unknown_name(view: View, root: str) -> Complaint:
    if root == "each":
        return Complaint((root,), "each-outside-loop", '"each" is not defined here', _ELSEWHERE[root])
    hint = _ELSEWHERE.get(root) or closest(root, view.names)
    return Complaint((root,), "unknown-name", f'"{root}" is not defined here', hint)


def _input(view: View, path: Path) -> Complaint | None:
    if view.any_input or view.input is None or len(path) == 1 or not isinstance(path[1], str):
        return None
    if path[1] not in view.input:
        return _undeclared_input(view.input, path)
    declared = view.input[path[1]]
    return None if declared is None else _of_field(declared, path)


def _undeclared_input(known: Mapping[str, Field | None], path: Path) -> Complaint:
    missing = path[:2]
    dashed = [name for name in known if template_name(name) == path[1] or name.split("-")[0] == path[1]]
    hint = f"write input['{dashed[0]}']" if dashed and "-" in dashed[0] else _near(missing, known)
    return Complaint(missing, "unknown-input", f'"{show_path(missing)}" is not a declared input', hint)


def _of_field(declared: Field, path: Path) -> Complaint | None:
    if len(path) > 2 and isinstance(path[2], str) and declared.type in _SCALARS and not declared.multiple:
        message = f'"{show_path(path[:2])}" is of type {declared.type} and has no member "{path[2]}"'
        return Complaint(path[:3], "unknown-input", message)
    if not declared.required and not declared.has_default:
        shown = show_path(path[:2])
        message = f'"{shown}" is not defined when it is not given: it is neither required nor has a default'
        return Complaint(path[:2], "optional-input", message, f'write {shown} | default("")', Severity.WARNING)
    return None


def _secret(view: View, path: Path) -> Complaint | None:
    known = view.secrets or {}
    if len(path) == 1 or not isinstance(path[1], str) or path[1] in known:
        return None
    message = f'there is no secret "{path[1]}"'
    return Complaint(path[:2], "unknown-secret", message, _near(path[:2], known))


def _members(members: Iterable[str]) -> Callable[[View, Path], Complaint | None]:
    def check(view: View, path: Path) -> Complaint | None:
        return _member(path[:2], members)

    return check


def _member(path: Path, members: Iterable[str], rule: str = "unknown-name") -> Complaint | None:
    """The last part of the path must be one of the members, where it is a name at all."""
    if len(path) == 1 or not isinstance(path[-1], str) or path[-1] in members:
        return None
    owner = show_path(path[:-1])
    return Complaint(path, rule, f'"{owner}" has no member "{path[-1]}"', _near(path, members))


def _event(view: View, path: Path) -> Complaint | None:
    return _member(path[:2], view.event or ())


def _anything(view: View, path: Path) -> Complaint | None:
    return None


def _step(view: View, path: Path, step: Step) -> Complaint | None:
    flow = view.flow
    if flow is None:
        return None
    if view.step is not None and not flow.is_upstream(step, view.step):
        return _not_upstream(step, view.step)
    return _member(path[:2], STEP_MEMBERS) or _output(flow.action_of(step), step, path)


def _not_upstream(step: Step, reader: Step) -> Complaint:
    missing = (template_name(step.name),)
    if step.name == reader.name:
        return Complaint(missing, "not-upstream", f'step "{step.name}" cannot see itself')
    message = f'step "{reader.name}" uses "{step.name}" but does not wait for it'
    return Complaint(missing, "not-upstream", message, f'add "{step.name}" to its depends_on')


def _output(action: Action | None, step: Step, path: Path) -> Complaint | None:
    """Only an action that declares its output can be held to it; a loop's output is a list of them."""
    at = 3 if step.for_each is not None else 2
    is_name = len(path) > at and path[1] == "output" and isinstance(path[at], str)
    if action is None or action.output is None or not is_name or (at == 3 and not isinstance(path[2], int)):
        return None
    if path[at] in action.output:
        return None
    message = f'step "{step.name}" declares no output "{path[at]}"'
    return Complaint(path[: at + 1], "undeclared-output", message, _near(path[: at + 1], action.output))


def _near(missing: Path, known: Iterable[str]) -> str:
    """``did you mean "input.name"?``: the whole path, as it would be written."""
    found = nearest(str(missing[-1]), known)
    return "" if found is None else f'did you mean "{show_path((*missing[:-1], found))}"?'


_ROOTS: Mapping[str, Callable[[View, Path], Complaint | None]] = {
    "input": _input,
    "secret": _secret,
    "job": _members(JOB_MEMBERS),
    "each": _members(EACH_MEMBERS),
    "hook": _members(HOOK_MEMBERS),
    "env": _anything,
    "event": _event,
}

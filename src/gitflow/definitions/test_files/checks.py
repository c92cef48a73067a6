"""What no schema can say about a test: whether what it names exists, and whether its values fit.

A test of another revision names what is defined there, which is only known when it is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.inputs import check_input
from gitflow.core.matching.linear import why_not
from gitflow.core.names import closest
from gitflow.core.problems import Problem
from gitflow.core.values import is_object
from gitflow.definitions.test_files.scope import scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from gitflow.core.language.definition import Field
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json
    from gitflow.definitions.test_files.case import Case, Mock
    from gitflow.definitions.test_files.scope import Scope

    Path = tuple[str | int, ...]


def problems_of(case: Case, snapshot: Snapshot | None) -> Iterator[Problem]:
    """``snapshot`` None: the definitions have errors, so nothing can be said about names."""
    yield from _patterns(case)
    yield from _mocked_and_real(case)
    if snapshot is None or case.revision is not None:
        return
    task = snapshot.tasks.get(case.task)
    if task is None:
        hint = closest(case.task, snapshot.tasks)
        yield _problem(case, ("task",), "unknown-task", f'there is no task named "{case.task}"', hint)
        return
    kinds = {name: connection.type for name, connection in snapshot.connections.items()}
    yield from _misfits(case, ("input",), f'task "{case.task}"', task.input, case.input, kinds)
    yield from _unknown_secrets(case, snapshot)
    scope = scope_of(snapshot, task)
    for check in CHECKS:
        yield from check(case, scope)


def _problem(case: Case, path: Path, rule: str, message: str, hint: str = "", *, key: bool = False) -> Problem:
    return Problem.at(case.at(*path, key=key), rule, message, hint)


def _patterns(case: Case) -> Iterator[Problem]:
    for index, line in enumerate(case.expect.logs):
        wrong = why_not(line.matches) if line.matches is not None else None
        if wrong is not None:
            path = ("expect", "logs", index, "matches")
            yield _problem(case, path, "bad-pattern", f'the pattern "{line.matches}" {wrong}', wrong.hint)


def _mocked_and_real(case: Case) -> Iterator[Problem]:
    for index, name in enumerate(case.real):
        if name in case.mocks:
            message = f'"{name}" is mocked and real; a step is either'
            yield _problem(case, ("real", index), "mocked-and-real", message, "remove one of them")


def _unknown_secrets(case: Case, snapshot: Snapshot) -> Iterator[Problem]:
    for name in case.secrets:
        if name not in snapshot.secrets:
            message, hint = f'there is no secret named "{name}"', closest(name, snapshot.secrets)
            yield _problem(case, ("secrets", name), "unknown-secret", message, hint, key=True)


def _mocks(case: Case, scope: Scope) -> Iterator[Problem]:
    for name, mock in case.mocks.items():
        actions = scope.actions.get(name.partition("[")[0])
        if actions is None:
            yield _unknown(case, ("mocks", name), name, scope.actions, "step or action", key=True)
            continue
        found = [list(_outputs(case, ("mocks", name), mock, action.output, name)) for action in actions]
        if all(found):  # two steps may have the name, and the mock need fit but one
            yield from found[0]


def _outputs(case: Case, path: Path, mock: Mock, declared: Mapping[str, Field] | None, name: str) -> Iterator[Problem]:
    """What a failed attempt leaves need not be whole."""
    for index, one in enumerate(mock.sequence):
        yield from _outputs(case, (*path, "sequence", index), one, declared, name)
    if declared is None or mock.sequence or mock.error is not None or mock.exit_code:
        return
    if mock.output is not None and not is_object(mock.output):
        message = f'the output of "{name}" must be a mapping: its action declares fields'
        yield _problem(case, (*path, "output"), "output-mismatch", message)
        return
    given = mock.output or {}
    _, wrong = check_input(declared, given)
    for field, message in wrong:
        what, _, hint = message.partition("; ")
        where = (*path, "output", field) if field in given else (*path, "output")
        text = f'output "{field}" of "{name}" {what}'
        yield _problem(case, where, "output-mismatch", text, hint, key=field not in declared or field not in given)


def _real(case: Case, scope: Scope) -> Iterator[Problem]:
    for index, name in enumerate(case.real):
        if name.partition("[")[0] not in scope.actions:
            yield _unknown(case, ("real", index), name, scope.actions, "step or action")


def _approvals(case: Case, scope: Scope) -> Iterator[Problem]:
    known = scope.of_type("approval")
    for name, decision in case.approvals.items():
        actions = known.get(name.partition("[")[0])
        if actions is None:
            yield _unknown(case, ("approvals", name), name, known, "approval", key=True)
        elif decision.approved:
            path = ("approvals", name, "input")
            yield from _misfits(case, path, f'approval "{name}"', actions[0].input, decision.input or {}, {})


def _events(case: Case, scope: Scope) -> Iterator[Problem]:
    for index, event in enumerate(case.events):
        if event.after is not None:
            yield from _step(case, ("events", index, "after"), event.after, scope)


def _expected_steps(case: Case, scope: Scope) -> Iterator[Problem]:
    for name in case.expect.steps:
        yield from _step(case, ("expect", "steps", name), name, scope, key=True)
    for index, pair in enumerate(case.expect.order):
        for name in pair:
            yield from _step(case, ("expect", "order", index), name, scope)
    for index, name in enumerate(case.expect.not_run):
        yield from _step(case, ("expect", "not_run", index), name, scope)


def _logs(case: Case, scope: Scope) -> Iterator[Problem]:
    for index, line in enumerate(case.expect.logs):
        path = ("expect", "logs", index, "step")
        unknown = list(_step(case, path, line.step, scope))
        yield from unknown
        step = scope.task.flow.get(line.step.partition("[")[0])
        names = {line.step, line.step.partition("[")[0], step.action if step else None}
        if not unknown and names.isdisjoint(case.real):
            message = f'step "{line.step}" is not run for real, so it prints nothing'
            yield _problem(case, path, "not-real", message, f"run it: `real: [{line.step}]`")


def _step(case: Case, path: Path, name: str, scope: Scope, *, key: bool = False) -> Iterator[Problem]:
    """A step of the test's task; an instance only of a loop."""
    written, bracket, _ = name.partition("[")
    step = scope.task.flow.get(written)
    if step is None:
        yield _unknown(case, path, name, scope.task.flow, "step", f' in task "{scope.task.name}"', key=key)
    elif bracket and step.for_each is None:
        message = f'step "{written}" is no loop, so there is no "{name}"'
        yield _problem(case, path, "unknown-step", message, f'write "{written}"', key=key)


def _unknown(
    case: Case, path: Path, name: str, known: Collection[str], kind: str, where: str = "", *, key: bool = False
) -> Problem:
    hint = closest(name.partition("[")[0], known)
    where = where or f' in what task "{case.task}" may run'
    return _problem(case, path, "unknown-step", f'there is no {kind} named "{name}"{where}', hint, key=key)


def _misfits(
    case: Case,
    path: Path,
    taker: str,
    fields: Mapping[str, Field],
    given: Mapping[str, Json],
    connections: Mapping[str, str],
) -> Iterator[Problem]:
    _, wrong = check_input(fields, given, connections=connections)
    for name, message in wrong:
        what, _, hint = message.partition("; ")
        message = f'input "{name}" of {taker} {what}'
        if name not in given:
            yield _problem(case, path, "missing-input", message, hint, key=True)
        else:
            rule = "input-mismatch" if name in fields else "unknown-input"
            yield _problem(case, (*path, name), rule, message, hint, key=name not in fields)


#: Each looks at one test, whose task exists.
CHECKS: tuple[Callable[[Case, Scope], Iterator[Problem]], ...] = (
    _mocks,
    _real,
    _approvals,
    _events,
    _expected_steps,
    _logs,
)

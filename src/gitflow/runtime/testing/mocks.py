"""The agent of a test: each attempt ends as its mock says; only the steps listed as ``real`` are run.

It replaces the agent of a worker, so the engine, its timers and its retries are real, and a mock starts no process.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from gitflow.core.jobs.planning import HOOK_PREFIX
from gitflow.core.language.definition import PROCESS, type_of
from gitflow.definitions.test_files.case import names_of
from gitflow.runners.base import Outcome
from gitflow.runners.messages import failure
from gitflow.runtime.worker.agent import Report, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitflow.definitions.test_files.case import Case, Mock
    from gitflow.runners.base import Assignment, Finished
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.timers import Timers
    from gitflow.runtime.testing.faults import Faults
    from gitflow.runtime.worker.agent import AgentSide, Key, Link, Stop

#: The error of a step that the test says nothing about.
NO_MOCK = "the test has no mock for this step"


class MockAgent:
    """See AgentSide."""

    def __init__(
        self, link: Link, case: Case, faults: Faults, clock: Clock, timers: Timers, real: Callable[[Link], AgentSide]
    ) -> None:
        """``real`` makes the agent that runs the steps that are not mocked."""
        self._link = link
        self._case = case
        self._faults = faults
        self._clock = clock
        self._timers = timers
        self._pending: dict[Key, Assignment] = {}  #: attempts whose mock takes its time
        self._begun: Counter[tuple[str, str]] = Counter()  #: by task and step: the attempts so far, of all its jobs
        self._real_link = _RealLink(link)
        self._real = real(self._real_link)

    @property
    def is_staging(self) -> bool:
        return self._real.is_staging

    def start_claimed(self) -> None:
        while (assignment := self._link.claim()) is not None:
            if self._is_real(assignment):
                self._real_link.assigned.append(assignment)
                self._real.start_claimed()
            else:
                self._answer(assignment)

    def send_heartbeat(self) -> None:
        for stop in self._link.heartbeat(()):
            if stop.key in self._real_link.keys:
                self._real_link.stops.append(stop)
                self._real.send_heartbeat()
            elif stop.key in self._pending:
                self._finish(stop.key, Outcome(error=failure(0, "stopped", None, b""), killed=True))

    def finish(self, finished: Finished) -> None:
        self._real.finish(finished)

    def clear(self, key: Key) -> None:
        if key in self._real_link.keys:
            self._real.clear(key)

    def _is_real(self, assignment: Assignment) -> bool:
        return bool(self._case.real) and not set(self._case.real).isdisjoint(_names(assignment))

    def _answer(self, assignment: Assignment) -> None:
        step = assignment.task, assignment.step
        self._begun[step] += 1
        given = _find(self._case.mocks, assignment)
        mock = None if given is None else _one_of(given, assignment.step, self._begun[step] - 1)
        if mock is not None:
            self._begin(assignment, mock)
        else:
            self._faults.add(_no_mock(assignment) if given is None else _used_up(assignment, self._begun[step]))
            self._link.report(Report(assignment.key, Outcome(error=NO_MOCK)))

    def _begin(self, assignment: Assignment, mock: Mock) -> None:
        key, outcome, takes_s = assignment.key, _outcome(mock, assignment), mock.delay_s
        limit_s = assignment.timeout_s
        if limit_s is not None and takes_s >= limit_s:
            outcome, takes_s = Outcome(error=failure(0, "timed out", limit_s, b""), timed_out=True), limit_s
        self._pending[key] = assignment
        if takes_s:
            self._timers.at(self._clock.now() + takes_s, key[0], lambda now: self._finish(key, outcome))
        else:
            self._finish(key, outcome)

    def _finish(self, key: Key, outcome: Outcome) -> None:
        """Nothing, where it was stopped before."""
        assignment = self._pending.pop(key, None)
        if assignment is not None:
            self._link.report(Report(key, checked(assignment.action, outcome)))


class _RealLink:
    """The link of the agent that runs the real steps: it is assigned these alone."""

    def __init__(self, link: Link) -> None:
        self.log = link.log
        self.report = link.report
        self.assigned: deque[Assignment] = deque()
        self.stops: list[Stop] = []
        self.keys: set[Key] = set()

    def claim(self) -> Assignment | None:
        if not self.assigned:
            return None
        self.keys.add(self.assigned[0].key)
        return self.assigned.popleft()

    def heartbeat(self, running: Iterable[Key]) -> Sequence[Stop]:
        given, self.stops = self.stops, []
        return given


def _names(assignment: Assignment) -> tuple[str, ...]:
    """The one step of a hook's job is meant by its action: it has no name of its own."""
    action = assignment.action.name
    return (action,) if assignment.task.startswith(HOOK_PREFIX) else names_of(assignment.step, action)


def _find(mocks: Mapping[str, Mock], assignment: Assignment) -> Mock | None:
    return next((mocks[name] for name in _names(assignment) if name in mocks), None)


def _one_of(mock: Mock, step: str, before: int) -> Mock | None:
    """The part of a sequence that is meant for the attempt: by the number of its instance, then by that of the attempts
    ``before`` it. Those of a job that was tried again go on counting."""
    _, _, instance = step.partition("[")
    places = [int(instance.rstrip("]"))] if instance else []
    for at in (*places, before):
        if mock.sequence:
            if at >= len(mock.sequence):
                return None
            mock = mock.sequence[at]
    return None if mock.sequence else mock


def _outcome(mock: Mock, assignment: Assignment) -> Outcome:
    is_process = type_of(assignment.action).kind == PROCESS
    error = mock.error or (failure(mock.exit_code, "", None, b"") if mock.exit_code else None)
    usual = (1 if error else 0) if is_process else None
    return Outcome(usual if mock.exit_code is None else mock.exit_code, mock.output, error)


def _shown(assignment: Assignment) -> str:
    if assignment.task.startswith(HOOK_PREFIX):
        return f'the action "{assignment.action.name}", which a hook runs,'
    return f'step "{assignment.step}" of task "{assignment.task}"'


def _no_mock(assignment: Assignment) -> tuple[str, str]:
    name = assignment.action.name if assignment.task.startswith(HOOK_PREFIX) else assignment.step.partition("[")[0]
    return f"{_shown(assignment)} has no mock", f"add one: `mocks: {{{name}: {{}}}}`, or run it: `real: [{name}]`"


def _used_up(assignment: Assignment, attempt: int) -> tuple[str, str]:
    message = f"the mock of {_shown(assignment)} has no entry for attempt {attempt}"
    return message, "a sequence has one entry for each attempt, or for each instance of a loop"

"""The people and programs around a job: they decide approvals and send events as the test says, in virtual time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.values import is_list, is_object
from gitflow.definitions.test_files.case import names_of
from gitflow.runtime.testing.course import ENDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.values import Json
    from gitflow.definitions.test_files.case import Case, Decision, SentEvent
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.testing.course import Course
    from gitflow.runtime.testing.faults import Faults

#: Who asks for the job of a test, and who acts where nobody else is named.
REQUESTER, TESTER = "requester", "tester"


class People:
    def __init__(self, case: Case, course: Course, operations: Operations, faults: Faults) -> None:
        self._case = case
        self._course = course
        self._operations = operations
        self._orchestrator = operations.orchestrator
        self._faults = faults
        self._unsent = [event for event in case.events if event.after is not None]
        course.listeners.append(self._on_entry)

    def begin(self) -> None:
        """Sends the events that are there from the start."""
        for event in self._case.events:
            if event.after is None:
                self._send(event)

    def _on_entry(self, job: Job, entry: HistoryEntry) -> None:
        if entry.step is None:
            return
        if entry.what == "step.suspended":
            self._on_suspended(job, entry.step)
        elif entry.what in ENDS and job.id in self._course.chain:
            due = [event for event in self._unsent if event.after == entry.step]
            self._unsent = [event for event in self._unsent if event.after != entry.step]
            for event in due:
                self._send(event)

    def _on_suspended(self, job: Job, step: str) -> None:
        action = job.plan.actions[job.steps[step].loop_of or step]
        if action.type != "approval":
            return
        names = names_of(step, action.name)
        decision = next((self._case.approvals[name] for name in names if name in self._case.approvals), None)
        if decision is None:
            return
        decide = partial(self._decide, job, step, decision)
        if decision.after_s:
            due = self._orchestrator.clock.now() + decision.after_s
            self._orchestrator.timers.at(due, job.id, lambda now: decide())
        else:
            decide()

    def _decide(self, job: Job, step: str, decision: Decision) -> None:
        actor = _approver(job.steps[step].input)
        self._submit(
            f'the decision of approval "{step}"',
            lambda transaction: self._operations.decide(
                transaction, job.id, step, actor, decision.approved, input=decision.input, reason=decision.reason
            ),
        )

    def _send(self, event: SentEvent) -> None:
        job_id = self._course.last.id
        self._submit(
            f'the event "{event.type}"',
            lambda transaction: self._operations.send_event(
                transaction, job_id, event.type, event.payload, TESTER, event.id
            ),
        )

    def _submit(self, what: str, work: Callable[[Transaction], object]) -> None:
        """A decision or an event that comes too late, or does not fit, is a fault of the test."""

        def attempt(transaction: Transaction) -> None:
            try:
                work(transaction)
            except GitflowError as refused:
                self._faults.add((f"{what} was refused: {refused}", ""))

        self._orchestrator.submit(attempt)


def _approver(shown: Json) -> str:
    """The first whom the approval names: a person or a group counts alike."""
    approvers = shown.get("approvers") if is_object(shown) else None
    first = approvers[0] if is_list(approvers) and approvers else approvers
    return str(first) if first else TESTER

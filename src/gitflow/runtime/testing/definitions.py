"""The definitions that a test runs with: those of its revision, with stand-ins for secrets and for mocked waits.

A step that suspends (a child task, a wait, an approval, a sleep) needs no worker, so no agent would be asked for its
mock. If a test mocks such a step, its action is replaced by one that a worker runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gitflow.core.jobs.planning import plan_task
from gitflow.core.record import replace
from gitflow.definitions.test_files.case import names_of
from gitflow.runtime.testing.secrets import stand_ins
from gitflow.runtime.workspaces.snapshots import Snapshots

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Plan
    from gitflow.core.language.definition import Action, Step, Task
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.definitions.test_files.case import Case

#: The type that a mocked action of a type that suspends is taken for.
_RUN = "shell"


class OneSnapshot(Snapshots):
    """Gives the definitions of one test, whatever workspace and revision is requested."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(None, "")
        self._snapshot = snapshot

    def of(self, workspace: str, revision: str) -> Snapshot:
        return self._snapshot

    def plan_of(self, workspace: str, revision: str, task_name: str) -> Plan:
        return plan_task(self._snapshot, task_name)


def tested(snapshot: Snapshot, case: Case) -> Snapshot:
    """As the test runs it."""
    secrets = stand_ins(snapshot.secrets)
    if not any(_may_suspend(snapshot, name) for name in case.mocks):
        return replace(snapshot, secrets=secrets)
    return replace(snapshot, secrets=secrets, tasks=_Tasks(snapshot, case))


def _may_suspend(snapshot: Snapshot, name: str) -> bool:
    """Whether a step or action of the name may be of a type that suspends: then its tasks are looked at."""
    action = snapshot.actions.get(name)
    return action is None or action.suspends


class _Tasks(Mapping[str, "Task"]):
    """The tasks, each with its mocked waits replaced when it is first asked for."""

    def __init__(self, snapshot: Snapshot, case: Case) -> None:
        self._snapshot = snapshot
        self._mocked = case.mocks.keys()
        self._made: dict[str, Task] = {}

    def __getitem__(self, name: str) -> Task:
        if name not in self._made:
            task = self._snapshot.tasks[name]
            self._made[name] = replace(task, flow={step: self._step(given) for step, given in task.flow.items()})
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._snapshot.tasks

    def __iter__(self) -> Iterator[str]:
        return iter(self._snapshot.tasks)

    def __len__(self) -> int:
        return len(self._snapshot.tasks)

    def _step(self, step: Step) -> Step:
        action = step.inline or self._snapshot.actions.get(step.action or "")
        if action is None or not action.suspends or not self._is_mocked(step, action):
            return step
        return replace(step, action=None, inline=replace(action, type=_RUN, fields={}))

    def _is_mocked(self, step: Step, action: Action) -> bool:
        exact = any(name.partition("[")[0] == step.name for name in self._mocked)
        return exact or not self._mocked.isdisjoint(names_of(step.name, action.name))

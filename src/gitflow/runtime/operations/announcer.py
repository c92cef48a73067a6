"""Publishes what happens outside jobs as events of the server: events of workspaces, triggers and workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.runtime.engine.server_events import ServerEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.runtime.engine.server_events import ServerEvents
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.protocols.triggers import TriggerEvent


class Announcer:
    def __init__(self, events: ServerEvents, now: Callable[[], float], worker_id: str) -> None:
        """``now``: the wall clock. ``worker_id``: the id of the embedded worker."""
        self._publish = events.publish
        self._now = now
        self._worker_id = worker_id

    def on_state_change(self, before: ServedWorkspace, after: ServedWorkspace) -> None:
        """Observes the states of workspaces. Called in any thread."""
        at = self._now()
        for what, revision in _changes(before, after):
            self._publish(ServerEvent(f"workspace.{what}", at, after.name, revision=revision))

    def on_trigger_event(self, event: TriggerEvent, task: str) -> None:
        """Observes triggers. Called after the commit."""
        what, name = f"trigger.{event.what}", event.name
        self._publish(ServerEvent(what, event.at, event.workspace, task, event.job_id, trigger_name=name))

    def announced_drain(self, drain: Callable[[float], None]) -> Callable[[float], None]:
        """The same function, which also publishes that the embedded worker takes no more steps."""

        def announce_and_drain(timeout_s: float) -> None:
            self._publish(ServerEvent("worker.draining", self._now(), worker_id=self._worker_id))
            drain(timeout_s)

        return announce_and_drain


def _changes(before: ServedWorkspace, after: ServedWorkspace) -> Iterator[tuple[str, str | None]]:
    """The kind of change, and the revision that it concerns."""
    active = after.revision and after.revision.id
    if after.snapshot is not before.snapshot:
        yield "loaded" if after.snapshot is not None else "withdrawn", active
    if after.candidate is not None and after.candidate != before.candidate:
        yield "refused", after.candidate.revision.id
    if (after.error is None) != (before.error is None):
        yield "reachable" if after.error is None else "unreachable", active
    if (after.pause is None) != (before.pause is None):
        yield "sync_resumed" if after.pause is None else "sync_paused", active

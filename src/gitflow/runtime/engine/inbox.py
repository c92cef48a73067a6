"""Work and events that wait for the next commit.

Any thread may add to it; only the engine's thread takes from it.
"""

from __future__ import annotations

from gitflow.core.standard import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.core.jobs.events import Event
    from gitflow.runtime.engine.transaction import OnDrop, Posted, Submitted, Work


class Inbox:
    def __init__(self) -> None:
        self._submitted: deque[Submitted] = deque()
        self._events: deque[Posted] = deque()

    def __len__(self) -> int:
        """How many pieces of work and events wait."""
        return len(self._submitted) + len(self._events)

    def submit(self, work: Work, on_drop: OnDrop | None = None) -> None:
        """Runs ``work`` inside the next commit, before the events."""
        self._submitted.append((work, on_drop))

    def post_event(self, job_id: str, event: Event) -> None:
        """Applies the event in the next commit."""
        self._events.append((job_id, event))

    def take(self, at_most: int | None = None) -> tuple[list[Submitted], deque[Posted]]:
        """What waits, or the first ``at_most`` pieces of it: work first. One by one, since other threads may add."""
        submitted, events = len(self._submitted), len(self._events)
        if at_most is not None:
            submitted = min(submitted, at_most)
            events = min(events, at_most - submitted)
        work = [self._submitted.popleft() for _ in range(submitted)]
        return work, deque(self._events.popleft() for _ in range(events))

    def put_back(self, submitted: list[Submitted], events: Iterable[Posted]) -> None:
        """Puts back the work that was taken, in its order, before later work."""
        self._submitted.extendleft(reversed(submitted))
        self._events.extendleft(reversed([*events]))

    def drop_first(self, error: Exception) -> None:
        """Removes the first piece of work, which has a programming error, and reports the error to its submitter."""
        if self._submitted:
            _, on_drop = self._submitted.popleft()
            if on_drop is not None:
                on_drop(error)
        elif self._events:
            self._events.popleft()

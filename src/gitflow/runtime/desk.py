"""What other processes ask of the jobs this one owns: each request becomes an event, and gets its answer.

``gitflow cancel`` and its kin, in another shell, write a request to the store; the owner of the job looks
at its desk twice a second. The answer is in the commit that did what was asked.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from gitflow.core.errors import GitflowError, StaleEvent, StoreError
from gitflow.core.events import (
    CancelRequested,
    EventReceived,
    JobPaused,
    JobResumed,
    StepDecided,
    StepForced,
    StepSkipped,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.events import Event
    from gitflow.core.values import JsonObject
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.orchestrator import Orchestrator, Turn
    from gitflow.stores.base import JobStore, Request

#: How often the owner of a job looks for requests, in seconds.
LOOK_S = 0.5


def _cancel(at: float, actor: str, given: JsonObject) -> Event:
    return CancelRequested(at, actor, given.get("reason", ""))


def _pause(at: float, actor: str, given: JsonObject) -> Event:
    return JobPaused(at, actor)


def _resume(at: float, actor: str, given: JsonObject) -> Event:
    return JobResumed(at, actor)


def _skip(at: float, actor: str, given: JsonObject) -> Event:
    return StepSkipped(at, given["step"], actor, given.get("reason", ""))


def _complete(at: float, actor: str, given: JsonObject) -> Event:
    return StepForced(at, given["step"], actor, given.get("result"))


def _decide(at: float, actor: str, given: JsonObject) -> Event:
    return StepDecided(
        at, given["step"], actor, given["approved"], input=given.get("input"), reason=given.get("reason", "")
    )


def _event(at: float, actor: str, given: JsonObject) -> Event:
    return EventReceived(at, given["id"], given["type"], given.get("payload"), actor)


#: Operation -> what it tells the core.
OPERATIONS: Mapping[str, Callable[[float, str, JsonObject], Event]] = {
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
    "skip": _skip,
    "complete": _complete,
    "decide": _decide,
    "event": _event,
}


class Desk:
    def __init__(self, office: Orchestrator, store: JobStore, clock: Clock) -> None:
        self._office = office
        self._store = store
        self._clock = clock
        self._next_look = clock.now() + LOOK_S
        self._taken: set[int] = set()

    def patience(self, limit_s: float | None) -> float:
        """How long one may wait before it is time to look again."""
        left = max(0.0, self._next_look - self._clock.now())
        return left if limit_s is None else min(left, limit_s)

    def look_if_due(self) -> None:
        """A store that cannot be read just now is looked into the next time."""
        if self._clock.now() < self._next_look:
            return
        self._next_look = self._clock.now() + LOOK_S
        with suppress(StoreError):
            for request in self._store.requests(self._office.owner_id):
                if request.id not in self._taken:
                    self._taken.add(request.id)
                    self._office.ask(partial(self._serve, request=request))

    def _serve(self, turn: Turn, request: Request) -> None:
        """Refused with a sentence, or done; either is an answer."""
        at = self._clock.now()
        refusal = None
        try:
            event = OPERATIONS[request.operation](at, request.actor, request.arguments)
            self._office.obey(turn, request.job_id, event)
        except (GitflowError, StaleEvent) as refused:
            refusal = str(refused)
        except KeyError:
            refusal = f"{request.operation!r} with these arguments is not an operation"
        self._store.answer(request.id, at, refusal)

"""The workspaces that a server serves: of each the last good revision, and what has been refused since.

A revision is loaded aside, by a thread of its own, and validated whole; only then one assignment puts it in force.
Whoever asks meanwhile gets what is in force: one lookup, from any thread, and a frozen value that never changes.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock, Timer
from typing import TYPE_CHECKING, Protocol

from gitflow.core.errors import NotFound, RevisionRefused, WorkspaceError
from gitflow.core.names import closest
from gitflow.core.policy.records import NO_POLICY
from gitflow.core.record import record, replace
from gitflow.runtime.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from gitflow.core.language.snapshot import Commit, Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.core.policy.records import Policy
    from gitflow.core.problems import Problem
    from gitflow.workspaces.base import Workspace

    class Lookout(Protocol):
        """See runtime/workspaces/refresh.py."""

        def look(self, before: ServedWorkspace) -> ServedWorkspace:
            """What a workspace has become, given what it was."""
            ...

        def without_remote(self, before: ServedWorkspace, why: str) -> ServedWorkspace:
            """The same from what is on this machine; ``why``: the error that stands for the rest."""
            ...

        def move(self, before: ServedWorkspace, after: ServedWorkspace) -> Move:
            """What came in force; called once it is."""
            ...


#: So many workspaces are looked at, at the same time; a remote that is slow holds up no more than its share.
MOST_LOOKS = 8
#: How long the first look at a workspace may take, in seconds, until what is on this machine is served instead.
FIRST_LOOK_S = 10.0

_log = logging.getLogger("gitflow.workspaces")


@record
class Candidate:
    """A newer revision that is not served, because it has errors."""

    revision: Revision
    problems: tuple[Problem, ...]


@record
class ServedWorkspace:
    """What is in force, and what stands in the way of something newer. Without a snapshot nothing is served yet."""

    name: str
    workspace: Workspace
    snapshot: Snapshot | None = None
    revision: Revision | None = None  #: of the snapshot
    policy: Policy = NO_POLICY  #: of the snapshot: it judges what comes next
    branch: str | None = None
    candidate: Candidate | None = None
    error: str | None = None  #: why nothing newer can be seen: the remote is down, the branch is gone
    loaded_at: float | None = None  #: wall clock; when the snapshot came in force
    is_looked_at: bool = False  #: it has been loaded, refused or found unreachable once

    @property
    def commit(self) -> Commit | None:
        return self.revision.commit if self.revision else None

    @property
    def in_force(self) -> tuple[Snapshot, Revision]:
        """What a job is created from. Raises RevisionRefused or WorkspaceError where nothing was ever good."""
        if self.snapshot is not None and self.revision is not None:
            return self.snapshot, self.revision
        if self.candidate is not None:
            raise RevisionRefused(self.name, self.candidate.revision.id, self.candidate.problems)
        raise WorkspaceError(self.error or f"workspace {self.name!r} is not loaded yet")


@record
class Move:
    """What came in force: at the first look, or because the workspace has moved."""

    name: str
    before: str | None  #: the revision until now, also across a restart; None: nothing was ever served
    after: ServedWorkspace
    paths: tuple[str, ...] | None = None  #: what changed, relative to the workspace; None where that cannot be told

    @property
    def is_push(self) -> bool:
        """Whether the workspace has moved; not so when it is only loaded again, or for the first time ever."""
        return self.before is not None and self.after.revision is not None and self.before != self.after.revision.id

    @property
    def branch(self) -> str | None:
        return self.after.branch


class Served:
    """``observers`` are told what came in force, ``witnesses`` of every change, also of refusals and errors.

    Both are called by the thread that looked: they hand over what they were told, and return at once.
    """

    def __init__(
        self, workspaces: Mapping[str, Workspace], lookout: Lookout, first_look_s: float = FIRST_LOOK_S
    ) -> None:
        self.observers: list[Callable[[Move], None]] = []
        self.witnesses: list[Callable[[ServedWorkspace, ServedWorkspace], None]] = []
        self._now = {name: ServedWorkspace(name, workspace) for name, workspace in workspaces.items()}
        self._lookout = lookout
        self._lock = Lock()  #: held to replace an entry of ``_now``
        self._patience = Timer(first_look_s, self._pass_over_slow)
        self._patience.daemon = True
        self._first_look_s = first_look_s
        self._executor = ThreadPoolExecutor(max(1, min(MOST_LOOKS, len(self._now))), "workspace")
        self._turnstiles = {name: SingleFlight(self._executor, partial(self._look_at, name)) for name in self._now}

    def names(self) -> list[str]:
        """As configured."""
        return list(self._now)

    def get(self, name: str) -> ServedWorkspace:
        """Raises NotFound."""
        found = self._now.get(name)
        if found is None:
            raise NotFound("workspace", name, closest(name, self._now))
        return found

    def all(self) -> list[ServedWorkspace]:
        return list(self._now.values())

    @property
    def is_ready(self) -> bool:
        """Whether every workspace has been loaded, refused or found unreachable once."""
        return all(one.is_looked_at for one in self.all())

    def look(self, name: str) -> Future[bool]:
        """Looks whether the workspace has moved, in a thread; answers whether this look moved it.

        Whoever asks while a look runs shares the next one. Await it with ``asyncio.wrap_future``. Raises NotFound.
        """
        return self._turnstiles[self.get(name).name].ask()

    def refresh(self, name: str) -> bool:
        """``look``, and waits for it. Raises NotFound."""
        return self.look(name).result()

    def nudge(self, name: str) -> None:
        """``look``, for one who does not wait for it. Raises NotFound."""
        self.look(name).add_done_callback(_log_failure)

    def start(self) -> list[Future[bool]]:
        """The first look at each. One that takes long, because a remote does not answer, holds nothing up: what is
        on this machine is served until it ends."""
        if self._patience.ident is None:
            self._patience.start()
        return [self.look(name) for name in self._now]

    def close(self) -> None:
        """Looks that run are cut off, and no more are begun."""
        self._patience.cancel()
        for one in self.all():
            one.workspace.close()
        self._executor.shutdown(wait=True, cancel_futures=True)
        if self._patience.ident is not None:
            self._patience.join()

    def _look_at(self, name: str) -> bool:
        before = self._now[name]
        after = self._found(before, self._lookout.look)
        with self._lock:
            now = self._now[name]
            if now is not before and (
                after.snapshot is None or after.revision == now.revision
            ):  # passed over meanwhile
                kept = {"snapshot": now.snapshot, "revision": now.revision, "policy": now.policy}
                after = replace(after, **kept, loaded_at=now.loaded_at)
            self._now[name] = after
        return self._tell(now, after)

    def _pass_over_slow(self) -> None:
        """Those that have not been looked at by now."""
        for before in self.all():
            if before.is_looked_at:
                continue
            why = f"the first look has not ended within {self._first_look_s:g} s, and goes on: no answer yet"
            after = self._found(before, lambda slow, why=why: self._lookout.without_remote(slow, why))
            with self._lock:
                is_current = self._now[before.name] is before
                if is_current:
                    self._now[before.name] = after
            if is_current:
                _log.warning("workspace %s: %s", before.name, after.error)
                self._tell(before, after)

    def _found(self, before: ServedWorkspace, look: Callable[[ServedWorkspace], ServedWorkspace]) -> ServedWorkspace:
        try:
            return look(before)
        except Exception as error:  # ours, not the author's: what is in force stays, and everybody can see why
            _log.exception("workspace %s cannot be looked at", before.name)
            return replace(before, error=f"{type(error).__name__}: {error}", is_looked_at=True)

    def _tell(self, before: ServedWorkspace, after: ServedWorkspace) -> bool:
        has_moved = after.snapshot is not before.snapshot
        if has_moved:
            self._bring(before, after)
        for witness in self.witnesses if after != before else ():
            witness(before, after)
        return has_moved

    def _bring(self, before: ServedWorkspace, after: ServedWorkspace) -> None:
        move = self._lookout.move(before, after)
        _log.info("workspace %s is at %s", move.name, after.revision and after.revision.id)
        for observer in self.observers:
            observer(move)


def _log_failure(looked: Future[bool]) -> None:
    error = looked.exception()
    if error is not None:
        _log.error("what a look at a workspace found cannot be told", exc_info=error)

"""The workspaces that a server serves: the active revision of each, and the candidate that was refused since.

A thread of its own loads and validates a revision; then one assignment makes it active. Until then ``get`` returns the
state before: one lookup, from any thread, of a frozen value.
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
from gitflow.core.record import Record, replace
from gitflow.runtime.single_flight import SingleFlight
from gitflow.runtime.workspaces.signatures import SignatureRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from gitflow.core.language.snapshot import Commit, Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.core.policy.records import Policy
    from gitflow.core.problems import Problem
    from gitflow.core.signatures import Signature
    from gitflow.runtime.workspaces.distance import Distance
    from gitflow.stores.protocols.revisions import SyncPause
    from gitflow.workspaces.base import Workspace

    class Refresher(Protocol):
        """See runtime/workspaces/refresh.py."""

        def refresh(self, before: ServedWorkspace) -> ServedWorkspace:
            """The new state of a workspace."""
            ...

        def without_remote(self, before: ServedWorkspace, why: str) -> ServedWorkspace:
            """The new state from what is on this machine; ``why``: the error to show with it."""
            ...

        def describe_change(self, before: ServedWorkspace, after: ServedWorkspace) -> RevisionChange:
            """Called once another revision is active."""
            ...

        def check(self, workspace: Workspace, revision: Revision, named: str | None) -> Signature | None:
            """See Signatures.check."""
            ...


#: How many workspaces are refreshed at the same time; a slow remote occupies one of these threads.
MAX_REFRESHES = 8
#: How long the first refresh of a workspace may take, in seconds, before the revision on this machine is served.
FIRST_REFRESH_S = 10.0

_log = logging.getLogger("gitflow.workspaces")


class Candidate(Record):
    """A newer revision that was refused: it has errors, breaks the policy, or has no valid signature.

    It is the formerly active revision itself if its signature is no longer valid.
    """

    revision: Revision
    problems: tuple[Problem, ...]
    signature: Signature | None = None  #: that it was refused for
    breaks_policy: bool = False  #: it has no errors, and nothing else is wrong with it


class ServedWorkspace(Record):
    """The active revision, and why no newer one is active. Without a snapshot nothing is served yet."""

    name: str
    workspace: Workspace
    snapshot: Snapshot | None = None
    revision: Revision | None = None  #: of the snapshot
    branch: str | None = None
    candidate: Candidate | None = None
    error: str | None = None  #: why the workspace cannot be refreshed: the remote is down, the branch is gone
    loaded_at: float | None = None  #: wall clock; when the snapshot became active
    is_initialized: bool = False  #: its first refresh has ended: loaded, refused or unreachable
    signature: Signature | None = None  #: of the active revision; None: signatures are not checked
    remote: Revision | None = None  #: where the remote branch was last seen
    distance: Distance | None = None  #: between the active revision and ``remote``
    pause: SyncPause | None = None  #: no other revision becomes active until it ends
    unreachable_since: float | None = None  #: wall clock; since when there is an ``error``
    policy: Policy = NO_POLICY  #: of the snapshot: it judges what comes next

    @property
    def commit(self) -> Commit | None:
        """None too where files have changed since the commit."""
        return self.revision.commit if self.revision and not self.revision.dirty else None

    @property
    def active(self) -> tuple[Snapshot, Revision]:
        """The snapshot and revision that jobs are created from. Raises RevisionRefused or WorkspaceError if there is
        none."""
        if self.snapshot is not None and self.revision is not None:
            return self.snapshot, self.revision
        if self.candidate is not None:
            raise self._refusal(self.candidate)
        raise WorkspaceError(self.error or f"workspace {self.name!r} is not loaded yet")

    def _refusal(self, candidate: Candidate) -> RevisionRefused:
        if candidate.signature is not None:
            return SignatureRefused(self.name, candidate.revision.id, candidate.signature)
        return RevisionRefused(self.name, candidate.revision.id, candidate.problems)


class RevisionChange(Record):
    """Another revision became active: at the first refresh, or because the workspace has changed."""

    name: str
    before: str | None  #: the revision before, also across a restart; None: nothing was ever served
    after: ServedWorkspace
    paths: tuple[str, ...] | None = None  #: the changed files, relative to the workspace; None if unknown

    @property
    def is_push(self) -> bool:
        """Whether the workspace has changed; False if it is loaded again, or for the first time."""
        return self.before is not None and self.after.revision is not None and self.before != self.after.revision.id

    @property
    def branch(self) -> str | None:
        return self.after.branch


class ServedWorkspaces:
    """``observers`` are called for each active revision, ``state_observers`` for every change of a state.

    Both are called in the thread that refreshes, so they must return quickly.
    """

    def __init__(
        self, workspaces: Mapping[str, Workspace], refresher: Refresher, first_refresh_s: float = FIRST_REFRESH_S
    ) -> None:
        self.observers: list[Callable[[RevisionChange], None]] = []
        self.state_observers: list[Callable[[ServedWorkspace, ServedWorkspace], None]] = []
        self._now = {name: ServedWorkspace(name, workspace) for name, workspace in workspaces.items()}
        self._refresher = refresher
        self._lock = Lock()  #: held to replace an entry of ``_now``
        self._first_refresh_timer = Timer(first_refresh_s, self._serve_local_copies)
        self._first_refresh_timer.daemon = True
        self._first_refresh_s = first_refresh_s
        self._executor = ThreadPoolExecutor(max(1, min(MAX_REFRESHES, len(self._now))), "workspace")
        self._flights = {name: SingleFlight(self._executor, partial(self._refresh, name)) for name in self._now}

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
        return all(one.is_initialized for one in self.all())

    def request_refresh(self, name: str) -> Future[bool]:
        """Refreshes the workspace in a thread. The future says whether another revision became active.

        Calls during a refresh share the next one. Await it with ``asyncio.wrap_future``. Raises NotFound.
        """
        return self._flights[self.get(name).name].join()

    def refresh(self, name: str) -> bool:
        """Calls ``request_refresh`` and waits for it. Raises NotFound."""
        return self.request_refresh(name).result()

    def check(self, one: ServedWorkspace, revision: Revision, named: str) -> None:
        """Checks the signature of a revision that is not the active one; ``named``: what it was resolved from. Blocks.
        Raises SignatureRefused and WorkspaceError."""
        found = self._refresher.check(one.workspace, revision, named)
        if found is not None and not found.is_valid:
            _log.warning("workspace %s: %s is run without a valid signature: %s", one.name, revision.id, found.reason)

    def refresh_soon(self, name: str) -> None:
        """Calls ``request_refresh`` without waiting; a failure is logged. Raises NotFound."""
        self.request_refresh(name).add_done_callback(_log_failure)

    def start(self) -> list[Future[bool]]:
        """Starts the first refresh of each. While a remote does not answer, the revision on this machine is served."""
        if self._first_refresh_timer.ident is None:
            self._first_refresh_timer.start()
        return [self.request_refresh(name) for name in self._now]

    def close(self) -> None:
        """Aborts running refreshes, and starts no more."""
        self._first_refresh_timer.cancel()
        for one in self.all():
            one.workspace.close()
        self._executor.shutdown(wait=True, cancel_futures=True)
        if self._first_refresh_timer.ident is not None:
            self._first_refresh_timer.join()

    def _refresh(self, name: str) -> bool:
        before = self._now[name]
        after = self._refresh_with(before, self._refresher.refresh)
        with self._lock:
            now = self._now[name]
            if now is not before and (
                after.snapshot is None or after.revision == now.revision
            ):  # the local copy was served in the meantime
                kept = {"snapshot": now.snapshot, "revision": now.revision, "policy": now.policy}
                after = replace(after, **kept, loaded_at=now.loaded_at)
            self._now[name] = after
        return self._notify(now, after)

    def _serve_local_copies(self) -> None:
        """Serves the local copy of each workspace whose first refresh has not ended by now."""
        for before in self.all():
            if before.is_initialized:
                continue
            why = f"no answer within {self._first_refresh_s:g} s; the first refresh goes on"
            after = self._refresh_with(before, lambda slow, why=why: self._refresher.without_remote(slow, why))
            with self._lock:
                is_current = self._now[before.name] is before
                if is_current:
                    self._now[before.name] = after
            if is_current:
                _log.warning("workspace %s: %s", before.name, after.error)
                self._notify(before, after)

    def _refresh_with(
        self, before: ServedWorkspace, refresh: Callable[[ServedWorkspace], ServedWorkspace]
    ) -> ServedWorkspace:
        try:
            return refresh(before)
        except Exception as error:  # a bug of gitflow: the active revision stays, and its state shows the error
            _log.exception("workspace %s cannot be refreshed because of an internal error", before.name)
            return replace(before, error=f"{type(error).__name__}: {error}", is_initialized=True)

    def _notify(self, before: ServedWorkspace, after: ServedWorkspace) -> bool:
        has_changed = after.snapshot is not None and after.snapshot is not before.snapshot
        if has_changed:
            self._announce(before, after)
        for witness in self.state_observers if after != before else ():
            witness(before, after)
        return has_changed

    def _announce(self, before: ServedWorkspace, after: ServedWorkspace) -> None:
        change = self._refresher.describe_change(before, after)
        _log.info("workspace %s is at %s", change.name, after.revision and after.revision.id)
        for observer in self.observers:
            observer(change)


def _log_failure(refreshed: Future[bool]) -> None:
    error = refreshed.exception()
    if error is not None:
        _log.error("an observer of a refreshed workspace failed", exc_info=error)

"""Which revisions may be served and run, by who has signed them.

A key must have been valid when this server first saw the revision. The store keeps what was seen, and when. Nobody
waits for that commit: what a crash loses is seen again later, which only makes the check stricter.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError, RevisionRefused
from gitflow.core.problems import NOWHERE, Problem, Severity
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.signatures.trust import REQUIRED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.language.sources import Revision
    from gitflow.core.signatures import Signature
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.signatures.trust import Rule

    #: (workspace, SHA of a commit or tag) -> when it was first seen, in seconds since the epoch.
    FirstSeen = Callable[[str, str], float]

RULE = "signature"
_HINT = "sign the commit, or the tag that names it, with a key of an allowed signer"

#: Of so many objects it is remembered when they were first seen.
_MAX_KNOWN = 4096


def signature_warnings(signature: Signature | None) -> tuple[Problem, ...]:
    """What is wrong with the signature of a revision that is served nevertheless."""
    if signature is None or signature.is_valid:
        return ()
    return (Problem.at(NOWHERE, RULE, _no_valid(signature), _HINT, Severity.WARNING),)


def _no_valid(signature: Signature) -> str:
    return f"no valid signature: {signature.reason}"


class SignatureRefused(RevisionRefused):
    """The revision has no valid signature, and the workspace requires one."""

    def __init__(self, workspace: str, revision: str, signature: Signature) -> None:
        problem = Problem.at(NOWHERE, RULE, _no_valid(signature), _HINT)
        super().__init__(workspace, revision, (problem,))
        message = f"revision {revision} of workspace {workspace!r} has no valid signature: {signature.reason}"
        GitflowError.__init__(self, message)
        self.signature = signature


class Signatures:
    """``rules``: by workspace, of those whose signatures are checked."""

    def __init__(self, rules: Mapping[str, Rule], first_seen: FirstSeen) -> None:
        self._rules = rules
        self._first_seen = first_seen

    def check(self, workspace: Workspace, revision: Revision, named: str | None) -> Signature | None:
        """The result; None if signatures are not checked. ``named``: what the revision was resolved from. Blocks.

        Raises SignatureRefused if a valid signature is required and missing, and WorkspaceError.
        """
        name = workspace.identity
        rule = self._rules.get(name)
        if rule is None or not isinstance(workspace, GitWorkspace):
            return None
        from gitflow.workspaces.signatures.verify import verify

        found = verify(workspace.git_dir, revision.id, named, rule.trust, lambda sha: self._first_seen(name, sha))
        if rule.mode == REQUIRED and not found.is_valid:
            raise SignatureRefused(name, revision.id, found)
        return found


class Sightings:
    """When this server first saw an object; one that it has not seen yet is seen now."""

    def __init__(
        self, stores: Stores, open_reader: Callable[[], Stores], commit_queue: CommitQueue, now: Callable[[], float]
    ) -> None:
        """``stores``: those of the engine's thread. ``open_reader`` opens them again for the calling thread.
        ``now``: the wall clock."""
        self._stores = stores
        self._open_reader = open_reader
        self._commit_queue = commit_queue
        self._now = now
        self._known: dict[tuple[str, str], float] = {}

    def __call__(self, workspace: str, sha: str) -> float:
        known = self._known.get((workspace, sha))
        if known is None:
            with self._open_reader() as stores:
                known = stores.revisions.first_seen(workspace, sha)
            if known is None:
                known = self._now()
                self._commit_queue.submit(partial(self._see, workspace=workspace, sha=sha, at=known))
            if len(self._known) >= _MAX_KNOWN:
                self._known = {}
            self._known[workspace, sha] = known
        return known

    def _see(self, transaction: Transaction, workspace: str, sha: str, at: float) -> None:
        self._stores.revisions.see(workspace, sha, at)

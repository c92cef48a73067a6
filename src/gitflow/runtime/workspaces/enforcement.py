"""A server checks a newer revision against the policy of the active one, before it serves the newer one.

A first revision is checked against its own policy. So is the revision of a folder after a restart, because the files of
the revision that was active before are gone. The rule ``owners`` is left out: a server that loads a revision does not
know its reviews.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.changes.compare import compare
from gitflow.core.changes.records import Side
from gitflow.core.errors import RevisionRefused, WorkspaceError
from gitflow.core.policy.judge import OF_CHANGES, OWNERS, violations
from gitflow.core.policy.records import NO_POLICY, Case, Facts, Policy
from gitflow.core.record import Record
from gitflow.definitions.compiled import is_same_text
from gitflow.definitions.policies import find_policy
from gitflow.definitions.violations import at_their_keys
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.history import commits_between, commits_between_in_folder

if TYPE_CHECKING:
    from gitflow.core.changes.records import Changes
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.workspaces.base import Workspace


class Loaded(Record):
    """A revision with its definitions and its policy."""

    revision: Revision
    snapshot: Snapshot
    policy: Policy = NO_POLICY


def policy_of(workspace: Workspace, revision: Revision) -> Policy:
    """The policy of a revision that was loaded, so it has no errors. Raises WorkspaceError if the files are gone."""
    return find_policy(workspace.definition_files(revision))[0] or NO_POLICY


class PolicyRefused(RevisionRefused):
    """The revision can be served, but breaks the policy. An administrator may accept it nevertheless."""


def refuse_violations(
    workspace: Workspace, active: Loaded | None, new: Loaded, now: float, *, is_unreviewed: bool = False
) -> None:
    """Raises PolicyRefused if the new revision breaks a rule.

    ``active``: None if the server served nothing before; ``now``: the wall clock; ``is_unreviewed``: the caller knows
    that no owner has signed or reviewed the new revision, so that ``owners`` counts too.
    """
    judging = new.policy if active is None else active.policy
    rules = tuple(rule for rule in judging.rules if is_unreviewed or rule.kind != OWNERS)
    if not rules:
        return
    changes, messages = None, tuple[str, ...]()
    if active is not None and any(rule.kind in OF_CHANGES for rule in rules):
        changes = _changes(active, new, now)
        messages = _messages(workspace, active.revision, new.revision) if changes.breaking else ()
    facts = Facts(datetime.fromtimestamp(now, UTC).date(), messages=messages)
    base = active.snapshot if active is not None else None
    found = violations(Policy(rules), Case(new.snapshot, facts, base, changes))
    if any(each.problem.is_error for each in found):
        placed = at_their_keys(found, workspace.definition_files(new.revision))
        raise PolicyRefused(workspace.identity, new.revision.id, [each.problem for each in placed])


def _changes(active: Loaded, new: Loaded, now: float) -> Changes:
    is_same = partial(is_same_text, active.snapshot, new.snapshot)
    return compare(Side(active.snapshot), Side(new.snapshot), now, is_same=is_same)


def _messages(workspace: Workspace, before: Revision, after: Revision) -> tuple[str, ...]:
    """The messages of the commits between; none if the older commit is not known any more."""
    if before.commit is None or after.commit is None:
        return ()
    between = commits_between if isinstance(workspace, GitWorkspace) else commits_between_in_folder
    at = workspace.git_dir if isinstance(workspace, GitWorkspace) else getattr(workspace, "path", "")
    try:
        return tuple(commit.message for commit in between(at, before.commit.sha, after.commit.sha))
    except WorkspaceError:
        return ()

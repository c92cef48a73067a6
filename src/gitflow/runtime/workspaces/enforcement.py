"""A server judges a newer revision by the policy of the one in force, before it is served.

A first revision is judged by its own policy, and so is one of a folder after a restart: the files of the revision that
was in force are gone then. ``owners`` is not asked: only who knows the reviews can tell.
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
    """A revision with a policy that has errors is never loaded. Raises WorkspaceError where its files are gone."""
    return find_policy(workspace.definition_files(revision))[0] or NO_POLICY


class PolicyRefused(RevisionRefused):
    """The revision can be served, but breaks the policy. An administrator may accept it nevertheless."""


def refuse_violations(
    workspace: Workspace, in_force: Loaded | None, new: Loaded, now: float, *, is_unreviewed: bool = False
) -> None:
    """Raises PolicyRefused. ``in_force``: None where nothing was; ``now``: the wall clock; ``is_unreviewed``: it is
    known that no owner has signed or reviewed the new revision."""
    judging = new.policy if in_force is None else in_force.policy
    rules = tuple(rule for rule in judging.rules if is_unreviewed or rule.kind != OWNERS)
    if not rules:
        return
    changes, messages = None, tuple[str, ...]()
    if in_force is not None and any(rule.kind in OF_CHANGES for rule in rules):
        changes = _changes(in_force, new, now)
        messages = _messages(workspace, in_force.revision, new.revision) if changes.breaking else ()
    facts = Facts(datetime.fromtimestamp(now, UTC).date(), messages=messages)
    base = in_force.snapshot if in_force is not None else None
    found = [each.problem for each in violations(Policy(rules), Case(new.snapshot, facts, base, changes))]
    if any(problem.is_error for problem in found):
        raise PolicyRefused(workspace.identity, new.revision.id, found)


def _changes(in_force: Loaded, new: Loaded, now: float) -> Changes:
    is_same = partial(is_same_text, in_force.snapshot, new.snapshot)
    return compare(Side(in_force.snapshot), Side(new.snapshot), now, is_same=is_same)


def _messages(workspace: Workspace, before: Revision, after: Revision) -> tuple[str, ...]:
    """Nothing where the older commit is not known any more: then no commit can speak for the change."""
    if before.commit is None or after.commit is None:
        return ()
    between = commits_between if isinstance(workspace, GitWorkspace) else commits_between_in_folder
    at = workspace.git_dir if isinstance(workspace, GitWorkspace) else getattr(workspace, "path", "")
    try:
        return tuple(commit.message for commit in between(at, before.commit.sha, after.commit.sha))
    except WorkspaceError:
        return ()

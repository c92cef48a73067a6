"""Checks a change: makes its plan, and applies the policy.

The policy is that of the base, so that no change loosens the rule it is judged by; of the commit that adds the
workspace, its own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitflow.core.policy.changes import policy_changes, reported
from gitflow.core.policy.judge import OF_CHANGES, violations
from gitflow.core.policy.records import NO_POLICY, POLICY_FILE, Case, Facts, Policy
from gitflow.core.problems import Place, Problem, Severity
from gitflow.core.record import Record, replace
from gitflow.definitions.policies import find_policy
from gitflow.definitions.source.ignored import is_definitions
from gitflow.definitions.test_files.suite import load_suite
from gitflow.definitions.violations import at_their_keys
from gitflow.runtime.workspaces.plans import plan_examined
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.history import commits_between
from gitflow.workspaces.signatures.made_by_api import made_by_api
from gitflow.workspaces.signatures.verify import verify

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Protocol

    from gitflow.core.policy.records import PolicyChange, Violation
    from gitflow.runtime.workspaces.plans import ChangePlan
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.workspaces.revisions import Chosen
    from gitflow.workspaces.signatures.trust import Trust

    class Signers(Protocol):
        """Who vouches for a commit."""

        def __call__(self, git_dir: str, sha: str) -> Collection[str]:
            """The people and groups whose valid signature the commit carries."""
            ...


def no_signers(git_dir: str, sha: str) -> Collection[str]:
    """For servers and commands that verify no signatures: no commit has a signer."""
    return ()


def signers_by(trust: Trust, now: float) -> Signers:
    """Those whose keys are in the files that are trusted, and valid at ``now``."""
    if not (trust.allowed_signers or trust.gpg_keyring):
        return no_signers

    def signers(git_dir: str, sha: str) -> Collection[str]:
        found = verify(git_dir, sha, None, trust, lambda sha: now)
        return (found.signer,) if found.is_valid else ()

    return signers


class Check(Record):
    plan: ChangePlan  #: with all problems: of the definitions, and what breaks the policy
    violations: tuple[Violation, ...] = ()
    policy_changes: tuple[PolicyChange, ...] = ()

    @property
    def has_errors(self) -> bool:
        return self.plan.has_errors


def check_change(
    snapshots: Snapshots,
    base: Chosen,
    head: Chosen,
    now: float,
    *,
    reviewers: Collection[str] = (),
    signers: Signers = no_signers,
) -> Check:
    """``now``: seconds since the epoch. Raises WorkspaceError."""
    before, after = snapshots.examine_both((base.source, base.revision), (head.source, head.revision))
    plan = plan_examined((base, before), (head, after), now)
    old, unread = _policy_of_base(base)
    files = head.source.definition_files(head.revision)
    others = [file for file in files if not is_definitions(file.path)]
    new, _ = find_policy(others)  # its problems are among those of the plan
    of_tests = load_suite(others, None if plan.has_errors else after.snapshot).problems
    judging = (new or NO_POLICY) if base.is_empty else old
    changed = () if base.is_empty or (new is None and _has_policy(head)) else policy_changes(old, new)
    facts = _facts(base, head, now, frozenset(reviewers), signers)
    case = Case(after.snapshot, facts, before.snapshot, plan.changes, changed)
    found = at_their_keys(violations(judging, case), files)
    coming = at_their_keys(violations(_coming(changed), case), files)
    problems = (*plan.problems, *of_tests, *unread, *reported(changed), *(each.problem for each in (*found, *coming)))
    ordered = tuple(sorted(dict.fromkeys(problems), key=lambda each: (each.file, each.line, each.column, each.rule)))
    return Check(replace(plan, problems=ordered), tuple(found), changed)


def _policy_of_base(base: Chosen) -> tuple[Policy, tuple[Problem, ...]]:
    """A policy that cannot be read allows no change: the error stays until somebody repairs it in the base."""
    policy, problems = find_policy(base.source.definition_files(base.revision))
    errors = [problem for problem in problems if problem.is_error]
    if not errors:
        return policy or NO_POLICY, ()
    message = f"the policy of the base {base.name} cannot be read: {errors[0].message}"
    hint = "a change that repairs it must be merged by somebody who may pass over this check"
    return NO_POLICY, (Problem.at(Place(POLICY_FILE, errors[0].line, errors[0].column), "bad-policy", message, hint),)


def _has_policy(chosen: Chosen) -> bool:
    return POLICY_FILE in chosen.source.definition_ids(chosen.revision)


def _coming(changes: tuple[PolicyChange, ...]) -> Policy:
    """The rules that count from the next change on, as warnings."""
    rules = [each.after for each in changes if each.after is not None and each.after.kind not in OF_CHANGES]
    return Policy(tuple(replace(rule, level=Severity.WARNING) for rule in rules))


def _facts(base: Chosen, head: Chosen, now: float, reviewers: frozenset[str], signers: Signers) -> Facts:
    commit = head.revision.commit
    is_committed = commit is not None and not head.revision.dirty
    git_dir = base.source.git_dir if isinstance(base.source, GitWorkspace) else None
    facts = Facts(datetime.fromtimestamp(now, UTC).date(), is_committed, _messages(base, head), reviewers=reviewers)
    if commit is None or not is_committed or git_dir is None:
        return facts
    signed_by = frozenset(signers(git_dir, commit.sha))
    return replace(facts, signers=signed_by, is_made_by_api=made_by_api(git_dir, commit.sha))


def _messages(base: Chosen, head: Chosen) -> tuple[str, ...]:
    before, after = base.revision.commit, head.revision.commit
    if not isinstance(base.source, GitWorkspace) or before is None or after is None:
        return ()
    return tuple(commit.message for commit in commits_between(base.source.git_dir, before.sha, after.sha))

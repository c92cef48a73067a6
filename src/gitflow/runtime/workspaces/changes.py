"""Changes of a workspace that the API makes: each is a commit, judged before it is pushed.

A change starts from the newest commit of the served branch. It is committed aside (workspaces/drafts.py), loaded and
checked against the policy of the active revision, and then pushed: to a branch of its own, or to the served branch
(``writable: direct``). The refresh that follows makes it active, as after any other push.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, GitflowError, RevisionRefused, WorkspaceError
from gitflow.core.record import Record, replace
from gitflow.core.trailers import API_TRAILER, with_trailer
from gitflow.definitions.source.ignored import is_policy, is_tests
from gitflow.definitions.test_files.suite import load_suite
from gitflow.runtime.workspaces.enforcement import Loaded, policy_of, refuse_violations
from gitflow.workspaces.drafts import Message, Push, full_path, place_of
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.signatures.signing import sign
from gitflow.workspaces.tree_edits import ABSENT, REGULAR

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gitflow.core.language.sources import Revision
    from gitflow.core.problems import Problem
    from gitflow.runtime.workspaces.served import ServedWorkspace, ServedWorkspaces
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.workspaces.drafts import Committing, Draft, Drafts, Person

    #: What is to be changed, on top of a revision that the caller has not chosen.
    EditOf = Callable[[GitWorkspace, Revision], "Edit"]

#: Below this, the branches of changes have their names.
BRANCHES = "gitflow"
_MAX_SLUG = 40


class Stale(GitflowError):
    """The revision that the caller has edited is not the newest one."""

    code = "precondition_failed"

    def __init__(self, newest: str) -> None:
        super().__init__(
            f"the newest revision is {newest}, and you have edited another one: read the file again at that revision, "
            "make your change there, and send it with that revision"
        )
        self.newest = newest


class ChangeRefused(RevisionRefused):
    """What the change would make has errors, or breaks the policy; nothing was pushed."""

    def __init__(self, workspace: str, path: str, problems: Collection[Problem]) -> None:
        super().__init__(workspace, "", tuple(problems))
        errors = sum(problem.is_error for problem in problems)
        what = f"workspace {workspace!r} would have {errors} error{'' if errors == 1 else 's'}"
        GitflowError.__init__(self, f"the change of {path!r} is refused: {what}")


class Edit(Record):
    path: str
    data: bytes | None  #: None: the file is removed
    message: str


class Expected(Record):
    """What the caller has edited: the newest revision, or the newest content of the file."""

    tags: frozenset[str]
    path: str | None = None


class Author(Record):
    person: Person
    slug: str  #: stands for them in the name of a branch


class Change(Record):
    """A change that was made."""

    workspace: str
    path: str
    base: str  #: the revision that was changed
    revision: str  #: the new commit; the base, where nothing was to be changed
    branch: str  #: that has it
    message: str
    is_direct: bool  #: on the served branch

    @property
    def has_changed(self) -> bool:
        return self.base != self.revision


class WorkspaceChanges:
    """Those of one workspace. The caller makes one at a time."""

    def __init__(
        self,
        name: str,
        served: ServedWorkspaces,
        drafts: Drafts,
        snapshots: Snapshots,
        settings: Committing,
        now: Callable[[], float],
    ) -> None:
        """``now``: the wall clock."""
        self._name = name
        self._served = served
        self._drafts = drafts
        self._snapshots = snapshots
        self._settings = settings
        self._now = now

    def newest(self) -> Revision:
        """Where the served branch was last seen. Raises RevisionRefused or WorkspaceError if there is nothing."""
        one = self._served.get(self._name)
        return one.remote or one.active[1]

    def make(self, edit_of: EditOf, author: Author, expected: Expected | None) -> Change:
        """``expected`` None: whatever is there. Blocks.

        Raises Stale, ChangeRefused, Conflict, NotFound, InvalidInput and WorkspaceError; then nothing has changed.
        """
        base, branch = self._expected(expected), self._branch()
        edit = edit_of(self._workspace, base)
        with self._drafts.open(base) as draft:
            tree = draft.write(edit.path, edit.data)
            if not draft.differs(tree):
                return self._change(edit, base.id, base.id, branch)
            revision = draft.commit(tree, self._message(edit, author), self._sign)
            self._judge(draft, revision, edit)
            onto = branch if self._settings.is_direct else _branch_name(author, edit, revision)
            draft.push(Push(revision.id, onto, branch, base.id))
        if self._settings.is_direct:
            self._served.refresh(self._name)
        return self._change(edit, base.id, revision.id, onto)

    def _change(self, edit: Edit, base: str, revision: str, branch: str) -> Change:
        return Change(self._name, edit.path, base, revision, branch, edit.message, self._settings.is_direct)

    @property
    def _workspace(self) -> GitWorkspace:
        workspace = self._served.get(self._name).workspace
        assert isinstance(workspace, GitWorkspace)
        return workspace

    def _expected(self, expected: Expected | None) -> Revision:
        """The newest revision. Raises Stale."""
        newest = self.newest()
        if expected is None or self._is_met(expected, newest):
            return newest
        self._served.refresh(self._name)  # the caller may know more than was last seen here
        newest = self.newest()
        if not self._is_met(expected, newest):
            raise Stale(newest.id)
        return newest

    def _is_met(self, expected: Expected, newest: Revision) -> bool:
        if newest.id in expected.tags or expected.path is None:
            return newest.id in expected.tags
        found = place_of(self._workspace, newest, expected.path).file
        return found is not None and found.id in expected.tags

    def _branch(self) -> str:
        branch = self._served.get(self._name).branch
        if branch is None:
            raise Conflict(f"workspace {self._name!r} follows {self._workspace.ref!r}, which is no branch")
        return branch

    def _message(self, edit: Edit, author: Author) -> Message:
        committer = self._settings.committer
        text = with_trailer(edit.message, API_TRAILER, str(committer))
        return Message(text, author.person, committer, int(self._now()))

    def _sign(self, payload: bytes) -> bytes | None:
        key_file = self._settings.key_file
        return sign(payload, key_file) if key_file is not None else None

    def _judge(self, draft: Draft, revision: Revision, edit: Edit) -> None:
        """Raises ChangeRefused."""
        one = self._served.get(self._name)
        _refuse_more_than(draft, revision, edit)
        try:
            self._load(one, draft, revision, edit)
            if self._settings.is_direct:
                self._served.check(replace(one, workspace=draft.workspace), revision, revision.id)
        except RevisionRefused as refused:
            raise ChangeRefused(self._name, edit.path, refused.problems) from None

    def _load(self, one: ServedWorkspace, draft: Draft, revision: Revision, edit: Edit) -> None:
        """Encrypted files of a direct change are decrypted, as the load that follows decrypts them. Those of a proposal
        are not: they name the services that hold the keys, and a person has yet to agree. Raises RevisionRefused."""
        last, is_direct = one.revision or draft.base, self._settings.is_direct
        at = (draft.workspace, last), (draft.workspace, revision)
        old, new = self._snapshots.examine_both(*at, decrypts=is_direct)
        problems = new.problems
        if is_tests(edit.path):
            files = [file for file in draft.workspace.definition_files(revision) if file.path == edit.path]
            problems += load_suite(files, new.snapshot).problems
        if any(problem.is_error for problem in problems):
            raise RevisionRefused(self._name, revision.id, problems)
        policy = one.policy if one.revision is not None else policy_of(draft.workspace, last)
        active = Loaded(last, old.snapshot, policy)
        loaded = Loaded(revision, new.snapshot, policy_of(draft.workspace, revision))
        refuse_violations(draft.workspace, active, loaded, self._now(), is_unreviewed=is_direct)


def _refuse_more_than(draft: Draft, revision: Revision, edit: Edit) -> None:
    """Looks at what was made, whatever made it: one regular file that keeps its mode, and no policy, also not under
    another name that a link leads to. Raises Conflict and WorkspaceError."""
    found = draft.changes(revision)
    if [path for _, _, path in found] != [full_path(draft.workspace, edit.path)] or not _keeps_mode(*found[0][:2]):
        raise WorkspaceError(f"the change of {edit.path!r} would change something else, so that nothing was changed")
    ids = (draft.workspace.definition_ids(draft.base), draft.workspace.definition_ids(revision))
    old, new = ({name: id for name, id in each.items() if is_policy(name)} for each in ids)
    if old != new:
        raise Conflict(f"{edit.path!r} is a part of the policy, which changes by a commit of a person")


def _keeps_mode(before: str, after: str) -> bool:
    if before == ABSENT:
        return after == REGULAR
    return before.startswith("100") and after in (ABSENT, before)


def _branch_name(author: Author, edit: Edit, revision: Revision) -> str:
    subject = edit.message.partition("\n")[0]
    return f"{BRANCHES}/{slug_of(author.slug, 'user')}/{slug_of(subject, 'change')}-{revision.id[:8]}"


def slug_of(text: str, usual: str) -> str:
    """Lower-case letters, digits and single dashes; ``usual`` where nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:_MAX_SLUG].strip("-") or usual

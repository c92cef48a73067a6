"""Revisions by the history of a ref, by a message and by an upstream, as git finds them in real repositories."""

from __future__ import annotations

import pytest

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.expressions import without_expression
from gitflow.workspaces.folder import FolderWorkspace
from gitflow.workspaces.git import GitWorkspace, at_revision
from gitflow.workspaces.revisions import choose


@pytest.fixture
def clone(tmp_path, git, commit):
    """A branch ``topic`` that follows ``main`` of its remote, one commit ahead, and a tag of the first."""
    origin = tmp_path / "origin"
    for message in ("first", "fix the bug", "third"):
        commit(origin, {"a": message, ".workflows/a.yaml": "tasks: {}"}, message)
    git(tmp_path, "clone", "-q", str(origin), "clone")
    folder = tmp_path / "clone"
    git(folder, "tag", "-a", "-m", "one", "v1", "HEAD~2")
    git(folder, "checkout", "-q", "--track", "-b", "topic", "origin/main")
    commit(folder, {"a": "mine"}, "mine")
    return folder


EXPRESSIONS = (
    "@{u}", "@{upstream}", "HEAD@{u}", "topic@{U}", "main@{upstream}", "@{u}~1", "@{u}^", "HEAD@{0}", "HEAD@{1}",
    "@{1}", "topic@{1}", "main@{0}", "HEAD@{2000-01-01}", ":/fix", "HEAD^{/fix the}", "HEAD^{commit}", "v1^{}",
    "v1^{commit}", "HEAD^{/mine}~1^{commit}",
)  # fmt: skip


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_is_the_commit_that_git_finds(clone, git, name):
    expected = git(clone, "rev-parse", f"{git(clone, 'rev-parse', name)}^{{commit}}")
    assert choose(FolderWorkspace(str(clone)), name, "HEAD")[0].revision.id == expected
    assert at_revision(str(clone), name)[1].id == expected


def test_a_linked_work_tree_has_a_history_and_an_upstream_of_its_own(clone, git, tmp_path):
    git(clone, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"), "v1")
    git(tmp_path / "linked", "branch", "-q", "--set-upstream-to=topic")
    for name in ("@{u}", "HEAD@{0}"):
        expected = git(tmp_path / "linked", "rev-parse", name)
        assert at_revision(str(tmp_path / "linked"), name)[1].id == expected
        assert at_revision(str(clone), name)[1].id != expected


@pytest.mark.parametrize("name", ["HEAD@{99}", ":/nowhere", "HEAD^{tree}", "v1@{u}", "HEAD^{/no such message}", "@{x}"])
def test_what_git_does_not_find_is_refused(clone, name):
    with pytest.raises(WorkspaceError):
        at_revision(str(clone), name)


def test_a_branch_without_an_upstream_is_named(clone, git):
    git(clone, "branch", "-q", "--unset-upstream")
    with pytest.raises(WorkspaceError, match="topic has no upstream branch"):
        at_revision(str(clone), "@{u}")


@pytest.mark.parametrize("name", ["main", "v1", "HEAD~1", "origin/main", "a" * 40, ":/a\nb", "HEAD@{0}\n"])
def test_any_other_name_stays_as_it_is(clone, name):
    assert without_expression(str(clone / ".git"), name) == name


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_server_that_is_asked_for_an_expression_refuses_it(clone, name):
    with pytest.raises(WorkspaceError, match="cannot be a branch, a tag or a SHA"):
        GitWorkspace(str(clone)).resolve(name)

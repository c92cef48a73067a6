"""What git remembers of files, for repositories and for folders in work trees."""

import pytest

from gitflow.core.errors import WorkspaceError
from gitflow.core.language.sources import Revision
from gitflow.workspaces.folder import FolderWorkspace
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.history import branch_of


@pytest.fixture
def repo(tmp_path, commit):
    folder = tmp_path / "repo"
    commit(folder, {"team/.workflows/a.yaml": "1", "team/b": "1", "c": "1"}, "first")
    commit(folder, {"team/b": "2"}, "second\n\nwith a body")
    commit(folder, {"c": "2"}, "third")
    commit(folder, {"team/.workflows/a.yaml": "2", "team/new": "x", "team/b": None}, "fourth")
    return folder


def messages(commits):
    return [each.message for each in commits]


def workspaces(repo):
    return [GitWorkspace(str(repo), subpath="team"), FolderWorkspace(str(repo / "team"))]


def test_the_commits_that_changed_a_file_come_newest_first(repo):
    for workspace in workspaces(repo):
        now = workspace.resolve()
        assert messages(workspace.log(now, [".workflows/a.yaml"])) == ["fourth", "first"]
        assert messages(workspace.log(now, ["b", ".workflows/a.yaml"])) == [
            "fourth",
            "second\n\nwith a body",
            "first",
        ]
        assert messages(workspace.log(now, ["b"], limit=1)) == ["fourth"]
        assert workspace.log(now, []) == []
        assert workspace.log(now, ["no*", ":(top)c"]) == []
        assert workspace.log(now, ["b"])[-1].author == "Ada <ada@example.org>"


def test_a_folder_outside_git_has_no_history(tmp_path):
    workspace = FolderWorkspace(str(tmp_path))
    assert workspace.log(workspace.resolve(), ["a"]) == []
    assert workspace.branch() is None


def test_what_changed_between_two_commits_is_relative_to_the_workspace(repo, git):
    workspace = GitWorkspace(str(repo), subpath="team")
    first, last = workspace.resolve("main~3"), workspace.resolve()
    assert workspace.changed_paths(first, last) == (".workflows/a.yaml", "b", "new")
    assert GitWorkspace(str(repo)).changed_paths(first, workspace.resolve("main~1")) == ("c", "team/b")
    assert workspace.changed_paths(last, last) == ()
    with pytest.raises(WorkspaceError):
        workspace.changed_paths(Revision("1" * 40), last)


def test_a_rename_is_a_removal_and_an_addition_and_names_may_be_odd(tmp_path, commit, git):
    commit(tmp_path / "r", {"a b\nc": "same content"})
    git(tmp_path / "r", "mv", "a b\nc", "ü")
    commit(tmp_path / "r", {})
    workspace = GitWorkspace(str(tmp_path / "r"))
    assert workspace.changed_paths(workspace.resolve("main~1"), workspace.resolve()) == ("a b\nc", "ü")


def test_what_changed_in_a_folder_is_known_for_the_last_looks(tmp_path, write):
    workspace = FolderWorkspace(str(tmp_path))
    write(tmp_path, {"a": "1", "b": "1"})
    first = workspace.resolve()
    write(tmp_path, {"a": "2", "b": None, "c": "1"})
    assert workspace.changed_paths(first, workspace.resolve()) == ("a", "b", "c")
    for number in range(5):
        write(tmp_path, {"a": str(10 + number)})
        last = workspace.resolve()
    with pytest.raises(WorkspaceError, match="changed while it was read"):
        workspace.changed_paths(first, last)


def test_the_branch_of_a_folder_is_that_of_its_work_tree(repo, git, tmp_path):
    assert branch_of(str(repo / "team")) == "main"
    git(repo, "worktree", "add", "-q", "-b", "feature/x", str(tmp_path / "linked"))
    assert branch_of(str(tmp_path / "linked/team")) == "feature/x"
    git(repo, "checkout", "-q", "--detach")
    assert branch_of(str(repo)) is None
    assert branch_of("/") is None


def test_the_branch_of_a_repository_is_the_one_it_follows(repo, git):
    git(repo, "tag", "v1")
    found = {}
    for ref in ("main", "v1", "HEAD", git(repo, "rev-parse", "HEAD")):
        workspace = GitWorkspace(str(repo), ref=ref)
        workspace.resolve()
        found[ref[:4]] = workspace.branch()
    assert list(found.values()) == ["main", None, "main", None]

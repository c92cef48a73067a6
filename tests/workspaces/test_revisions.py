"""Base and head of a comparison in real repositories: branches, merges, the index, submodules, linked work trees."""

from __future__ import annotations

import pytest

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.folder import FolderWorkspace
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.revisions import choose, choose_change

DEFINITIONS = ".workflows/a.yaml"


@pytest.fixture
def repository(tmp_path, commit):
    folder = tmp_path / "repository"
    commit(folder, {DEFINITIONS: "one", "run.sh": "echo 1"}, "one")
    return folder


def chosen(folder, base=None, head=None):
    return choose(FolderWorkspace(str(folder)), base, head)


def texts(at):
    return {file.path: file.data.decode() for file in at.source.definition_files(at.revision)}


def test_on_the_default_branch_files_are_compared_with_its_commit(repository, write):
    write(repository, {DEFINITIONS: "two"})
    base, head = chosen(repository)
    assert (base.name, head.name) == ("HEAD", "WORKTREE")
    assert (texts(base), texts(head)) == ({DEFINITIONS: "one"}, {DEFINITIONS: "two"})


def test_before_the_commit_that_adds_the_folder_there_is_nothing(repository, commit):
    before = chosen(repository)[0]
    commit(repository, {f"infra/{DEFINITIONS}": "new"}, "a workspace")
    base, head = choose_change(FolderWorkspace(str(repository / "infra")), "HEAD~1", "HEAD")
    assert (base.is_empty, base.revision, texts(base)) == (True, before.revision, {})
    assert (head.is_empty, texts(head)) == (False, {DEFINITIONS: "new"})
    with pytest.raises(WorkspaceError, match="there is no folder 'infra'"):
        texts(choose_change(GitWorkspace(str(repository), subpath="infra"), "HEAD", "HEAD~1")[1])


def test_a_branch_is_compared_with_where_it_left_also_after_a_merge_of_the_default_branch(repository, git, commit):
    git(repository, "checkout", "-q", "-b", "topic")
    commit(repository, {"b": "b"}, "on topic")
    git(repository, "checkout", "-q", "main")
    moved = commit(repository, {DEFINITIONS: "main moved"}, "on main")
    git(repository, "checkout", "-q", "topic")
    base, _ = chosen(repository)
    assert texts(base) == {DEFINITIONS: "one"}
    git(repository, "merge", "-q", "--no-edit", "main")
    base, head = chosen(repository)
    assert base.revision.id == moved
    assert texts(base) == texts(head) == {DEFINITIONS: "main moved"}


def test_a_merge_commit_of_the_default_branch_is_compared_with_its_first_parent(repository, git, commit):
    git(repository, "checkout", "-q", "-b", "topic")
    commit(repository, {DEFINITIONS: "topic"}, "on topic")
    git(repository, "checkout", "-q", "main")
    before = commit(repository, {"other": "x"}, "on main")
    git(repository, "merge", "-q", "--no-ff", "--no-edit", "topic")
    base, head = chosen(repository, None, "HEAD")
    assert base.revision.id == before
    assert texts(head) == {DEFINITIONS: "topic"}


def test_the_remotes_default_branch_counts_before_local_names(repository, git, commit, tmp_path):
    git(repository, "branch", "-m", "trunk")
    git(tmp_path, "clone", "-q", str(repository), "clone")
    clone = tmp_path / "clone"
    forked = git(clone, "rev-parse", "HEAD")
    commit(clone, {DEFINITIONS: "two"}, "two")
    commit(clone, {DEFINITIONS: "three"}, "three")
    base, _ = chosen(clone)
    assert base.revision.id == forked


def test_without_a_default_branch_the_base_must_be_named(repository, git):
    git(repository, "branch", "-m", "trunk")
    with pytest.raises(WorkspaceError, match=r"no default branch.*name the base"):
        chosen(repository)
    assert chosen(repository, "trunk")[0].name == "trunk"


def test_the_index_has_what_was_added_renamed_and_removed(repository, git, write):
    write(repository, {".workflows/b.yaml": "b", "run.sh": "echo 2"})
    git(repository, "add", "-A")
    git(repository, "mv", DEFINITIONS, ".workflows/c.yaml")
    write(repository, {".workflows/b.yaml": "not added"})
    base, index = chosen(repository, "HEAD", "INDEX")
    assert texts(index) == {".workflows/b.yaml": "b", ".workflows/c.yaml": "one"}
    assert index.source.has_file(index.revision, "run.sh")
    _, files = chosen(repository)
    digests = [at.source.digests(at.revision, ["run.sh", "nowhere"]) for at in (base, index, files)]
    assert digests[0] != digests[1] == digests[2]
    assert list(digests[1]) == ["run.sh"]


def test_a_mode_is_part_of_what_a_file_is(repository, git):
    (repository / "run.sh").chmod(0o755)
    base, head = chosen(repository)
    assert base.source.digests(base.revision, ["run.sh"]) != head.source.digests(head.revision, ["run.sh"])


def test_an_index_in_the_middle_of_a_merge_is_refused(repository, git, commit):
    git(repository, "checkout", "-q", "-b", "topic")
    commit(repository, {DEFINITIONS: "topic"}, "on topic")
    git(repository, "checkout", "-q", "main")
    commit(repository, {DEFINITIONS: "main"}, "on main")
    with pytest.raises(AssertionError):
        git(repository, "merge", "-q", "topic")
    with pytest.raises(WorkspaceError, match="resolve the conflict"):
        chosen(repository, "HEAD", "INDEX")


def test_a_workspace_in_a_subfolder_is_read_from_there_only(tmp_path, git, commit):
    folder = tmp_path / "repository"
    commit(folder, {"deploy/" + DEFINITIONS: "inner", DEFINITIONS: "outer", "deploy/run.sh": "x"}, "one")
    git(folder, "mv", "deploy/run.sh", "deploy/go.sh")
    base, index = chosen(folder / "deploy", "HEAD", "INDEX")
    assert texts(base) == texts(index) == {DEFINITIONS: "inner"}
    assert base.source.has_file(base.revision, "run.sh")
    assert [index.source.has_file(index.revision, name) for name in ("run.sh", "go.sh")] == [False, True]


def test_a_submodule_is_an_empty_folder_in_commits_index_and_files(repository, git, commit, tmp_path):
    inner = tmp_path / "inner"
    commit(inner, {".workflows/x.yaml": "x"}, "inner")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), ".workflows/sub")
    git(repository, "commit", "-q", "-m", "with a submodule")
    for name in ("HEAD", "INDEX", "WORKTREE"):
        assert texts(chosen(repository, "HEAD", name)[1]) == {DEFINITIONS: "one"}


def test_a_linked_work_tree_has_a_head_and_an_index_of_its_own(repository, git, write, tmp_path):
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "-q", "-b", "topic", str(linked))
    write(linked, {DEFINITIONS: "linked"})
    git(linked, "add", "-A")
    write(linked, {DEFINITIONS: "later"})
    assert [texts(each) for each in chosen(linked, None, "INDEX")] == [{DEFINITIONS: "one"}, {DEFINITIONS: "linked"}]
    assert texts(chosen(linked)[1]) == {DEFINITIONS: "later"}
    assert texts(chosen(repository, None, "INDEX")[1]) == {DEFINITIONS: "one"}


def test_before_the_first_commit_everything_is_new(tmp_path, git, write):
    folder = tmp_path / "new"
    folder.mkdir()
    git(folder, "init", "-q")
    write(folder, {DEFINITIONS: "one"})
    base, head = chosen(folder)
    assert (base.name, texts(base), texts(head)) == ("EMPTY", {}, {DEFINITIONS: "one"})


def test_the_first_commit_has_an_empty_base(repository):
    base, head = chosen(repository, None, "main")
    assert (base.name, head.name) == ("EMPTY", "main")


def test_a_bare_repository_has_commits_alone(repository, git, commit, tmp_path):
    commit(repository, {DEFINITIONS: "two"}, "two")
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    workspace = GitWorkspace(str(tmp_path / "bare.git"))
    base, head = choose(workspace, None, None)
    assert (texts(base), texts(head)) == ({DEFINITIONS: "one"}, {DEFINITIONS: "two"})
    with pytest.raises(WorkspaceError, match="there is no WORKTREE"):
        choose(workspace, None, "WORKTREE")


def test_git_names_the_same_content_alike_in_commits_index_and_files(repository, write):
    write(repository, {".workflows/b.yaml": "new"})
    base, head = chosen(repository)
    index = chosen(repository, "HEAD", "INDEX")[1]
    ids = [at.source.definition_ids(at.revision) for at in (base, index, head)]
    assert ids[0] == ids[1] == {DEFINITIONS: ids[2][DEFINITIONS]}
    assert ids[2].keys() == {DEFINITIONS, ".workflows/b.yaml"}


def test_nothing_is_written_and_nothing_is_checked_out(repository, git, commit, write):
    commit(repository, {DEFINITIONS: "two"}, "two")
    write(repository, {DEFINITIONS: "three"})
    before = git(repository, "status", "--porcelain"), git(repository, "count-objects", "-v"), git(repository, "reflog")
    for names in ((None, None), ("HEAD~1", "INDEX"), ("HEAD~1", "HEAD")):
        for at in chosen(repository, *names):
            at.source.digests(at.revision, ["run.sh"])
            texts(at)
    after = git(repository, "status", "--porcelain"), git(repository, "count-objects", "-v"), git(repository, "reflog")
    assert before == after

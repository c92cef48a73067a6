"""Git repositories: every answer comes from the objects of one commit, whatever moves and whatever is in them."""

import os
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.core.errors import WorkspaceError
from gitflow.core.language.sources import Revision
from gitflow.workspaces.folder import FolderWorkspace, identity_of
from gitflow.workspaces.git import GitWorkspace, at_revision


@pytest.fixture
def repo(tmp_path, commit):
    commit(
        tmp_path / "repo", {".workflows/a.yaml": "a", ".workflows/deep/b.yml": "b", "run.sh": "echo\n", "notes": "n"}
    )
    return tmp_path / "repo"


@pytest.fixture
def head(repo, git):
    return lambda name="HEAD": git(repo, "rev-parse", name)


def workspace_of(repo, **options):
    return GitWorkspace(str(repo), **options)


def raw(git, repo, tree_entries, commit_tree):
    return workspace_of(repo), Revision(commit_tree(repo, tree_entries))


def test_the_revision_is_the_commit_with_author_message_and_time(repo, commit, git):
    sha = commit(repo, {"x": "x"}, "say hello\n\nwith a body")
    found = workspace_of(repo).resolve()
    assert (found.id, found.commit.sha, found.dirty) == (sha, sha, False)
    assert found.commit.author == "Ada <ada@example.org>"
    assert found.commit.message == "say hello\n\nwith a body"
    assert found.commit.at == float(git(repo, "log", "-1", "--format=%ct"))


def test_a_message_in_another_encoding_is_read(repo, git):
    git(repo, "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-F", "-", source=b"gr\xfc\xdfe")
    assert workspace_of(repo).resolve().commit.message == "grüße"


def test_a_branch_a_tag_and_a_sha_name_revisions(repo, commit, git, head):
    first = head()
    git(repo, "tag", "plain")
    git(repo, "tag", "-m", "annotated", "v1.0")
    git(repo, "branch", "feature/x")
    second = commit(repo, {"x": "x"})
    workspace = workspace_of(repo)
    for name in ("plain", "v1.0", "feature/x", first, first[:10], "main~1", "main^"):
        assert workspace.resolve(name).id == first, name
    assert workspace.resolve().id == second


def test_a_tag_cannot_take_over_a_branch_and_a_branch_cannot_take_over_a_sha(repo, commit, git, head):
    first = head()
    second = commit(repo, {"x": "x"})
    git(repo, "update-ref", "refs/tags/main", first)
    git(repo, "update-ref", f"refs/heads/{first}", second)
    workspace = workspace_of(repo)
    assert workspace.resolve("main").id == second
    assert workspace.resolve(first).id == first


@pytest.mark.parametrize(
    "rev",
    [
        *("nope", "0" * 40, "deadbeef", "--help", "-", "--upload-pack=touch /tmp/x", "main:run.sh", "a b", "main\n"),
        *("", "..", "main..HEAD", "main@{1}", ":/hello", "HEAD^{/x}", "^main", "\udcff", "a\0b", "refs/heads/*"),
    ],
)
def test_what_is_no_revision_is_refused(repo, rev):
    with pytest.raises(WorkspaceError, match="there is no revision") as refused:
        workspace_of(repo).resolve(rev) if rev else GitWorkspace(str(repo), ref=rev)
    assert "Traceback" not in str(refused.value)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rev=st.text(min_size=1, max_size=30))
def test_any_text_is_a_revision_or_refused(repo, rev):
    try:
        said = workspace_of(repo).resolve(rev).id
    except WorkspaceError as error:
        said = str(error)
    assert len(said) == 40 or "there is no revision" in said


def test_a_tree_is_not_a_revision(repo, git, head):
    with pytest.raises(WorkspaceError, match="there is no revision"):
        workspace_of(repo).resolve(head("HEAD^{tree}"))


def test_definitions_and_files_are_those_of_the_revision_whatever_the_work_tree_holds(repo, commit, write, exported):
    workspace = workspace_of(repo)
    first = workspace.resolve()
    commit(repo, {".workflows/a.yaml": "new", "notes": "new"})
    write(repo, {".workflows/a.yaml": "not committed", "run.sh": None})
    assert [(file.path, file.data) for file in workspace.definition_files(first)] == [
        (".workflows/a.yaml", b"a"),
        (".workflows/deep/b.yml", b"b"),
    ]
    assert exported(workspace, first) == {
        ".workflows/a.yaml": b"a",
        ".workflows/deep/b.yml": b"b",
        "run.sh": b"echo\n",
        "notes": b"n",
    }
    assert workspace.has_file(first, "run.sh")
    assert not workspace.has_file(first, ".workflows")


def test_a_bare_repository_and_a_dot_git_folder_are_read_where_they_lie(repo, git, tmp_path, head):
    git(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    for path in (tmp_path / "bare.git", repo / ".git", repo):
        assert workspace_of(path).resolve().id == head()


def test_a_repository_further_up_is_not_meant(repo):
    (repo / "sub").mkdir()
    for path in (repo / "sub", repo / "gone"):
        with pytest.raises(WorkspaceError, match=r"not a git repository|there is no folder"):
            workspace_of(path).resolve()


def test_a_repository_of_somebody_else_is_read(public_path, commit, as_nobody, tmp_path):
    sha = commit(tmp_path / "mine", {"x": ""})
    subprocess.run(["cp", "-r", str(tmp_path / "mine"), str(public_path / "theirs")], check=True)
    if os.getuid() == 0:
        subprocess.run(["chown", "-R", "65534:65534", str(public_path / "theirs")], check=True)
    assert workspace_of(public_path / "theirs").resolve().id == sha


def test_programs_that_the_repository_configures_are_not_run(repo, git, tmp_path):
    ran = tmp_path / "ran"
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "diff.external", "core.alternateRefsCommand"):
        git(repo, "config", name, f"touch {ran}; false")
    hook = repo / ".git/hooks/reference-transaction"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    workspace = workspace_of(repo)
    revision = workspace.resolve()
    workspace.definition_files(revision)
    workspace.keep(revision)
    workspace.release(revision)
    assert not ran.exists()


def test_a_replaced_commit_is_still_the_commit_its_sha_names(repo, commit, git, head, exported):
    first = head()
    second = commit(repo, {"notes": "other"})
    git(repo, "replace", first, second)
    workspace = workspace_of(repo)
    assert exported(workspace, workspace.resolve(first))["notes"] == b"n"


def test_a_subpath_is_a_workspace_of_its_own(repo, commit, exported):
    commit(repo, {"team/.workflows/t.yaml": "t", "team/x": "x"})
    workspace = workspace_of(repo, subpath="team/")
    revision = workspace.resolve()
    assert exported(workspace, revision) == {".workflows/t.yaml": b"t", "x": b"x"}
    assert not workspace.has_file(revision, "../run.sh")


def test_a_subpath_that_does_not_exist_is_named(repo):
    workspace = workspace_of(repo, subpath="gone")
    with pytest.raises(WorkspaceError, match="there is no folder 'gone' at revision"):
        workspace.definition_files(workspace.resolve())


@pytest.mark.parametrize("subpath", ["..", "a/../b", "a//b", "./a", "a\0"])
def test_a_subpath_that_is_none_is_refused(repo, subpath):
    with pytest.raises(WorkspaceError, match="not a folder inside"):
        workspace_of(repo, subpath=subpath)


def test_a_link_out_of_the_subpath_leaves_the_workspace(repo, commit):
    commit(repo, {"team/x": ""})
    (repo / "team/up").symlink_to("../notes")
    commit(repo, {})
    workspace = workspace_of(repo, subpath="team")
    with pytest.raises(WorkspaceError, match="leaves"):
        workspace.definition_files(workspace.resolve())
    assert workspace_of(repo).definition_files(workspace.resolve())


def test_links_inside_are_kept_and_followed_for_definitions(repo, commit, write, exported):
    write(repo, {"common/c.yaml": "c"})
    (repo / ".workflows/common").symlink_to("../common")
    (repo / "dangling").symlink_to("nowhere")
    commit(repo, {})
    workspace = workspace_of(repo)
    revision = workspace.resolve()
    assert (".workflows/common/c.yaml", b"c") in [(f.path, f.data) for f in workspace.definition_files(revision)]
    assert exported(workspace, revision)["dangling"] == ("link", "nowhere")


def test_bytes_are_as_committed(repo, commit, git, exported):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    commit(repo, {"big.bin": pointer, "text": "a\n", "left.out": "l", "id": "$Id$"})
    commit(repo, {".gitattributes": "* eol=crlf ident filter=lfs\nleft.out export-ignore\n"})
    git(repo, "config", "filter.lfs.smudge", "false")
    workspace = workspace_of(repo)
    found = exported(workspace, workspace.resolve())
    assert (found["big.bin"], found["text"], found["left.out"], found["id"]) == (
        pointer.encode(),
        b"a\n",
        b"l",
        b"$Id$",
    )


def test_modes_are_kept(repo, commit, tmp_path):
    (repo / "run.sh").chmod(0o755)
    commit(repo, {})
    workspace, target = workspace_of(repo), tmp_path / "out"
    target.mkdir()
    workspace.export(workspace.resolve(), str(target))
    assert [(target / name).stat().st_mode & 0o777 for name in ("run.sh", "notes")] == [0o755, 0o644]


def test_a_submodule_is_an_empty_folder(repo, git, head, exported):
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{head()},lib/sub")
    git(repo, "commit", "-qm", "sub")
    workspace = workspace_of(repo)
    assert exported(workspace, workspace.resolve())["lib/sub"] is None


@pytest.mark.parametrize(
    "name", [b"new\nline", b"\xff\xfe", b" ", b"-rf", b"\\", b'"', b"tab\t", b"a:b", b"*", b"Readme"]
)
def test_names_of_any_bytes_survive(repo, blob, commit_tree, git, name, exported):
    entries = sorted(
        [(b"100644", name, blob(repo, name)), (b"100644", b"README", blob(repo, b"case"))], key=lambda e: e[1]
    )
    workspace, revision = raw(git, repo, entries, commit_tree)
    assert exported(workspace, revision) == {os.fsdecode(name): name, "README": b"case"}


@pytest.mark.parametrize(
    "name", [b"..", b".", b".git", b".GIT", b"a/../../x", b"../x", b"/etc/x", b"a//b", b"git~1", b""]
)
def test_names_that_could_write_elsewhere_are_refused(repo, blob, commit_tree, git, name, tmp_path):
    workspace, revision = raw(git, repo, [(b"100644", name, blob(repo, b"evil"))], commit_tree)
    (tmp_path / "out").mkdir()
    with pytest.raises(WorkspaceError, match=r"unsafe name|no revision"):
        workspace.export(revision, str(tmp_path / "out"))
    assert not list((tmp_path / "out").iterdir())


def test_a_link_and_a_folder_of_one_name_write_nothing_elsewhere(repo, blob, commit_tree, git, tmp_path):
    inner = git(repo, "mktree", source=f"100644 blob {blob(repo, b'evil')}\tx\n".encode())
    entries = [(b"120000", b"d", blob(repo, b"../elsewhere")), (b"40000", b"d", inner)]
    workspace, revision = raw(git, repo, entries, commit_tree)
    for folder in ("out", "elsewhere"):
        (tmp_path / folder).mkdir()
    with pytest.raises(WorkspaceError):
        workspace.export(revision, str(tmp_path / "out"))
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_file_twice_is_refused(repo, blob, commit_tree, git):
    entries = [(b"100644", b"x", blob(repo, b"1")), (b"100644", b"x", blob(repo, b"2"))]
    workspace, revision = raw(git, repo, entries, commit_tree)
    with pytest.raises(WorkspaceError, match="two files named 'x'"):
        workspace.has_file(revision, "x")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(
        st.one_of(
            st.sampled_from([b"a", b".workflows", b"x.yaml", b"..", b".git", b"\xff", b"a/b"]),
            st.binary(min_size=1, max_size=6).filter(lambda name: b"\0" not in name),
        ),
        min_size=1,
        max_size=4,
    ),
    modes=st.lists(
        st.sampled_from([b"100644", b"100755", b"100664", b"120000", b"160000", b"0"]), min_size=4, max_size=4
    ),
    content=st.sampled_from([b"", b"a", b"..", b"/etc", b"a/b", b"\xff", b"x" * 5000]),
)
def test_any_tree_is_written_inside_its_target_or_refused(
    tmp_path_factory, repo, blob, commit_tree, git, names, modes, content
):
    entries = [(mode, name, blob(repo, content)) for name, mode in zip(names, modes, strict=False)]
    workspace, revision = raw(git, repo, entries, commit_tree)
    base = tmp_path_factory.mktemp("fuzz")
    (base / "out").mkdir()
    try:
        workspace.export(revision, str(base / "out"))
        workspace.definition_files(revision)
    except WorkspaceError:
        pass
    assert os.listdir(base) == ["out"]
    for folder, folders, files in os.walk(base / "out"):
        for name in folders + files:
            path = os.path.join(folder, name)
            assert os.path.realpath(path).startswith(str(base / "out"))


def test_definitions_are_handed_over_up_to_one_byte_above_their_limit(repo, commit):
    commit(repo, {".workflows/a.yaml": b"#" * (3 << 20)})
    workspace = workspace_of(repo)
    assert [len(file.data) for file in workspace.definition_files(workspace.resolve())] == [(1 << 20) + 1, 1]


def test_many_files_come_out_whole(repo, commit, exported):
    files = {f"d{number % 7}/f{number}": str(number) * number for number in range(600)}
    commit(repo, files)
    workspace = workspace_of(repo)
    found = exported(workspace, workspace.resolve())
    assert {name: found[name].decode() for name in files} == files


def test_a_kept_revision_outlives_force_push_and_gc_and_one_that_is_released_does_not(repo, commit, git, exported):
    workspace = workspace_of(repo)
    commit(repo, {"notes": "kept"})
    kept = workspace.resolve()
    workspace.keep(kept)
    workspace.keep(kept)

    def forget():
        git(repo, "reset", "-q", "--hard", "HEAD~1") if "kept" in (repo / "notes").read_text() else None
        git(repo, "reflog", "expire", "--expire=now", "--all")
        git(repo, "gc", "-q", "--prune=now")

    forget()
    assert git(repo, "rev-parse", f"refs/gitflow/keep/{kept.id}") == kept.id
    assert exported(workspace_of(repo), kept)["notes"] == b"kept"
    workspace.release(kept)
    workspace.release(kept)
    forget()
    with pytest.raises(WorkspaceError, match="there is no revision"):
        workspace_of(repo).definition_files(kept)


def test_a_folder_has_its_committed_revisions_under_the_same_identity(repo, commit, write, head, exported):
    commit(repo, {"team/.workflows/t.yaml": "t"})
    write(repo, {"team/.workflows/t.yaml": "changed"})
    workspace, revision = at_revision(str(repo / "team"), "HEAD")
    assert revision.id == head()
    assert workspace.identity == FolderWorkspace(str(repo / "team")).identity == identity_of(str(repo / "team"))
    assert exported(workspace, revision) == {".workflows/t.yaml": b"t"}
    with pytest.raises(WorkspaceError, match="there is no revision 'nope'"):
        at_revision(str(repo), "nope")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    for act in (lambda: at_revision(str(tmp_path / "gone"), "main"), lambda: workspace_of(tmp_path / "gone").resolve()):
        with pytest.raises(WorkspaceError, match=r"there is no folder '.*/gone'"):
            act()


def test_a_folder_outside_git_has_no_revisions(tmp_path):
    with pytest.raises(WorkspaceError, match="has no revisions"):
        at_revision(str(tmp_path), "main")

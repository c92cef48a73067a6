"""Folders: what counts, what a revision is, and that nothing else is ever read for it."""

import json
import os
import socket
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.folder import FolderWorkspace, identity_of


@pytest.fixture
def folder(tmp_path, write):
    write(tmp_path / "ws", {".workflows/a.yaml": "tasks: {}\n", "run.sh": "echo hi\n"})
    return tmp_path / "ws"


@pytest.fixture
def cache(tmp_path):
    return str(tmp_path / "cache")


@pytest.fixture
def no_git(monkeypatch):
    """``no_git()``: from now on no program can be found."""
    return lambda: monkeypatch.setenv("PATH", "/nonexistent")


def revision_of(folder):
    return FolderWorkspace(str(folder)).resolve()


def test_a_revision_is_forty_hex_digits_and_repeats(folder):
    first = revision_of(folder)
    assert len(first.id) == 40
    assert int(first.id, 16) >= 0
    assert revision_of(folder) == first


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "run.sh").write_text("echo ho\n"),
        lambda folder: (folder / "run.sh").chmod(0o755),
        lambda folder: (folder / "run.sh").rename(folder / "go.sh"),
        lambda folder: (folder / "run.sh").unlink(),
        lambda folder: (folder / "new").write_text(""),
        lambda folder: (folder / "link").symlink_to("run.sh"),
    ],
    ids=["content of the same size", "mode", "name", "removal", "empty file", "link"],
)
def test_every_change_of_the_files_changes_the_revision(folder, change):
    before = revision_of(folder)
    change(folder)
    assert revision_of(folder).id != before.id


def test_the_same_files_elsewhere_have_the_same_revision(folder, tmp_path):
    subprocess.run(["cp", "-r", str(folder), str(tmp_path / "other")], check=True)
    assert revision_of(tmp_path / "other").id == revision_of(folder).id


def test_a_link_is_not_mistaken_for_a_file_that_holds_its_target(tmp_path, write):
    write(tmp_path / "a", {"x": "y"})
    (tmp_path / "b").mkdir()
    (tmp_path / "b/x").symlink_to("y")
    assert revision_of(tmp_path / "a").id != revision_of(tmp_path / "b").id


def test_outside_git_only_git_venv_and_node_modules_are_left_out(folder, write, exported):
    write(folder, {".venv/x": "", "sub/node_modules/y": "", ".hidden": "h", "build/z": "z"})
    workspace = FolderWorkspace(str(folder))
    assert set(exported(workspace, workspace.resolve())) == {".workflows/a.yaml", "run.sh", ".hidden", "build/z"}


def test_in_a_work_tree_what_git_ignores_is_left_out(folder, commit, write, exported, home):
    write(home, {".config/git/ignore": "*.swp\n"})
    commit(folder, {".gitignore": "build/\n", "sub/.gitignore": "*.log\n!keep.log\n", "tracked.log": ""})
    write(folder, {".git/info/exclude": "secret\n"})
    write(folder, {"build/z": "", "sub/a.log": "", "sub/keep.log": "", "secret": "", "x.swp": "", "new": ""})
    workspace = FolderWorkspace(str(folder))
    assert set(exported(workspace, workspace.resolve())) == {
        *(".workflows/a.yaml", "run.sh", ".gitignore", "sub/.gitignore", "sub/keep.log", "tracked.log", "new"),
    }


def test_a_file_that_is_tracked_counts_although_it_is_ignored(folder, commit, git, write, exported):
    commit(folder, {".gitignore": "out/\n"})
    write(folder, {"out/kept": "k", "out/other": "o"})
    git(folder, "add", "-f", "out/kept")
    workspace = FolderWorkspace(str(folder))
    found = exported(workspace, workspace.resolve())
    assert "out/kept" in found
    assert "out/other" not in found


def test_a_work_tree_gives_commit_and_dirtiness(folder, commit, git, write):
    sha = commit(folder, {}, "say hello\n\nwith a body")
    clean = revision_of(folder)
    assert (clean.commit.sha, clean.dirty) == (sha, False)
    assert clean.commit.author == "Ada <ada@example.org>"
    assert clean.commit.message == "say hello\n\nwith a body"
    assert clean.commit.at == float(git(folder, "log", "-1", "--format=%ct"))
    write(folder, {"new": "n"})
    assert revision_of(folder).dirty


def test_before_the_first_commit_there_is_no_commit(folder, git):
    git(folder, "init", "-q")
    found = revision_of(folder)
    assert found.commit is None
    assert found.dirty


def test_a_folder_inside_a_work_tree_is_a_workspace_of_its_own(folder, commit, write, exported):
    sha = commit(folder, {"team/.workflows/t.yaml": "t", "team/x": "x", ".gitignore": "ignored\n"})
    write(folder, {"run.sh": "changed outside", "team/ignored": ""})
    workspace = FolderWorkspace(str(folder / "team"))
    revision = workspace.resolve()
    assert (revision.commit.sha, revision.dirty) == (sha, False)
    assert exported(workspace, revision) == {".workflows/t.yaml": b"t", "x": b"x"}
    assert [file.path for file in workspace.definition_files(revision)] == [".workflows/t.yaml"]
    write(folder, {"team/y": ""})
    assert workspace.resolve().dirty


def test_a_folder_that_git_ignores_as_a_whole_counts_as_outside_git(folder, commit, write, exported):
    commit(folder, {".gitignore": "scratch\n"})
    write(folder, {"scratch/ws/.workflows/s.yaml": "s"})
    workspace = FolderWorkspace(str(folder / "scratch/ws"))
    assert set(exported(workspace, workspace.resolve())) == {".workflows/s.yaml"}


def test_variables_of_a_git_hook_do_not_mislead(folder, commit, tmp_path, monkeypatch):
    sha = commit(folder, {})
    commit(tmp_path / "other", {"x": ""})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other/.git/index"))
    assert revision_of(folder).commit.sha == sha


def test_a_linked_work_tree_is_one_too(folder, commit, git, tmp_path):
    sha = commit(folder, {})
    git(folder, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    found = revision_of(tmp_path / "linked")
    assert (found.commit.sha, found.dirty) == (sha, False)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
@pytest.mark.parametrize(
    ("declared", "counts"),
    [((), False), (("{}",), True), (("*",), True), (("{}/..",), False), (("{}", ""), False), (("/other",), False)],
    ids=str,
)
def test_a_work_tree_of_another_user_counts_only_if_it_is_declared_safe(folder, commit, git, declared, counts):
    sha = commit(folder, {})
    subprocess.run(["chown", "-R", "65534:65534", str(folder)], check=True)
    for name in declared:
        git(folder.parent, "config", "--global", "--add", "safe.directory", name.format(folder))
    if counts:
        assert revision_of(folder).commit.sha == sha
    else:
        with pytest.raises(WorkspaceError, match=r"belongs to another user; if you trust it, run git config"):
            revision_of(folder)


def test_programs_of_the_users_own_configuration_are_not_run_either(folder, commit, git, tmp_path):
    """They may read the configuration of the repository, as git-lfs does, and run what that names."""
    commit(folder, {".gitattributes": "* filter=own\n", "big": "one\n"})
    for name in ("filter.own.clean", "core.fsmonitor", "filter.own.process"):
        git(folder, "config", "--global", name, f"touch {tmp_path}/ran; cat")
    (folder / "big").write_text("two\n")
    assert revision_of(folder).dirty
    assert not (tmp_path / "ran").exists()


def test_settings_of_the_repository_about_its_files_still_count(folder, commit, git):
    commit(folder, {"x": "x\n"})
    (folder / "x").chmod(0o755)
    assert revision_of(folder).dirty
    git(folder, "config", "core.fileMode", "no")
    assert not revision_of(folder).dirty


def test_a_repository_of_sha256_objects_is_read(tmp_path, git, write):
    folder = tmp_path / "modern"
    folder.mkdir()
    git(folder, "init", "-q", "--object-format=sha256")
    write(folder, {"a": "a"})
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "a")
    revision = revision_of(folder)
    assert (len(revision.commit.sha), revision.dirty) == (64, False)


def test_objects_of_another_repository_are_found(folder, commit, git, tmp_path):
    sha = commit(folder, {})
    git(tmp_path, "clone", "-q", "--shared", str(folder), "sharing")
    assert revision_of(tmp_path / "sharing").commit.sha == sha
    info = tmp_path / "sharing/.git/objects/info/alternates"
    info.write_text(os.path.relpath(folder / ".git/objects", info.parent.parent) + "\n")
    assert revision_of(tmp_path / "sharing").commit.sha == sha


def test_repositories_inside_are_empty_folders(folder, commit, git, tmp_path, exported):
    commit(tmp_path / "library", {"l": "l"})
    commit(folder, {})
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "sub")
    commit(folder / "nested", {"n": "n"})
    workspace = FolderWorkspace(str(folder))
    found = exported(workspace, workspace.resolve())
    assert found["sub"] is None
    assert found["nested"] is None


def test_programs_that_the_repository_configures_are_not_run(folder, commit, git, tmp_path):
    commit(folder, {})
    git(folder, "config", "core.fsmonitor", f"touch {tmp_path}/ran; false")
    revision_of(folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("target", ["../outside", "/etc/passwd", "sub/../../outside", "up/../../x", "back/.."])
def test_a_link_that_leaves_is_refused(folder, write, target):
    write(folder, {"sub/x": ""})
    (folder / "up").symlink_to("sub")
    (folder / "sub/back").symlink_to("..")
    (folder / "sub/evil" if target == "back/.." else folder / "evil").symlink_to(target)
    with pytest.raises(WorkspaceError, match="leaves the workspace"):
        revision_of(folder)


def test_a_workflows_folder_that_is_a_link_out_is_refused(tmp_path, write):
    write(tmp_path, {"out/a.yaml": "", "ws/x": ""})
    (tmp_path / "ws/.workflows").symlink_to("../out")
    with pytest.raises(WorkspaceError, match="leaves"):
        revision_of(tmp_path / "ws")


def test_links_that_stay_inside_are_kept_and_followed_for_definitions(folder, write, exported):
    write(folder, {"common/c.yaml": "c", "common/deep/d.yml": "d", "common/notes.txt": "n"})
    (folder / ".workflows/linked").symlink_to("../common")
    (folder / ".workflows/one.yaml").symlink_to("../common/c.yaml")
    (folder / "common/round").symlink_to("../.workflows")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "circle").symlink_to("circle")
    workspace = FolderWorkspace(str(folder))
    revision = workspace.resolve()
    found = {file.path: file.data for file in workspace.definition_files(revision)}
    assert found == {
        ".workflows/a.yaml": b"tasks: {}\n",
        ".workflows/linked/c.yaml": b"c",
        ".workflows/linked/deep/d.yml": b"d",
        ".workflows/one.yaml": b"c",
    }
    assert exported(workspace, revision)["common/round"] == ("link", "../.workflows")
    assert workspace.has_file(revision, ".workflows/linked/notes.txt")


def test_a_tracked_file_behind_a_folder_that_became_a_link_is_not_read(folder, commit, write, tmp_path, exported):
    commit(folder, {"d/x": "x", ".gitignore": ""})
    write(tmp_path / "elsewhere", {"x": "secret"})
    write(folder, {"d/x": None, ".gitignore": "d\n"})
    (folder / "d").rmdir()
    (folder / "d").symlink_to(tmp_path / "elsewhere")
    workspace = FolderWorkspace(str(folder))
    assert "d/x" not in exported(workspace, workspace.resolve())


def test_what_has_no_content_is_passed_over(folder, exported):
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        workspace = FolderWorkspace(str(folder))
        assert set(exported(workspace, workspace.resolve())) == {".workflows/a.yaml", "run.sh"}


@pytest.mark.parametrize("name", ["run.sh", ".workflows"])
def test_what_cannot_be_read_is_named(as_nobody, public_path, write, name):
    write(public_path, {".workflows/a.yaml": "", "run.sh": ""})
    revision_of(public_path)
    (public_path / name).chmod(0)
    said = as_nobody(lambda: revision_of(public_path))
    (public_path / name).chmod(0o755)
    assert said.startswith("WorkspaceError: ")
    assert name in said
    assert "Permission denied" in said


def test_a_folder_over_the_limit_is_refused_with_its_largest_members(folder, write):
    write(folder, {"data/big": b"x" * (3 << 20), "small": b"x"})
    with pytest.raises(WorkspaceError, match=r"more than 2 MiB .* 'data' \(3 MiB\)"):
        FolderWorkspace(str(folder), max_bytes=2 << 20).resolve()


def test_a_sparse_file_counts_by_its_size(folder):
    with open(folder / "huge", "wb") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(WorkspaceError, match="1024 MiB"):
        revision_of(folder)


def test_a_missing_folder_is_named(tmp_path, cache):
    with pytest.raises(WorkspaceError, match=r"there is no folder .*gone"):
        FolderWorkspace(str(tmp_path / "gone"), cache_dir=cache).resolve()


def test_only_the_present_revision_exists(folder):
    workspace = FolderWorkspace(str(folder))
    assert workspace.resolve(workspace.resolve().id)
    with pytest.raises(WorkspaceError, match="there is no revision 'main'"):
        workspace.resolve("main")


def test_two_folders_of_one_name_have_two_identities(tmp_path):
    first, second = tmp_path / "a/ws", tmp_path / "b/ws"
    for folder in (first, second):
        folder.mkdir(parents=True)
    assert identity_of(str(first)) != identity_of(str(second))
    assert identity_of(str(first)).startswith("ws@")
    (tmp_path / "link").symlink_to(first)
    assert identity_of(str(tmp_path / "link")) == identity_of(str(first))


def test_an_identity_fits_a_file_name_and_holds_nothing_odd(tmp_path, cache, write):
    odd = tmp_path / ("a b\n" + "ü" * 120)
    write(odd, {"x": ""})
    workspace = FolderWorkspace(str(odd), cache_dir=cache)
    assert workspace.resolve() == workspace.resolve()
    assert workspace.identity.startswith("a-b-ü")
    assert len(os.fsencode(workspace.identity)) < 200


def test_names_of_any_bytes_are_remembered(folder, cache, settle, no_git):
    with open(os.path.join(os.fsencode(folder), b"\xff\n"), "wb"):
        pass
    settle()
    first = FolderWorkspace(str(folder), cache_dir=cache).resolve()
    no_git()
    assert FolderWorkspace(str(folder), cache_dir=cache).has_file(first, "\udcff\n")


def test_modes_are_regular_or_executable_as_in_git(folder, tmp_path):
    (folder / "run.sh").chmod(0o700)
    workspace = FolderWorkspace(str(folder))
    target = tmp_path / "out"
    target.mkdir()
    workspace.export(workspace.resolve(), str(target))
    assert (target / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (target / ".workflows/a.yaml").stat().st_mode & 0o777 == 0o644


def test_names_of_any_bytes_survive(folder, exported):
    names = [b"new\nline", b"\xff\xfe", b" ", b"-rf", "ü".encode(), b"\\", b'q"uote']
    for name in names:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(name)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    workspace = FolderWorkspace(str(folder))
    found = exported(workspace, workspace.resolve())
    assert {os.fsencode(name): data for name, data in found.items() if name[0] != "." and name != "run.sh"} == {
        name: name for name in names
    }


def test_a_definition_is_handed_over_up_to_one_byte_above_its_limit(folder, write):
    write(folder, {".workflows/big.yaml": b"#" * (3 << 20)})
    workspace = FolderWorkspace(str(folder))
    assert [len(file.data) for file in workspace.definition_files(workspace.resolve())] == [10, (1 << 20) + 1]


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / ".workflows/a.yaml").write_text("tasks: []\n"),
        lambda folder: (folder / ".workflows/a.yaml").unlink(),
        lambda folder: (folder / ".workflows/a.yaml").chmod(0o755),
        lambda folder: ((folder / ".workflows/a.yaml").unlink(), (folder / ".workflows/a.yaml").symlink_to("b")),
        lambda folder: ((folder / ".workflows/a.yaml").unlink(), os.mkfifo(folder / ".workflows/a.yaml")),
    ],
    ids=["edited", "removed", "mode", "now a link", "now a pipe"],
)
def test_what_changed_since_the_revision_is_never_read_for_it(folder, change, exported):
    workspace = FolderWorkspace(str(folder))
    revision = workspace.resolve()
    change(folder)
    with pytest.raises(WorkspaceError, match="changed while it was read"):
        workspace.definition_files(revision)
    with pytest.raises(WorkspaceError, match="changed while it was read"):
        exported(workspace, revision)


def test_what_was_added_since_the_revision_is_not_part_of_it(folder, write, exported):
    workspace = FolderWorkspace(str(folder))
    revision = workspace.resolve()
    write(folder, {".workflows/b.yaml": "b", "later": ""})
    assert [file.path for file in workspace.definition_files(revision)] == [".workflows/a.yaml"]
    assert not workspace.has_file(revision, "later")
    assert set(exported(workspace, revision)) == {".workflows/a.yaml", "run.sh"}


def test_another_look_reads_the_revision_if_it_is_still_there(folder, write):
    revision = revision_of(folder)
    assert FolderWorkspace(str(folder)).has_file(revision, "run.sh")
    write(folder, {"later": ""})
    with pytest.raises(WorkspaceError, match="changed while it was read"):
        FolderWorkspace(str(folder)).has_file(revision, "run.sh")


@pytest.mark.parametrize("path", ["run.sh", "./run.sh", ".workflows/../run.sh"])
def test_a_file_of_the_revision_is_found(folder, path):
    workspace = FolderWorkspace(str(folder))
    assert workspace.has_file(workspace.resolve(), path)


@pytest.mark.parametrize("path", ["", ".", "gone", ".workflows", "/run.sh", "../ws/run.sh", "run.sh/x"])
def test_what_is_no_file_of_the_revision_is_not_found(folder, path):
    workspace = FolderWorkspace(str(folder))
    assert not workspace.has_file(workspace.resolve(), path)


def test_an_unchanged_work_tree_is_recognised_without_git(folder, commit, cache, settle, no_git):
    commit(folder, {"sub/x": "x"})
    settle()
    first = FolderWorkspace(str(folder), cache_dir=cache).resolve()
    no_git()
    again = FolderWorkspace(str(folder), cache_dir=cache)
    assert again.resolve() == first
    assert [file.path for file in again.definition_files(first)] == [".workflows/a.yaml"]


def test_a_file_changed_just_before_it_was_looked_at_is_looked_at_again(folder, cache, monkeypatch):
    from gitflow.workspaces import stat_cache

    monkeypatch.setattr(stat_cache, "_TICK_NS", 3600 * 10**9)
    FolderWorkspace(str(folder), cache_dir=cache).resolve()
    saved = json.loads(open_only(cache))
    assert saved["inside"]["run.sh"] == []


def open_only(cache):
    (name,) = os.listdir(os.path.join(cache, "folders"))
    with open(os.path.join(cache, "folders", name)) as file:
        return file.read()


def test_only_what_changed_is_read_again(folder, cache, settle, write, monkeypatch):
    from gitflow.workspaces import folder as module

    settle()
    FolderWorkspace(str(folder), cache_dir=cache).resolve()
    write(folder, {"new": "n"})
    read = []
    original = module._read
    monkeypatch.setattr(module, "_read", lambda found, path: read.append(path) or original(found, path))
    FolderWorkspace(str(folder), cache_dir=cache).resolve()
    assert read == ["new"]


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b"null", b'{"format": 1}', b"[" * 100_000, b"\xff"])
def test_a_spoilt_cache_is_ignored(folder, cache, junk):
    first = FolderWorkspace(str(folder), cache_dir=cache).resolve()
    (name,) = os.listdir(os.path.join(cache, "folders"))
    with open(os.path.join(cache, "folders", name), "wb") as file:
        file.write(junk)
    assert FolderWorkspace(str(folder), cache_dir=cache).resolve() == first


def test_a_cache_that_cannot_be_written_is_no_hindrance(folder, tmp_path):
    (tmp_path / "file").write_text("")
    assert FolderWorkspace(str(folder), cache_dir=str(tmp_path / "file")).resolve() == revision_of(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda ws, home, git: (ws / ".gitignore").write_text("x\n"),
        lambda ws, home, git: (ws / "sub/.gitignore").write_text("*\n"),
        lambda ws, home, git: (ws.parent / ".gitignore").write_text("x\n"),
        lambda ws, home, git: (
            (ws.parent / ".git/info").mkdir(),
            (ws.parent / ".git/info/exclude").write_text("x\n"),
        ),
        lambda ws, home, git: (
            (home / ".config/git").mkdir(parents=True),
            (home / ".config/git/ignore").write_text("x"),
        ),
        lambda ws, home, git: (home / ".gitconfig").write_text("[core]\nexcludesFile = ~/mine\n"),
        lambda ws, home, git: git(ws, "config", "core.excludesFile", str(home / "mine")),
        lambda ws, home, git: git(ws, "add", "-A"),
        lambda ws, home, git: git(ws, "commit", "-qam", "more", "--allow-empty"),
        lambda ws, home, git: git(ws, "switch", "-qc", "other"),
        lambda ws, home, git: git(ws, "init", "-q"),
        lambda ws, home, git: (ws.parent / ".git").rename(ws.parent / "gone"),
        lambda ws, home, git: git(ws / "sub", "init", "-q"),
        lambda ws, home, git: git(ws, "add", "-f", "ignored/y"),
    ],
    ids=[
        *("ignore file", "ignore file deeper", "ignore file above", "exclude", "global ignore", "configured ignore"),
        *("ignore of the repository", "index", "commit", "branch", "repository here", "no repository"),
        *("repository inside", "forced add"),
    ],
)
def test_whatever_changes_what_git_says_is_noticed(tmp_path, commit, write, home, git, cache, settle, change):
    commit(tmp_path / "top", {"ws/.workflows/a.yaml": "", "ws/.gitignore": "ignored/\n"})
    write(tmp_path / "top/ws", {"x": "x", "sub/x": "", "ignored/y": ""})
    write(home, {"mine": "x\n"})
    settle()
    ws = tmp_path / "top/ws"
    FolderWorkspace(str(ws), cache_dir=cache).resolve()
    change(ws, home, git)
    assert FolderWorkspace(str(ws), cache_dir=cache).resolve() == revision_of(ws)


NAMES = st.sampled_from(["a", "b", "d/a", "d/e/b", ".workflows/w.yaml", "out/x", "x.log"])
EDITS = st.one_of(
    st.tuples(st.just("write"), NAMES, st.sampled_from(["one", "two", "longer"])),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("chmod"), NAMES, st.sampled_from([0o644, 0o755, 0o600])),
    st.tuples(st.just("touch"), NAMES),
    st.tuples(st.just("ignore"), st.sampled_from(["", "d/"]), st.sampled_from(["", "out/\n", "*.log\n", "d\n!d/a\n"])),
    st.tuples(st.just("git"), st.sampled_from([("add", "-A"), ("commit", "-qm", "c"), ("rm", "-rq", "--cached", ".")])),
    st.tuples(st.just("settle")),
)


def edit(folder, what, arguments):
    """One thing that a person, an editor or git may do; what makes no sense at the moment is left out."""
    path = folder / str(arguments[0]) if arguments else folder
    try:
        if what == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(arguments[1])
        elif what == "remove":
            path.unlink()
        elif what == "rename":
            path.rename(folder / arguments[1])
        elif what == "chmod":
            path.chmod(arguments[1])
        elif what == "touch":
            os.utime(path, ns=(1, 1))
        elif what == "ignore":
            (path / ".gitignore").write_text(arguments[1])
        elif what == "git":
            subprocess.run(["git", *arguments[0]], cwd=folder, capture_output=True)
    except OSError:
        return


@pytest.mark.parametrize("in_git", [False, True], ids=["plain", "work tree"])
def test_a_remembered_folder_always_answers_like_one_never_seen(tmp_path_factory, git, settle, in_git):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(EDITS, min_size=1, max_size=8))
    def law(edits):
        base = tmp_path_factory.mktemp("law")
        folder = base / "ws"
        folder.mkdir()
        if in_git:
            git(folder, "init", "-q")
        for what, *arguments in edits:
            settle() if what == "settle" else edit(folder, what, arguments)
            remembering = FolderWorkspace(str(folder), cache_dir=str(base / "cache"))
            assert remembering.resolve() == revision_of(folder)

    law()

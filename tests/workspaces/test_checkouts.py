"""Checkouts: made once, whole or not at all, read-only, and copied for those who write."""

import os
import subprocess
import sys

import pytest

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import checkouts as module
from gitflow.workspaces.checkouts import Checkouts
from gitflow.workspaces.copying import remove_tree
from gitflow.workspaces.folder import FolderWorkspace
from gitflow.workspaces.git import GitWorkspace


@pytest.fixture
def folder(tmp_path, write):
    write(tmp_path / "ws", {".workflows/a.yaml": "a", ".workflows/sub/run.sh": "r", "x": "x", "d/y": "y"})
    (tmp_path / "ws/x").chmod(0o755)
    return tmp_path / "ws"


@pytest.fixture
def state(tmp_path):
    yield str(tmp_path / "state")
    remove_tree(str(tmp_path / "state"))


@pytest.fixture
def checkouts(state):
    return Checkouts(state)


def checked_out(checkouts, folder):
    workspace = FolderWorkspace(str(folder))
    return checkouts.ensure(workspace, workspace.resolve())


def everything(path):
    return sorted(
        name for name in subprocess.check_output(["find", path, "-printf", "%P\n"], text=True).split() if name
    )


def test_files_and_workflows_lie_apart_and_read_only(checkouts, folder, contents):
    checkout = checked_out(checkouts, folder)
    assert contents(checkout.files) == {"x": b"x", "d/y": b"y"}
    assert contents(checkout.workflows) == {"a.yaml": b"a", "sub/run.sh": b"r"}
    assert not subprocess.check_output(["find", checkout.files, checkout.workflows, "-perm", "/222"])
    assert os.stat(os.path.join(checkout.files, "x")).st_mode & 0o777 == 0o555


def test_a_git_revision_gives_the_same_as_the_folder_it_was_committed_from(checkouts, folder, commit, contents):
    from_folder = checked_out(checkouts, folder)
    commit(folder, {})
    workspace = GitWorkspace(str(folder))
    from_git = checkouts.ensure(workspace, workspace.resolve())
    assert from_git.path != from_folder.path
    for part in ("files", "workflows"):
        assert contents(getattr(from_git, part)) == contents(getattr(from_folder, part))


def test_a_checkout_is_made_once(checkouts, folder, monkeypatch):
    first = checked_out(checkouts, folder)
    monkeypatch.setattr(FolderWorkspace, "export", None)
    assert checked_out(checkouts, folder) == first


def test_a_working_copy_is_fresh_writable_and_apart(checkouts, folder, tmp_path, contents):
    checkout = checked_out(checkouts, folder)
    for name in ("one", "two"):
        checkouts.working_copy(checkout, str(tmp_path / name))
        assert contents(tmp_path / name) == {"x": b"x", "d/y": b"y"}
        (tmp_path / name / "x").write_text("changed")
        (tmp_path / name / "d/new").write_text("new")
    assert contents(checkout.files) == {"x": b"x", "d/y": b"y"}
    assert (tmp_path / "one/x").stat().st_mode & 0o777 == 0o755


def test_a_working_copy_in_a_folder_that_is_in_use_is_refused(checkouts, folder, tmp_path, write):
    write(tmp_path / "used", {"x": ""})
    with pytest.raises(WorkspaceError, match=r"working copy .*used.* cannot be made"):
        checkouts.working_copy(checked_out(checkouts, folder), str(tmp_path / "used"))


def test_only_a_checkout_without_files_is_empty(checkouts, folder, tmp_path, write):
    assert not checked_out(checkouts, folder).empty
    write(tmp_path / "bare", {".workflows/a.yaml": "a"})
    checkout = checked_out(checkouts, tmp_path / "bare")
    assert checkout.empty
    checkouts.working_copy(checkout, str(tmp_path / "copy"))
    assert os.listdir(tmp_path / "copy") == []


def test_without_definitions_workflows_is_an_empty_folder(checkouts, tmp_path, write):
    write(tmp_path / "plain", {"x": "x"})
    assert os.listdir(checked_out(checkouts, tmp_path / "plain").workflows) == []


def test_links_from_workflows_to_files_still_lead_there(checkouts, folder):
    (folder / ".workflows/y").symlink_to("../d/y")
    (folder / ".workflows/sub/d").symlink_to("../../d")
    (folder / ".workflows/again").symlink_to("sub/run.sh")
    workflows = checked_out(checkouts, folder).workflows
    for name, text in (("y", "y"), ("sub/d/y", "y"), ("again", "r")):
        with open(os.path.join(workflows, name)) as file:
            assert file.read() == text


def test_workflows_may_be_a_link_inside(checkouts, tmp_path, write, contents):
    write(tmp_path / "ws", {"ci/a.yaml": "a"})
    (tmp_path / "ws/.workflows").symlink_to("ci")
    checkout = checked_out(checkouts, tmp_path / "ws")
    assert contents(os.path.realpath(checkout.workflows)) == {"a.yaml": b"a"}
    assert contents(checkout.files) == {"ci/a.yaml": b"a"}


def test_an_export_that_fails_leaves_nothing(checkouts, folder):
    workspace = FolderWorkspace(str(folder))
    revision = workspace.resolve()
    (folder / "x").write_text("changed")
    with pytest.raises(WorkspaceError, match="changed while it was read"):
        checkouts.ensure(workspace, revision)
    (identity,) = os.listdir(checkouts.folder)
    assert os.listdir(os.path.join(checkouts.folder, identity)) == [".lock"]


CRASH = """
import os, sys
from gitflow.workspaces import checkout_writer as module
from gitflow.workspaces.checkouts import Checkouts
from gitflow.workspaces.checkouts import Checkouts
from gitflow.workspaces.folder import FolderWorkspace
name = sys.argv[3]
setattr(module, name, lambda *_: os._exit(9)) if name != "rename" else setattr(os, name, lambda *_: os._exit(9))
w = FolderWorkspace(sys.argv[1])
Checkouts(sys.argv[2]).ensure(w, w.resolve())
"""


@pytest.mark.parametrize("moment", ["_split", "make_read_only", "sync_tree", "rename"])
def test_a_crash_half_way_leaves_nothing_that_is_taken_for_whole(checkouts, folder, state, contents, moment):
    assert subprocess.run([sys.executable, "-c", CRASH, str(folder), state, moment]).returncode == 9
    checkout = checked_out(checkouts, folder)
    assert contents(checkout.files) == {"x": b"x", "d/y": b"y"}
    assert sorted(os.listdir(os.path.dirname(checkout.path))) == sorted([".lock", os.path.basename(checkout.path)])


MEET = """
import sys
from gitflow.workspaces.checkouts import Checkouts
from gitflow.workspaces.folder import FolderWorkspace
w = FolderWorkspace(sys.argv[1])
c = Checkouts(sys.argv[2])
for number in range(3):
    checkout = c.ensure(w, w.resolve())
    c.working_copy(checkout, f"{sys.argv[3]}-{number}")
    c.reap(set(), younger_than_s=3600)
print(checkout.path)
"""


def test_processes_that_meet_make_one_checkout(folder, state, tmp_path, contents):
    started = [
        subprocess.Popen(
            [sys.executable, "-c", MEET, str(folder), state, str(tmp_path / f"copy{number}")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number in range(4)
    ]
    answers = {process.communicate() for process in started}
    assert len(answers) == 1, answers
    assert contents(tmp_path / "copy3-2") == {"x": b"x", "d/y": b"y"}


def test_reaping_removes_what_no_job_needs_and_nobody_used_lately(checkouts, folder, write):
    workspace = FolderWorkspace(str(folder))
    paths = []
    for text in ("one", "two", "three"):
        write(folder, {"x": text})
        paths.append(checkouts.ensure(workspace, workspace.resolve()).path)
    for path in paths[:2]:
        os.utime(path, (0, 0))
    assert checkouts.reap({(workspace.identity, os.path.basename(paths[0]))}) == [paths[1]]
    assert [os.path.exists(path) for path in paths] == [True, False, True]
    assert set(checkouts.reap(set(), younger_than_s=-1)) == {paths[0], paths[2]}


def test_using_a_checkout_keeps_it_young(checkouts, folder):
    path = checked_out(checkouts, folder).path
    os.utime(path, (0, 0))
    checked_out(checkouts, folder)
    assert checkouts.reap(set()) == []


def test_reaping_clears_up_after_makers_that_died(checkouts, folder):
    path = checked_out(checkouts, folder).path
    left = os.path.join(os.path.dirname(path), ".partial-dead")
    os.mkdir(left)
    checkouts.reap({("any", "thing")})
    assert not os.path.exists(left)


def test_reaping_where_there_is_nothing_is_no_error(tmp_path):
    assert Checkouts(str(tmp_path / "none")).reap(set()) == []


@pytest.mark.parametrize("identity", ["../evil", "/etc", ".", "..", "", "a/b", "ünïcode@1", ".hidden", "a\nb"])
def test_no_identity_leaves_the_state_directory(checkouts, folder, identity):
    workspace = FolderWorkspace(str(folder), identity=identity or None)
    checkout = checkouts.ensure(workspace, workspace.resolve())
    assert os.path.dirname(os.path.dirname(checkout.path)) == checkouts.folder
    assert os.path.realpath(checkout.path) == checkout.path


def test_different_identities_never_share_a_name():
    names = ["a", "a/b", "a%2fb", "A", ".a", "%2ea", "a.b", "a/.b", "", "%"]
    assert len({module._safe(name) for name in names}) == len(names)


def test_a_place_that_cannot_be_written_is_named(tmp_path, folder):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        checked_out(Checkouts(str(tmp_path / "file")), folder)


def test_any_user_can_make_copy_and_remove_a_checkout(public_path, as_nobody, write):
    write(public_path / "ws", {"x": "x", "d/y": "y", ".workflows/a.yaml": "a"})
    (public_path / "state").mkdir()
    (public_path / "state").chmod(0o777)

    def act():
        checkouts = Checkouts(str(public_path / "state"))
        checkout = checked_out(checkouts, public_path / "ws")
        try:
            os.close(os.open(os.path.join(checkout.files, "d/y"), os.O_WRONLY))
        except PermissionError:
            checkouts.working_copy(checkout, str(public_path / "state/copy"))
            (public_path / "state/copy/d/y").write_text("changed")
            return len(checkouts.reap(set(), younger_than_s=-1))

    FolderWorkspace(str(public_path / "ws")).resolve()
    checked_out(Checkouts(str(public_path / "warm")), public_path / "ws")
    said = as_nobody(act)
    remove_tree(str(public_path / "warm"))
    assert said == "1"

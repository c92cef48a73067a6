"""Copies and removals of whole folders."""

import os
import stat
import subprocess

import pytest

from gitflow.workspaces import copying
from gitflow.workspaces.copying import copy_tree, make_read_only, remove_tree


@pytest.fixture
def source(tmp_path, write):
    folder = tmp_path / "source"
    write(folder, {"a": "a", "sub/b": "b" * 100_000, "sub/empty": "", "run.sh": "#!/bin/sh\n"})
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("sub/b")
    (folder / "away").symlink_to("/nonexistent")
    (folder / "nothing").mkdir()
    make_read_only(str(folder))
    yield folder
    remove_tree(str(folder))


@pytest.mark.parametrize("way", ["as the file system can", "by copy_file_range", "by sendfile"])
def test_a_copy_has_the_same_files_links_and_modes_and_is_writable(source, tmp_path, contents, monkeypatch, way):
    def cannot(*_):
        raise OSError(18, "Invalid cross-device link")

    if way != "as the file system can":
        monkeypatch.setattr(copying, "_reflink", lambda *_: False)
    if way == "by sendfile":
        monkeypatch.setattr(os, "copy_file_range", cannot)
    copy_tree(str(source), str(tmp_path / "copy"))
    assert contents(tmp_path / "copy") == contents(source)
    modes = {name: (tmp_path / "copy" / name).stat().st_mode & 0o777 for name in ("a", "run.sh", "sub")}
    assert modes == {"a": 0o644, "run.sh": 0o755, "sub": 0o755}


def test_a_copy_is_apart_from_its_original(source, tmp_path):
    copy_tree(str(source), str(tmp_path / "copy"))
    assert (tmp_path / "copy/a").stat().st_ino != (source / "a").stat().st_ino
    (tmp_path / "copy/a").write_text("changed")
    assert (source / "a").read_text() == "a"


def test_a_copy_may_go_into_an_empty_folder_and_into_no_other(source, tmp_path, write):
    (tmp_path / "empty").mkdir()
    copy_tree(str(source), str(tmp_path / "empty"))
    with pytest.raises(FileExistsError):
        copy_tree(str(source), str(tmp_path / "empty"))


def test_a_read_only_folder_is_removed_by_any_user(public_path, as_nobody):
    def act():
        os.makedirs(public_path / "tree/sub/deeper")
        (public_path / "tree/sub/x").write_text("")
        make_read_only(str(public_path / "tree"))
        (public_path / "tree/sub/deeper").chmod(0)
        try:
            (public_path / "tree/sub/y").write_text("")
        except PermissionError:
            remove_tree(str(public_path / "tree"))
            return os.listdir(public_path)

    assert as_nobody(act) == "[]"


def test_what_links_lead_to_is_not_removed(tmp_path, write):
    write(tmp_path, {"tree/x": "", "outside/y": ""})
    (tmp_path / "tree/link").symlink_to("../outside")
    remove_tree(str(tmp_path / "tree"))
    assert not (tmp_path / "tree").exists()
    assert (tmp_path / "outside/y").exists()


def test_a_folder_deeper_than_any_path_is_removed(public_path, as_nobody):
    def act():
        os.chdir(public_path)
        os.mkdir("deep")
        os.chdir("deep")
        for _ in range(1100):
            os.mkdir("folder")
            os.chdir("folder")
        with open("x", "w"):
            pass
        for _ in range(1100):
            os.chmod(".", 0o555)
            os.chdir("..")
        os.chdir("/")
        remove_tree(str(public_path / "deep"))
        return os.listdir(public_path)

    assert as_nobody(act) == "[]"


def test_what_is_not_there_is_removed_already(tmp_path):
    remove_tree(str(tmp_path / "gone"))


def test_a_link_is_not_taken_for_a_folder_to_remove(tmp_path, write):
    write(tmp_path, {"outside/y": ""})
    (tmp_path / "link").symlink_to("outside")
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        remove_tree(str(tmp_path / "link"))
    assert (tmp_path / "outside/y").exists()


def test_sockets_and_pipes_are_removed(tmp_path):
    (tmp_path / "tree").mkdir()
    os.mkfifo(tmp_path / "tree/pipe")
    remove_tree(str(tmp_path / "tree"))
    assert not (tmp_path / "tree").exists()


def test_no_right_to_write_is_left(source):
    found = subprocess.run(["find", str(source), "!", "-type", "l", "-perm", "/222"], capture_output=True, text=True)
    assert found.stdout == ""
    assert (source / "run.sh").stat().st_mode & stat.S_IXUSR

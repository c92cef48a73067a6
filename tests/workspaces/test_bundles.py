"""The archive of a revision's files: the same files give the same bytes, and what is unpacked is what was packed."""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest
import zstandard

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.bundles import bundle_of, digest_of, unpack
from gitflow.workspaces.checkouts import Checkout


def checkout(folder: Path) -> Checkout:
    (folder / "files" / "deep").mkdir(parents=True)
    (folder / "workflows").mkdir()
    (folder / "files" / "deep" / "run.sh").write_text("echo hello\n")
    (folder / "files" / "deep" / "run.sh").chmod(0o755)
    (folder / "files" / "é").write_bytes(os.urandom(0) + b"x" * 100_000)
    (folder / "files" / "link").symlink_to("deep/run.sh")
    (folder / "workflows" / "a.yaml").write_text("tasks: {}\n")
    return Checkout(str(folder))


def tree(folder: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = (path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR))
    return found


def test_the_same_files_give_the_same_archive(tmp_path: Path) -> None:
    one, other = checkout(tmp_path / "one"), checkout(tmp_path / "other")
    os.utime(tmp_path / "other" / "files" / "é", (1, 1))
    path, digest = bundle_of(one)
    assert bundle_of(other)[1] == digest
    assert digest_of(path) == digest
    assert bundle_of(one) == (path, digest)


@pytest.fixture(params=["filter", "no filter"], autouse=True)
def python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also as before 3.11.4, which had no filters of extraction."""
    if request.param == "no filter":
        with_filter = tarfile.TarFile.extractall

        def extractall(self: tarfile.TarFile, path: str, members: Iterable[tarfile.TarInfo]) -> None:
            with_filter(self, path, members, filter="fully_trusted")

        monkeypatch.delattr(tarfile, "tar_filter", raising=False)
        monkeypatch.setattr(tarfile.TarFile, "extractall", extractall)


def test_what_is_unpacked_is_what_was_packed(tmp_path: Path) -> None:
    path, _ = bundle_of(checkout(tmp_path / "one"))
    target = tmp_path / "agent" / "w" / "revision"
    unpack(path, str(target))
    unpack(path, str(target))
    assert tree(target / "files") == tree(tmp_path / "one" / "files")
    assert tree(target / "workflows") == tree(tmp_path / "one" / "workflows")
    assert not os.stat(target / "files" / "deep" / "run.sh").st_mode & stat.S_IWUSR


def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad"
    with (
        path.open("wb") as file,
        zstandard.ZstdCompressor().stream_writer(file, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        archive.addfile(tarfile.TarInfo("../escaped"))
    with pytest.raises(WorkspaceError):
        unpack(str(path), str(tmp_path / "a" / "b"))
    assert not (tmp_path / "a" / "escaped").exists()
    assert not (tmp_path / "escaped").exists()

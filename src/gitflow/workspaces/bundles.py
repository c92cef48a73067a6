"""The files of a revision as one archive, for a worker on another machine.

The archive is a tar of ``files`` and ``workflows``, packed by zstd. It is deterministic: the same files give the same
bytes, whenever and wherever they are packed, so that its digest names its content.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import zstandard

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.checkout_writer import PARTIAL
from gitflow.workspaces.copying import make_read_only, remove_tree, sync, sync_tree
from gitflow.workspaces.locks import locked

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import IO, BinaryIO

    from gitflow.workspaces.checkouts import Checkout

_FOLDERS = ("files", "workflows")
_BLOCK, _LEVEL = 1 << 20, 3
#: How the archive of a checkout is named, beside its folders: with its digest.
_PREFIX = "bundle-"


def bundle_of(checkout: Checkout) -> tuple[str, str]:
    """The path of the archive of a checkout, and its SHA-256 in hex. Packs it when it is first asked for.

    Raises WorkspaceError.
    """
    try:
        found = _find(checkout.path)
        return found if found is not None else _make(checkout)
    except OSError as error:
        raise WorkspaceError(f"the files of a revision cannot be packed: {error.strerror or error}") from error


def unpack(archive: str, target: str) -> None:
    """Makes the checkout ``target`` of an archive, unless it is there. Raises WorkspaceError."""
    parent = os.path.dirname(target)
    os.makedirs(parent, exist_ok=True)
    partial = os.path.join(parent, PARTIAL + os.urandom(8).hex())
    try:
        with locked(os.path.join(parent, ".lock")):
            if os.path.isdir(target):
                return
            _extract(archive, partial)
            for folder in _FOLDERS:
                if not os.path.islink(os.path.join(partial, folder)):
                    make_read_only(os.path.join(partial, folder))
            sync_tree(partial)
            os.rename(partial, target)
            sync(parent)
    except (OSError, tarfile.TarError, zstandard.ZstdError) as error:
        raise WorkspaceError(f"the files of a revision cannot be unpacked: {error}") from error
    finally:
        remove_tree(partial)


@contextmanager
def unpacked(archive: str) -> Generator[IO[bytes]]:
    """The bytes of the tar in an archive, for a reader that knows no zstd."""
    with open(archive, "rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as tar:
        yield tar


def _find(folder: str) -> tuple[str, str] | None:
    for name in os.listdir(folder):
        if name.startswith(_PREFIX):
            return os.path.join(folder, name), name.removeprefix(_PREFIX)
    return None


def _make(checkout: Checkout) -> tuple[str, str]:
    aside = os.path.join(checkout.path, f".{os.urandom(8).hex()}")
    try:
        with open(aside, "xb") as file:
            _pack(checkout.path, file)
        digest = digest_of(aside)
        path = os.path.join(checkout.path, _PREFIX + digest)
        os.rename(aside, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(aside)
    return path, digest


def _pack(folder: str, file: BinaryIO) -> None:
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    with (
        compressor.stream_writer(file, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in _FOLDERS:
            _add(archive, os.path.join(folder, name), name)


def _add(archive: tarfile.TarFile, path: str, name: str) -> None:
    info = archive.gettarinfo(path, name)
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = 0
    info.mode = stat.S_IMODE(info.mode) | stat.S_IWUSR
    info.pax_headers = {}
    if info.islnk():  # two files of one content may be one on this disk
        info.type, info.linkname, info.size = tarfile.REGTYPE, "", os.stat(path).st_size
    if info.isreg():
        with open(path, "rb") as file:
            archive.addfile(info, file)
        return
    archive.addfile(info)
    if info.isdir():
        for member in sorted(os.listdir(path)):
            _add(archive, os.path.join(path, member), f"{name}/{member}")


def _extract(archive: str, target: str) -> None:
    with (
        open(archive, "rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file) as unpacked,
        tarfile.open(fileobj=unpacked, mode="r|") as members,
    ):
        if hasattr(tarfile, "tar_filter"):
            members.extractall(target, filter="tar")
        else:
            members.extractall(target, members=_checked(members, os.path.realpath(target)))


def _checked(members: tarfile.TarFile, target: str) -> Iterator[tarfile.TarInfo]:
    """What the filter ``tar`` does, for Python before 3.11.4, such as Debian 12's. Raises TarError."""
    for member in members:
        path = os.path.realpath(os.path.join(target, member.name))
        if os.path.commonpath((path, target)) != target:
            raise tarfile.TarError(f"{member.name!r} would be outside of the folder")
        member.mode &= 0o755
        yield member


def digest_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

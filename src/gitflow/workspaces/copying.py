"""Copying and removing whole folders, quickly and whatever their modes.

Copies share their blocks with the original if the file system supports it (a reflink): they need no space until they
are changed, and a change never affects the original. Hard links would affect it, so they are never used.
"""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_FICLONE = 0x40049409  #: the ioctl that makes one file share the blocks of another
_NO_REFLINK = (errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EPERM)
_CHUNK = 1 << 30
_MAX_DEPTH = 64  #: deeper folders are moved up before they are removed, to limit open handles and recursion
_MAX_SINGLE_SYNCS = 32  #: up to this many files each is synced; for more, one sync of everything is faster


def copy_tree(source: str, target: str) -> None:
    """A writable copy of the folder in ``target``, which may exist if it is empty. Links are copied as links."""
    try:
        os.mkdir(target)
    except FileExistsError:
        if os.listdir(target):
            raise
    can_reflink = True
    todo = [(source, target)]
    while todo:
        here, there = todo.pop()
        with os.scandir(here) as members:
            for member in members:
                copy = os.path.join(there, member.name)
                if member.is_symlink():
                    os.symlink(os.readlink(member.path), copy)
                elif member.is_dir():
                    os.mkdir(copy)
                    todo.append((member.path, copy))
                else:
                    can_reflink = _copy_file(member.path, copy, can_reflink)


def _copy_file(source: str, target: str, can_reflink: bool) -> bool:
    """Copies content and mode, and lets the owner write. Returns whether reflinks work here."""
    here = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        info = os.fstat(here)
        mode = stat.S_IMODE(info.st_mode) | stat.S_IWUSR
        there = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        try:
            if info.st_size:
                can_reflink = can_reflink and _reflink(here, there)
                if not can_reflink:
                    _copy_bytes(here, there)
        finally:
            os.close(there)
    finally:
        os.close(here)
    return can_reflink


def _reflink(here: int, there: int) -> bool:
    import fcntl

    try:
        fcntl.ioctl(there, _FICLONE, here)
    except OSError as error:
        if error.errno in _NO_REFLINK:
            return False
        raise
    return True


def _copy_bytes(here: int, there: int) -> None:
    """Copies in the kernel; falls back to ``sendfile`` if these file systems do not support that."""
    try:
        while os.copy_file_range(here, there, _CHUNK):
            pass
    except OSError as error:
        if error.errno not in _NO_REFLINK:
            raise
        while os.sendfile(there, here, None, _CHUNK):
            pass


def remove_tree(path: str) -> None:
    """Removes a folder and its content, also if it is read-only, very deep, or disappears in the meantime."""
    try:
        root = _open_folder(path, None)
    except FileNotFoundError:
        return
    try:
        again = True
        while again:
            again = _empty(root, root, 0)
    finally:
        os.close(root)
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return


def _empty(folder: int, root: int, depth: int) -> bool:
    """Removes the members of an open folder. Returns whether some were moved up to the root instead."""
    moved = False
    with os.scandir(folder) as members:
        names = [(member.name, member.is_dir(follow_symlinks=False)) for member in members]
    for name, is_folder in names:
        try:
            if not is_folder:
                os.unlink(name, dir_fd=folder)
            elif depth >= _MAX_DEPTH:
                os.close(_open_folder(name, folder))  # only a writable folder can be moved
                os.rename(name, os.urandom(16).hex(), src_dir_fd=folder, dst_dir_fd=root)
                moved = True
            else:
                moved |= _remove_folder(name, folder, root, depth)
        except FileNotFoundError:
            continue
    return moved


def _remove_folder(name: str, parent: int, root: int, depth: int) -> bool:
    handle = _open_folder(name, parent)
    try:
        moved = _empty(handle, root, depth + 1)
    finally:
        os.close(handle)
    os.rmdir(name, dir_fd=parent)
    return moved


def _open_folder(name: str, parent: int | None) -> int:
    """Opens the folder, and makes it writable, so that its members can be removed."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(name, flags, dir_fd=parent)
    except PermissionError:
        os.chmod(name, stat.S_IRWXU, dir_fd=parent)
        handle = os.open(name, flags, dir_fd=parent)
    if os.fstat(handle).st_mode & stat.S_IRWXU != stat.S_IRWXU:
        os.fchmod(handle, stat.S_IRWXU)
    return handle


def make_read_only(path: str) -> None:
    """Removes write permission from every file and folder."""
    for member, is_folder in walk(path):
        os.chmod(member, 0o555 if is_folder else stat.S_IMODE(os.lstat(member).st_mode) & 0o555)


def sync_tree(path: str) -> None:
    """Returns when everything below is on disk."""
    members = list(walk(path))
    if sum(not is_folder for _, is_folder in members) > _MAX_SINGLE_SYNCS:
        os.sync()
        return
    for member, _ in members:
        sync(member)


def sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def walk(path: str) -> Iterator[tuple[str, bool]]:
    """(path, is it a folder) of everything but links, members before their folder, the folder itself last."""
    with os.scandir(path) as members:
        found = [member for member in members if not member.is_symlink()]
    for member in found:
        if member.is_dir(follow_symlinks=False):
            yield from walk(member.path)
        else:
            yield member.path, False
    yield path, True

"""Backs up a store into one tar file, while others use the store, and restores it.

The first member is ``manifest.json``: the names, sizes and SHA-256 of all others. Then come ``gitflow.db``,
``logs/<day>.db``, ``artifacts/…`` and, only on request, ``secrets.key``. The database is copied before the logs, so a
step that has ended in the copy has all its lines. A backup is written under another name and renamed at the end, so an
incomplete one never has its name. A restore checks everything before it changes anything.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, DiskFull, InvalidInput, StoreError
from gitflow.core.record import Record
from gitflow.stores.files import private, sync_folder
from gitflow.stores.refusals import is_full, refused
from gitflow.stores.sealing import KEY_FILE
from gitflow.stores.sqlite.copies import copy_database
from gitflow.stores.sqlite.errors import translated

if TYPE_CHECKING:
    from collections.abc import Generator
    from tarfile import TarFile, TarInfo

#: The version of the format of a backup file.
FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "gitflow.db"
_BLOCK = 1024 * 1024
#: The names that members of a backup may have. None of them leads out of the state directory.
_NAMES = re.compile(
    rf"{re.escape(DATABASE)}|{re.escape(KEY_FILE)}|logs/\d{{4}}-\d\d-\d\d\.db|artifacts/([0-9a-f]{{2}})/\1[0-9a-f]{{62}}"
)
#: A state directory that has one of these is not empty.
_HELD = (DATABASE, "logs", "artifacts")


class BackupFile(Record):
    """One file of a backup."""

    name: str
    size: int
    digest: str


class StoreLocation(Record):
    """The paths of a store."""

    state_dir: str
    database: str  #: its path
    key_file: str

    def of(self, name: str) -> str:
        return {DATABASE: self.database, KEY_FILE: self.key_file}.get(name) or os.path.join(self.state_dir, name)


def back_up(place: StoreLocation, target: str, at: float, *, with_key: bool = False) -> list[BackupFile]:
    """Writes a backup of the store to ``target``, with the time ``at`` in its manifest. Raises StoreError."""
    target = os.path.abspath(target)
    if not os.path.isfile(place.database):
        raise StoreError(f"there is nothing to back up in {place.state_dir}")
    if with_key and not os.path.isfile(place.key_file):
        raise StoreError(f"{place.key_file} is not there: nothing has been sealed with it; leave --with-key out")
    with _written(target, place), _folder_beside(target) as aside:
        sources = _copied(place, aside, with_key)
        items = [BackupFile(name, os.stat(path).st_size, _digest(path)) for name, path in sources.items()]
        packed = os.path.join(aside, "backup.tar")
        _pack(packed, items, sources, at)
        os.replace(packed, target)
        sync_folder(os.path.dirname(target))
    return items


def restore(backup: str, place: StoreLocation, known_schema: int, *, force: bool = False) -> list[BackupFile]:
    """Restores a backup. ``force`` replaces an existing store, which no process may be using; its files are kept until
    all new ones are in place.

    Raises InvalidInput for a file that is no whole backup, Conflict if a store exists or is in use, and StoreError.
    """
    held = [name for name in _HELD if _is_held(place.of(name))]
    if held and not force:
        raise Conflict(
            f"{place.state_dir} already holds {' and '.join(held)}; restore into another state directory "
            "(--state-dir), or replace it with --force"
        )
    try:
        os.makedirs(place.state_dir, mode=0o700, exist_ok=True)
        with _folder_beside(os.path.join(place.state_dir, "restored")) as aside:
            items = _unpacked(backup, aside)
            _check_schema(os.path.join(aside, DATABASE), backup, known_schema)
            _put_in_place(items, aside, place)
    except OSError as error:
        raise refused(error, place.state_dir) from error
    return items


@contextmanager
def _written(target: str, place: StoreLocation) -> Generator[None]:
    """Turns errors of a backup into a StoreError that says whether the backup file or the store is affected."""
    try:
        yield
    except OSError as error:
        named = "" if error.filename is None else os.fsdecode(error.filename)
        if named.startswith((place.state_dir + os.sep, place.database)):
            raise StoreError(f"{named} cannot be read: {error.strerror}; make it readable for this user") from error
        if is_full(error):
            raise _no_room(target) from error
        remedy = "name a file in a folder that is there and that this user can write to"
        raise StoreError(f"the backup {target} cannot be written: {error.strerror}; {remedy}") from error


def _no_room(target: str) -> DiskFull:
    return DiskFull(
        f"there is no room for the backup in {os.path.dirname(target)}; name a file on a disk with more room"
    )


def _copied(place: StoreLocation, aside: str, with_key: bool) -> dict[str, str]:
    """Member name -> path, of copies of the databases and of links to the files that never change."""
    found = {DATABASE: copy_database(place.database, os.path.join(aside, DATABASE))}
    os.mkdir(os.path.join(aside, "logs"))
    for day in _names(os.path.join(place.state_dir, "logs")):
        if _NAMES.fullmatch(name := f"logs/{day}"):
            with suppress(FileNotFoundError):  # retention has just deleted it
                found[name] = copy_database(place.of(name), os.path.join(aside, name))
    for digest in _digests(found[DATABASE]):
        name = f"artifacts/{digest[:2]}/{digest}"
        copy = os.path.join(aside, digest)
        with suppress(FileNotFoundError):  # retention has just deleted it, and no row names it any more
            _link(place.of(name), copy)
            found[name] = copy
    return found | ({KEY_FILE: place.key_file} if with_key else {})


def _link(source: str, copy: str) -> None:
    """Links or copies a file, so that it stays until it is packed, even if the original is removed."""
    try:
        os.link(source, copy)
    except FileNotFoundError:
        raise
    except OSError:  # on another disk
        shutil.copyfile(source, copy)


def _digests(database: str) -> list[str]:
    connection = sqlite3.connect(database)
    try:
        return [digest for (digest,) in connection.execute("SELECT DISTINCT digest FROM artifact ORDER BY digest")]
    finally:
        connection.close()


def _pack(path: str, items: list[BackupFile], sources: dict[str, str], at: float) -> None:
    listed = [{"name": item.name, "size": item.size, "sha256": item.digest} for item in items]
    manifest = json.dumps({"gitflow_backup": FORMAT, "created_at": at, "files": listed}, indent=1).encode()
    with open(path, "xb", opener=private) as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(_entry(tarfile.TarInfo(MANIFEST), len(manifest), at), io.BytesIO(manifest))
            for item in items:
                with open(sources[item.name], "rb") as source:
                    tar.addfile(_entry(tarfile.TarInfo(item.name), item.size, at), source)
        file.flush()
        os.fsync(file.fileno())


def _entry(entry: TarInfo, size: int, at: float) -> TarInfo:
    entry.size, entry.mode, entry.mtime = size, 0o600, int(at)
    return entry


def _unpacked(backup: str, aside: str) -> list[BackupFile]:
    """Unpacks the files that the manifest lists, and checks their sizes and digests."""
    try:
        with tarfile.open(backup, mode="r:") as tar:
            items = _manifest(tar, backup)
            for item in items:
                _unpack(tar, item, aside, backup)
    except OSError as error:
        if error.filename != backup:
            raise
        raise InvalidInput(f"{backup} cannot be read: {error.strerror}; name the file of a backup") from None
    except tarfile.TarError as error:
        raise InvalidInput(f"{backup} is not a whole backup of gitflow: {error}") from None
    return items


def _manifest(tar: TarFile, backup: str) -> list[BackupFile]:
    first = tar.next()
    file = tar.extractfile(first) if first is not None and first.name == MANIFEST else None
    if file is None:
        raise InvalidInput(f"{backup} is not a backup of gitflow: it does not begin with {MANIFEST}")
    try:
        manifest = json.load(file)
        if manifest["gitflow_backup"] != FORMAT:
            raise InvalidInput(
                f"{backup} has format {manifest['gitflow_backup']}; restore it with the gitflow that made it"
            )
        items = [BackupFile(one["name"], int(one["size"]), one["sha256"]) for one in manifest["files"]]
    except (ValueError, KeyError, TypeError):
        raise InvalidInput(f"{backup} is damaged: its {MANIFEST} cannot be read") from None
    for item in items:
        if not _NAMES.fullmatch(item.name):
            raise InvalidInput(f"{backup} is not a backup of gitflow: it holds {item.name!r}")
    if DATABASE not in {item.name for item in items}:
        raise InvalidInput(f"{backup} is damaged: it holds no {DATABASE}")
    return items


def _unpack(tar: TarFile, item: BackupFile, aside: str, backup: str) -> None:
    entry = tar.next()
    file = tar.extractfile(entry) if entry is not None and entry.isreg() and entry.name == item.name else None
    if file is None:
        raise InvalidInput(f"{backup} is damaged: {item.name} is missing")
    path = os.path.join(aside, item.name)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "xb", opener=private) as copy:
        while block := file.read(_BLOCK):
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    if _digest(path) != item.digest:
        raise InvalidInput(f"{backup} is damaged: {item.name} is not what was put into it")
    if item.name.endswith(".db"):
        _check_database(path, f"{backup} is damaged: its {item.name}")


def _check_database(path: str, named: str) -> None:
    """Raises InvalidInput if the database is damaged, and turns its write-ahead log on, which a copy does not have."""
    connection = sqlite3.connect(path)
    try:
        sound = connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        connection.execute("PRAGMA journal_mode = wal")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise translated(error, path) from error
        raise InvalidInput(f"{named} cannot be read: {error}") from None
    finally:
        connection.close()
    if not sound:
        raise InvalidInput(f"{named} is damaged; use another backup")
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _check_schema(path: str, backup: str, known: int) -> None:
    connection = sqlite3.connect(path)
    try:
        schema = connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()
    if schema > known:
        raise InvalidInput(
            f"{backup} has schema {schema}, and this gitflow knows schemas up to {known}; use a newer gitflow"
        )


def _put_in_place(items: list[BackupFile], aside: str, place: StoreLocation) -> None:
    """Moves the old files away first, and the database to its place last: nothing is read without a database."""
    old = os.path.join(aside, "old")
    os.mkdir(old)
    for name in (DATABASE, DATABASE + "-wal", DATABASE + "-shm", "logs", "artifacts"):
        path = place.database + name.removeprefix(DATABASE) if name.startswith(DATABASE) else place.of(name)
        with suppress(FileNotFoundError):
            _move(path, os.path.join(old, name))
    for name in ("logs", "artifacts"):
        with suppress(FileNotFoundError):
            os.rename(os.path.join(aside, name), place.of(name))
    if any(item.name == KEY_FILE for item in items):
        _merge_keys(os.path.join(aside, KEY_FILE), place.key_file)
    sync_folder(place.state_dir)
    _move(os.path.join(aside, DATABASE), place.database)
    sync_folder(os.path.dirname(place.database))


def _move(path: str, to: str) -> None:
    if not os.path.lexists(path):
        raise FileNotFoundError(path)
    shutil.move(path, to)  # a database may lie on another disk


def _merge_keys(restored: str, path: str) -> None:
    """Adds the restored keys after the existing ones, which may have sealed values and so stay in use."""
    with open(restored, encoding="ascii") as file:
        keys = file.read().split()
    with suppress(FileNotFoundError), open(path, encoding="ascii") as file:
        keys = list(dict.fromkeys([*file.read().split(), *keys]))
    aside = f"{path}.{os.urandom(6).hex()}.new"
    with open(aside, "x", encoding="ascii", opener=private) as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)


def _is_held(path: str) -> bool:
    return bool(_names(path)) if os.path.isdir(path) else os.path.exists(path)


@contextmanager
def _folder_beside(path: str) -> Generator[str]:
    """A private folder on the same disk, which is removed at the end of the block."""
    folder = tempfile.mkdtemp(prefix=f".{os.path.basename(path)}-", dir=os.path.dirname(path))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

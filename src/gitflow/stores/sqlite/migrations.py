"""Creates and migrates a database file: numbered migrations, each in one transaction.

A new database is built in memory, written under another name, synced and renamed, so no process ever sees half a
schema.
"""

from __future__ import annotations

import os
import sys

from gitflow.core import standard
from gitflow.core.errors import StoreError
from gitflow.stores.files import private, sync_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
else:
    # The whole of it, without the classes of datetime that sqlite3 adapts to. It is written in C, and takes nothing but
    # ``lru_cache`` from ``functools``, whose import is 9 million instructions: it finds the one of ``standard`` there.
    borrowed = sys.modules.setdefault("functools", standard)
    import _sqlite3 as sqlite3

    if borrowed is standard:
        del sys.modules["functools"]

MEMORY = ":memory:"

#: Marks a file as a store of gitflow (``PRAGMA application_id``).
APPLICATION_ID = 0x67666C77

#: How long a statement waits for the transaction of another process, in seconds.
BUSY_S = 30.0

#: Where a database file's header says that it is used with a write-ahead log (two bytes, each 2).
_WAL_OFFSET, _WAL = 18, b"\x02\x02"


def newest_version(migrations: str) -> int:
    """The newest schema that this version knows: the number of the last migration."""
    return int(_files(migrations)[-1][:4])


def _null(value: None) -> None:
    return value


# sqlite3 searches for an adapter at each parameter that is NULL; a registered one ends the search.
sqlite3.register_adapter(type(None), _null)


def connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


def version_of(connection: sqlite3.Connection, path: str, migrations: str) -> int:
    """The version of the file's schema. Raises StoreError if the file is not a store of gitflow, or is newer than this
    gitflow."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreError(f"{path} is not a store of gitflow; move it away, or choose another place with GITFLOW_STATE")
    if version > (known := newest_version(migrations)):
        raise StoreError(
            f"{path} has schema {version}, and this gitflow knows schemas up to {known}; "
            "use the newer gitflow that wrote it, or choose another state directory with GITFLOW_STATE"
        )
    return version


def is_missing(path: str) -> bool:
    """Also true for an empty file, which has never held anything."""
    try:
        return os.stat(path).st_size == 0
    except FileNotFoundError:
        return True


def _files(migrations: str) -> list[str]:
    return sorted(file for file in os.listdir(migrations) if file.endswith(".sql"))


def _apply(connection: sqlite3.Connection, migrations: str, after: int) -> None:
    """Each migration is one transaction, with its number."""
    for file in _files(migrations):
        if (number := int(file[:4])) > after:
            with open(os.path.join(migrations, file), encoding="utf-8") as text:
                script = text.read()
            try:
                connection.executescript(f"BEGIN EXCLUSIVE;{script};PRAGMA user_version = {number};COMMIT;")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


def in_memory(migrations: str) -> sqlite3.Connection:
    connection = connect(MEMORY)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _apply(connection, migrations, 0)
    return connection


#: New databases as the bytes of a file, by the folder of their migrations.
_IMAGES: dict[str, bytes] = {}


def keep_image(migrations: str) -> bytes:
    """A new database, and the template for all that this process creates from now on: tests create thousands."""
    if migrations not in _IMAGES:
        _IMAGES[migrations] = _new_image(migrations)
    return _IMAGES[migrations]


def copy_in_memory(migrations: str) -> sqlite3.Connection:
    """The same as ``in_memory``, but the schema is built only once a process: each test of a workflow opens a store."""
    connection = connect(MEMORY)
    connection.deserialize(keep_image(migrations))
    return connection


def _new_image(migrations: str) -> bytes:
    connection = in_memory(migrations)
    try:
        return connection.serialize()
    finally:
        connection.close()


def create(path: str, migrations: str) -> None:
    """Builds the file in memory and renames it to its place, which is fast and atomic.

    A server creates few files, and so keeps no image for them (``keep_image``).
    """
    if os.path.exists(path + "-wal"):
        raise StoreError(f"{path} is gone, and {path}-wal still holds its last changes; put it back, or remove both")
    image = bytearray(_IMAGES.get(migrations) or _new_image(migrations))
    image[_WAL_OFFSET : _WAL_OFFSET + 2] = _WAL
    with open(path + ".new", "wb", opener=private) as file:
        file.write(image)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".new", path)
    sync_folder(os.path.dirname(path))


def migrate(path: str, migrations: str) -> None:
    """Raises StoreError if the file is not what a migration expects; it is then unchanged."""
    connection = connect(path)
    try:
        version = version_of(connection, path, migrations)
        if version < newest_version(migrations):
            backup = _back_up(connection, path, version)
            try:
                _apply(connection, migrations, version)
            except sqlite3.Error as error:
                raise _not_migrated(error, path, version, newest_version(migrations), backup) from error
    finally:
        connection.close()


def _not_migrated(error: sqlite3.Error, path: str, version: int, newest: int, backup: str) -> Exception:
    """Errors of the disk keep their message. Any other error means that the file does not have the expected schema."""
    from gitflow.stores.sqlite.errors import translated  # not at the top: its sentences cost every start

    found = translated(error, path)
    if isinstance(found, StoreError):
        return found
    return StoreError(
        f"{path} has schema {version} and cannot be brought to schema {newest} ({error}): somebody has changed its "
        f"tables; nothing was lost, and a copy is in {backup}: put a backup in its place, or go on with the gitflow "
        "that wrote it"
    )


def _back_up(connection: sqlite3.Connection, path: str, version: int) -> str:
    """Writes the database, complete and synced, to ``gitflow.db.v1.backup`` before it is changed. Returns the path."""
    backup = f"{path}.v{version}.backup"
    for leftover in (backup, backup + ".new"):
        if os.path.exists(leftover):
            os.unlink(leftover)
    connection.execute("VACUUM INTO ?", (backup + ".new",))
    with open(backup + ".new", "rb+") as file:
        os.fsync(file.fileno())
    os.rename(backup + ".new", backup)
    sync_folder(os.path.dirname(path))
    return backup


def make_folder(folder: str) -> None:
    """Creates the folder and its parents with mode 0700, and syncs them."""
    if not os.path.isdir(folder):
        above = os.path.dirname(folder)
        make_folder(above)
        with standard.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        sync_folder(above)

"""``gitflow backup`` and ``gitflow restore``: the state directory as one file."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitflow.cli.console.exits import OK
from gitflow.cli.console.locate import locate_config
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value
from gitflow.core.errors import Conflict
from gitflow.stores.backup import DATABASE, BackupFile, StoreLocation, back_up
from gitflow.stores.backup import restore as put_back
from gitflow.stores.owners import Owners
from gitflow.stores.refusals import refused
from gitflow.stores.registry import place_of_url
from gitflow.stores.sealing import KEY_FILE
from gitflow.stores.sqlite.database import JOB_MIGRATIONS
from gitflow.stores.sqlite.migrations import newest_version

if TYPE_CHECKING:
    from collections.abc import Generator

    from gitflow.config import Config


def backup(file: str, with_key: bool, as_json: bool, state_dir: str | None) -> int:
    """Works while other processes use the store. Raises StoreError."""
    config = locate_config(os.environ, state_dir)
    items = back_up(location_of(config), file, time.time(), with_key=with_key)
    if config.artifacts is not None:
        url = config.artifacts.url
        write_stderr(f"of artifacts, the backup has the copies that this machine keeps; back up {url}, too\n")
    _print(items, f"backed up to {file}", as_json)
    if not with_key and not as_json:
        write_stderr("the key of sealed secrets is not included; store it separately, or use --with-key\n")
    return OK


def restore(file: str, force: bool, as_json: bool, state_dir: str | None) -> int:
    """Raises Conflict if the store is in use or not empty, InvalidInput for an invalid backup, and StoreError."""
    place = location_of(locate_config(os.environ, state_dir))
    with lock_store(place):
        items = put_back(file, place, newest_version(JOB_MIGRATIONS), force=force)
    _print(items, f"restored into {place.state_dir}", as_json)
    return OK


def location_of(config: Config) -> StoreLocation:
    state_dir = os.path.abspath(config.state_dir)
    database = os.path.join(state_dir, place_of_url(config.db_url))
    return StoreLocation(state_dir, database, config.secrets_key_file or os.path.join(state_dir, KEY_FILE))


@contextmanager
def lock_store(place: StoreLocation) -> Generator[None]:
    """A context in which no other process has the store open or opens it. Raises Conflict."""
    alive = Owners(place.state_dir).alive()
    if alive:
        named = ", ".join(str(pid) for _, pid in alive)
        raise Conflict(f"the store is in use; stop process {named} first, then try again")
    try:
        os.makedirs(os.path.dirname(place.database), mode=0o700, exist_ok=True)
        lock = os.open(place.database + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise refused(error, f"{place.database}.lock") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict("the store is in use; end the other gitflow processes that use it, then try again") from None
    finally:
        os.close(lock)


def _print(items: list[BackupFile], done: str, as_json: bool) -> None:
    size = sum(item.size for item in items)
    if as_json:
        print_value({"files": len(items), "bytes": size, "with_key": _has_key(items)}, "json")
        return
    logs = sum(item.name.startswith("logs/") for item in items)
    artifacts = sum(item.name.startswith("artifacts/") for item in items)
    key = ", the key" if _has_key(items) else ""
    print(f"{done}: {DATABASE}, {logs} days of logs, {artifacts} artifacts{key}; {size / (1 << 20):.1f} MiB")


def _has_key(items: list[BackupFile]) -> bool:
    return any(item.name == KEY_FILE for item in items)

"""``gitflow store copy``: from the files of SQLite to PostgreSQL."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.cli.console.exits import OK
from gitflow.cli.console.locate import locate_config
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value
from gitflow.cli.local.backup import location_of, lock_store
from gitflow.core.errors import InvalidInput, StoreError
from gitflow.core.record import replace
from gitflow.stores.registry import is_on_server, load, place_of_url
from gitflow.stores.sqlite.database import JOB_MIGRATIONS, open_database

if TYPE_CHECKING:
    from gitflow.stores.copying import Copied


def copy(source: str, target: str, as_json: bool, state_dir: str | None) -> int:
    """Raises InvalidInput for other addresses, Conflict if one of both is in use, and StoreError."""
    if is_on_server(source) or not is_on_server(target):
        raise InvalidInput("gitflow store copy goes from sqlite:///… to postgresql://…, and in no other way")
    config = replace(locate_config(os.environ, state_dir), db_url=source)
    path = os.path.join(os.path.abspath(config.state_dir), place_of_url(source))
    if not os.path.isfile(path):
        raise StoreError(
            f"{path} is not there; name the state directory with --state-dir, or the file with its whole path"
        )
    open_database(path, JOB_MIGRATIONS).close()  # brought up to date where that is due
    place = location_of(config)
    with lock_store(place):
        copy_store = load("gitflow.stores.copying").copy_store
        _print(copy_store(place.database, os.path.join(place.state_dir, "logs"), target), as_json)
    if not as_json:
        write_stderr(
            f"artifacts stay in {place.state_dir}/artifacts; secrets are sealed with the key in {place.key_file}: "
            "name it in secrets_key_file, then set db.url\n"
        )
    return OK


def _print(copied: list[Copied], as_json: bool) -> None:
    if as_json:
        print_value([{"table": one.table, "rows": one.rows, "digest": one.digest} for one in copied], "json")
        return
    for one in copied:
        if one.rows:
            print(f"{one.table:20} {one.rows:10} rows  {one.digest[:16]}")
    print(f"copied {sum(one.rows for one in copied)} rows; counts and digests are the same on both sides")

"""``gitflow gc``: removes from the local store what is older than its retention."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from gitflow.app import ages_of, open_store, stores_of, workspaces_of
from gitflow.cli.console.exits import OK
from gitflow.cli.console.locate import locate_config
from gitflow.cli.console.tables import print_value
from gitflow.cli.local.room import use_reserve
from gitflow.core.durations import seconds
from gitflow.core.errors import DiskFull, InvalidInput, StoreError
from gitflow.runtime.maintenance.janitor import Ages, Janitor, Removed, release_unused, summed
from gitflow.runtime.maintenance.sharing import SharedParts, count_shared, sweep_shared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.app import OpenedStore
    from gitflow.config import Config
    from gitflow.workspaces.base import Workspace

#: How long a checkout must have been unused, in seconds: it may belong to a job that is being created.
UNUSED_S = 3600.0


def gc(older_than: str | None, dry_run: bool, as_json: bool, state_dir: str | None) -> int:
    """Raises InvalidInput for an invalid age, and StoreError."""
    config = locate_config(os.environ, state_dir)
    ages = ages_of(config) if older_than is None else Ages.all(_age(older_than))
    gone: list[Removed] = []
    if dry_run:
        with open_store(config, os.environ) as opened:
            gone = Janitor(opened.stores, ages).count(opened.clock.wall()) + _shared(opened, count_shared)
    else:
        try:
            use_reserve(config.state_dir, lambda is_short: _remove(config, ages, gone, is_short))
        except StoreError:
            if gone:  # the shared place comes last, and may be away
                _print(summed(gone), dry_run, as_json)
            raise
    _print(summed(gone), dry_run, as_json)
    return OK


def _remove(config: Config, ages: Ages, gone: list[Removed], is_short: bool) -> int:
    """Appends what it removed to ``gone``. On a full disk it continues as long as it frees space."""
    with open_store(config, os.environ) as opened:
        if is_short:
            opened.stores.jobs.save_room()
        while True:
            before = sum(one.size for one in gone)
            try:
                for chore in Janitor(opened.stores, ages).chores(opened.clock.wall()):
                    gone.append(chore())
                break
            except DiskFull:
                if sum(one.size for one in gone) == before:
                    raise
        gone.extend(_remove_checkouts(opened))
        gone.extend(_shared(opened, sweep_shared))
    return OK


def _age(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as wrong:
        raise InvalidInput(f"--older-than: {wrong}") from None


def _remove_checkouts(opened: OpenedStore) -> list[Removed]:
    """Removes checkouts of revisions that no job refers to, and the references that kept these in their repositories.

    The revisions that a server serves stay, even if no branch contains them any more.
    """
    workspaces = workspaces_of(opened.config, os.environ)
    live = opened.stores.revisions.of_jobs() | _served(opened, workspaces)
    reaped = opened.checkouts.reap(live, UNUSED_S)
    released = release_unused(workspaces.values(), opened.checkouts, live)
    return [Removed("checkouts", len(reaped)), released]


def _served(opened: OpenedStore, workspaces: Mapping[str, Workspace]) -> set[tuple[str, str]]:
    """The revisions that a server serves, or would serve."""
    served = [(found, opened.stores.revisions.last_accepted(name)) for name, found in workspaces.items()]
    return {(found.identity, last.revision.id) for found, last in served if last is not None}


def _shared(opened: OpenedStore, look: Callable[[SharedParts, float], list[Removed]]) -> list[Removed]:
    """What ``sweep_shared`` removes, or ``count_shared`` would, where servers share files."""
    if opened.revision_files is None:
        return []
    workspaces = workspaces_of(opened.config, os.environ)
    parts = SharedParts(partial(stores_of, opened.config), opened.revision_files, lambda: _served(opened, workspaces))
    return look(parts, opened.clock.wall())


def _print(gone: list[Removed], dry_run: bool, as_json: bool) -> None:
    size = sum(one.size for one in gone)
    if as_json:
        removed = {one.what.replace(" ", "_"): one.count for one in gone}
        print_value({"dry_run": dry_run, "removed": removed, "bytes": size}, "json")
        return
    verb = "would be removed" if dry_run else "removed"
    for one in gone:
        print(f"{one.count:8} {one.what}" + (f" ({_bytes(one.size)})" if one.size else ""))
    print(f"{verb}: {_bytes(size)} of files" if gone else "nothing is older than its retention")


def _bytes(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"

"""Hears which jobs the active server has changed: PostgreSQL passes that on to every session that listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gitflow.stores.postgres.connecting import DEFAULTS, PROGRAM, Address
from gitflow.stores.postgres.errors import translated
from gitflow.stores.postgres.leading import JOBS_CHANNEL
from gitflow.stores.postgres.migrations import newest_version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any


async def listen(url: str, on_start: Callable[[], None], on_jobs: Callable[[Collection[str] | None], None]) -> None:
    """Calls ``on_start`` once it listens, and ``on_jobs`` with the ids of jobs after each commit that has changed some;
    None: perhaps any. Raises StoreError when the connection breaks, or cannot be made."""
    address = Address.of(url, "full")
    given: dict[str, Any] = {**DEFAULTS, **conninfo_to_dict(url), "application_name": f"{PROGRAM}{newest_version()}"}
    try:
        async with await psycopg.AsyncConnection.connect(make_conninfo(**given), autocommit=True) as connection:
            await connection.execute(f"LISTEN {JOBS_CHANNEL}".encode())
            on_start()
            async for news in connection.notifies():
                on_jobs(news.payload.split() or None)
    except psycopg.Error as error:
        raise translated(error, address.path) from error

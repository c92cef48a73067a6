"""The retention of a server: one sweep of the janitor an hour, with each chore in a commit of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.runtime.background import BackgroundLoop

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.maintenance.janitor import Chore, Janitor, Removed

SWEEP_S = 3600.0


def retention_loop(
    janitor: Janitor, commit_queue: CommitQueue, now: Callable[[], float], interval_s: float = SWEEP_S
) -> BackgroundLoop:
    """``janitor`` works on the stores of the engine's thread; ``now``: wall clock. Other work can commit between two
    chores."""

    async def sweep() -> None:
        for chore in janitor.chores(now()):
            await asyncio.wrap_future(commit_queue.submit(_in_transaction(chore)))

    return BackgroundLoop("janitor", sweep, interval_s, at_once=False)


def _in_transaction(chore: Chore) -> Callable[[Transaction], Removed]:
    return lambda transaction: chore()

"""The janitor of a server: one sweep an hour, every piece of it in a commit of the engine's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.runtime.background import Loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.maintenance.janitor import Chore, Gone, Janitor

SWEEP_S = 3600.0


def sweeping(
    janitor: Janitor, commit_queue: CommitQueue, now: Callable[[], float], interval_s: float = SWEEP_S
) -> Loop:
    """``janitor`` works on the stores of the engine's thread; ``now``: wall clock. Between two pieces others have their
    transaction."""

    async def sweep() -> None:
        for chore in janitor.chores(now()):
            await asyncio.wrap_future(commit_queue.submit(_in_turn(chore)))

    return Loop("janitor", sweep, interval_s, at_once=False)


def _in_turn(chore: Chore) -> Callable[[Transaction], Gone]:
    return lambda transaction: chore()

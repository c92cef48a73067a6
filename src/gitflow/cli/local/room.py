"""Commands that remove something work on a full disk too: they may use the room that is kept for them."""

from __future__ import annotations

from gitflow.core.errors import DiskFull
from gitflow.stores import reserve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def making_room(state_dir: str, act: Callable[[bool], int]) -> int:
    """The exit status of ``act``, which is told whether there is little room, so that it takes as little as it can.

    It may be called twice: again once the reserve has been given up, if the disk was full. Raises what it raises.
    """
    is_short = reserve.is_needed(state_dir)
    if is_short:
        reserve.give_up(state_dir)
    try:
        return act(is_short)
    except DiskFull:  # somebody's share of the disk may be used up, though the disk has room
        if not reserve.give_up(state_dir):
            raise
        return act(True)
    finally:
        reserve.keep(state_dir)

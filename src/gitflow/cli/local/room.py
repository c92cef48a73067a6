"""Gives commands that remove something the reserved disk space, so that they work on a full disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import DiskFull
from gitflow.stores import reserve

if TYPE_CHECKING:
    from collections.abc import Callable


def use_reserve(state_dir: str, act: Callable[[bool], int]) -> int:
    """Calls ``act(is_short)`` and returns its exit status; with ``is_short`` it should use as little space as it can.

    If the disk was full, gives up the reserve and calls it again. Raises what it raises.
    """
    is_short = reserve.is_needed(state_dir)
    if is_short:
        reserve.give_up(state_dir)
    try:
        return act(is_short)
    except DiskFull:  # the user's quota may be used up, though the disk has space
        if not reserve.give_up(state_dir):
            raise
        return act(True)
    finally:
        reserve.keep(state_dir)

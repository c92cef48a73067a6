"""The garbage of a command that does not end.

What a start makes lives until the end: searching it for garbage, first a few times while it is made and later in every
full collection, finds next to nothing. So ``main`` puts the search off, and once the command has started, the objects
that it has by then are left out of all later ones.
"""

from __future__ import annotations

import gc

#: Python's own thresholds: a search for every 700 new objects.
USUAL = (700, 10, 10)


def collect_from_now_on() -> None:
    """Call it once the start is over. It takes some milliseconds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*USUAL)

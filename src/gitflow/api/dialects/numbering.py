"""Integer ids for dialects that need them: assigned on first use, stored, and never reused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.api.http.request import Request
    from gitflow.stores.protocols.numbers import Named

#: How many are assigned in one commit, so that a long list does not delay other commits.
BATCH_SIZE = 500


async def numbers_of(request: Request, wanted: Sequence[Named]) -> Mapping[Named, int]:
    """The numbers of all, except for parts of a deleted job. New numbers grow in the order of ``wanted``."""
    if not wanted:
        return {}
    known = dict(await request.read(lambda stores: stores.numbers.known(wanted)))
    new = [one for one in wanted if one not in known]
    commits, store = request.context.commits, request.context.stores.numbers
    for start in range(0, len(new), BATCH_SIZE):
        batch = new[start : start + BATCH_SIZE]
        known |= await asyncio.wrap_future(commits.submit(lambda _, batch=batch: store.give(batch)))
    return known


async def named(request: Request, kind: str, text: str, *kinds: str) -> Named:
    """What a number in a path belongs to. Raises NotFound, which calls it ``kind``."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    found = await request.read(lambda stores: stores.numbers.named(number))
    if found is None or found.kind not in kinds:
        raise NotFound(kind, text)
    return found

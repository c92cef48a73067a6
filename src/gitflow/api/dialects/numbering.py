"""Integers for what other APIs know by one: given on first sight, kept in the store, and given to nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.api.http.request import Request
    from gitflow.stores.protocols.numbers import Named

#: So many are given in one commit, so that a long list holds up nobody.
AT_ONCE = 500


async def numbers_of(request: Request, wanted: Sequence[Named]) -> Mapping[Named, int]:
    """Of all, but for what belongs to a job that was deleted meanwhile. New ones grow in the order of ``wanted``."""
    if not wanted:
        return {}
    known = dict(await request.read(lambda stores: stores.numbers.known(wanted)))
    new = [one for one in wanted if one not in known]
    commits, store = request.context.commits, request.context.stores.numbers
    for start in range(0, len(new), AT_ONCE):
        some = new[start : start + AT_ONCE]
        known |= await asyncio.wrap_future(commits.submit(lambda turn, some=some: store.give(some)))
    return known


async def named(request: Request, kind: str, text: str, *kinds: str) -> Named:
    """What has a number, which stands in a path. Raises NotFound; ``kind`` is what it is called then."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    found = await request.read(lambda stores: stores.numbers.named(number))
    if found is None or found.kind not in kinds:
        raise NotFound(kind, text)
    return found

"""Keeps an up-to-date copy of the Jobs or pods of one worker: a list, then a watch from its version on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from gitflow.dispatch.kubernetes.client import Gone, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitflow.dispatch.kubernetes.client import Client

    Object = dict[str, Any]

_log = logging.getLogger("gitflow.kubernetes")

#: The first pause after a failure, in seconds. It doubles with each further failure, up to the second value.
FIRST_PAUSE_S, MAX_PAUSE_S = 0.2, 10.0


class Picture:
    """The objects of one kind, by name. ``changed`` is called with the name of each object that is new, changed or
    deleted."""

    def __init__(self, client: Client, kind: str, selector: str, changed: Callable[[str], None]) -> None:
        self._client = client
        self._kind = kind
        self._selector = selector
        self._changed = changed
        self.objects: dict[str, Object] = {}
        self.gone: set[str] = set()  #: names of deleted objects; see ``forget``
        self._version = ""
        self.is_complete = asyncio.Event()  #: set once the objects have been listed for the first time

    async def keep(self) -> None:
        """Runs until it is cancelled."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                if not self._version:
                    await self._list()
                await self._follow()
                pause_s = FIRST_PAUSE_S
                await asyncio.sleep(FIRST_PAUSE_S)  # a proxy may end every watch at once
            except Gone:
                self._version = ""
            except (Unreachable, Refused) as error:
                _log.warning("the %s of the cluster cannot be watched: %s", self._kind, error)
                await asyncio.sleep(pause_s)
                pause_s = min(MAX_PAUSE_S, 2 * pause_s)

    def forget(self, name: str) -> None:
        """Nobody will ask any more whether this object is gone."""
        self.gone.discard(name)

    async def _list(self) -> None:
        found, version = await self._client.list(self._kind, self._selector)
        before, self.objects = self.objects, {each["metadata"]["name"]: each for each in found}
        self.gone.update(before.keys() - self.objects.keys())
        self._version = version
        self.is_complete.set()
        for name in {**before, **self.objects}:
            self._changed(name)

    async def _follow(self) -> None:
        """Runs until the API server ends the watch."""
        async for change in self._client.watch(self._kind, self._selector, self._version):
            self._version = change.version
            if change.kind != "BOOKMARK":
                self._take(change.kind, change.object)

    def _take(self, kind: str, found: Object) -> None:
        name = found["metadata"]["name"]
        if kind == "DELETED":
            self.objects.pop(name, None)
            self.gone.add(name)
        else:
            self.objects[name] = found
        self._changed(name)

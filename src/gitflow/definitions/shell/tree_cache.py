"""The trees of scripts that were read before, for all loads of this process.

To start the parsers takes a hundred times longer than to judge a tree. A changed file mostly holds the scripts it held
before, and the files of several workspaces often hold the same ones.

A tree depends on the grammar and on the text, and on nothing else, so these are the key; what a value may do in the
script is judged anew each time. Only trees are kept: that a script could not be read may be the fault of a parser that
was slow or missing, and the next load asks again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from gitflow.definitions.shell import parsers
from gitflow.definitions.shell.nodes import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitflow.definitions.shell.parsers import Reading

    #: A grammar and a text.
    Key = tuple[str, str]

#: In characters of text, counted once for each grammar. Trees take about 35 times as much: some 4 MB.
LIMIT = 128 * 1024
#: What an entry counts beside its text, so that many short scripts cannot take much more than a few long ones.
ENTRY = 64


class TreeCache:
    """Holds what was used last. Several threads may load at the same time."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.size = 0
        self._trees: OrderedDict[Key, Tree] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, keys: Iterable[Key]) -> dict[Key, Reading]:
        """Those of the trees that are known."""
        with self._lock:
            found: dict[Key, Reading] = {key: self._trees[key] for key in keys if key in self._trees}
            for key in found:
                self._trees.move_to_end(key)
        return found

    def keep(self, readings: Mapping[Key, Reading]) -> None:
        with self._lock:
            for key, reading in readings.items():
                if isinstance(reading, Tree) and key not in self._trees:
                    self._trees[key] = reading
                    self.size += _size(key)
            while self.size > self.limit:
                key, _ = self._trees.popitem(last=False)
                self.size -= _size(key)


def _size(key: Key) -> int:
    return len(key[1]) + ENTRY


#: The one of this process.
CACHE = TreeCache()


def readings_of(scripts: Iterable[tuple[str, str]]) -> dict[Key, Reading]:
    """As ``parsers.read_all``; what is known is not read again."""
    keys = {script: [(grammar, script[1]) for grammar in parsers.grammars_of(script[0])] for script in scripts}
    found = CACHE.find(key for those in keys.values() for key in those)
    missing = [script for script, those in keys.items() if not found.keys() >= set(those)]
    if missing:
        fresh = parsers.read_all(missing)
        CACHE.keep(fresh)
        found.update(fresh)
    return found

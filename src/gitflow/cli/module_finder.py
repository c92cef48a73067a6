"""Finds and loads the modules of gitflow for half of what Python's own finder takes.

Most of the time of a short command goes into imports, and half of an import into questions whose answers are known
here: which finder, which folder, which suffix, where the bytecode is (docs/decisions/0015-modules-at-one-place.md).
This finder looks for a submodule of gitflow in the folder of its package alone, and takes the bytecode that Python
keeps beside the source, under Python's own conditions. Everything else is left to Python's finder and loader.
"""

from __future__ import annotations

import marshal
import os
import sys
from _frozen_importlib import BuiltinImporter
from _frozen_importlib_external import MAGIC_NUMBER, SourceFileLoader, spec_from_file_location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

#: How bytecode begins that belongs to a source of one time and size; with another flag it would name a hash instead.
_MAGIC_AND_FLAGS = MAGIC_NUMBER + bytes(4)
_HEADER_SIZE = 16
#: Larger bytecode is left to Python. The C library takes no more than this from the memory it has: for a larger buffer
#: it asks the kernel for a new mapping, which were 3 of the 16 system calls, and a fifth of the page faults, of a run.
_MAX_SIZE = 1 << 16


def install() -> None:
    """Lets the finder go before Python's own, and after all that others have put before those."""
    finders = sys.meta_path
    if ModuleFinder in finders or BuiltinImporter not in finders:
        return
    if sys.pycache_prefix is None and not sys.flags.optimize:  # otherwise bytecode has other names
        finders.insert(finders.index(BuiltinImporter), ModuleFinder)


class ModuleFinder:
    """A finder as ``sys.meta_path`` holds them."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None) -> ModuleSpec | None:
        if path is None or not name.startswith("gitflow."):
            return None
        place = f"{path[0]}/{name.rpartition('.')[2]}"
        return _spec(name, place, None) or _spec(name, f"{place}/__init__", [place])


def _spec(name: str, stem: str, places: list[str] | None) -> ModuleSpec | None:
    """The module whose source and bytecode are named so; ``places`` is where the modules of a package are."""
    source = f"{stem}.py"
    try:
        stat = os.stat(source)
    except OSError:
        return None
    folder, _, file = stem.rpartition("/")
    bytecode = f"{folder}/__pycache__/{file}.{sys.implementation.cache_tag}.pyc"
    loader = Loader(name, source)
    loader.bytecode = bytecode
    loader.header = _MAGIC_AND_FLAGS + _word(int(stat.st_mtime)) + _word(stat.st_size)
    spec = spec_from_file_location(name, source, loader=loader, submodule_search_locations=places)
    if spec is not None:
        spec.cached = bytecode
    return spec


def _word(number: int) -> bytes:
    return (number & 0xFFFFFFFF).to_bytes(4, "little")


class Loader(SourceFileLoader):
    """Python's loader, which also knows how valid bytecode begins."""

    bytecode: str
    header: bytes

    def get_code(self, fullname: str) -> CodeType | None:
        return self._read_bytecode() or super().get_code(fullname)

    def _read_bytecode(self) -> CodeType | None:
        try:
            fd = os.open(self.bytecode, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            data = os.read(fd, _MAX_SIZE)
        finally:
            os.close(fd)
        if not data.startswith(self.header) or len(data) == _MAX_SIZE:
            return None
        return marshal.loads(memoryview(data)[_HEADER_SIZE:])

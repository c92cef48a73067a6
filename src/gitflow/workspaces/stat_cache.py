"""Caches the stats of a folder, so that an unchanged folder is recognised by ``stat`` calls alone.

A note is the stat of one file that the result depends on. A file that changed shortly before it was read, or while it
was read, is not trusted: another change within one tick of the file system's clock could leave the same stat.
"""

from __future__ import annotations

import os

from gitflow.core.json_codec import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Note = list[int] | None  #: None: nothing existed; an empty list: not trusted

FORMAT = 1

#: Variables that name a file of git's configuration.
CONFIG_VARIABLES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")
_SURROUNDINGS = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT", *CONFIG_VARIABLES)

_TICK_NS = 50_000_000  #: longer than a tick of the kernel's clock
_COARSE_TICK_NS = 2_100_000_000  #: FAT has a resolution of two seconds, other file systems of one

_UNTRUSTED: list[int] = []


def surroundings() -> list[str]:
    """The variables that decide where git's configuration is found; notes are valid only while they are the same."""
    return [os.environ.get(name, "") for name in _SURROUNDINGS]


def note(found: os.stat_result | None, read_at_ns: int) -> Note:
    """The note for a stat that was taken after ``read_at_ns`` (wall clock)."""
    if found is None:
        return None
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    tick = _TICK_NS if found.st_ctime_ns % 1_000_000 else _COARSE_TICK_NS
    return fingerprint_of(found) if changed < read_at_ns - tick else _UNTRUSTED


def fingerprint_of(found: os.stat_result) -> list[int]:
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode]


def is_unchanged(folder: str, inside: Mapping[str, Note], around: Mapping[str, Note]) -> bool:
    """Whether all stats are as noted; ``inside`` is relative to the folder and does not follow links."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return _is_as_noted(around, os.stat) and _is_as_noted(inside, lambda path: os.lstat(path or ".", dir_fd=handle))
    finally:
        os.close(handle)


def _is_as_noted(notes: Mapping[str, Note], stat: Callable[[str], os.stat_result]) -> bool:
    # Inlined instead of calling fingerprint_of: this loop takes most of the time for an unchanged folder.
    for path, seen in notes.items():
        try:
            now = stat(path)
        except OSError:
            if seen is not None:
                return False
            continue
        if [now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino, now.st_mode] != seen:
            return False
    return True


def load(path: str, key: list[str]) -> dict[str, Any] | None:
    """What was saved under the same key; None when there is nothing usable."""
    try:
        with open(path, "rb") as file:
            saved: dict[str, Any] = loads(file.read())
        return saved if (saved.get("format"), saved.get("key")) == (FORMAT, key) else None
    except (OSError, ValueError, RecursionError, AttributeError):
        return None


def save(path: str, key: list[str], record: Mapping[str, Any]) -> None:
    """Replaces the file atomically. Ignores errors: without the cache the next scan is only slower."""
    data = dumps({"format": FORMAT, "key": key, **record}, separators=(",", ":")).encode()
    partial = f"{path}.{os.urandom(8).hex()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(partial, "wb") as file:
            file.write(data)
        os.replace(partial, path)
    except OSError:
        return

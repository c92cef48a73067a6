"""Lists processes, and those that are newer than another.

The kernel assigns process ids in order, and ``/proc/loadavg`` contains the last one. So only the ids between a step's
own and the last can be its descendants, usually none or a few, unless the ids have wrapped around since. After a short
step they cannot have. Where a long step could use up all ids, the processes that the kernel has started are counted:
``/proc/stat`` contains their number.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: No machine starts more processes and threads per second, so its ids take some time to wrap around.
_STARTS_PER_S = 100_000
#: If they take longer than this, starts are not counted: few steps run so long, and a large machine answers slowly.
_RARE_S = 10.0
#: How old a count of starts may be. An older one is as right, but says less.
_MAX_COUNT_AGE_S = 1.0
#: With this many new ids, listing all of /proc costs less than checking each id.
_MANY = 64
#: How much is read of /proc/stat, which also has a number for each interrupt.
_STAT_SIZE = 256 * 1024


def all_pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return []


def newer_than(pid: int, elapsed_s: float, starts: int | None = None) -> Iterable[int]:
    """The ids that descendants of a process can have that started ``elapsed_s`` ago.

    ``starts`` is what ``count_starts`` returned before.
    """
    last = _last_in_order(pid, elapsed_s, starts)
    if last is not None and last <= pid + _MANY:
        return range(pid + 1, last + 1)
    return [other for other in all_pids() if other != pid and (last is None or other > pid)]


def few_newer_than(pid: int, elapsed_s: float, starts: int | None = None) -> Sequence[int] | None:
    """The ids that descendants can have, or None if there are many."""
    last = _last_in_order(pid, elapsed_s, starts)
    if last is not None and last <= pid + _MANY:
        return range(pid + 1, last + 1)
    try:
        few = os.stat("/proc").st_nlink <= 2 * _MANY  # the kernel counts its processes there
    except OSError:
        return []  # there is no /proc
    return list(newer_than(pid, elapsed_s, starts)) if few else None


def _last_in_order(pid: int, elapsed_s: float, starts: int | None) -> int | None:
    """The last id, if it and all that were assigned since ``pid`` are larger; None if they may have wrapped around."""
    last = last_pid()
    if last is None or last < pid:
        return None
    return last if elapsed_s < _round_s() or _are_in_order(last - pid, starts) else None


def _are_in_order(new: int, starts: int | None) -> bool:
    """Whether no more ids can have been used than the difference of two of them.

    The kernel does not count a start that fails late, for example at a limit of processes, and the id is used up. So a
    difference that the counted starts do not explain is not trusted, nor are counts near the number of all ids.
    """
    now = _read_starts()
    return starts is not None and now is not None and new <= now - starts <= _max_pid() // 2


def count_starts() -> int | None:
    """How many processes and threads the kernel had started, now or a moment ago; None if that is not needed here, or
    the kernel does not say."""
    global _counted
    if _round_s() >= _RARE_S:
        return None
    now = time.monotonic()
    if now >= _counted[0] + _MAX_COUNT_AGE_S:
        _counted = (now, _read_starts())
    return _counted[1]


_counted: tuple[float, int | None] = (-_MAX_COUNT_AGE_S, None)


def _read_starts() -> int | None:
    text = _read("stat", _STAT_SIZE)
    line = text.partition(b"\nprocesses ")[2].partition(b"\n")[0]
    return int(line) if line.isdigit() else None


def last_pid() -> int | None:
    """The process id that was assigned last; None if the kernel does not say."""
    last = _read("loadavg", 256).rpartition(b" ")[2].strip()
    return int(last) if last.isdigit() else None


def _round_s() -> float:
    """The shortest time in which the kernel's process ids can wrap around, in seconds."""
    return _max_pid() / _STARTS_PER_S


def _max_pid() -> int:
    """The largest process id; 0 if the kernel does not say."""
    global _largest
    if _largest is None:
        try:
            with open("/proc/sys/kernel/pid_max", "rb") as file:
                _largest = int(file.read())
        except (OSError, ValueError):
            _largest = 0
    return _largest


_largest: int | None = None
#: Files of /proc, opened once. None in containers that mount another file over the kernel's.
_files: dict[str, int | None] = {}


def _read(name: str, size: int) -> bytes:
    """What the kernel says in a file of /proc; nothing if there is no such file."""
    if name not in _files:
        _files[name] = _open(f"/proc/{name}")
    fd = _files[name]
    try:
        return b"" if fd is None else os.pread(fd, size, 0)
    except OSError:
        return b""


def _open(path: str) -> int | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    if os.fstat(fd).st_dev == os.stat("/proc").st_dev:
        return fd
    os.close(fd)
    return None

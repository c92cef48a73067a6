"""Lists processes, and those that are newer than another.

The kernel assigns process ids in order, and ``/proc/loadavg`` contains the last one. So after a short step only the
ids between its own and the last can be its descendants: usually none or a few. After a long step the ids may have
wrapped around.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: No machine starts more processes and threads per second, so its ids take some time to wrap around.
_STARTS_PER_S = 100_000
#: With this many new ids, listing all of /proc costs less than checking each id.
_MANY = 64


def all_pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return []


def newer_than(pid: int, elapsed_s: float) -> Iterable[int]:
    """The ids that descendants of a process can have that started ``elapsed_s`` ago."""
    last = last_pid() if elapsed_s < _round_s() else None
    if last is not None and pid <= last <= pid + _MANY:
        return range(pid + 1, last + 1)
    round_trip = last is None or last < pid
    return [other for other in all_pids() if other != pid and (round_trip or other > pid)]


def few_newer_than(pid: int, elapsed_s: float) -> Sequence[int] | None:
    """The ids that descendants can have, or None if there are many."""
    last = last_pid() if elapsed_s < _round_s() else None
    if last is not None and pid <= last <= pid + _MANY:
        return range(pid + 1, last + 1)
    try:
        few = os.stat("/proc").st_nlink <= 2 * _MANY  # the kernel counts its processes there
    except OSError:
        return []  # there is no /proc
    return list(newer_than(pid, elapsed_s)) if few else None


def last_pid() -> int | None:
    """The process id that was assigned last; None if the kernel does not say."""
    fd = _loadavg()
    if fd < 0:
        return None
    try:
        return int(os.pread(fd, 256, 0).rpartition(b" ")[2])
    except (OSError, ValueError):
        return None


def _round_s() -> float:
    """The shortest time in which the kernel's process ids can wrap around, in seconds."""
    global _round
    if _round is None:
        try:
            with open("/proc/sys/kernel/pid_max", "rb") as file:
                _round = int(file.read()) / _STARTS_PER_S
        except (OSError, ValueError):
            _round = 0.0
    return _round


_round: float | None = None
_loadavg_fd: int | None = None


def _loadavg() -> int:
    """/proc/loadavg, opened once; None in containers that mount another file over the kernel's."""
    global _loadavg_fd
    if _loadavg_fd is None:
        try:
            _loadavg_fd = os.open("/proc/loadavg", os.O_RDONLY)
            if os.fstat(_loadavg_fd).st_dev != os.stat("/proc").st_dev:
                os.close(_loadavg_fd)
                _loadavg_fd = -1
        except OSError:
            _loadavg_fd = -1
    return _loadavg_fd

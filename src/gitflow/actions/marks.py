"""Finds the processes of a step that left its process group.

Every process of an attempt carries ``GITFLOW_RUN=<token>`` in its environment, which children inherit and the
kernel shows in ``/proc/<pid>/environ``. Elsewhere than on Linux only the group is known and nothing is found here.

What is cheap must stay cheap: the kernel hands out process ids in order, and ``/proc/loadavg`` tells the last
one. So after a short step only the ids between its own and the last can be its descendants: usually none
or a few, asked one by one. After a long step, when the ids may have gone round, all of ``/proc`` is asked, which
costs about a millisecond for a hundred processes.
"""

from __future__ import annotations

import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Set

VARIABLE = "GITFLOW_RUN"
_VARIABLE = VARIABLE.encode() + b"="
#: No machine starts more processes and threads a second, so it takes its ids some time to go round.
_STARTS_PER_S = 100_000
#: How often processes are looked for that were started while others were asked.
_ROUNDS = 100
#: From so many new ids on, reading the whole of /proc costs less than asking for each.
_MANY = 64
#: How often a process that is just replacing its program is asked again, a millisecond apart.
_LOOKS = 100
#: Places in /proc/<pid>/stat, counted from the state.
_START, _VSIZE, _ENV_END = 19, 20, 48
#: How long a killed process may take to vanish before it is given up (it hangs in the kernel).
_VANISH_S = 5.0


def mark_of(token: str) -> str:
    """The value of GITFLOW_RUN for a step started here. Inside a step of another run it also carries that run's
    mark, so that ending the outer step finds this one too."""
    outer = os.environ.get(VARIABLE)
    return f"{outer}/{token}" if outer else token


def left_behind(pid: int, token: str, elapsed_s: float) -> list[int]:
    """Processes that step ``pid``, which started ``elapsed_s`` ago, has left: of its group or marked."""
    wanted = {token.encode()}
    seen = _last_pid()
    found = [other for other in _newer_than(pid, elapsed_s) if _belongs(other, pid, wanted)]
    for _ in range(_ROUNDS):
        last = _last_pid()
        if found or seen is None or last is None or last == seen:
            break
        # One that was asked too early may have started another in the meantime, and ended.
        found = [other for other in _newer_than(seen, 0.0) if _belongs(other, pid, wanted)]
        seen = last
    return found


def signal_step(pid: int, token: str, elapsed_s: float, number: int) -> None:
    """Signals the process group of step ``pid``, which has not been reaped, and what has left it."""
    for each in (number, signal.SIGCONT):  # a stopped process would not notice TERM
        try:
            os.killpg(pid, each)
        except OSError:
            break  # nobody is left in the group, or it is another user's
    wanted = {token.encode()}
    for other in _newer_than(pid, elapsed_s):
        if _has_left(other, pid, wanted):
            send(other, number, lambda other: _has_left(other, pid, wanted))


def end_group(pid: int) -> None:
    """KILL to the process group of a step that has ended and has not been reaped."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        return  # nobody is left in it


def kill_marked(tokens: Collection[str], grace_s: float) -> int:
    """Ends every process of this user that carries one of the tokens: TERM, then KILL after ``grace_s``.

    Returns, when they are gone, how many there were. Never touches the calling process.
    """
    wanted = {token.encode() for token in tokens}
    found: set[int] = set()
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, _VANISH_S)):
        until = time.monotonic() + patience_s
        told: set[int] = set()
        while wanted and (left := [*_marked(wanted), *(pid for pid in told if is_alive(pid))]):
            for pid in left:
                if pid not in told:
                    send(pid, number, lambda pid: _carries(pid, wanted))
            told.update(left)
            found.update(left)
            remaining_s = until - time.monotonic()
            if remaining_s <= 0:
                break
            _await_end(left[0], min(remaining_s, 0.05))
    return len(found)


def send(pid: int, number: int, still: Callable[[int], bool]) -> None:
    """Signals the process unless its id has come to mean another; ``still`` tells. A stopped one is woken."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if still(pid):
            signal.pidfd_send_signal(handle, number)
            signal.pidfd_send_signal(handle, signal.SIGCONT)
    except OSError:
        return  # gone in between, or another user's
    finally:
        os.close(handle)


def _belongs(pid: int, group: int, wanted: Set[bytes]) -> bool:
    try:
        same_group = os.getpgid(pid) == group
    except OSError:
        return False
    return is_alive(pid) if same_group else _carries(pid, wanted)


def _has_left(pid: int, group: int, wanted: Set[bytes]) -> bool:
    try:
        return os.getpgid(pid) != group and _carries(pid, wanted)
    except OSError:
        return False


def is_alive(pid: int) -> bool:
    """False also for a process that has ended and only waits to be asked for its exit code."""
    return _stat(pid)[:1] not in ([], [b"Z"], [b"X"])


def _is_between_programs(pid: int) -> bool:
    """Whether the process is just replacing its program: it has memory, but no environment in it yet.

    Asked only of processes younger than this one: some of the system's own never have any."""
    global _own_start
    stat = _stat(pid)
    if len(stat) <= _ENV_END or stat[_VSIZE] == b"0" or stat[_ENV_END] != b"0":
        return False
    if _own_start is None:
        _own_start = int(_stat(os.getpid())[_START])
    return int(stat[_START]) >= _own_start


_own_start: int | None = None


def _stat(pid: int) -> list[bytes]:
    """The fields of /proc/<pid>/stat from the state on; empty when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2].split()
    except OSError:
        return []


def _carries(pid: int, wanted: Set[bytes]) -> bool:
    """An ended process shows an empty environment, so it never counts."""
    environment = _environment_of(pid)
    for _ in range(_LOOKS):
        if environment or not _is_between_programs(pid):
            break
        time.sleep(0.001)
        environment = _environment_of(pid)
    return any(
        entry.startswith(_VARIABLE) and not wanted.isdisjoint(entry[len(_VARIABLE) :].split(b"/"))
        for entry in environment.split(b"\0")
    )


def _environment_of(pid: int) -> bytes:
    """Empty also when the process is gone or another user's."""
    try:
        fd = os.open(f"/proc/{pid}/environ", os.O_RDONLY)
    except OSError:
        return b""
    try:
        return _read_all(fd) if os.fstat(fd).st_uid == os.geteuid() else b""
    except OSError:
        return b""
    finally:
        os.close(fd)


def _read_all(fd: int) -> bytes:
    parts: list[bytes] = []
    while part := os.read(fd, 128 * 1024):
        parts.append(part)
    return b"".join(parts)


def _marked(wanted: Set[bytes]) -> list[int]:
    own = os.getpid()
    return [pid for pid in _all() if pid != own and _carries(pid, wanted)]


def _all() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return []


def _newer_than(pid: int, elapsed_s: float) -> Iterable[int]:
    last = _last_pid() if elapsed_s < _round_s() else None
    if last is not None and pid <= last <= pid + _MANY:
        return range(pid + 1, last + 1)
    round_trip = last is None or last < pid
    return [other for other in _all() if other != pid and (round_trip or other > pid)]


def _last_pid() -> int | None:
    """The process id given out last; None where the kernel does not tell."""
    fd = _loadavg()
    if fd < 0:
        return None
    try:
        return int(os.pread(fd, 256, 0).rpartition(b" ")[2])
    except (OSError, ValueError):
        return None


def _round_s() -> float:
    """How long the kernel's process ids do not go round, at least."""
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
    """Opened once. Some containers lay an invented file over the kernel's, which is on another device."""
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


def _await_end(pid: int, at_most_s: float) -> None:
    """Until the process ends, or not much longer than asked."""
    import select

    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll(max(1, int(at_most_s * 1000)))
    finally:
        os.close(handle)

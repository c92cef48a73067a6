"""Finds the processes of a step that left its process group.

Every process of an attempt has ``GITFLOW_RUN=<token>`` in its environment. Children inherit it, and the kernel shows
it in ``/proc/<pid>/environ``. On other systems than Linux only the group is known, and nothing is found here.

Usually ``glance`` checks only the few process ids that are newer than the step's own (pids.py), and never waits. Where
there are many, ``left_behind`` checks all of ``/proc``, which takes about a millisecond for a hundred processes, and
may have to wait for processes that are just executing a new program. So it runs in a thread of its own (searches.py).

Only processes of this user are checked: the kernel hides the environment of others, and they could not be signalled.
"""

from __future__ import annotations

import os
import time

from gitflow.core.record import Record
from gitflow.runners.child import leaders
from gitflow.runners.pids import all_pids, few_newer_than, last_pid, newer_than

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Collection, Iterable, Sequence, Set
else:
    import _signal as signal  # the same functions; the standard module makes enums of their numbers

VARIABLE = "GITFLOW_RUN"
_VARIABLE = VARIABLE.encode() + b"="
#: How often a search looks for processes that started while it checked others.
_ROUNDS = 100
#: The same for ``glance``.
_GLANCES = 4
#: How often one search checks processes again that are just executing a new program: for four seconds in all, because
#: that can take some time on a busy machine, and less than a step waits for a search.
_WAITS = 250
#: After so many, a second, the search gives up those whose environment the kernel may only hide.
_HIDDEN_WAITS = 100
#: How often a process is asked for its mark again, a millisecond apart, before it gets a signal.
_ASKS = 10
#: How many processes are remembered that never show an environment.
_MAX_GIVEN_UP = 1000
#: Positions of fields in /proc/<pid>/stat, counted from the state.
_START, _VSIZE, _CODE, _ENV_START, _ENV_END = 19, 20, 23, 47, 48
#: How long a killed process may take to disappear before the search gives it up (it hangs in the kernel).
_VANISH_S = 5.0


class Started(Record):
    """A step's main process, which is not reaped yet: its id, its mark, and how long ago it started."""

    pid: int
    token: str
    elapsed_s: float
    starts: int | None = None  #: what ``pids.count_starts`` returned before it started


def mark_of(token: str) -> str:
    """The value of GITFLOW_RUN for a step started here. Inside a step of another run it also carries that run's
    mark, so that ending the outer step finds this one too."""
    outer = os.environ.get(VARIABLE)
    return f"{outer}/{token}" if outer else token


def glance(step: Started) -> list[int] | None:
    """The processes that a step left, in its group or with its mark; None if a quick search cannot tell."""
    seen = last_pid()
    asked, look = few_newer_than(step.pid, step.elapsed_s, step.starts), _Look((step,))
    for _ in range(_GLANCES):
        if asked is None:
            break
        look.at(asked)
        if look.undecided:
            break
        last = last_pid()
        if look.found[step.pid] or not asked or seen is None or last is None or last == seen:
            return look.found[step.pid]
        # One that was asked too early may have started another in the meantime, and ended.
        asked, seen = few_newer_than(seen, 0.0), last
    return None


def left_behind(steps: Sequence[Started]) -> list[list[int]]:
    """The processes that each of the steps left, in its group or with its mark, in one search.

    It takes as long as reading /proc, and up to four seconds more for processes that are just executing a
    new program.
    """
    look, seen = _Look(steps), last_pid()
    look.at({pid for step in steps for pid in newer_than(step.pid, step.elapsed_s, step.starts)})
    look.wait()
    for _ in range(_ROUNDS):
        last = last_pid()
        if all(look.found.values()) or seen is None or last is None or last == seen:
            break
        # One that was asked too early may have started another in the meantime, and ended.
        look.at(newer_than(seen, 0.0))
        look.wait()
        seen = last
    return [look.found[step.pid] for step in steps]


def signal_group(pid: int, number: int) -> None:
    """Signals the process group of step ``pid``, which has not been reaped."""
    for each in (number, signal.SIGCONT):  # a stopped process would not notice TERM
        try:
            os.killpg(pid, each)
        except OSError:
            break  # nobody is left in the group, or it is another user's


def signal_found(step: Started, found: Iterable[int], number: int) -> None:
    """Signals those of the found processes that have left the group of the step."""
    for pid in found:
        if _has_left(pid, step):
            send(pid, number, lambda pid: _has_left(pid, step))


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
        signalled: set[int] = set()
        while wanted and (left := [*_find_marked(wanted), *(pid for pid in signalled if is_alive(pid))]):
            for pid in left:
                if pid not in signalled and send(pid, number, lambda pid: _carries(pid, wanted)):
                    signalled.add(pid)
            found.update(left)
            remaining_s = until - time.monotonic()
            if remaining_s <= 0:
                break
            _await_end(left[0], min(remaining_s, 0.05))
    return len(found)


def send(pid: int, number: int, still: Callable[[int], bool]) -> bool:
    """Signals the process, unless ``still`` says that its id was reused. A stopped process is woken.

    False if it was not signalled.
    """
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if not still(pid):
            return False
        signal.pidfd_send_signal(handle, number)
        signal.pidfd_send_signal(handle, signal.SIGCONT)
    except OSError:
        return False  # gone in between, or another user's
    finally:
        os.close(handle)
    return True


class _Look:
    """One search for the processes of some steps. Processes that cannot be decided yet are checked again."""

    def __init__(self, steps: Iterable[Started]) -> None:
        self.found: dict[int, list[int]] = {step.pid: [] for step in steps}
        self.undecided: list[int] = []
        self._by_token = {step.token.encode(): step.pid for step in steps}
        self._waits = _WAITS

    def at(self, pids: Iterable[int]) -> None:
        for pid in pids:
            if pid in self.found:
                continue
            group = _group_of(pid)
            if group in self.found:
                if is_alive(pid):
                    self.found[group].append(pid)
            elif group is not None and group not in leaders:  # otherwise it belongs to another step
                self._ask(pid)

    def _ask(self, pid: int) -> None:
        carried = _tokens_of(pid)
        if carried is None:
            self.undecided.append(pid)
            return
        for token in carried:
            if token in self._by_token:
                self.found[self._by_token[token]].append(pid)

    def wait(self) -> None:
        """Waits for processes that are just executing a new program, for at most four seconds in the whole search."""
        while self.undecided and self._waits:
            self._waits -= 1
            time.sleep(_pause(self._waits))
            again, self.undecided = self.undecided, []
            self.at(again)
            if self._waits == _WAITS - _HIDDEN_WAITS:
                self.undecided = _drop_hidden(self.undecided)
        _give_up(self.undecided)
        self.undecided = []


def _pause(waits_left: int) -> float:
    """The pause before the next check. It is short at first, because most take less than a millisecond."""
    return 0.001 if waits_left >= _WAITS - _HIDDEN_WAITS // 2 else 0.02


def _drop_hidden(undecided: Sequence[int]) -> list[int]:
    """Those that may still show an environment. The others are not waited for again."""
    hidden = [pid for pid in undecided if _hides_environment(pid)]
    _give_up(hidden)
    return [pid for pid in undecided if pid not in hidden]


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def _has_left(pid: int, step: Started) -> bool:
    group = _group_of(pid)
    return group not in (None, step.pid) and _carries(pid, {step.token.encode()})


def is_alive(pid: int) -> bool:
    """Whether the process runs; False also for one that has ended and is not reaped."""
    return _stat(pid)[:1] not in ([], [b"Z"], [b"X"])


def _is_between_programs(pid: int) -> bool:
    """Whether a process that showed no environment is executing a new program, or was a moment ago.

    The kernel gives the process new memory first, then the environment, then the place of its code. An environment that
    is there now was written after it was read. The kernel also hides the environment of some processes of this user
    (one that changed its user, for example), and some system processes never have any: a search waits for these once,
    and only for processes younger than this one.
    """
    global _own_start
    stat = _stat(pid)
    if len(stat) <= _ENV_END or stat[_VSIZE] == b"0" or (pid, stat[_START]) in _given_up:
        return False
    if stat[_ENV_START] != stat[_ENV_END]:
        return pid != os.getpid()  # after a change of user this one sees where its own stands, and may not read it
    if b"0" not in (stat[_ENV_END], stat[_CODE]):
        return False  # its environment is empty
    if _own_start is None:
        _own_start = int(_stat(os.getpid())[_START])
    return int(stat[_START]) >= _own_start


def _hides_environment(pid: int) -> bool:
    """Whether the process is not executing a new program, and the kernel says nothing of its environment."""
    stat = _stat(pid)
    return len(stat) > _ENV_END and stat[_ENV_END] == b"0" != stat[_CODE]


_own_start: int | None = None
#: Processes, with their start times, that had no environment for a whole search. No search waits for them again.
_given_up: set[tuple[int, bytes]] = set()


def _give_up(pids: Iterable[int]) -> None:
    for pid in pids:
        stat = _stat(pid)
        if len(stat) > _START:
            if len(_given_up) >= _MAX_GIVEN_UP:
                _given_up.clear()
            _given_up.add((pid, stat[_START]))


def _stat(pid: int) -> list[bytes]:
    """The fields of /proc/<pid>/stat from the state on; empty when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2].split()
    except OSError:
        return []


def _carries(pid: int, wanted: Set[bytes]) -> bool:
    """Whether the process has one of the marks. An ended process has an empty environment, so it never counts."""
    for _ in range(_ASKS):
        carried = _tokens_of(pid)
        if carried is not None:
            return not wanted.isdisjoint(carried)
        time.sleep(0.001)
    return False


def _tokens_of(pid: int) -> Sequence[bytes] | None:
    """The marks of a process of this user; None if it has no environment yet, so that it cannot be decided now."""
    environment = _environment_of(pid)
    if environment is None:
        return ()
    if not environment:
        return None if _is_between_programs(pid) else ()
    for entry in environment.split(b"\0"):
        if entry.startswith(_VARIABLE):
            return entry[len(_VARIABLE) :].split(b"/")
    return ()


def _environment_of(pid: int) -> bytes | None:
    """The environment; None if the process is gone or another user's; empty if the kernel hides it."""
    try:
        fd = os.open(f"/proc/{pid}/environ", os.O_RDONLY)
    except PermissionError:
        return b"" if _is_ours(pid) else None
    except OSError:
        return None
    try:
        return _read_all(fd) if os.fstat(fd).st_uid == os.geteuid() else None
    except OSError:
        return None
    finally:
        os.close(fd)


def _is_ours(pid: int) -> bool:
    """Whether a process with a refused environment was started by this user: it may have changed its user since."""
    try:
        os.kill(pid, 0)  # cheap, and enough for nearly all processes
        with open(f"/proc/{pid}/status", "rb") as file:
            users = [user for line in file if line.startswith(b"Uid:") for user in line.split()[1:4]]
    except OSError:
        return False
    own = b"%d" % os.geteuid()
    return own in users[::2]  # the real and the saved one: they decide who may signal it


def _read_all(fd: int) -> bytes:
    parts: list[bytes] = []
    while part := os.read(fd, 32 * 1024):  # the C library asks the kernel for the memory of larger ones
        parts.append(part)
    return b"".join(parts)


def _find_marked(wanted: Set[bytes]) -> list[int]:
    """Every process of this user with one of the marks. Waits for those that are just executing a new program."""
    own = os.getpid()
    found: list[int] = []
    asked = [pid for pid in all_pids() if pid != own]
    for left in range(_WAITS, -1, -1):
        undecided: list[int] = []
        for pid in asked:
            carried = _tokens_of(pid)
            if carried is None:
                undecided.append(pid)
            elif not wanted.isdisjoint(carried):
                found.append(pid)
        if not undecided:
            break
        if not left:
            _give_up(undecided)
            break
        asked = _drop_hidden(undecided) if left == _WAITS - _HIDDEN_WAITS else undecided
        time.sleep(_pause(left - 1))
    return found


def _await_end(pid: int, at_most_s: float) -> None:
    """Waits until the process ends, or a little longer than the given time."""
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

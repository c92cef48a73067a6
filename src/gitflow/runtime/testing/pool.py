"""Runs many tests: in this process, or in several that are forked from it and share the definitions it has loaded."""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.runtime.testing.expectations import Failure
from gitflow.runtime.testing.run import Definitions, Result, run_case

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

    from gitflow.definitions.test_files.case import Case

#: So many tests without real steps are worth a process.
CASES_PER_PROCESS = 10
#: What the children take their work from is a pipe, which has room for so many numbers.
_MAX_PIECES = 10_000
_NUMBER = 4  #: bytes
_READ_SIZE = 1 << 16


class Prepared(Record):
    """A test with the definitions it is about, or why there are none."""

    case: Case
    definitions: Definitions | Failure


def run_all(prepared: Sequence[Prepared], at_once: int, state_dir: str) -> Iterator[Result]:
    """In the order given, each as soon as it and those before it have ended."""
    processes = min(at_once, _worth(prepared))
    if processes <= 1:
        yield from (run_one(one, state_dir) for one in prepared)
        return
    pool = _Pool(prepared, processes, state_dir)
    try:
        yield from pool.results()
    finally:
        pool.close()


def run_one(prepared: Prepared, state_dir: str) -> Result:
    case, definitions = prepared.case, prepared.definitions
    if isinstance(definitions, Failure):
        return Result(case.file, case.name, case.where, (definitions,))
    return run_case(case, definitions, state_dir)


def _worth(prepared: Sequence[Prepared]) -> int:
    """How many processes are worth starting."""
    real = sum(bool(one.case.real) for one in prepared)
    return real + -(-(len(prepared) - real) // CASES_PER_PROCESS)


class _Pool:
    """Children take the number of the next piece from one pipe; each sends its results through a pipe of its own."""

    def __init__(self, prepared: Sequence[Prepared], processes: int, state_dir: str) -> None:
        self._prepared = prepared
        self._state_dir = state_dir
        self._size = -(-len(prepared) // _MAX_PIECES)
        self._results: dict[int, Result] = {}
        self._children: dict[int, _Child] = {}  #: by the descriptor that its results come from
        self._selector = selectors.DefaultSelector()
        self._work, work_end = os.pipe()
        for piece in range(-(-len(prepared) // self._size)):
            os.write(work_end, piece.to_bytes(_NUMBER))
        os.close(work_end)
        for _ in range(processes):
            self._fork()

    def results(self) -> Iterator[Result]:
        for index, one in enumerate(self._prepared):
            while index not in self._results and self._children:
                for key, _ in self._selector.select():
                    self._receive(key.fd)
            yield self._results.pop(index, None) or _lost(one.case)

    def close(self) -> None:
        """Ends the children that still run, and waits for them: they end their steps first."""
        for child in self._children.values():
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGINT)
        while self._children:
            for key, _ in self._selector.select():
                self._receive(key.fd)
        self._selector.close()
        os.close(self._work)

    def _fork(self) -> None:
        results, results_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(results)
            self._run_child(results_end)
        os.close(results_end)
        self._children[results] = _Child(pid)
        self._selector.register(results, selectors.EVENT_READ)

    def _receive(self, fd: int) -> None:
        data = os.read(fd, _READ_SIZE)
        child = self._children[fd]
        if data:
            self._results.update(child.take(data))
            return
        self._selector.unregister(fd)
        os.close(fd)
        del self._children[fd]
        os.waitpid(child.pid, 0)

    def _run_child(self, results_end: int) -> NoReturn:
        """Never returns: what the parent would do on its way out is not for the child to do."""
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            while number := os.read(self._work, _NUMBER):
                first = int.from_bytes(number) * self._size
                for index in range(first, min(first + self._size, len(self._prepared))):
                    _send(results_end, (index, run_one(self._prepared[index], self._state_dir)))
            status = 0
        except KeyboardInterrupt:
            pass  # the parent was interrupted too, and says so
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)


class _Child:
    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._received = b""

    def take(self, data: bytes) -> Iterator[tuple[int, Result]]:
        """The results that have arrived completely."""
        self._received += data
        while len(self._received) >= _NUMBER:
            end = _NUMBER + int.from_bytes(self._received[:_NUMBER])
            if len(self._received) < end:
                return
            yield pickle.loads(self._received[_NUMBER:end])
            self._received = self._received[end:]


def _send(fd: int, result: tuple[int, Result]) -> None:
    data = pickle.dumps(result)
    left = memoryview(len(data).to_bytes(_NUMBER) + data)
    while left:
        left = left[os.write(fd, left) :]


def _lost(case: Case) -> Result:
    failure = Failure(case.where, "the process that ran the test has ended before it")
    return Result(case.file, case.name, case.where, (failure,))

"""How fast the machine is, and how quiet: measured beside every row, so that figures of two days can be compared.

The same piece of Python and the same starts of processes take as long on every quiet day of one machine. Where they
take longer, or others use the processors meanwhile, the row beside them says little by itself; its ratios still do.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

#: What runs as the fixed piece of Python, and how many processes are started.
ROUNDS, SPAWNS = 30_000, 50
#: Each is measured this often; the smallest figure counts, because noise only adds.
TIMES = 5
#: The share of one processor that others may use on a quiet machine.
QUIET = 0.1


@dataclass(frozen=True, slots=True)
class Speed:
    """What fixed work takes, in milliseconds."""

    python: float  #: a fixed piece of Python
    spawns: float  #: SPAWNS starts of ``true``
    start: float  #: a start of Python that does nothing

    def __str__(self) -> str:
        return (
            f"Python {self.python:.1f} ms, {SPAWNS} spawns {self.spawns:.1f} ms, a start of Python {self.start:.1f} ms"
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """The time, and the processor time used until then, in seconds."""

    at: float
    by_all: float
    by_us: float  #: this process and its children that have ended


def measure_speed() -> Speed:
    return Speed(_least(_work), _least(_spawn), _least(_start_python))


def _least(work: Callable[[], object]) -> float:
    return min(_timed(work) for _ in range(TIMES)) * 1000


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _work() -> int:
    """Calls, numbers, texts and dictionaries, as most Python."""
    counts: dict[str, int] = {}
    for number in range(ROUNDS):
        key = f"key-{number % 97}"
        counts[key] = counts.get(key, 0) + len(str(number * number))
    return sum(sorted(counts.values()))


def _spawn() -> None:
    for _ in range(SPAWNS):
        _run(["true"])


def _start_python() -> None:
    _run([sys.executable, "-I", "-S", "-c", "pass"])


def _run(argv: list[str]) -> None:
    os.waitpid(os.posix_spawnp(argv[0], argv, os.environ), 0)


def moment() -> Moment:
    """Raises OSError on a system that does not count the time of its processors in /proc/stat."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, soft_irq, stolen = map(int, file.readline().split()[1:9])
    ours = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Moment(
        time.perf_counter(),
        (user + nice + system + irq + soft_irq + stolen) / os.sysconf("SC_CLK_TCK"),
        sum(used.ru_utime + used.ru_stime for used in ours),
    )


def used_by_others(before: Moment, after: Moment) -> float:
    """How many processors all but this process and its children have used, on average."""
    passed = after.at - before.at
    others = (after.by_all - before.by_all) - (after.by_us - before.by_us)
    return max(0.0, others / passed) if passed > 0 else 0.0


def described(speed: Speed, others: float) -> str:
    words = f"{speed}, others used {others:.2f} of {os.cpu_count()} processors"
    return words if others <= QUIET else f"{words}: THE MACHINE WAS NOT QUIET"

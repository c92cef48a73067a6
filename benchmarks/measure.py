"""Runs a command and says how long it took and how much memory it had at most."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class Failed(Exception):
    """A measured command did not do what it was measured for."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command to measure."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    before: Callable[[], None] | None = None  #: runs each time, outside the measured time
    check: Callable[[], None] | None = None  #: runs once, after the first run; raises Failed


@dataclass(frozen=True, slots=True)
class Sample:
    seconds: float
    peak_kib: int  #: of the largest process of the command; never below this process's own size


def measure(command: Command, errors: Path) -> Sample:
    """One run, with its output thrown away and its messages in the file ``errors``. Raises Failed."""
    if command.before:
        command.before()
    with errors.open("wb") as messages:
        started = time.perf_counter()
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=command.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=messages,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        said = (errors.read_text(errors="replace").strip().splitlines() or ["nothing on stderr"])[-1]
        raise Failed(f"{' '.join(command.argv)} ended with {process.returncode}: {said}")
    return Sample(seconds, usage.ru_maxrss)


def prove(command: Command, errors: Path) -> None:
    """One run that counts for nothing: it warms up, and shows that the work is really done. Raises Failed."""
    measure(command, errors)
    if command.check:
        command.check()


def interleaved(commands: Mapping[str, Command], times: int, errors: Path) -> dict[str, list[Sample]]:
    """``times`` rounds: A B C, A B C, …

    A shared machine is slow for minutes at a time; in rounds, a slow minute meets everybody.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            samples[name].append(measure(command, errors))
    return samples


def own_peak_kib() -> int:
    """What every measured child is counted with at least: the size of the process that started it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

"""Runs a command and measures its time and its peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class Failed(Exception):
    """A measured command did not do its work."""


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
    peak_kib: int  #: of the largest process of the command, where memory was measured


#: Starts a command, and writes how much memory its largest process had, in KiB. Every process counts with at least the
#: size of the one that started it, so that one is to be small.
STARTER = """\
import os, sys
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ), 0)
with open(sys.argv[1], "w") as file:
    file.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measure(command: Command, errors: Path, *, of_memory: bool = False) -> Sample:
    """Measures one run; its output is discarded, and its messages go to the file ``errors``. Raises Failed.

    ``of_memory``: also its peak; the time is then of no use.
    """
    if command.before:
        command.before()
    if of_memory:
        with tempfile.TemporaryDirectory() as folder:
            peak_file = Path(folder) / "peak"
            starter = (sys.executable, "-I", "-S", "-c", STARTER, str(peak_file))
            seconds = _run(command, [*starter, *command.argv], errors)
            return Sample(seconds, int(peak_file.read_text()))
    return Sample(_run(command, command.argv, errors), 0)


def _run(command: Command, argv: Sequence[str], errors: Path) -> float:
    with errors.open("wb") as messages:
        started = time.perf_counter()
        process = subprocess.Popen(
            argv,
            cwd=command.cwd,
            env=command.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=messages,
        )
        process.wait()
        seconds = time.perf_counter() - started
    if process.returncode != 0:
        message = (errors.read_text(errors="replace").strip().splitlines() or ["nothing on stderr"])[-1]
        raise Failed(f"{' '.join(command.argv)} ended with {process.returncode}: {message}")
    return seconds


def prove(command: Command, errors: Path) -> None:
    """Runs the command once without measuring: warms up, and checks that it does its work. Raises Failed."""
    measure(command, errors)
    if command.check:
        command.check()


def interleaved(
    commands: Mapping[str, Command], times: int, errors: Path, *, of_memory: bool = False
) -> dict[str, list[Sample]]:
    """``times`` rounds: A B C, A B C, …

    A shared machine is slow for minutes at a time; in rounds, a slow minute meets everybody.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            samples[name].append(measure(command, errors, of_memory=of_memory))
    return samples


def least_peak_kib() -> int:
    """The least memory that any measured process is counted with."""
    return measure(Command(["true"], Path.cwd(), os.environ), Path(os.devnull), of_memory=True).peak_kib

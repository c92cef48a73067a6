"""How an attempt that did not go well is told to people."""

from __future__ import annotations

import errno
import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.actions.base import Process


def failure(exit_code: int, reason: str, timeout_s: float | None, stderr: bytes) -> str | None:
    """Why an attempt failed; None when it went well. ``stderr`` is the end of what it printed there."""
    if reason == "stopped":
        return "stopped"
    if reason == "timed out":
        return f"timed out after {duration(timeout_s or 0.0)}" + _told(stderr)
    if exit_code > 0:
        return f"Exit code: {exit_code}" + _told(stderr)
    return f"killed by {_signal_name(-exit_code)}" + _told(stderr) if exit_code else None


def start_error(process: Process, error: OSError) -> str:
    """Why a process could not be started."""
    program = process.argv[0]
    if not os.path.isdir(process.cwd):
        return "the working directory does not exist"
    if error.errno == errno.ENOENT and os.path.exists(os.path.join(process.cwd, program)) and "/" in program:
        return f"cannot start {program!r}: its first line names a program that does not exist"
    sentences = {
        errno.ENOENT: f"there is no program {program!r} (looked in PATH)",
        errno.EACCES: f"{program!r} may not be executed",
        errno.ENOEXEC: f"{program!r} is not a program: a script needs a first line such as #!/bin/sh",
        errno.E2BIG: "the command and its environment are too large; read values from $GITFLOW_INPUT instead",
    }
    return sentences.get(error.errno or 0, f"cannot start {program!r}: {error.strerror or error}")


def duration(seconds: float) -> str:
    """As an author would write it: ``1h30m``, ``45s``, ``500ms``."""
    milliseconds = round(seconds * 1000)
    text = ""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _told(stderr: bytes) -> str:
    text = stderr.decode("utf-8", "ignore").strip("\n")
    return f"\nStderr: {text}" if text.strip() else ""

"""The error messages of attempts."""

from __future__ import annotations

import errno
import os

from gitflow.core.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.runners.base import Process

#: Errors that may pass without a change of the definition: a full disk, a limit that is reached.
PASSING = frozenset(
    {
        errno.EAGAIN,
        errno.EBUSY,
        errno.EDQUOT,
        errno.EINTR,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EROFS,
        errno.ESTALE,
        errno.ETIMEDOUT,
        errno.ETXTBSY,
    }
)


class NotStarted(InvalidInput):
    """The attempt could not be started. ``may_pass``: a retry may succeed."""

    def __init__(self, message: str, *, may_pass: bool) -> None:
        super().__init__(message)
        self.may_pass = may_pass


def failure(exit_code: int, reason: str, timeout_s: float | None, stderr: bytes) -> str | None:
    """Why an attempt failed; None if it succeeded. ``stderr`` is the end of its standard error."""
    if reason == "stopped":
        return "stopped"
    if reason == "timed out":
        return f"timed out after {duration(timeout_s or 0.0)}" + _stderr_note(stderr)
    if exit_code > 0:
        return f"Exit code: {exit_code}" + _stderr_note(stderr)
    return f"killed by {_signal_name(-exit_code)}" + _stderr_note(stderr) if exit_code else None


def start_error(process: Process, error: OSError) -> NotStarted:
    """Why a process could not be started."""
    return NotStarted(_why_not_started(process, error), may_pass=may_pass(error))


def may_pass(error: OSError) -> bool:
    """Whether a retry may succeed without any change."""
    return error.errno in PASSING


def reason(error: OSError) -> str:
    """The operating system's error in words, with the path, and with the limit if one is reached."""
    if error.errno is None:
        return str(error)
    name = errno.errorcode.get(error.errno, f"error {error.errno}")
    path = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    limit = _LIMITS.get(error.errno)
    return f"{path}{error.strerror} ({name})" + (f"; {limit()}" if limit is not None else "")


def start_reason(error: OSError) -> str:
    """Why a process or a thread could not be started, which may also be because of the limit of processes."""
    return f"{reason(error)}; {_processes_limit()}" if error.errno == errno.EAGAIN else reason(error)


def _why_not_started(process: Process, error: OSError) -> str:
    program = process.argv[0]
    if may_pass(error):
        error.filename = None  # the error names the program, but the limit is the cause
        return f"cannot start {program!r}: {start_reason(error)}"
    if not os.path.isdir(process.cwd):
        return "the working directory does not exist"
    if error.errno == errno.ENOENT and os.path.exists(os.path.join(process.cwd, program)) and "/" in program:
        return f"cannot start {program!r}: its first line names a program that does not exist"
    sentences = {
        errno.ENOENT: f"there is no program {program!r} (looked in PATH)",
        errno.EACCES: f"there is no permission to execute {program!r}",
        errno.ENOEXEC: f"{program!r} is not a program: a script needs a first line such as #!/bin/sh",
        errno.E2BIG: "the command and its environment are too large; read values from $GITFLOW_INPUT instead",
    }
    return sentences.get(error.errno or 0, f"cannot start {program!r}: {error.strerror or error}")


def _files_limit() -> str:
    import resource

    return f"this process may have {resource.getrlimit(resource.RLIMIT_NOFILE)[0]} files open (ulimit -n)"


def _processes_limit() -> str:
    import resource

    most = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    shown = "any number of" if most == resource.RLIM_INFINITY else str(most)
    return f"this user may have {shown} processes (ulimit -u), and a control group may have a limit of its own"


_LIMITS = {errno.EMFILE: _files_limit}


def duration(seconds: float) -> str:
    """A duration as an author would write it: ``1h30m``, ``45s``, ``500ms``."""
    milliseconds = round(seconds * 1000)
    text = ""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _signal_name(number: int) -> str:
    import signal  # only for a step that a signal killed

    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _stderr_note(stderr: bytes) -> str:
    text = stderr.decode("utf-8", "ignore").strip("\n")
    return f"\nStderr: {text}" if text.strip() else ""

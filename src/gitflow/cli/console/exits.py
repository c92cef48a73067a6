"""Ends a command with an exit status that follows from the error's code, and prints the message on stderr."""

from __future__ import annotations

import errno
import os
import sys

from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.streams import STDOUT, discard_stdout, write_stderr
from gitflow.core.errors import GitflowError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

OK = 0
FAILED = 1
BAD_USAGE = 2
INTERRUPTED = 130

#: Code of an error -> exit status; a test checks that every code has a row.
EXIT_OF = {
    "error": FAILED,
    "not_found": BAD_USAGE,
    "invalid_input": BAD_USAGE,
    "invalid_definitions": BAD_USAGE,
    "invalid_config": BAD_USAGE,
    "workspace_unavailable": BAD_USAGE,
    "conflict": FAILED,
    "forbidden": FAILED,
    "concurrency_limit": FAILED,
    "precondition_failed": FAILED,
    "idempotency_mismatch": FAILED,
    "store_unavailable": FAILED,
    "no_engine": FAILED,
    "not_available": FAILED,
    "unauthorized": FAILED,
    "sign_in_failed": FAILED,
    "rate_limited": FAILED,
    "provider_unavailable": FAILED,
}

#: Error number of the system -> what to do about it.
REMEDIES = {
    errno.ENOSPC: "make room on the disk (gitflow gc removes old jobs and logs) and try again",
    errno.EDQUOT: "make room in your disk quota (gitflow gc removes old jobs and logs) and try again",
    errno.EROFS: "mount the file system writable, or choose another directory",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "the machine has too many open files; end some of the programs that hold them",
    errno.ENOMEM: "the machine has too little free memory; try again when it has more",
    errno.EAGAIN: "this machine or user runs too many processes; try again when there are fewer",
}


def run_guarded(command: Callable[[], int]) -> int:
    """Returns the command's exit status; prints an error as one sentence, without a traceback."""
    try:
        status = _call(command)
        sys.stdout.flush()
        return status
    except GitflowError as error:
        return report_error(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has closed the pipe, as in ``gitflow logs ID | head``
        discard_stdout()
        return OK
    except OSError as error:
        return _report_os_error(error)


def _call(command: Callable[[], int]) -> int:
    try:
        return command()
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else OK if exit.code is None else FAILED


def _report_os_error(error: OSError) -> int:
    """Prints what failed, for which file, and what to do. Raises the error again if none of these is known."""
    is_output = error.filename == STDOUT  # its disk may be any
    remedy = None if is_output else REMEDIES.get(error.errno or 0)
    if error.filename is None and remedy is None:
        raise error
    if is_output:
        discard_stdout()
    named = "" if error.filename is None else f"{one_line(os.fsdecode(error.filename))}: "
    write_stderr(f"gitflow: {named}{error.strerror}" + (f"; {remedy}\n" if remedy else "\n"))
    return FAILED


def leave(status: int) -> NoReturn:
    """Ends the process at once, without the interpreter's shutdown, which takes as long as a small step.

    Everything is stored and closed by then.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        pass  # the reader has closed them
    finally:
        os._exit(status)


def end(status: int) -> NoReturn:
    """Ends the process like ``leave``, after what modules have registered for the end.

    While another thread runs, the interpreter's own shutdown waits for it.
    """
    threading = sys.modules.get("threading")
    if threading is None or threading.active_count() == 1:
        import atexit

        atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
        leave(status)
    sys.exit(status)


def report_error(error: GitflowError) -> int:
    problems = getattr(error, "problems", ())
    write_stderr(f"gitflow: {indented(str(error), '  ')}\n")
    if problems:
        from gitflow.cli.console.reports import report

        write_stderr(report(problems, "text"))
    return EXIT_OF[error.code]

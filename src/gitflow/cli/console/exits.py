"""How a command ends: exit statuses by error code, and what is said on stderr."""

from __future__ import annotations

import errno
import os
import sys

from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.streams import STDOUT, let_go_of_stdout, tell
from gitflow.core.errors import GitflowError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

OK = 0
FAILED = 1
BAD_USAGE = 2
INTERRUPTED = 130

#: Exit status by the code of the error; a test holds that every code has a row.
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
    "idempotency_mismatch": FAILED,
    "store_unavailable": FAILED,
    "not_available": FAILED,
    "unauthorized": FAILED,
    "sign_in_failed": FAILED,
    "rate_limited": FAILED,
    "provider_unavailable": FAILED,
}

#: What to do about what the system refuses, whichever command it was.
REMEDIES = {
    errno.ENOSPC: "make room on the disk (gitflow gc removes what has been kept long enough) and try again",
    errno.EDQUOT: "make room in your share of the disk (gitflow gc removes what has been kept long enough)",
    errno.EROFS: "mount the file system so that it can be written, or name another place",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "the machine has too many files open; end what holds them",
    errno.ENOMEM: "the machine has too little memory free; try again when it has more",
    errno.EAGAIN: "the machine or this user has too many processes; try again when there are fewer",
}


def guarded(command: Callable[[], int]) -> int:
    """The command's exit status; what cannot be done is said in one sentence, without a trace."""
    try:
        status = _status(command)
        sys.stdout.flush()
        return status
    except GitflowError as refused:
        return say(refused)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough, as in ``gitflow logs ID | head``
        let_go_of_stdout()
        return OK
    except OSError as refused:
        return _say_refused(refused)


def _status(command: Callable[[], int]) -> int:
    try:
        return command()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else OK if ended.code is None else FAILED


def _say_refused(error: OSError) -> int:
    """What the system refused, for which file, and what to do. Raises the error again where there is none of these."""
    is_output = error.filename == STDOUT  # its disk may be any
    remedy = None if is_output else REMEDIES.get(error.errno or 0)
    if error.filename is None and remedy is None:
        raise error
    if is_output:
        let_go_of_stdout()
    named = "" if error.filename is None else f"{one_line(os.fsdecode(error.filename))}: "
    tell(f"gitflow: {named}{error.strerror}" + (f"; {remedy}\n" if remedy else "\n"))
    return FAILED


def leave(status: int) -> NoReturn:
    """Ends the process at once: everything is stored and closed, and taking the interpreter apart takes
    as long as a step."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        pass  # whoever read them has gone
    finally:
        os._exit(status)


def say(refused: GitflowError) -> int:
    problems = getattr(refused, "problems", ())
    tell(f"gitflow: {indented(str(refused), '  ')}\n")
    if problems:
        from gitflow.cli.console.reports import report

        tell(report(problems, "text"))
    return EXIT_OF[refused.code]

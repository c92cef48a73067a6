"""How a command ends: exit statuses by error code, and what is said on stderr."""

from __future__ import annotations

import sys

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
    "store_unavailable": FAILED,
    "action_refused": FAILED,
}


def guarded(command: Callable[[], int]) -> int:
    """The command's exit status; what cannot be done is said in one sentence, without a trace."""
    try:
        status = command()
        sys.stdout.flush()
        return status
    except GitflowError as refused:
        return say(refused)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough, as in ``gitflow logs ID | head``
        _let_go_of_stdout()
        return OK


def leave(status: int) -> NoReturn:
    """Ends the process at once: everything is stored and closed, and taking the interpreter apart takes
    as long as a step."""
    import os

    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def say(refused: GitflowError) -> int:
    problems = getattr(refused, "problems", ())
    print(f"gitflow: {refused}", file=sys.stderr)
    if problems:
        from gitflow.cli.reports import report

        print(report(problems, "text"), file=sys.stderr)
    return EXIT_OF[refused.code]


def _let_go_of_stdout() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

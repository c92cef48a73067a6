"""How a command ends, whatever goes wrong in it."""

import errno
import os
import subprocess
import sys

import pytest

import gitflow.config  # noqa: F401 defines an error of its own
from gitflow.cli.console.exits import EXIT_OF, run_guarded
from gitflow.core.errors import Conflict, GitflowError


def kinds_of(error: type) -> list[type]:
    return [error, *(kind for below in error.__subclasses__() for kind in kinds_of(below))]


def test_every_kind_of_error_has_an_exit_status():
    assert {kind.code for kind in kinds_of(GitflowError)} <= set(EXIT_OF)
    assert set(EXIT_OF.values()) <= {1, 2}


def raising(error: BaseException):
    def command() -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (Conflict("it runs already"), 1, "gitflow: it runs already\n"),
        (KeyboardInterrupt(), 130, ""),
        (SystemExit(2), 2, ""),
        (SystemExit("why"), 1, ""),
        (SystemExit(), 0, ""),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
            1,
            "gitflow: No space left on device; make room on the disk "
            "(gitflow gc removes old jobs and logs) and try again\n",
        ),
        (PermissionError(13, os.strerror(13), "/etc/x"), 1, "gitflow: /etc/x: Permission denied\n"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_a_status(capsys, error, status, told):
    assert run_guarded(raising(error)) == status
    assert capsys.readouterr().err == told


def test_a_mistake_of_our_own_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        run_guarded(lambda: 1 // 0)
    with pytest.raises(OSError, match="of no file"):
        run_guarded(raising(OSError(5, "of no file")))


#: A thread that prints when the main one has ended.
LATE = """
def late():
    threading.main_thread().join()
    print("late")
threading.Thread(target=late).start()
"""


@pytest.mark.parametrize(
    ("before", "printed"),
    [("atexit.register(print, 'registered')", "said\nregistered\n"), (LATE, "said\nlate\n")],
    ids=["what is registered for the end", "a thread that still runs"],
)
def test_the_end_comes_after(before, printed):
    program = f"import atexit, threading\nfrom gitflow.cli.console.exits import end\n{before}\nprint('said')\nend(3)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode, done.stderr) == (printed, 3, "")

"""The entry point of the command line.

``gitflow run`` and ``gitflow validate`` with simple options run without click, whose import alone would cost a third of
the time that a small flow takes. Everything else goes to click, which knows every option and explains errors
(docs/decisions/0012-run-without-click.md).
"""

from __future__ import annotations

import gc
import sys

from gitflow.core.standard import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


#: How many objects a command makes before garbage is searched for the first time. Most of them make less, and nearly
#: all of it lives until the end. Those that do not end go back to the usual number (cli/local/garbage.py).
OBJECTS = 100_000


def main(argv: Sequence[str] | None = None) -> None:
    """Ends the process with the command's exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    gc.set_threshold(OBJECTS)
    try:
        from gitflow.cli import module_finder

        module_finder.install()
        from gitflow.cli.console.exits import end, run_guarded
        from gitflow.cli.console.streams import prepare

        prepare()
        status = run_guarded(lambda: _dispatch(arguments))
    except KeyboardInterrupt:  # before the command has started, or after it has ended
        sys.exit(130)
    end(status)


def _dispatch(arguments: list[str]) -> int:
    _refuse_non_text(arguments)
    fast = FAST.get(arguments[0]) if arguments else None
    if fast is not None:
        fast(arguments[1:])
    return run_click(arguments)


def _run(words: list[str]) -> None:
    """Runs the command without click. Returns only if the arguments need click."""
    from gitflow.cli.fast_path import read_run

    options = read_run(words)
    if options is not None:
        from gitflow.cli.console.exits import leave, run_guarded
        from gitflow.cli.local.run import run

        leave(run_guarded(lambda: run(options)))


def _validate(words: list[str]) -> None:
    from gitflow.cli.fast_path import read_validate

    options = read_validate(words)
    if options is not None:
        from gitflow.cli.console.exits import leave, run_guarded
        from gitflow.cli.local.validate import validate

        leave(run_guarded(lambda: validate(*options, None)))


def _read(command: str, words: list[str]) -> None:
    from gitflow.cli.commands.plain import plain_command

    call = plain_command(command, words)
    if call is not None:
        from gitflow.cli.console.exits import end, run_guarded

        end(run_guarded(call))


def _help(words: list[str]) -> None:
    from gitflow.cli.quick_help import read_help

    text = None if words else read_help()
    if text is not None:
        from gitflow.cli.console.exits import leave, run_guarded

        leave(run_guarded(lambda: _print(text)))


def _print(text: str) -> int:
    sys.stdout.write(text)
    return 0


def run_click(arguments: list[str]) -> int:
    from click import Abort, ClickException

    from gitflow.cli.commands.root import cli
    from gitflow.cli.console.exits import INTERRUPTED

    try:
        return cli.main(arguments, prog_name="gitflow", standalone_mode=False) or 0
    except ClickException as error:
        error.show()
        return error.exit_code
    except Abort:
        return INTERRUPTED


def _refuse_non_text(arguments: list[str]) -> None:
    """Names and values are stored and shown as UTF-8, which cannot represent other bytes."""
    for argument in arguments:
        if not argument.isascii() and any("\ud800" <= letter <= "\udfff" for letter in argument):
            from gitflow.core.errors import InvalidInput

            raise InvalidInput(f"{argument!a} is not UTF-8 text; put other bytes into a file of the workspace")


#: Commands that usually run without click. Each returns only if its arguments need click.
FAST: Mapping[str, Callable[[list[str]], None]] = {
    "--help": _help,
    "-h": _help,
    "run": _run,
    "validate": _validate,
    **{command: partial(_read, command) for command in ("jobs", "job", "logs", "tasks", "actions", "triggers")},
}


if __name__ == "__main__":
    main()

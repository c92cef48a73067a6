"""Where the command line begins.

``gitflow run`` and ``validate`` in their usual form are read here and run without click, which alone would
cost a third of the time a small flow takes; whatever is not plainly usual goes to click, which knows every option, and
explains (docs/decisions/0012-run-without-click.md).
"""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Ends the process with the command's exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        from gitflow.cli.console.exits import guarded
        from gitflow.cli.console.streams import prepare

        prepare()
        status = guarded(lambda: _done(arguments))
    except KeyboardInterrupt:  # before anything was begun, or when all was done
        status = 130
    sys.exit(status)


def _done(arguments: list[str]) -> int:
    _refuse_what_is_no_text(arguments)
    plain = PLAIN.get(arguments[0]) if arguments else None
    if plain is not None:
        plain(arguments[1:])
    return _clicked(arguments)


def _run_plainly(words: list[str]) -> None:
    """Does not return, unless click has to look at the words."""
    from gitflow.cli.fast_path import plain_run

    options = plain_run(words)
    if options is not None:
        gc.set_threshold(100_000)  # a small flow makes too little garbage to be worth looking for
        from gitflow.cli.console.exits import guarded, leave
        from gitflow.cli.local.run import run

        leave(guarded(lambda: run(options)))


def _validate_plainly(words: list[str]) -> None:
    from gitflow.cli.fast_path import plain_validate

    asked = plain_validate(words)
    if asked is not None:
        from gitflow.cli.console.exits import guarded, leave
        from gitflow.cli.local.validate import validate

        leave(guarded(lambda: validate(*asked, None)))


def _clicked(arguments: list[str]) -> int:
    from click import Abort, ClickException

    from gitflow.cli.commands.root import cli
    from gitflow.cli.console.exits import INTERRUPTED

    try:
        return cli.main(arguments, prog_name="gitflow", standalone_mode=False) or 0
    except ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except Abort:
        return INTERRUPTED


def _refuse_what_is_no_text(arguments: list[str]) -> None:
    """Names and values are kept and shown as UTF-8: other bytes would come back changed, or not at all."""
    for argument in arguments:
        if not argument.isascii() and any("\ud800" <= letter <= "\udfff" for letter in argument):
            from gitflow.core.errors import InvalidInput

            raise InvalidInput(f"{argument!a} is not UTF-8 text; give other bytes in a file of the workspace")


#: Commands that are called often enough to be read without click.
PLAIN: Mapping[str, Callable[[list[str]], None]] = {"run": _run_plainly, "validate": _validate_plainly}


if __name__ == "__main__":
    main()

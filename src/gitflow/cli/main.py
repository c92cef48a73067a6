"""Where the command line begins.

``gitflow run`` in its usual form is read here and run without click, which alone would cost a third of
the time a small flow takes; whatever is not plainly usual goes to click, which knows every option, and
explains (docs/decisions/0012-run-without-click.md).
"""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Ends the process with the command's exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    sys.exit(_run(arguments))


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["run"]:
        from gitflow.cli.options import plain_run

        options = plain_run(arguments[1:])
        if options is not None:
            gc.set_threshold(100_000)  # a small flow makes too little garbage to be worth looking for
            from gitflow.cli.exits import guarded, leave
            from gitflow.cli.run import run

            leave(guarded(lambda: run(options)))
    from gitflow.cli.commands import cli

    return cli.main(arguments, prog_name="gitflow", standalone_mode=True) or 0


if __name__ == "__main__":
    main()

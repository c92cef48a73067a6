"""The programs that take a word for code, for an option that runs code, or for a command: one row each.

A program without a row gets values as they are, and what it does with them is its own affair. The notation of a
row is in ``options``; the rows are grouped by what the programs are for. Each row says why it is here, and what to
write instead; the forms in backquotes are themselves accepted (``@`` stands for the template).
"""

from __future__ import annotations

import re

from gitflow.definitions.shell.options import Program
from gitflow.definitions.shell.programs import (
    builtins,
    containers,
    databases,
    files,
    formats,
    git,
    git_commands,
    interpreters,
    languages,
    network,
    packages,
    prefixes,
    remote,
    shells,
    sites,
    system,
    toolchains,
    wrappers,
)

_GROUPS = (
    shells,
    builtins,
    prefixes,
    wrappers,
    interpreters,
    toolchains,
    languages,
    formats,
    databases,
    remote,
    network,
    files,
    git,
    git_commands,
    containers,
    packages,
    sites,
    system,
)

#: Every row, by the name of its program; "program subcommand" where the subcommand has a row of its own.
PROGRAMS: dict[str, Program] = {each.name: each for group in _GROUPS for each in group.ROWS}

#: Behind the name of a program: ``python3.11``.
_VERSION = re.compile(r"(?<=[A-Za-z+])[-_]?\d+(?:\.\d+)*$")


def program_of(name: str) -> Program | None:
    """The row of a program: by its last part, without a version (``/usr/bin/python3.11`` is ``python``)."""
    base = name.rsplit("/", 1)[-1]
    if not base:
        return None
    return PROGRAMS.get(base) or PROGRAMS.get(_VERSION.sub("", base))

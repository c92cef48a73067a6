"""What the commands for accounts and keys print, whether they act on this machine or on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.cli.console.exits import OK
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.values import JsonObject


def report(row: JsonObject, output: str, sentence: str) -> int:
    """A sentence for people, or the row."""
    if output == "table":
        write_stderr(f"{sentence}\n")
    else:
        print_value(row, output)
    return OK


def report_user_added(row: JsonObject, output: str) -> int:
    return report(row, output, f"{row['email']} has an account now")


def report_user_changed(row: JsonObject, output: str) -> int:
    return report(row, output, f"{row['email']} is {'disabled' if row['disabled'] else 'enabled'}")


def report_password(email: str) -> int:
    write_stderr(f"the password of {email} is changed; all its sessions have ended\n")
    return OK


def report_key(row: JsonObject, output: str) -> int:
    """Prints the key's text, alone on a line: it is shown only this once."""
    if output == "table":
        write_stderr(f"the key {row['name']!r}; store it, it is not shown again:\n")
        print(row["key"])
    else:
        print_value(row, output)
    return OK


def report_revoked(name: str, made: Sequence[str]) -> int:
    """``made``: the names of keys that it created, and which end with it."""
    write_stderr(f"the key {name!r} is revoked\n")
    if made:
        write_stderr(f"so are the keys that it created: {', '.join(made)}\n")
    return OK

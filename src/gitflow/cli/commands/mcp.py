"""The command that lets assistants use gitflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitflow.cli.commands.backend import connect
from gitflow.cli.console.options import finish, state_option

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a client over stdio may be allowed beside reading. Approving is for people, and for keys that name its scope.
ALLOWED = ("run", "retry", "cancel")


def _words(context: click.Context, option: click.Parameter, value: str) -> Sequence[str]:
    """The words of a list with commas. Raises UsageError for one that cannot be allowed."""
    words = tuple(word.strip() for word in value.split(",") if word.strip())
    unknown = [word for word in words if word not in ALLOWED]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)} cannot be allowed: choose among {', '.join(ALLOWED)}")
    return words


@click.command()
@click.option(
    "-w",
    "--workspace",
    metavar="PATH|NAME",
    help="Offer the workspace at this path, or the configured one of this name.",
)
@click.option(
    "--allow", default="", callback=_words, metavar="LIST", help="Also offer tools that do this: run,retry,cancel."
)
@click.option("--server", metavar="URL", help="Offer this server's jobs and tasks, with the token in $GITFLOW_TOKEN.")
@state_option
def mcp(workspace: str | None, allow: Sequence[str], server: str | None, state_dir: str | None) -> None:
    """Serve assistants over stdin and stdout (MCP).

    They may read tasks, jobs, logs and problems, and nothing else unless --allow names it. Needs the extra `mcp`.
    """
    from gitflow.cli.local.mcp import serve_mcp
    from gitflow.cli.local.mcp_commands import McpOptions

    def serve() -> int:
        if server:
            connect(server)  # refuses, before an assistant is answered, what every call would refuse
        return serve_mcp(McpOptions(tuple(allow), workspace, server, state_dir))

    finish(serve)


COMMANDS = (mcp,)

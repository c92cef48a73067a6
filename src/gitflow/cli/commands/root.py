"""The ``gitflow`` command with all its subcommands. A subcommand imports its code when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gitflow import __version__
from gitflow.cli.commands import accounts, agent, changes, definitions, history, incidents, jobs, operations, server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Sections(click.Group):
    """Lists its commands in ``SECTIONS``, in their order. The first line of a help text must fit a terminal's line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [str(command.name) for commands in SECTIONS.values() for command in commands]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.commands))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(f"{command.name:{width}}", command.get_short_help_str(100)) for command in commands]
                )


@click.group(cls=Sections, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gitflow")
def cli() -> None:
    """Run the workflows that are committed in git: tasks, actions and triggers in YAML.

    Exit status: 0 success, 1 failure, 2 wrong command or input, 130 interrupted.
    """


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    For bash: eval "$(gitflow completion bash)".
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(cli, {}, "gitflow", "_GITFLOW_COMPLETE").source())


#: Title -> commands, in the order of the help.
SECTIONS: Mapping[str, Sequence[click.Command]] = {
    "Run and inspect": jobs.COMMANDS,
    "Operate": operations.COMMANDS,
    "Incidents": incidents.COMMANDS,
    "Definitions": (*definitions.COMMANDS, *changes.COMMANDS, completion),
    "Find what changed": history.COMMANDS,
    "Server": (*server.COMMANDS, *agent.COMMANDS),
    "Accounts": accounts.COMMANDS,
}

for _commands in SECTIONS.values():
    for _command in _commands:
        cli.add_command(_command)

"""The ``gitflow`` command with all its subcommands.

A command imports its code when it is called, and the modules of the commands are loaded until one has it: defining all
of them takes as long as a third of ``gitflow jobs``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from gitflow import __version__
from gitflow.cli.commands.examples import EXAMPLES, epilog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Title -> the modules whose ``COMMANDS`` it lists, in the order of the help. What is typed most often comes first.
SECTIONS: Mapping[str, Sequence[str]] = {
    "Run and inspect": ("jobs",),
    "Operate": ("operations",),
    "Incidents": ("incidents",),
    "Definitions": ("definitions", "changes", "shells"),
    "Find what changed": ("history",),
    "Server": ("server", "agent", "mcp"),
    "Accounts": ("accounts",),
}
_MODULES = tuple(module for modules in SECTIONS.values() for module in modules)


class Sections(click.Group):
    """Lists its commands in ``SECTIONS``, in their order. The first line of a help text must fit a terminal's line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [str(command.name) for commands in self.sections().values() for command in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module in _MODULES:
            if cmd_name in self.commands:
                break
            self._load(module)
        return self.commands.get(cmd_name)

    def sections(self) -> Mapping[str, Sequence[click.Command]]:
        """Title -> all its commands."""
        return {
            title: [command for module in modules for command in self._load(module)]
            for title, modules in SECTIONS.items()
        }

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections = self.sections()
        width = max(map(len, self.commands))
        for title, commands in sections.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(f"{command.name:{width}}", command.get_short_help_str(100)) for command in commands]
                )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            formatter.write_dl([(f"gitflow {typed}", why) for typed, why in EXAMPLES[""]])

    def _load(self, module: str) -> Sequence[click.Command]:
        found: Sequence[click.Command] = import_module(f"gitflow.cli.commands.{module}").COMMANDS
        if found[0].name not in self.commands:
            _add_examples(found)
            for command in found:
                self.add_command(command)
        return found


def _add_examples(commands: Iterable[click.Command], group: str = "") -> None:
    for command in commands:
        command.epilog = epilog(f"{group}{command.name}")
        if isinstance(command, click.Group):
            _add_examples(command.commands.values(), f"{command.name} ")


@click.group(cls=Sections, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gitflow")
def cli() -> None:
    """Run the workflows that are committed in git: tasks, actions and triggers in YAML.

    Exit status: 0 success, 1 failure, 2 wrong command or input, 130 interrupted.
    """

"""The page about the command line, read off the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click


def root_help(columns: int) -> str:
    """What ``gitflow --help`` prints on a terminal of this width."""
    from click.testing import CliRunner

    from gitflow.cli.commands.root import cli

    width = columns - 2  # click leaves two free
    return CliRunner().invoke(cli, ["--help"], prog_name="gitflow", terminal_width=width).output


def words(command: click.Command) -> str:
    """The arguments, as a usage line shows them."""
    shown: list[str] = []
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            name = (parameter.metavar or parameter.name or "").upper().strip("[].").replace("_", "-")
            word = name + ("…" if parameter.nargs == -1 else "")
            shown.append(word if parameter.required else f"[{word}]")
    return "".join(" " + word for word in shown)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def takes(option: click.Option) -> str:
    if option.is_flag or option.count:
        return ""
    if isinstance(option.type, click.Choice):
        return " " + _cell("|".join(str(choice) for choice in option.type.choices))
    return " " + _cell(option.metavar or (option.name or "").upper().replace("_", "-"))


def _options(command: click.Command) -> Iterator[str]:
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    if not options:
        return
    yield from ("| option | what it does |", "|---|---|")
    for option in options:
        names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
        several = " May be repeated." if option.multiple and "repeated" not in (option.help or "") else ""
        yield f"| {names}{takes(option)} | {_cell(option.help or '')}{several} |"
    yield ""


def _examples(name: str) -> Iterator[str]:
    from gitflow.cli.commands.examples import EXAMPLES

    rows = EXAMPLES[name.removeprefix("gitflow").strip()]
    width = max(len(typed) for typed, _ in rows)
    yield from ("```sh", *(f"gitflow {typed:{width}}  # {why}" for typed, why in rows), "```", "")


def _command(name: str, command: click.Command) -> Iterator[str]:
    yield from (f"## `{name}{words(command)}`", "", inspect.cleandoc(command.help or ""), "")
    yield from _options(command)
    yield from _examples(name)


def _commands(name: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        if command is None or command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from _commands(f"{name} {word}", command)
        else:
            yield f"{name} {word}", command


def page() -> str:
    from gitflow.cli.commands.root import cli

    lines = ["# The command line", "", inspect.cleandoc(cli.help or ""), "", *_options(cli)]
    for name, command in _commands("gitflow", cli):
        lines += _command(name, command)
    return "\n".join(lines)

"""The man page ``gitflow(1)``, read off the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
from from_click import takes, words

ENVIRONMENT = {
    "GITFLOW_SERVER": "The address of the server that commands on jobs use.",
    "GITFLOW_TOKEN": "The key or token that commands give to a server.",
    "GITFLOW_STATE": "The state directory: jobs, logs, artifacts and accounts.",
    "GITFLOW_CACHE": "The directory of compiled definitions and fetched repositories.",
    "NO_COLOR": "Print no colours.",
}
FILES = {
    ".workflows/*.yaml": "Definitions of the workspace.",
    "server-config.yaml": "What a server serves, and how.",
}
STATUSES = {
    "0": "The command did what was asked; a job completed.",
    "1": "A job failed, definitions have errors, or the command failed.",
    "2": "The command or its input is wrong.",
    "130": "The command was interrupted.",
}


def page() -> str:
    from gitflow.cli.commands.root import cli

    lines = ['.TH GITFLOW 1 "" gitflow "User commands"', ".SH NAME", r"gitflow \- run the workflows that are in git"]
    lines += [".SH SYNOPSIS", r".B gitflow", r".I COMMAND", "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]"]
    lines += [".SH DESCRIPTION", *_paragraphs(cli.help or ""), *_options(cli)]
    for title, commands in cli.sections().items():
        lines.append(f".SH {_escaped(title.upper())}")
        for command in commands:
            lines += _command(f"gitflow {command.name}", command)
    for title, rows in {"ENVIRONMENT": ENVIRONMENT, "FILES": FILES, "EXIT STATUS": STATUSES}.items():
        lines.append(f".SH {title}")
        for name, about in rows.items():
            lines += [".TP", f".B {_escaped(name)}", _escaped(about)]
    return "\n".join([*lines, ".SH EXAMPLES", *_examples("")]) + "\n"


def _command(name: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _command(f"{name} {inner.name}", inner)
        return
    yield from (f".SS {_escaped(name + words(command))}", *_paragraphs(command.help or ""), *_options(command))
    yield from _examples(name.removeprefix("gitflow "))


def _options(command: click.Command) -> Iterator[str]:
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            names = ", ".join((*option.opts, *option.secondary_opts))
            value = takes(option).replace("\\|", "|").strip()
            yield from (".TP", rf"\fB{_escaped(names)}\fR \fI{_escaped(value)}\fR".replace(r" \fI\fR", ""))
            yield _escaped(option.help or "")


def _examples(name: str) -> Iterator[str]:
    from gitflow.cli.commands.examples import EXAMPLES

    for typed, why in EXAMPLES[name]:
        yield from (".PP", f"{_escaped(why)}:", ".PP", ".RS 4", ".nf", f"gitflow {_escaped(typed)}", ".fi", ".RE")


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield from (".PP", _escaped(" ".join(paragraph.split())))


def _escaped(text: str) -> str:
    """Plain text: a backslash, a hyphen and a dot at the beginning mean something to roff, which reads ASCII alone."""
    plain = text.replace("\\", r"\e").replace("-", r"\-").replace("…", "...")
    plain = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in plain)
    return rf"\&{plain}" if plain[:1] in (".", "'") else plain

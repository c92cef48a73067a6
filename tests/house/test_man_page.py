"""The man page names every command and option, and is what ``man`` can read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from gitflow.cli.commands.root import cli

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/reference/gitflow.1"


def commands(name: str, group: click.Group) -> list[tuple[str, click.Command]]:
    context = click.Context(group)
    inner = [(f"{name} {word}", group.get_command(context, word)) for word in group.list_commands(context)]
    return [
        row for word, each in inner for row in (commands(word, each) if hasattr(each, "commands") else [(word, each)])
    ]


def test_every_command_and_option_is_described_with_an_example():
    sections = PAGE.read_text().split("\n.SS ")
    described = {section.partition("\n")[0].replace("\\-", "-"): section for section in sections}
    for name, command in commands("gitflow", cli):
        [section] = [text for title, text in described.items() if f"{title} ".startswith(f"{name} ")]
        for option in command.params:
            if isinstance(option, click.Option):
                assert all(word.replace("-", "\\-") in section for word in option.opts), (name, option.opts)
        assert "\ngitflow " in section, name


def test_roff_has_nothing_to_say_about_it():
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    done = subprocess.run(["groff", "-man", "-ww", "-z", str(PAGE)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert PAGE.read_text().isascii()

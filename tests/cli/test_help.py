"""The help names every command once, in whole lines, and says in sentences what each option does."""

import shlex
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pkgutil import iter_modules

import click
import pytest
from click.testing import CliRunner

import gitflow.cli.commands
from gitflow.cli.commands.examples import EXAMPLES
from gitflow.cli.commands.root import cli

WIDTH = 80
SECTIONS = cli.sections()


def described(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    inner = command.commands.items() if isinstance(command, click.Group) else ()
    return [(name, command), *(row for word, each in inner for row in described(f"{name} {word}", each))]


ALL = dict(described("gitflow", cli))


def is_group(name: str) -> bool:
    return name != "gitflow" and isinstance(ALL[name], click.Group)


def help_of(*words: str) -> str:
    shown = CliRunner().invoke(cli, [*words, "--help"], prog_name="gitflow", terminal_width=WIDTH)
    assert shown.exit_code == 0, shown.output
    return shown.output


def sections(page: str) -> dict[str, list[str]]:
    """Title -> the lines below it."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in page.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            title = line.removesuffix(":")
        elif line.strip():
            found.setdefault(title, []).append(line)
    return found


def test_every_command_is_in_exactly_one_section():
    names = [module.name for module in iter_modules(gitflow.cli.commands.__path__)]
    modules = [import_module(f"gitflow.cli.commands.{name}") for name in names]
    defined = {each for module in modules for each in vars(module).values() if isinstance(each, click.Command)}
    inner = {each for name, each in ALL.items() if name.count(" ") > 1}
    assert {command.name for command in defined - inner - {cli}} <= set(cli.commands)
    counted = Counter(command.name for commands in SECTIONS.values() for command in commands)
    assert counted == Counter(list(cli.commands))
    titles = ["Run and inspect", "Operate", "Incidents", "Definitions", "Find what changed", "Server", "Accounts"]
    assert list(SECTIONS) == titles


def test_the_overview_shows_each_command_on_one_whole_line():
    shown = sections(help_of())
    for title, commands in SECTIONS.items():
        assert [line.split()[0] for line in shown[title]] == [command.name for command in commands]
        for line, command in zip(shown[title], commands, strict=True):
            assert len(line) <= WIDTH
            assert line.endswith((command.help or "").partition("\n")[0])


@pytest.mark.parametrize("name", ALL)
def test_a_help_text_begins_with_an_imperative_and_ends_its_sentences(name: str):
    command = ALL[name]
    first = (command.help or "").partition("\n")[0]
    verb = first.split()[0]
    assert verb[0].isupper(), first
    assert not verb.endswith("s"), f"{verb!r} is no imperative"
    assert (command.help or "").strip().endswith("."), command.help
    assert "…" not in first
    for option in command.params:
        if isinstance(option, click.Option):
            text = (option.help or "").strip()
            assert text.endswith("."), f"{name} {option.opts}: {text}"
            assert text[0].isupper(), f"{name} {option.opts}: {text}"


@pytest.mark.parametrize("name", [name for name, command in ALL.items() if isinstance(command, click.Group)])
def test_no_line_of_a_group_is_cut(name: str):
    page = help_of(*name.split()[1:])
    assert [
        line for line in page.splitlines() if "..." in line.removeprefix("Usage:") and "[ARGS]..." not in line
    ] == []
    assert max(map(len, page.splitlines())) <= WIDTH


@pytest.mark.parametrize("name", ALL)
def test_a_command_that_prints_json_by_a_format_does_so_by_json_alone(name: str):
    names = {option for each in ALL[name].params for option in each.opts}
    formats = {str(choice) for each in ALL[name].params for choice in getattr(each.type, "choices", ())}
    if names & {"--output", "--format"} and formats & {"json", "jsonl"}:
        assert "--json" in names


def test_every_command_has_examples_whose_lines_fit():
    leaves = {name.removeprefix("gitflow").strip() for name in ALL if not is_group(name)}
    assert set(EXAMPLES) == leaves
    for name in ALL:
        _, found, shown = help_of(*name.split()[1:]).partition("Examples:\n")
        assert (bool(found), all(len(line) <= WIDTH for line in shown.splitlines())) == (not is_group(name), True), name
    assert "Examples:\n    gitflow job last\n        shows the newest job\n" in help_of("job")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_of_its_command_and_has_options_that_exist(name: str):
    for typed, why in EXAMPLES[name]:
        words = shlex.split(typed.partition(" > ")[0])
        command, context = cli, click.Context(cli, info_name="gitflow")
        while isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None, typed
            command = found
        if name:
            assert ALL[f"gitflow {name}"] is command
        command.make_context("", words)
        assert not why.endswith(".")


def test_a_command_loads_no_commands_that_come_after_it():
    """Defining every command takes as long as a third of a list of jobs."""
    script = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from gitflow.cli.main import main; "
        "main(['jobs', '--no-such-option'])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert shown.returncode == 2
    loaded = set(shown.stdout.split())
    assert {name for name in loaded if name.startswith("gitflow.cli.commands.")} == {
        f"gitflow.cli.commands.{name}" for name in ("backend", "completion", "examples", "jobs", "plain", "root")
    }

"""The distribution is ``gitflow-runner``: on PyPI, ``gitflow`` is somebody else's."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

#: A command that installs ``gitflow`` by that name, also with extras, a version or an address.
INSTALLS_ANOTHER = re.compile(
    r"\b(?:pip3? (?:install|download)|pipx (?:install|run)|uv (?:add|tool install|tool run)|uvx|poetry add|pdm add)\b"
    r"""[^\n]*?[\s"'`]gitflow(?=[\s"'`)\[<>=~!@;,]|$)""",
    re.MULTILINE,
)
WRITTEN = ("*.md", "*.py", "*.yaml", "*.yml", "*.json", "*.toml", "*.html", "*.txt", "*.sh")
PLACES = ("src", "docs", "examples", "schemas", "workspaces", ".ci")


@pytest.fixture(scope="module")
def extras(root: Path) -> dict[str, list[str]]:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def test_every_command_that_installs_gitflow_names_its_distribution(root: Path):
    pages = [page for kind in WRITTEN for page in root.glob(kind)] + [root / "Makefile", root / ".ci" / "run"]
    pages += [page for place in PLACES for kind in WRITTEN for page in (root / place).rglob(kind)]
    assert len(pages) > 300
    found = [
        (page.relative_to(root), match[0]) for page in pages for match in INSTALLS_ANOTHER.finditer(page.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "command",
    [
        "pip install gitflow",
        "pip install 'gitflow[otel]'",
        'python -m pip install -U "gitflow>=1"',
        'pip install "gitflow @ $SOURCE"',
        "pipx install gitflow",
        "uv tool install gitflow",
        "(`pip install gitflow[otel]`)",
    ],
)
def test_the_other_name_is_noticed(command: str):
    assert INSTALLS_ANOTHER.search(f"so: {command}\n")


@pytest.mark.parametrize(
    "command",
    [
        "pip install 'gitflow-runner[otel]'",
        "pip install gitflow-runner",
        'pip install "$GITFLOW_SOURCE"',
        "install gitflow's dependencies again (pip install shfmt-py)",
        "pip install git+https://git.example.com/gitflow.git@v0.1.0",
    ],
)
def test_other_commands_are_left_alone(command: str):
    assert not INSTALLS_ANOTHER.search(f"so: {command}\n")


def test_no_extra_asks_pypi_for_gitflow(extras: dict[str, list[str]]):
    """A project that names itself gets another one from there as soon as the two names differ."""
    names = {re.match(r"[\w.-]+", line)[0] for lines in extras.values() for line in lines}
    assert names & {"gitflow", "gitflow-runner"} == set()


def test_what_users_can_choose_is_there_for_the_tests_in_the_same_versions(extras: dict[str, list[str]]):
    assert extras["otel"]
    assert set(extras["otel"]) - set(extras["dev"]) == set()

"""A repository with a planted mistake of each kind: each format says of each what it is and where, and nothing else."""

from __future__ import annotations

import ast
import json
import re
import xml.etree.ElementTree as xml
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

import planted_mistakes as planted
from gitflow import definitions
from gitflow.core.language.containers import FORMS
from gitflow.core.policy.judge import RULES
from gitflow.definitions.shell.tables import PLACES
from planted_mistakes import (
    ALL,
    BREAKING,
    MISTAKES,
    OF_COMMITS,
    VIOLATIONS,
    WORKSPACES,
    Mistake,
    annotations,
    lines,
    uncommitted,
)  # fmt: skip


def code_quality(text: str) -> list[Mistake]:
    level = {"major": "error", "minor": "warning"}
    return [
        Mistake(
            each["location"]["path"],
            each["location"]["lines"]["begin"],
            each["check_name"],
            each["description"],
            level[each["severity"]],
        )
        for each in json.loads(text)
    ]


def _of_sarif(text: str) -> Iterator[Mistake]:
    for each in json.loads(text)["runs"][0]["results"]:
        place = each["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        file, line = unquote(place["artifactLocation"]["uri"]), place["region"]["startLine"]
        said = each["message"]["text"].replace("{{", "{").replace("}}", "}")
        yield Mistake(file, line, each["ruleId"], said, each["level"])


def sarif(text: str) -> list[Mistake]:
    return list(_of_sarif(text))


def _of_junit(text: str) -> Iterator[Mistake]:
    for case in xml.fromstring(text).iter("testcase"):
        kind, line = re.fullmatch(r"(.*) at (\d+):\d+", case.get("name")).groups()
        failure = case.find("failure")
        said = (case.find("system-out") if failure is None else failure).text
        spot, _, message = said.partition("  ")
        assert spot.startswith(f"{case.get('classname')}:{line}:")
        yield Mistake(case.get("classname"), int(line), kind, message, "warning" if failure is None else "error")


def junit(text: str) -> list[Mistake]:
    return list(_of_junit(text))


CHECKER = Path(definitions.__path__[0])
#: Functions whose second argument is the code of a problem.
REPORTING = {"at", "error", "warning", "report"}
#: Texts of the same form that are no codes.
NO_CODES = {"utf-8", "utf-8-sig", "x-env", "runs-on"}
#: Rows of PLACES whose text is shown under other codes.
TEXTS = {"indirect", "place"}
#: Code -> why no repository can have it by itself; ``definitions`` tests it.
NOT_PLANTED = {
    "encrypted-section": "needs a program `sops` with a key",
    "not-decrypted": "a check decrypts nothing",
}


def codes() -> set[str]:
    """Every code that the modules of the checker have in their text."""
    found = {f"shell-{row}" for row in PLACES.keys() - TEXTS} | {f"bad-{field}" for field in FORMS}
    for path in CHECKER.rglob("*.py"):
        form = re.compile("shell-[a-z-]+" if "shell" in path.parts else "[a-z]+(-[a-z0-9]+)+")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and form.fullmatch(node.value):
                found.add(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REPORTING:
                found |= {each.value for each in node.args[1:2] if isinstance(each, ast.Constant)}
    return found - NO_CODES


FORMATS = {"github": annotations, "gitlab": code_quality, "sarif": sarif, "junit": junit}


def of(workspace: str, mistakes: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    return tuple(each for each in mistakes if each.workspace == workspace)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    planted.plant(folder, committed=True)
    return folder


@pytest.fixture
def gitflow(gitflow, repository):
    gitflow.folder = repository
    return gitflow


@pytest.mark.parametrize("workspace", WORKSPACES)
@pytest.mark.parametrize("form", FORMATS)
def test_check_says_of_each_mistake_what_it_is_and_where(gitflow, workspace, form):
    done = gitflow("check", workspace, "--base", "HEAD~1", "--format", form)
    expected = of(workspace, (*ALL, *(BREAKING if form == "github" else ())))
    assert planted.differences(FORMATS[form](done.stdout), expected) == ([], [])
    assert done.returncode == 1


@pytest.mark.parametrize("workspace", WORKSPACES)
@pytest.mark.parametrize("form", FORMATS)
def test_validate_says_the_same_of_what_needs_no_base(gitflow, workspace, form):
    done = gitflow("validate", workspace, "--format", form)
    assert planted.differences(FORMATS[form](done.stdout), of(workspace, MISTAKES)) == ([], [])
    assert done.returncode == 1


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_names_are_the_same_from_within_the_workspace(gitflow, workspace):
    gitflow.folder = gitflow.folder / workspace
    done = gitflow("check", "--base", "HEAD~1", "--format", "github")
    assert planted.differences(annotations(done.stdout), of(workspace, (*ALL, *BREAKING))) == ([], [])


def test_before_the_commit_rules_about_commits_warn(gitflow, tmp_path):
    gitflow.folder = tmp_path / "planted"
    planted.plant(gitflow.folder, committed=False)
    for workspace in WORKSPACES:
        done = gitflow("check", workspace)
        assert planted.differences(lines(done.stdout), of(workspace, uncommitted(ALL))) == ([], [])


def test_every_kind_of_rule_is_broken(gitflow):
    done = gitflow("check", "infra/shop", "--base", "HEAD~1", "--format", "json")
    demands = {each["rule"]: each["demand"] for each in json.loads(done.stdout)["violations"]}
    assert set(demands.values()) == RULES.keys()
    assert demands.keys() == {each.kind for each in (*VIOLATIONS, *OF_COMMITS)}


def test_every_code_of_the_checker_is_planted(gitflow):
    found = set[str]()
    for workspace in WORKSPACES:
        done = gitflow("validate", workspace, "--format", "gitlab")
        found |= {each.kind for each in code_quality(done.stdout)}
    assert codes() - found == NOT_PLANTED.keys()

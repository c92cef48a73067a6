"""The mistakes that new users make, each with the place and the text that they get.

``mistakes/`` has a file for each system that they come from. A mistake is what they write, after its title; ``¦``
stands right before the place that a message must name (and is not written). Below ``-->`` are the messages. The word
behind the title says where the text stands:

    file     alone
    task     below the name of a task, ``task+`` with a flow behind it
    step     below the name of a step, of a task with an input and a step ``build``
    action, trigger, field   below the name of one; the trigger has a task ``deploy`` to start
"""

from __future__ import annotations

import os
import pathlib
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from gitflow.core.language.sources import SourceFile
from gitflow.core.problems import Problem
from gitflow.definitions.loader import load

FOLDER = pathlib.Path(__file__).parent / "mistakes"
MARK = "¦"
HEAD = re.compile(r"^=== ", re.MULTILINE)
#: Set to write the messages instead of comparing them; read each before you commit it.
REWRITE = "REWRITE_MISTAKES" in os.environ

FLOW = "    flow:\n      build: {type: shell, cmd: make}\n"
DEPLOY = f"tasks:\n  deploy:\n{FLOW}"
#: Kind -> what stands before, the indentation, and what stands behind.
FRAMES = {
    "file": ("", 0, ""),
    "task": ("tasks:\n  deploy:\n", 4, ""),
    "task+": ("tasks:\n  deploy:\n", 4, FLOW),
    "step": (f"tasks:\n  deploy:\n    input: {{env: {{type: string, default: dev}}}}\n{FLOW}      ship:\n", 8, ""),
    "action": ("actions:\n  build:\n", 4, ""),
    "trigger": (f"{DEPLOY}triggers:\n  nightly:\n", 4, ""),
    "field": (f"{DEPLOY}    input:\n", 6, ""),
}


@dataclass(frozen=True)
class Mistake:
    origin: str
    title: str
    kind: str
    body: str
    expected: str

    @property
    def marked(self) -> str:
        before, indent, behind = FRAMES[self.kind]
        return before + textwrap.indent(self.body, " " * indent) + behind


def mistakes() -> Iterator[Mistake]:
    for path in sorted(FOLDER.glob("*.txt")):
        for block in HEAD.split(path.read_text())[1:]:
            head, _, rest = block.partition("\n")
            title, _, kind = head.rpartition(" @ ")
            body, _, expected = rest.partition("-->\n")
            yield Mistake(path.stem, title, kind, body, expected.strip("\n"))


ALL = list(mistakes())


def problems_of(mistake: Mistake) -> tuple[Problem, ...]:
    file = SourceFile("a.yaml", mistake.marked.replace(MARK, "").encode())
    return load([file], workspace="w", revision="r", has_file=lambda path: True).problems


def shown(problems: tuple[Problem, ...]) -> str:
    lines: list[str] = []
    for problem in problems:
        kind = "" if problem.is_error else "warning: "
        lines += [
            f"{problem.line}:{problem.column}  {kind}{problem.message}",
            *([f"  {problem.hint}"] * bool(problem.hint)),
        ]
    return "\n".join(lines)


def marked_places(text: str) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for number, line in enumerate(text.split("\n"), 1):
        while MARK in line:
            found.add((number, line.index(MARK) + 1))
            line = line.replace(MARK, "", 1)
    return found


@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: f"{mistake.origin}: {mistake.title}")
def test_a_mistake_gets_the_message_that_helps_at_its_place(mistake: Mistake):
    problems = problems_of(mistake)
    assert shown(problems) == mistake.expected or REWRITE
    marked = marked_places(mistake.marked)
    assert marked, "no place is marked"
    assert marked <= {(problem.line, problem.column) for problem in problems}
    for problem in problems:
        assert problem.hint, f"{problem.message}: what is to be done?"


def test_there_are_two_hundred_mistakes_from_all_systems():
    assert len(ALL) >= 200
    assert len({(mistake.kind, mistake.body) for mistake in ALL}) == len(ALL)
    assert {mistake.origin for mistake in ALL} == {
        "airflow", "ansible", "compose", "cron", "github", "language", "rundeck", "templates", "yaml",
    }  # fmt: skip


if __name__ == "__main__" or REWRITE:
    for path in sorted(FOLDER.glob("*.txt")):
        head = HEAD.split(path.read_text())[0]
        blocks = [
            f"=== {each.title} @ {each.kind}\n{each.body}-->\n{shown(problems_of(each))}\n"
            for each in ALL
            if each.origin == path.stem
        ]
        path.write_text(head + "\n".join(blocks))

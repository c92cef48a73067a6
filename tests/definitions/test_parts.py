"""A definition that breaks its schema is checked in what is left of it, and nothing is made up."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.sources import SourceFile
from gitflow.core.problems import Problem
from gitflow.definitions.loader import load
from gitflow.definitions.parts import TRUE_OF_PARTS, part_of
from gitflow.definitions.source.reader import read
from gitflow.definitions.source.schemas import faults_of

ROOT = Path(__file__).resolve().parent.parent.parent
EVERYTHING = """
tasks:
  deploy:
    retires: 3
    input: {env: {type: string, default: dev}}
    flow:
      build: {type: bash, cmd: make}
      ship: {type: shell, needs: [build], cmd: "echo {{ build.output.x }} {{ input.env | uper }} {{ nobody }}"}
      one: {type: shell, depends_on: [two, biuld], cmd: x, when: "input.env = 'a'"}
      two: {type: shell, depends_on: [one, build], cmd: x}
      three: {action: nope, retries: 3, depends_on: [build]}
triggers:
  nightly: {type: scheduler, cron: "0 25 * * *", task: other, tz: CET}
"""


def problems_of(text: str) -> tuple[Problem, ...]:
    return load([SourceFile("a.yaml", text.encode())], workspace="w", revision="r", has_file=lambda _: True).problems


def test_unknown_names_cycles_and_templates_are_found_beside_errors_of_the_schema():
    found = [(problem.line, problem.rule) for problem in problems_of(EVERYTHING)]
    assert found == [
        (4, "unknown-key"), (7, "not-an-option"), (8, "unknown-key"), (8, "unknown-filter"), (8, "unknown-name"),
        (9, "cycle"), (9, "unknown-step"), (9, "template-syntax"), (11, "unknown-action"), (11, "unknown-key"),
        (13, "bad-cron"), (13, "unknown-key"),
    ]  # fmt: skip
    [near] = [problem for problem in problems_of(EVERYTHING) if problem.rule == "unknown-step"]
    assert near.hint == 'did you mean "build"?'


def test_what_was_taken_out_is_not_missed():
    assert [p.rule for p in problems_of("""
tasks:
  a:
    inputs: {x: {type: string}}
    flow:
      first: just text
      second: {type: shell, depends_on: [first], cmd: "echo {{ input.x }} {{ first.output.y }}"}
""")] == ["unknown-key", "wrong-type"]  # fmt: skip


def test_nothing_is_left_of_a_definition_without_its_parts():
    assert part_of("tasks", "a", {"description": "no flow"}) is None
    assert part_of("tasks", "a", "text") is None
    assert part_of("actions", "a", {"type": "shel", "cmd": "make"}) is None


@cache
def files() -> list[Any]:
    paths = [*ROOT.glob("examples/*/.workflows/*.yaml"), *ROOT.glob("workspaces/*/.workflows/*.yaml")]
    texts = [path.read_text() for path in paths if ".test." not in path.name and "policy" not in path.name]
    return [read("a.yaml", text.encode()).value for text in texts if not problems_of(text)]


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, each in members for found in [(*path, key), *paths_in(each, (*path, key))]]


@given(st.data())
def test_one_value_that_breaks_the_schema_makes_up_no_other_problem(data: st.DataObject):
    value = json.loads(json.dumps(data.draw(st.sampled_from(files()))))
    *above, last = data.draw(st.sampled_from([path for path in paths_in(value) if len(path) > 2]))
    holder = value
    for part in above:
        holder = holder[part]
    holder[last] = data.draw(st.sampled_from([[[1]], {"no such key": 1}, None, -1, "no such text"]))
    if faults_of(value):
        found = problems_of(json.dumps(value))
        assert [problem for problem in found if problem.rule in TRUE_OF_PARTS] == []


def test_there_are_files_to_break():
    assert len(files()) > 10

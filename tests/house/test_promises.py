"""Every promise of the engine has its test: docs/promises.md names tests that are there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "promises.md").read_text()

NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
ROWS = [line for line in PAGE.partition("## Storms")[0].splitlines() if line.startswith("| ") and "held by" not in line]


@cache
def names_in(file):
    return set(re.findall(r"^ *(?:async )?def (\w+)", (ROOT / "tests" / file).read_text(), re.MULTILINE))


def test_a_promise_is_held_by_tests_that_are_there():
    for row in ROWS:
        named = NAMED.findall(row)
        assert named, row
        for file, name in named:
            assert name in names_in(file), f"there is no {name} in tests/{file}"


def test_every_thing_a_person_can_do_is_a_promise():
    bold = set(re.findall(r"\*\*([\w ]+)\*\*", PAGE))
    wanted = {"cancel", "pause", "resume", "retry", "replay", "restart", "skip", "complete", "approve", "reject"}
    assert wanted | {"send event", "delete", "bulk", "dry run"} <= bold


def test_every_storm_is_described(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from storms.__main__ import STORMS

    described = set(re.findall(r"^\| `(\w+)`[^|]*\|", PAGE.partition("## Storms")[2], re.MULTILINE))
    assert STORMS.keys() <= described

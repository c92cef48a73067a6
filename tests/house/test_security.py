"""SECURITY.md: each answer to an attack names tests, and they are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def rows() -> list[list[str]]:
    text = (ROOT / "SECURITY.md").read_text().split("## What is done about the usual attacks")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_answer_to_an_attack_is_held_by_tests():
    assert len(rows()) > 10
    for attack, answer, held_by in rows():
        named = re.findall(r"\]\((tests/[^)]+)\)", held_by)
        assert answer, attack
        assert named, attack
        for path in named:
            assert "def test_" in (ROOT / path).read_text(), (attack, path)


def test_every_file_of_attacks_holds_an_answer():
    named = {path for *_, held_by in rows() for path in re.findall(r"\]\((tests/[^)]+)\)", held_by)}
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_attacks*.py")}
    assert there <= named

"""A folder of cases/ for each rule: a policy, definitions that break it and definitions that fit it.

``violating.txt`` is the whole report of the first; the second must give none. Rules about changes have a ``base.yaml``.
"""

import os
from pathlib import Path

import pytest
from judging import judge

from gitflow.cli.console.reports import report
from gitflow.core.policy.judge import RULES

CASES = sorted((Path(__file__).parent / "cases").iterdir())
#: Set to write the reports instead of comparing them; read each before you commit it.
REWRITE = "REWRITE_CASES" in os.environ


def judged(folder: Path, name: str):
    base = folder / "base.yaml"
    rules, head = (folder / "policy.yaml").read_text(), (folder / f"{name}.yaml").read_text()
    return judge(rules, head, base.read_text() if base.exists() else None)


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_what_breaks_the_rule_is_reported_with_its_place_and_that_of_the_rule(folder: Path):
    problems = judged(folder, "violating")
    assert problems
    if REWRITE:
        (folder / "violating.txt").write_text(report(problems))
    assert report(problems) == (folder / "violating.txt").read_text()


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_what_fits_the_rule_is_not_reported(folder: Path):
    assert judged(folder, "fitting") == []


def test_every_rule_has_a_case():
    assert {folder.name for folder in CASES} == set(RULES)

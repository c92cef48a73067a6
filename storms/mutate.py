"""Mutation test of MOVES and JOB_MOVES: changes one row in every possible way, and expects a test to notice.

A mutant removes a row, leads it to each other state, or adds a row. The stories (one for each row, with its expected
state) must notice all mutants. The laws, which do not know the table, are tested with each row removed and with each
row led to one other state, in simulations first; their share is a separate figure. No event uses an added row, so no
law can notice it; it is noticed because it has no story.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "core"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "core" / "machine"))

import test_laws
import test_machine_moves as stories
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gitflow.core.machine.moves import JOB_MOVES, MOVES
from gitflow.core.status import JobStatus, StepStatus
from storms import simulate

EXAMPLES = int(os.environ.get("STORM_EXAMPLES", "40"))
SEEDS, JOBS = 16, 60

STORY_OF = {
    StepStatus: stories.test_a_row_is_made_by_an_event,
    JobStatus: stories.test_a_row_of_jobs_is_made_by_an_event,
}


def storm(seed: int) -> tuple[list[str], dict[str, object]]:
    """The mutants that were not noticed, and the score. Nothing is random; the seed is not used."""
    warnings.simplefilter("ignore")
    if laws_notice(EXAMPLES) or stories_notice():
        return ["the tables as they are break a law or a story"], {}
    made, noticed, by_laws, asked = Counter(), Counter(), 0, 0
    wrong = []
    for table in (MOVES, JOB_MOVES):
        original = dict(table)
        for kind, row, after in mutants(original):
            made[kind] += 1
            with_row(table, row, after)
            if stories_notice():
                noticed[kind] += 1
            else:
                wrong.append(f"not noticed: {kind} {row[0]} {row[1]} -> {after}")
            if kind == "removed" or is_first_redirect(original, row, kind, after):
                asked += 1
                by_laws += simulations_notice() or laws_notice(EXAMPLES)
            restore(table, original)
    share = {f"of {made[kind]} rows {kind} noticed": noticed[kind] for kind in made}
    score = f"{noticed.total() / made.total():.1%}"
    return wrong, {**share, f"of {asked} noticed by the laws alone": by_laws, "score": score}


def mutants(table):
    """For every mutant of the table: the change, the row, and the new state or None."""
    statuses = list(type(next(iter(table))[0]))
    moves = dict.fromkeys(move for _, move in table)
    for row, after in table.items():
        yield "removed", row, None
        for status in statuses:
            if status is not after:
                yield "redirected", row, status
    for status in statuses:
        for move in moves:
            if (status, move) not in table:
                yield "added", (status, move), statuses[0]


def is_first_redirect(table, row, kind, after):
    """One mutant for each row, with varying new states."""
    others = [status for status in type(row[0]) if status is not table.get(row)]
    return kind == "redirected" and after is others[sum(map(ord, "".join(row))) % len(others)]


def with_row(table, row, after):
    if after is None:
        del table[row]
    else:
        table[row] = after


def restore(table, original):
    table.clear()
    table.update(original)


def laws_notice(examples):
    few = settings(
        test_laws.AJob.TestCase.settings,
        max_examples=examples,
        database=None,
        derandomize=True,
        print_blob=False,
        phases=(Phase.generate,),
    )
    return fails(lambda: run_state_machine_as_test(test_laws.AJob, settings=few))


def simulations_notice():
    return any(fails(lambda seed=seed: _must_be_right(simulate.storm(seed, JOBS)[0])) for seed in range(SEEDS))


def _must_be_right(wrong):
    assert not wrong


def stories_notice():
    return fails(tell_all)


def tell_all():
    stories.test_every_row_has_a_story()
    stories.test_every_row_of_jobs_has_a_story()
    for row in stories.STORIES:
        stories.test_a_row_is_made_by_an_event(row)
    for row in stories.JOB_STORIES:
        stories.test_a_row_of_jobs_is_made_by_an_event(row)


def fails(work):
    """Counts every exception of a broken table as a failure, and prints nothing."""
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            work()
    except Exception:
        return True
    return False

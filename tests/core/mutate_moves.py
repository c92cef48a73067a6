"""How many ways to break MOVES and JOB_MOVES by one row are noticed: ``python tests/core/mutate_moves.py [EXAMPLES]``.

A row is removed, led to another state, or one that is not there is added. The laws look first. A row that no
event ever asks for makes no difference to them, so they look at one example of it only; the stories, one
for each row, notice that nothing makes it. Prints what nobody noticed and the score, and exits 1 if anything
was left over. Takes minutes.
"""

import sys
import warnings
from collections import Counter
from contextlib import suppress

import test_laws
import test_machine_moves as stories
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gitflow.core.moves import JOB_MOVES, MOVES

FEW = 300


def mutants(table):
    """(what is done, the row, where it leads or None) for every way to break the table by one row."""
    statuses = list(type(next(iter(table))[0]))
    moves = dict.fromkeys(move for _, move in table)
    for row, after in table.items():
        yield "removed", row, None
        others = [status for status in statuses if status is not after]
        yield "redirected", row, others[hash_of(row) % len(others)]
    for status in statuses:
        for move in moves:
            if (status, move) not in table:
                yield "added", (status, move), statuses[hash_of((status, move)) % len(statuses)]


def hash_of(row):
    """The same in every run."""
    return sum(map(ord, "".join(row)))


def broken(table, row, after):
    """The table in place, with one row changed; the original comes back from ``restore``."""
    if after is None:
        del table[row]
    else:
        table[row] = after


def restore(table, original):
    table.clear()
    table.update(original)


def laws_notice(examples):
    few = settings(
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=True,
        print_blob=False,
        phases=(Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    return fails(lambda: run_state_machine_as_test(test_laws.AJob, settings=few))


def stories_notice():
    return fails(_tell_all)


def _tell_all():
    stories.test_every_row_has_a_story()
    stories.test_every_row_of_jobs_has_a_story()
    stories.test_what_has_ended_moves_only_when_it_is_reopened()
    for row in stories.STORIES:
        stories.test_a_row_is_made_by_an_event(row)
    for row in stories.JOB_STORIES:
        stories.test_a_row_of_jobs_is_made_by_an_event(row)


def fails(work):
    try:
        with suppress(SystemExit):
            work()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return True
    return False


def noticed_by(examples):
    return "laws" if laws_notice(examples) else "stories" if stories_notice() else None


def main(words):
    warnings.simplefilter("ignore")
    examples = int(words[0]) if words else FEW
    if laws_notice(examples) or stories_notice():
        sys.exit("the tables as they are break a law")
    noticed, made = Counter(), Counter()
    left = []
    for table in (MOVES, JOB_MOVES):
        original = dict(table)
        for kind, row, after in mutants(original):
            broken(table, row, after)
            by = noticed_by(examples if kind != "added" else 1)
            restore(table, original)
            made[kind] += 1
            noticed[kind, by] += 1
            if by is None:
                left.append(row)
                print(f"not noticed: {kind} {row[0]} {row[1]} -> {after}", flush=True)
    for kind, count in made.items():
        by_laws, by_stories = noticed[kind, "laws"], noticed[kind, "stories"]
        print(
            f"{kind:10} {by_laws + by_stories:3} of {count:3} noticed ({by_laws} by the laws, {by_stories} by stories)"
        )
    print(f"score {1 - len(left) / made.total():.1%}")
    sys.exit(bool(left))


if __name__ == "__main__":
    main(sys.argv[1:])

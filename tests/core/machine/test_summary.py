"""A job in a sentence."""

import pytest
from engine import World, failed, finished, flow, job_of, step

from gitflow.core.durations import rough
from gitflow.core.jobs.events import JobPaused
from gitflow.core.language.definition import Action
from gitflow.core.machine.summary import Past, summary
from gitflow.core.record import replace

GOOD = "9c1f2d0000000000000000000000000000000000"
ERROR = "Exit code: 3\nStderr: collected 3\n1 of 3 tests failed: expected 4, got 5."


def broken():
    world = finished(flow(build={}, test={"build"}, ship={"test"}), {"test": [failed(3, error=ERROR)]})
    return replace(world.job, revision="f" * 40)


def test_a_failure_names_the_step_its_error_line_what_was_skipped_and_what_changed_since_it_went_well():
    told = summary(broken(), 7200.0, Past(GOOD, 0.0, ("Speed up tests",)))
    assert told == (
        "Failed: `test` exited 3 — 1 of 3 tests failed: expected 4, got 5. `ship` was skipped. "
        "Last good run: 2 h ago at 9c1f2d0; 1 commit changed this task since: 'Speed up tests'."
    )


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        ("error: order 41 has no customer\na stack that nobody reads", " — error: order 41 has no customer"),
        ("reading\nTraceback\nValueError: no", " — Traceback"),
        ("first\nlast.", " — last"),
        (
            "\x1b[31mfatal\x1b[0m: \x1b]8;;https://example.com\x07the disk\x1b]8;;\x07 is full",
            " — fatal: the disk is full",
        ),
        (" \n", ""),
    ],
)
def test_of_what_a_process_wrote_the_first_line_that_looks_like_an_error_is_quoted_without_codes(stderr, said):
    job = finished(flow(test={}), {"test": [failed(3, error=f"Exit code: 3\nStderr: {stderr}")]}).job
    assert summary(job, 0.0) == f"Failed: `test` exited 3{said}."


@pytest.mark.parametrize(
    ("past", "end"),
    [
        (None, "`ship` was skipped."),
        (Past("f" * 40, 0.0), "Last good run: 1 min ago at fffffff, the same revision."),
        (Past(GOOD, 0.0), "Last good run: 1 min ago at 9c1f2d0."),
        (Past("folder", 0.0, commit=GOOD), "Last good run: 1 min ago at 9c1f2d0."),
        (Past(GOOD, 0.0, ()), "at 9c1f2d0; no commit changed this task since."),
        (Past(GOOD, 0.0, tuple("abcde")), "5 commits changed this task since: 'a', 'b', 'c' and 2 more."),
    ],
)
def test_what_is_known_of_the_last_good_run_is_told(past, end):
    assert summary(broken(), 60.0, past).endswith(end)


def test_several_failures_are_named():
    told = summary(finished(flow(a={}, b={}), {"a": [failed(1)], "b": [failed(2)]}).job, 0.0)
    assert told == "Failed: `a` exited 1. `b` failed as well."


def test_a_job_that_goes_on_says_which_step_has_failed():
    question = step(action=Action("approval", fields={"message": "Ship it?"}))
    world = World(job_of(flow(build={}, ask=question, ship={"build"}))).admit()
    world.claim("build")
    world.exit("build", **failed(2, error="Exit code: 2\nStderr: error: no left-pad"))
    assert summary(world.job, 0.0) == (
        "Running: 2 of 3 steps have ended. `build` exited 2 — error: no left-pad. "
        "`ask`: it waits for somebody to approve: Ship it?"
    )


def test_a_job_that_goes_on_says_how_far_it_is_and_what_it_waits_for():
    world = World(job_of(flow(it=step(action=Action("approval", fields={"approvers": ["ops"]})), next={"it"})))
    assert summary(world.job, 0.0) == "Not started."
    world.admit()
    assert summary(world.job, 0.0) == "Running: 0 of 2 steps have ended. `it`: it waits for ops to approve."
    world.tell(JobPaused(0.0, "ada"))
    assert summary(world.job, 0.0) == "Paused: 0 of 2 steps have ended."
    world = World(job_of(flow(it={}, next={"it"}))).admit()
    world.claim("it")
    assert summary(world.job, 0.0) == "Running: 0 of 2 steps have ended. `it` runs."
    world.cancel(reason="enough")
    assert summary(world.job, 0.0).startswith("Being cancelled: ")


def test_a_job_that_ended_otherwise_says_how():
    done = replace(finished(flow(it={}, skipped=step(when="false"))).job, started_at=1.0, completed_at=13.0)
    assert summary(done, 0.0) == "Completed in 12 s. `skipped` was skipped."
    waiting = replace(job_of(flow(it={})), group="g")
    assert summary(waiting, 0.0) == "Not started: it waits for a place in concurrency group g."
    assert summary(replace(waiting, starts_at=90.0), 30.0) == "Not started: it starts in 1 min."


def test_secrets_are_masked():
    assert "expected" not in summary(replace(broken(), secrets=("expected 4",)), 0.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0334, "33 ms"),
        (1.9, "1 s"),
        (125, "2 min"),
        (7300, "2 h"),
        (90_000, "1 day"),
        (200_000, "2 days"),
        (-1, "0 ms"),
    ],
)
def test_a_duration_is_told_in_its_largest_unit(seconds, text):
    assert rough(seconds) == text

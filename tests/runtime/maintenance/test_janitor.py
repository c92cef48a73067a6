"""Retention: what is old goes, in small pieces; what is open, and what it needs, stays."""

from __future__ import annotations

import os
import time

import pytest

from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.jobs.job import Job, Plan, StepRun, Steps
from gitflow.core.language.definition import Hooks, Task
from gitflow.core.language.graph import Graph
from gitflow.core.logs import LogChunk
from gitflow.core.status import JobStatus, StepStatus
from gitflow.runtime.maintenance.janitor import TRIGGERED_S, Ages, Janitor, summed
from gitflow.runtime.triggers.reactions import LOOKBACK_S
from gitflow.stores.protocols.triggers import TriggerEvent
from gitflow.stores.registry import open_stores

PLAN = Plan(Task("hello", {}), {}, Graph((), {}, {}), Hooks())
DAY = 86_400.0
NOW = 1_800_000_000.0
OPEN = None


@pytest.fixture
def stores(tmp_path):
    with open_stores(str(tmp_path / "state"), synchronous="normal") as opened:
        yield opened


def id_of(made: float) -> str:
    """As of a process that ran then: the ids of one process never go back."""
    at, more = f"{int(made * 1000):012x}", os.urandom(10).hex()
    return f"{at[:8]}-{at[8:]}-7{more[:3]}-8{more[3:6]}-{more[6:18]}"


def put(stores, ended_days_ago: float | None, ran_days: float = 0.01, revision: str = "abc", **fields) -> str:
    """A job with a step, history, a line on each day it ran, and an artifact; None: it is open."""
    ended = None if ended_days_ago is OPEN else NOW - ended_days_ago * DAY
    made = (NOW if ended is None else ended) - ran_days * DAY
    status = JobStatus.RUNNING if ended is None else JobStatus.COMPLETED
    job = Job(
        id_of(made), "w", revision, PLAN, {}, fields.pop("steps", Steps.of({"s": StepRun("s", attempt=1)})),
        status=status, created_at=made, completed_at=ended, owner_id="me", **fields,
    )  # fmt: skip
    stores.jobs.put_snapshot("w", revision, b"{}")
    stores.jobs.create(job, [HistoryEntry(made, "ada", "job.created")])
    at = made
    while at <= (NOW if ended is None else ended):
        stores.logs.append([LogChunk(job.id, "s", 1, "stdout", at, 1, b"a line\n")])
        at += DAY if ran_days <= 30 else 25 * DAY
    return job.id


def leave(stores, tmp_path, job_id: str, text: str) -> None:
    folder = tmp_path / "left"
    folder.mkdir(exist_ok=True)
    (folder / "file").write_text(text)
    stores.artifacts.keep(job_id, "s", 1, str(folder))


def sweep(stores, *, now: float = NOW, **ages: float) -> dict[str, int]:
    kept = {"jobs": 90 * DAY, "logs": 90 * DAY, "artifacts": 90 * DAY, "events": 90 * DAY} | ages
    gone = [chore() for chore in Janitor(stores, Ages(**kept)).chores(now)]
    return {one.what: one.count for one in summed(gone)}


def job_ids(stores) -> set[str]:
    from gitflow.stores.protocols.jobs import JobFilter

    return {row.id for row in stores.jobs.jobs(JobFilter(), limit=500)}


def lines(stores, job_id: str) -> int:
    return len(list(stores.logs.lines(job_id)))


def test_jobs_that_ended_long_ago_go_with_all_that_is_theirs(stores):
    old, young = put(stores, 91), put(stores, 89)
    assert sweep(stores) == {"jobs": 1, "logs of jobs": 1, "days of logs": 1}
    assert job_ids(stores) == {young}
    assert stores.jobs.history(old) == []
    assert (lines(stores, old), lines(stores, young)) == (0, 1)


def test_an_open_job_is_never_touched_however_old_it_is(stores):
    suspended = put(stores, OPEN, ran_days=400)
    before = lines(stores, suspended)
    assert sweep(stores, jobs=0, logs=0, artifacts=0, events=0) == {}
    assert job_ids(stores) == {suspended}
    assert lines(stores, suspended) == before > 10
    assert len(stores.jobs.history(suspended)) == 1


@pytest.mark.parametrize("kin", ["parent_job_id", "retry_of_job_id"])
def test_what_an_open_job_descends_from_stays(stores, kin):
    old = put(stores, 91)
    put(stores, OPEN, **{kin: old})
    assert "jobs" not in sweep(stores)
    assert old in job_ids(stores)


@pytest.mark.parametrize("ended", [OPEN, 10])
def test_a_part_stays_as_long_as_the_job_that_began_it(stores, ended):
    whole = put(stores, ended, ran_days=100)
    part = put(stores, 91, parent_job_id=whole, root_job_id=whole)
    deeper = put(stores, 91, parent_job_id=part, root_job_id=whole)
    assert "jobs" not in sweep(stores)
    assert job_ids(stores) == {whole, part, deeper}


def test_a_whole_family_that_is_old_goes(stores):
    whole = put(stores, 91)
    part = put(stores, 91, parent_job_id=whole, root_job_id=whole)
    put(stores, 91, parent_job_id=part, root_job_id=whole)
    put(stores, 91, retry_of_job_id=whole)
    assert sweep(stores)["jobs"] == 4
    assert job_ids(stores) == set()


def test_many_jobs_go_in_small_pieces(stores):
    for _ in range(45):
        put(stores, 100)
    kept = {"jobs": 90 * DAY, "logs": 90 * DAY, "artifacts": 90 * DAY, "events": 90 * DAY}
    gone = [chore() for chore in Janitor(stores, Ages(**kept)).chores(NOW)]
    assert [one.count for one in gone if one.what == "jobs"] == [20, 20, 5, 0]


def test_a_large_job_goes_in_pieces_too(stores):
    steps = Steps.of(
        {f"s{number}": StepRun(f"s{number}", attempt=1, status=StepStatus.COMPLETED) for number in range(600)}
    )
    large = put(stores, 100, steps=steps)
    put(stores, 99)
    kept = {"jobs": 90 * DAY, "logs": 90 * DAY, "artifacts": 90 * DAY, "events": 90 * DAY}
    gone = [chore() for chore in Janitor(stores, Ages(**kept)).chores(NOW)]
    assert [one.count for one in gone if one.what == "jobs"][-3:] == [1, 1, 0]
    assert len([one for one in gone if one.what == "jobs"]) > 4
    assert job_ids(stores) == set()
    assert stores.jobs.attempts(large) == []


def test_events_may_go_before_their_job(stores):
    old, suspended = put(stores, 40), put(stores, OPEN, ran_days=40)
    assert sweep(stores, events=30 * DAY) == {"events": 1}
    assert job_ids(stores) == {old, suspended}
    assert (len(stores.jobs.history(old)), len(stores.jobs.history(suspended))) == (0, 1)


def test_a_day_of_logs_goes_whole_once_every_job_of_it_ended_long_ago(stores):
    done, long_one = put(stores, 40, ran_days=5), put(stores, 29, ran_days=20)
    assert sweep(stores, logs=30 * DAY) == {}, "the other job printed on the same days, and ended lately"
    assert sweep(stores, logs=29.5 * DAY, now=NOW + DAY)["days of logs"] >= 15
    assert lines(stores, done) == 0
    assert lines(stores, long_one) <= 1
    assert job_ids(stores) == {done, long_one}


def test_artifacts_may_go_before_their_job_and_files_go_once_nothing_names_them(stores, tmp_path):
    old, young = put(stores, 40), put(stores, 10)
    leave(stores, tmp_path, old, "old alone")
    leave(stores, tmp_path, young, "young")
    leave(stores, tmp_path, put(stores, 40), "young")
    real = time.time() + 7200  # files are judged by when they were put there
    assert sweep(stores, artifacts=30 * DAY, now=max(NOW, real)) | {"files": 1} == {"artifacts": 2, "files": 1}
    assert stores.artifact_names.artifacts(old) == []
    assert len(stores.artifact_names.artifacts(young)) == 1
    os.close(stores.artifacts.open(stores.artifact_names.artifacts(young)[0][2].digest))


def test_a_file_that_was_just_kept_stays_though_no_commit_names_it_yet(stores, tmp_path):
    leave(stores, tmp_path, put(stores, 10), "its commit will be tried again")
    stores.retention.drop("artifacts", NOW, 10)
    places = stores.artifacts.places()
    assert [stores.artifacts.sweep(place, time.time() - 3600) for place in places] == [(0, 0)]
    assert [stores.artifacts.sweep(place, time.time() + 60)[0] for place in places] == [1]


def test_snapshots_stay_as_long_as_a_job_refers_to_them(stores):
    put(stores, 91, revision="old")
    put(stores, 10, revision="young")
    sweep(stores)
    assert stores.jobs.snapshot("w", "old") is None
    assert stores.jobs.snapshot("w", "young") is not None


def test_a_count_tells_what_would_go_and_removes_nothing(stores, tmp_path):
    put(stores, 91)
    put(stores, 10)
    janitor = Janitor(stores, Ages.all(30 * DAY))
    assert {one.what: one.count for one in janitor.count(NOW)} == {"jobs": 1, "events": 1, "days of logs": 1}
    assert len(job_ids(stores)) == 2


def test_a_sweep_that_is_broken_off_anywhere_loses_nothing_that_is_named(stores, tmp_path):
    """Each time one piece further; the last sweep ends it."""
    for text in ("one", "two", "three"):
        leave(stores, tmp_path, put(stores, 91), text)
    young, suspended = put(stores, 10, ran_days=100), put(stores, OPEN, ran_days=100)
    leave(stores, tmp_path, young, "one")
    leave(stores, tmp_path, suspended, "kept")
    printed = lines(stores, young), lines(stores, suspended)
    janitor = Janitor(stores, Ages.all(90 * DAY))
    for pieces in range(1, 400):
        done = 0
        for chore in janitor.chores(NOW):
            if done == pieces:
                break
            chore()
            done += 1
        for job_id in (young, suspended):
            (artifact,) = stores.artifact_names.artifacts(job_id)
            os.close(stores.artifacts.open(artifact[2].digest))
        assert (lines(stores, young), lines(stores, suspended)) == printed
        if done < pieces:
            break
    assert job_ids(stores) == {young, suspended}


def test_what_triggers_did_is_known_for_as_long_as_they_look_back(stores):
    assert TRIGGERED_S >= LOOKBACK_S
    for days in (0.5, 6, 8):
        stores.triggers.add_event(TriggerEvent("w", "nightly", NOW - days * DAY, "fired", f"time:{days}"))
    assert sweep(stores, events=0)["trigger events"] == 1
    assert len(stores.triggers.events("w", "nightly")) == 2

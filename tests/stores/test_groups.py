"""Who holds a place in a concurrency group and who waits, as the store counts them; and jobs that change hands."""

import pytest

from gitflow.core.errors import Conflict
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus

GROUP = {"group": "g", "owner_id": "run-1"}


@pytest.fixture
def members(stores):
    """Ids of those who hold a place, and of those who wait, in the order of their turn."""

    def ask(now=0.0, workspace="default"):
        found = stores.groups.members(workspace, "g", now)
        return [[one.member.job_id for one in found if one.has_begun is begun] for begun in (True, False)]

    return ask


def put(stores, job, **changes):
    stores.jobs.create(replace(job, **changes), [])
    return job.id


def test_who_runs_or_is_paused_holds_a_place_and_who_has_ended_is_gone(stores, job_of, members):
    made = {status: put(stores, job_of(**GROUP), status=status) for status in JobStatus}
    holding, waiting = members()
    assert sorted(holding) == [made[JobStatus.RUNNING], made[JobStatus.PAUSED]]
    assert waiting == [made[JobStatus.PENDING]]
    assert stores.groups.holders("default", "g") == 2
    assert members(workspace="other") == [[], []]


def test_who_waits_goes_by_priority_and_then_by_who_came_first(stores, job_of, members):
    made = [put(stores, job_of(**GROUP), priority=priority) for priority in (0, 5, 0, 5)]
    assert members()[1] == [made[1], made[3], made[0], made[2]]


def test_the_delay_of_a_retry_is_no_wait_for_a_place(stores, job_of, members):
    job_id = put(stores, job_of(**GROUP), starts_at=50.0)
    assert members(49.0) == [[], []]
    assert members(50.0) == [[], [job_id]]


def test_of_many_who_wait_the_first_are_told_unless_one_would_not_wait(stores, job_of):
    with stores.jobs.transaction():
        for _ in range(120):
            put(stores, job_of(**GROUP))
    assert len(stores.groups.members("default", "g", 0.0)) == 100
    put(stores, job_of(**GROUP), on_limit="cancel_running")
    assert len(stores.groups.members("default", "g", 0.0)) == 121


def test_what_people_see_of_a_group_is_what_decides_about_it(stores, job_of):
    made = [put(stores, job_of(**GROUP), status=status) for status in JobStatus for _ in range(2)]
    put(stores, job_of(**GROUP), starts_at=50.0)
    urgent, ending = put(stores, job_of(**GROUP), priority=3), put(stores, job_of(**GROUP), status=JobStatus.RUNNING)
    asked = put(stores, job_of(**GROUP))
    for job_id in (ending, asked):
        stores.jobs.add_request(job_id, "cancel", {}, "engine", 1.0)
    put(stores, job_of(**GROUP), workspace="other")
    members = stores.groups.members("default", "g", 0.0)
    shown = stores.reports.group_jobs("default", "g", 0.0)
    assert {one.member for one in members} == {one.member for one in shown}
    assert [one.member.job_id for one in shown if not one.has_begun] == [urgent, *made[:2]]
    [counts, others] = stores.reports.group_counts(None, 0.0)
    assert (counts.workspace, counts.group, counts.holders, counts.waiters) == ("default", "g", 5, 3)
    assert (others.workspace, others.holders, others.waiters) == ("other", 0, 1)
    assert stores.reports.group_counts("default", 0.0) == [counts]
    assert len(stores.reports.group_jobs("default", "g", 0.0, limit=2)) == 4


def test_who_was_asked_to_end_is_ending_already(stores, job_of, members):
    holder = put(stores, job_of(**GROUP), status=JobStatus.RUNNING)
    waiter = put(stores, job_of(**GROUP))
    assert not stores.groups.is_asked_to_end(holder)
    for job_id in (holder, waiter):
        stores.jobs.add_request(job_id, "cancel", {}, "engine", 1.0)
    assert stores.groups.is_asked_to_end(holder)
    [found] = stores.groups.members("default", "g", 0.0)
    assert (found.member.job_id, found.member.cancelling) == (holder, True)


def test_the_open_jobs_that_somebody_started_are_found(stores, job_of):
    from gitflow.core.jobs.job import Source

    source = Source("trigger", "nightly")
    job_id = put(stores, job_of(owner_id="server-1"), source=source)
    put(stores, job_of(), source=source, status=JobStatus.FAILED)
    put(stores, job_of(), source=Source("trigger", "other"))
    assert stores.groups.of_source("default", "trigger", "nightly") == [(job_id, "server-1")]


def test_jobs_change_hands_once_and_their_last_owner_cannot_save_them_any_more(stores, job_of, plan_of, save):
    job = job_of("build", owner_id="server-1")
    stores.jobs.create(job, [])
    with stores.jobs.transaction():
        stores.takeovers.give([job.id], "server-1", "server-2")
        stores.takeovers.give([job.id], "server-1", "server-3")
    assert stores.jobs.load(job.id, plan_of).owner_id == "server-2"
    assert stores.takeovers.open_with_workspace("server-2") == [(job.id, "default")]
    with pytest.raises(Conflict):
        save(stores.jobs, job, build={"status": StepStatus.RUNNING})


def test_the_marks_of_what_an_owner_has_running_are_known(stores, job_of, save):
    job = job_of("one", "two", owner_id="server-1")
    stores.jobs.create(job, [])
    running = {"status": StepStatus.RUNNING, "attempt": 1, "run_token": "aa"}
    save(stores.jobs, job, one=running, two={**running, "status": StepStatus.COMPLETED, "run_token": "bb"})
    assert stores.takeovers.run_tokens("server-1") == {"aa"}
    assert stores.takeovers.run_tokens("server-2") == set()


def test_what_was_started_once_is_read_from_the_history(stores, job_of):
    job = job_of()
    stores.jobs.create(
        job,
        [
            HistoryEntry(1.0, "engine", "hook.started", "w", 2, {"hook": "on_suspended", "action": "a"}),
            HistoryEntry(2.0, "engine", "hook.refused", None, None, {"hook": "on_error", "reopened": 1}),
            HistoryEntry(3.0, "engine", "job.retried", None, None, {"job_id": "x"}),
            HistoryEntry(4.0, "engine", "step.failed", "w", 2),
        ],
    )
    assert stores.takeovers.announced(job.id) == {
        ("on_suspended", "w", 2, 0),
        ("on_error", None, None, 1),
        ("retry", None, None, 0),
    }


def test_history_of_a_job_that_is_gone_is_told_to_nobody(stores, job_of):
    job = job_of()
    stores.jobs.create(job, [])
    entry = HistoryEntry(1.0, "engine", "hook.failed")
    stores.jobs.add_history(job.id, [entry])
    stores.jobs.add_history("no-such-job", [entry])
    assert stores.jobs.history(job.id) == [entry]

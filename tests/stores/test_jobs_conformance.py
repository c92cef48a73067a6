"""What every store of jobs does. ``stores`` is one of every registered kind."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.core.errors import Conflict, InvalidInput, NotFound
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.jobs.job import Job, SentEvent, Source, StepRun, Steps
from gitflow.core.language.snapshot import Commit
from gitflow.core.record import names_of, replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.stores.protocols.jobs import AttemptRow, DueTimer, JobFilter, JobState
from gitflow.stores.sql import lists

TEXT = st.text(max_size=12)
NAME = st.from_regex(r"[a-z][a-z0-9-]{0,8}(\[[0-9]\])?", fullmatch=True)
TIME = st.none() | st.floats(0, 4e9)
COUNT = st.integers(0, 2**31)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
OBJECT = st.dictionaries(TEXT, JSON, max_size=3)
MAYBE_TEXT = st.none() | TEXT


def step_runs(name):
    given_fields = {
        "name": st.just(name),
        "status": st.sampled_from([*StepStatus]),
        **dict.fromkeys(["attempt", "open_needs", "first_attempt", "started_instances", "ended_instances"], COUNT),
        **dict.fromkeys(["loop_index", "loop_total", "exit_code"], st.none() | COUNT),
        **dict.fromkeys(["item", "input", "output"], JSON),
        **dict.fromkeys(["ready_at", "started_at", "suspended_at", "completed_at", "due_at"], TIME),
        **dict.fromkeys(["deadline_at", "late_at"], TIME),
        "is_ahead": st.booleans(),
    }
    rest = {name: MAYBE_TEXT for name in names_of(StepRun) if name not in given_fields}
    return st.builds(StepRun, **given_fields, **rest)


#: Few names, so that a change often meets a step that is there.
STEPS = st.lists(st.sampled_from(["a", "b", "a[0]"]), unique=True, max_size=3).flatmap(
    lambda names: st.tuples(*map(step_runs, names))
)
#: What may change after a job was made.
MOVING = {
    "status": st.sampled_from([*JobStatus]),
    "cancel_status": st.none() | st.sampled_from([*JobStatus]),
    "output": JSON,
    "priority": st.integers(-1000, 1000),
    "attempt": st.integers(1, 100),
    **dict.fromkeys(["open_steps", "busy_steps", "failed_steps", "reopened"], COUNT),
    **dict.fromkeys(["error_message", "owner_id", "worker_id", "restart_by"], MAYBE_TEXT),
    "sent_events": st.lists(
        st.builds(SentEvent, TEXT, TEXT, JSON, TEXT, st.floats(0, 2e9), MAYBE_TEXT), max_size=3
    ).map(tuple),
    "also_requested_by": st.lists(TEXT, max_size=3).map(tuple),
    **dict.fromkeys(["started_at", "completed_at", "expires_at", "late_at", "cancel_requested_at", "paused_at"], TIME),
}
FIXED = {
    "id": st.uuids().map(str),
    "input": OBJECT,
    "labels": st.dictionaries(TEXT, TEXT, max_size=3),
    "source": st.builds(
        Source, st.sampled_from(["api", "user", "trigger", "webhook", "hook", "task"]), MAYBE_TEXT, MAYBE_TEXT
    ),
    "depth": st.integers(0, 10),
    **dict.fromkeys(["parent_job_id", "parent_step", "root_job_id", "retry_of_job_id"], MAYBE_TEXT),
    "hook": st.none() | OBJECT,
    "anew": st.none() | st.frozensets(NAME, max_size=3),
    "created_at": st.floats(0, 4e9),
    "group": MAYBE_TEXT,
    "group_limit": st.integers(1, 100),
    "on_limit": st.sampled_from(["queue", "skip", "cancel_running"]),
    "starts_at": TIME,
    "traceparent": MAYBE_TEXT,
    "git_commit": st.none() | st.builds(Commit, TEXT, TEXT, TEXT, st.floats(0, 4e9)),
}
ENTRY = st.builds(HistoryEntry, TIME.map(lambda at: at or 0.0), TEXT, TEXT, MAYBE_TEXT, st.none() | COUNT, JSON)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(FIXED), st.fixed_dictionaries(MOVING), STEPS,
    st.fixed_dictionaries(MOVING), STEPS, st.lists(ENTRY, max_size=3),
)  # fmt: skip
def test_nothing_of_a_job_is_lost(stores, plan, plan_of, fixed, before, steps, after, changes, history):
    named = Steps.of({step.name: step for step in steps})
    job = Job(workspace="w", revision="r", plan=plan, steps=named, **fixed, **before)
    try:
        stores.jobs.create(job, history)
    except Conflict:
        return  # hypothesis gave an id twice
    assert stores.jobs.load(job.id, plan_of) == job
    changed = {step.name: step for step in changes}
    later = replace(job, steps=job.steps.changed(changed), **after)
    stores.jobs.save(later, changed, history)
    loaded = stores.jobs.load(job.id, plan_of)
    assert loaded == replace(later, version=1)
    assert list(loaded.steps) == list(later.steps)
    assert stores.jobs.history(job.id) == history * 2


def test_every_field_is_covered_by_the_law():
    made_here = {"workspace", "revision", "plan", "steps", "version", "secrets"}
    assert set(names_of(Job)) == FIXED.keys() | MOVING.keys() | made_here


def test_a_save_of_an_older_version_is_refused_and_changes_nothing(stores, job_of, save, plan_of):
    job = job_of("build")
    stores.jobs.create(job, [])
    newer = save(stores.jobs, job, build={"status": StepStatus.RUNNING, "attempt": 1})
    with pytest.raises(Conflict, match=job.id):
        save(stores.jobs, job, [HistoryEntry(1.0, "engine", "late")], build={"status": StepStatus.FAILED})
    assert stores.jobs.load(job.id, plan_of) == newer
    assert stores.jobs.history(job.id) == []


def test_a_job_is_created_once(stores, job_of, plan_of):
    job = job_of("build")
    stores.jobs.create(job, [])
    with pytest.raises(Conflict, match="already"):
        stores.jobs.create(replace(job, input={}), [])
    assert stores.jobs.load(job.id, plan_of) == job


def test_the_plan_of_a_job_is_asked_for_by_its_key(stores, job_of, plan):
    job = job_of("build", workspace="shop", revision="r1")
    stores.jobs.create(job, [])
    asked = []
    stores.jobs.load(job.id, lambda *key: asked.append(key) or plan)
    assert asked == [("shop", "r1", "hello")]


def test_an_unknown_job_is_not_found(stores, plan_of):
    with pytest.raises(NotFound, match="no job named 'nobody'"):
        stores.jobs.load("nobody", plan_of)


def test_a_transaction_is_kept_whole_or_not_at_all(stores, job_of, save, plan_of):
    one, other = job_of("build"), job_of("build")
    stores.jobs.create(one, [])

    def break_off():
        with stores.jobs.transaction():
            stores.jobs.create(other, [])
            save(stores.jobs, one, build={"status": StepStatus.READY})
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        break_off()
    assert stores.jobs.load(one.id, plan_of) == one
    with pytest.raises(NotFound):
        stores.jobs.load(other.id, plan_of)
    with stores.jobs.transaction():
        stores.jobs.create(other, [])
        after = save(stores.jobs, one, build={"status": StepStatus.READY})
    assert (stores.jobs.load(one.id, plan_of), stores.jobs.load(other.id, plan_of)) == (after, other)


def test_loop_instances_come_behind_the_other_steps_and_stay_there(stores, job_of, save, plan_of):
    job = job_of("z", "a", "m")
    stores.jobs.create(job, [])
    job = save(stores.jobs, job, **{"a[1]": {"loop_of": "a"}, "a[0]": {"loop_of": "a"}})
    job = save(stores.jobs, job, z={"status": StepStatus.READY}, **{"a[1]": {"status": StepStatus.READY}})
    assert list(stores.jobs.load(job.id, plan_of).steps) == ["z", "a", "m", "a[1]", "a[0]"]


def test_each_attempt_leaves_a_row(stores, job_of, save):
    job = job_of("build")
    stores.jobs.create(job, [])
    running = {"status": StepStatus.RUNNING, "attempt": 1, "started_at": 1.0, "worker_id": "w"}
    job = save(stores.jobs, job, build=running)
    assert stores.jobs.attempts(job.id) == [AttemptRow("build", 1, "running", None, 1.0, None, None, "w")]
    waits = {"status": StepStatus.PENDING, "exit_code": 3, "error_message": "Exit code: 3", "due_at": 9.0}
    job = save(stores.jobs, job, [HistoryEntry(2.0, "worker", "step.retrying", "build", 1)], build=waits)
    failed = AttemptRow("build", 1, "failed", 3, 1.0, 2.0, "Exit code: 3", "w")
    assert stores.jobs.attempts(job.id) == [failed]
    job = save(stores.jobs, job, build={"status": StepStatus.CANCELLED, "completed_at": 3.0})
    assert stores.jobs.attempts(job.id) == [failed], "an attempt that has ended stays as it ended"
    again = {"status": StepStatus.COMPLETED, "attempt": 2, "exit_code": 0, "error_message": None, "completed_at": 5.0}
    job = save(stores.jobs, job, build=again)
    assert stores.jobs.attempts(job.id) == [failed, AttemptRow("build", 2, "completed", 0, 1.0, 5.0, None, "w")]


def test_a_step_that_was_never_tried_leaves_no_attempt(stores, job_of, save):
    job = job_of("build", "test")
    stores.jobs.create(job, [])
    save(stores.jobs, job, build={"status": StepStatus.SKIPPED}, test={"status": StepStatus.READY, "attempt": 1})
    assert stores.jobs.attempts(job.id) == []


def test_text_that_utf_8_cannot_hold_is_kept_as_far_as_it_goes(stores, job_of, save, plan_of):
    job = job_of("build")
    stores.jobs.create(job, [])
    save(stores.jobs, job, build={"error_message": "no file b\udcffc", "output": {"name": "b\udcffc"}})
    step = stores.jobs.load(job.id, plan_of).steps["build"]
    assert (step.error_message, step.output) == ("no file b?c", {"name": "b\udcffc"})


def test_a_job_is_found_by_the_beginning_of_its_id(stores, job_of):
    one, other = job_of(id="aaaaaaaa-1111"), job_of(id="aaaaaaaa-1112")
    for job in (one, other):
        stores.jobs.create(job, [])
    assert stores.jobs.find("AAAAAAAA-1112") == other.id
    with pytest.raises(InvalidInput, match="part of the ids of several jobs"):
        stores.jobs.find("aaaaaaaa-111")
    with pytest.raises(NotFound):
        stores.jobs.find("aaaaaaab")
    with pytest.raises(NotFound):
        stores.jobs.find("aaaaaaa%")
    with pytest.raises(InvalidInput, match="too short"):
        stores.jobs.find("aaaaaaa")


def test_a_job_is_found_by_the_end_of_its_id_which_tables_show(stores, job_of):
    one, other = "01a22b49-33ea-71f9-ac78-dbca9569a5ef", "01a22b49-33ea-71f9-ac78-0000beefa5ef"
    for job_id in (one, other):
        stores.jobs.create(job_of(id=job_id), [])
    assert stores.jobs.find(one[-8:]) == one
    assert stores.jobs.find("CA9569A5EF") == one
    assert stores.jobs.find(one) == one
    with pytest.raises(NotFound):
        stores.jobs.find("a9569a5e")  # in the middle
    with pytest.raises(NotFound):
        stores.jobs.find("____a5ef")


def test_a_part_of_several_ids_names_their_jobs(stores, job_of):
    for number in range(7):
        stores.jobs.create(job_of(id=f"01a22b49-33ea-71f9-ac7{number}-dbca9569a5ef"), [])
    with pytest.raises(InvalidInput) as refused:
        stores.jobs.find("9569a5ef")
    assert str(refused.value).count("(") == 5
    assert "01a22b49-33ea-71f9-ac76-dbca9569a5ef (" in str(refused.value)
    assert str(refused.value).endswith(", …")


def ids(rows):
    return [row.id for row in rows]


def test_lists_are_newest_first_and_paged(stores, job_of):
    made = [job_of(created_at=at) for at in (5.0, 1.0, 3.0, 3.0, 2.0)]
    for job in made:
        stores.jobs.create(job, [])
    newest_first = [job.id for job in sorted(made, key=lambda job: (job.created_at, job.id), reverse=True)]
    assert ids(stores.jobs.jobs(JobFilter())) == newest_first
    assert ids(stores.jobs.jobs(JobFilter(), limit=2, offset=1)) == newest_first[1:3]
    page, paged = stores.jobs.jobs(JobFilter(), limit=2), []
    while page:
        paged += ids(page)
        page = stores.jobs.jobs(JobFilter(), limit=2, before=(page[-1].created_at, page[-1].id))
    assert paged == newest_first
    assert stores.jobs.count(JobFilter()) == 5
    assert stores.jobs.count(JobFilter(), at_most=3) == 3


@pytest.mark.parametrize("wanted", [JobFilter(), JobFilter(status=("failed", "pending")), JobFilter(labels={"a": "b"})])
def test_a_list_may_be_in_the_order_of_the_ends(stores, job_of, wanted):
    ends = [3.0, None, 1.0, 2.0]
    states = [JobStatus.PENDING if at is None else JobStatus.FAILED for at in ends]
    for number, (at, status) in enumerate(zip(ends, states, strict=True)):
        stores.jobs.create(job_of(created_at=float(number), completed_at=at, status=status, labels={"a": "b"}), [])
    assert [row.completed_at for row in stores.jobs.jobs(wanted, by_end=True)] == [3.0, 2.0, 1.0, None]
    assert [row.completed_at for row in stores.jobs.jobs(wanted, 2, 1, by_end=True)] == [2.0, 1.0]


@pytest.mark.parametrize("wanted", [JobFilter(), JobFilter(status=("failed", "pending")), JobFilter(labels={"a": "b"})])
def test_a_list_may_be_oldest_first(stores, job_of, wanted):
    states = [JobStatus.FAILED, JobStatus.PENDING]
    made = [job_of(created_at=float(n % 3), status=states[n % 2], labels={"a": "b"}) for n in range(8)]
    for job in made:
        stores.jobs.create(job, [])
    oldest_first = [job.id for job in sorted(made, key=lambda job: (job.created_at, job.id))]
    page, paged = stores.jobs.jobs(wanted, limit=3, oldest_first=True), []
    while page:
        paged += ids(page)
        last = page[-1]
        page = stores.jobs.jobs(wanted, limit=3, before=(last.created_at, last.id), oldest_first=True)
    assert paged == oldest_first


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (JobFilter(), "abc"),
        (JobFilter(workspace="shop"), "ab"),
        (JobFilter(workspace="shop", task_name="hello"), "ab"),
        (JobFilter(task_name="other"), ""),
        (JobFilter(status="failed"), "b"),
        (JobFilter(status=("failed", "pending")), "abc"),
        (JobFilter(status=("failed", "paused"), workspace="shop"), "b"),
        (JobFilter(status=("failed", "failed")), "b"),
        (JobFilter(status=("failed", "pending"), labels={"team": "red"}), "ac"),
        (JobFilter(parent_job_id="a" * 8), "b"),
        (JobFilter(retry_of_job_id="a" * 8), "c"),
        (JobFilter(roots=True), "ac"),
        (JobFilter(not_retried=True), "bc"),
        (JobFilter(labels={"team": "red"}, created_after=1.0), "c"),
        (JobFilter(source_type="api"), "c"),
        (JobFilter(revision="r2"), "c"),
        (JobFilter(labels={"team": "red"}), "ac"),
        (JobFilter(labels={"team": "red", "tier": "1"}), "a"),
        (JobFilter(labels={"team": "r"}), ""),
        (JobFilter(search="BOOM"), "b"),
        (JobFilter(search="cccccccc"), "c"),
        (JobFilter(search="100%"), ""),
        (JobFilter(created_after=1.0), "bc"),
        (JobFilter(created_before=3.0, workspace="shop", status="failed"), "b"),
        (JobFilter(has_label="team"), "ac"),
        (JobFilter(has_label="tier", workspace="shop"), "a"),
        (JobFilter(source_type="hook", workspace="shop"), "b"),
        (JobFilter(source_type="hook", workspace="default"), ""),
        (JobFilter(source_type="api", status="pending"), "c"),
        (JobFilter(source_type="trigger", status=("pending", "failed"), workspace="shop"), "a"),
        (JobFilter(labels={"team": "red"}, status="pending", actor="eve"), "c"),
        (JobFilter(labels={"tier": "1", "team": "red"}, status="pending"), "a"),
        (JobFilter(revision="r2", workspace="default", status="pending"), "c"),
        (JobFilter(revision="r2", workspace="shop"), ""),
        (JobFilter(actor="ada", status="failed", duration_over=50.0), "b"),
        (JobFilter(actor="ada"), "ab"),
        (JobFilter(actor="ada", workspace="shop", status=("failed", "completed")), "b"),
        (JobFilter(actor="ada", labels={"team": "red"}), "a"),
        (JobFilter(trigger="nightly"), "a"),
        (JobFilter(trigger="c"), ""),
        (JobFilter(trigger="nightly", actor="bob"), ""),
        (JobFilter(duration_over=0.0), "ab"),
        (JobFilter(duration_over=90.0), "b"),
        (JobFilter(duration_over=100.0), ""),
        (JobFilter(duration_over=1e9), ""),
        (JobFilter(duration_over=0.2, status="pending", tasks=(("shop", "hello"),)), "a"),
        (JobFilter(duration_over=0.2, labels={"team": "red"}), "a"),
        (JobFilter(late=True), "c"),
        (JobFilter(late=True, workspace="shop"), ""),
        (JobFilter(late=True, labels={"team": "red"}, status="pending"), "c"),
    ],
)
@pytest.mark.parametrize("few", [-1, 5000])
def test_a_filter_leaves_what_it_says(stores, job_of, monkeypatch, wanted, found, few):
    """``few``: whether conditions are taken for ones that many jobs meet, or few."""
    monkeypatch.setattr(lists, "FEW", few)
    for job in (
        job_of(
            id="a" * 8,
            workspace="shop",
            created_at=1.0,
            labels={"team": "red", "tier": "1"},
            source=Source("trigger", "nightly", "ada"),
            started_at=1.5,
            completed_at=2.0,
        ),
        job_of(
            id="b" * 8,
            workspace="shop",
            created_at=2.0,
            status=JobStatus.FAILED,
            error_message="Boom",
            parent_job_id="a" * 8,
            source=Source("hook", "nightly", "ada"),
            started_at=2.0,
            completed_at=102.0,
            late_at=4.0,
        ),
        job_of(
            id="c" * 8,
            created_at=3.0,
            labels={"team": "red"},
            source=Source("api", "c", "eve"),
            started_at=3.0,
            revision="r2",
            retry_of_job_id="a" * 8,
            late_at=4.0,
        ),
    ):
        stores.jobs.create(job, [])
    rows = stores.jobs.jobs(wanted)
    assert sorted(row.id[0] for row in rows) == list(found)
    assert stores.jobs.count(wanted) == len(found)


@pytest.mark.parametrize("wanted", [JobFilter(status=("failed", "pending", "paused")), JobFilter(labels={"a": "b"})])
def test_a_list_that_is_put_together_is_newest_first_and_paged(stores, job_of, wanted):
    states = [JobStatus.FAILED, JobStatus.PENDING, JobStatus.PAUSED]
    made = [job_of(created_at=float(n % 4), status=states[n % 3], labels={"a": "b"}) for n in range(12)]
    for job in (*made, job_of(status=JobStatus.COMPLETED)):
        stores.jobs.create(job, [])
    newest_first = [job.id for job in sorted(made, key=lambda job: (job.created_at, job.id), reverse=True)]
    page, paged = stores.jobs.jobs(wanted, limit=5), []
    while page:
        paged += ids(page)
        page = stores.jobs.jobs(wanted, limit=5, before=(page[-1].created_at, page[-1].id))
    assert paged == newest_first
    assert ids(stores.jobs.jobs(wanted, limit=3, offset=4)) == newest_first[4:7]
    assert stores.jobs.count(wanted, at_most=7) == 7


def test_the_standing_of_a_job_is_read_without_its_steps(stores, job_of):
    job = job_of("a", owner_id="me", status=JobStatus.PAUSED)
    stores.jobs.create(job, [])
    assert stores.jobs.state_of(job.id) == JobState(JobStatus.PAUSED, "me", None, job.version)
    with pytest.raises(NotFound):
        stores.jobs.state_of("no-such-job")


def test_labels_go_with_their_job(stores, job_of):
    job = job_of(status=JobStatus.COMPLETED, labels={"a": "b"})
    stores.jobs.create(job, [])
    stores.jobs.delete([job.id])
    assert stores.jobs.jobs(JobFilter(labels={"a": "b"})) == []


def test_a_key_stands_for_the_job_it_made(stores):
    jobs = stores.jobs
    assert jobs.idempotency_key("ada", "k", "d") is None
    jobs.put_idempotency_key("ada", "k", "d", "job-1", 1.0)
    jobs.put_idempotency_key("bob", "k", "d", "job-2", 2.0)
    assert jobs.idempotency_key("ada", "k", "d") == (True, "job-1", 1.0)
    assert jobs.idempotency_key("ada", "k", "e") == (False, "job-1", 1.0)
    jobs.put_idempotency_key("ada", "k", "e", "job-3", 9.0)
    assert jobs.idempotency_key("ada", "k", "e") == (True, "job-3", 9.0)


def test_old_keys_are_dropped_a_few_at_a_time(stores):
    jobs = stores.jobs
    for n in range(5):
        jobs.put_idempotency_key("ada", str(n), "d", "job", float(n))
    assert [jobs.drop_idempotency_keys(4.0, 3) for _ in range(3)] == [3, 1, 0]
    assert jobs.idempotency_key("ada", "4", "d") is not None


def test_a_list_tells_of_each_job_what_it_is(stores, job_of):
    job = job_of(labels={"a": "b"}, priority=3, source=Source("trigger", "nightly"), worker_id="w", started_at=2.0)
    stores.jobs.create(job, [])
    [row] = stores.jobs.jobs(JobFilter())
    assert (row.id, row.task_name, row.mode, row.status) == (job.id, "hello", "distributed", JobStatus.PENDING)
    assert (row.labels, row.priority, row.source_type, row.source_id) == ({"a": "b"}, 3, "trigger", "nightly")
    assert (row.worker_id, row.created_at, row.started_at, row.completed_at) == ("w", job.created_at, 2.0, None)


def test_a_list_tells_of_each_job_how_far_it_is(stores, job_of):
    stores.jobs.create(job_of(source=Source("api", None, "ada"), open_steps=2, failed_steps=1, error_message="no"), [])
    [row] = stores.jobs.jobs(JobFilter())
    assert (row.source_actor, row.open_steps, row.failed_steps, row.error_message) == ("ada", 2, 1, "no")


#: Around each power of two, where a list of long jobs is put together from two.
DURATIONS = (0.0, 0.5, *(2.0**power + more for power in range(20) for more in (-0.25, 0.0, 0.25)))


def test_a_list_of_long_jobs_has_all_that_ran_longer_and_no_other(stores, job_of):
    for took in DURATIONS:
        stores.jobs.create(job_of(started_at=100.0, completed_at=100.0 + took, labels={"took": str(took)}), [])
    for limit in DURATIONS:
        found = [float(row.labels["took"]) for row in stores.jobs.jobs(JobFilter(duration_over=limit), 500)]
        assert sorted(found) == sorted(took for took in DURATIONS if took > limit)


def test_open_jobs_belong_to_their_owners(stores, job_of, save):
    mine, ended, other = job_of(owner_id="me"), job_of(owner_id="me"), job_of(owner_id="you")
    for job in (mine, ended, other, job_of()):
        stores.jobs.create(job, [])
    save(stores.jobs, replace(ended, status=JobStatus.COMPLETED))
    assert stores.jobs.open_jobs("me") == [mine.id]
    assert stores.jobs.owners() == ["me", "you"]
    save(stores.jobs, replace(mine, owner_id="you"))
    assert stores.jobs.open_jobs("you") == [mine.id, other.id]
    assert stores.jobs.owners() == ["you"]


def test_children_and_chains_of_retries_are_found(stores, job_of):
    parent = job_of("call")
    child = job_of(parent_job_id=parent.id, parent_step="call")
    retry = job_of(retry_of_job_id=child.id)
    second = job_of(retry_of_job_id=retry.id)
    for job in (parent, child, retry, second):
        stores.jobs.create(job, [])
    assert stores.jobs.children(parent.id) == [(child.id, "call", JobStatus.PENDING)]
    assert stores.jobs.chain(child.id) == [retry.id, second.id]
    assert stores.jobs.chain(second.id) == []


def test_timers_are_found_when_they_fall_due(stores, job_of, save):
    job = job_of("nap", "build", owner_id="me", expires_at=50.0)
    stores.jobs.create(job, [])
    job = save(stores.jobs, job, nap={"due_at": 20.0, "attempt": 1, "status": StepStatus.SUSPENDED})
    nap, end = DueTimer(job.id, "nap", 1, 20.0), DueTimer(job.id, None, None, 50.0)
    assert stores.jobs.due("me", 10.0) == []
    assert stores.jobs.due("me", 20.0) == [nap]
    assert stores.jobs.due("me", 99.0) == [nap, end]
    assert stores.jobs.due("you", 99.0) == []
    save(stores.jobs, replace(job, status=JobStatus.FAILED))
    assert stores.jobs.due("me", 99.0) == []


def test_a_snapshot_stays_as_long_as_a_job_refers_to_it(stores, job_of):
    one, other = job_of(status=JobStatus.COMPLETED), job_of(status=JobStatus.FAILED)
    with stores.jobs.transaction():
        stores.jobs.put_snapshot("default", "abc", b"compiled")
        stores.jobs.put_snapshot("default", "abc", b"the first stays")
        stores.jobs.create(one, [])
    stores.jobs.create(other, [])
    stores.jobs.delete([one.id])
    assert stores.jobs.snapshot("default", "abc") == b"compiled"
    stores.jobs.delete([other.id])
    assert stores.jobs.snapshot("default", "abc") is None


def test_only_what_has_ended_is_deleted_and_with_all_that_was_its(stores, job_of, save, plan_of):
    ended, running = job_of("build"), job_of("build")
    for job in (ended, running):
        stores.jobs.create(job, [HistoryEntry(1.0, "engine", "job.created")])
    done = save(stores.jobs, replace(ended, status=JobStatus.FAILED), build={"status": StepStatus.FAILED, "attempt": 1})
    assert stores.jobs.delete([running.id, done.id, "nobody"]) == [done.id]
    assert (stores.jobs.history(done.id), stores.jobs.attempts(done.id)) == ([], [])
    with pytest.raises(NotFound):
        stores.jobs.load(done.id, plan_of)
    assert stores.jobs.load(running.id, plan_of) == running


def test_a_request_waits_for_the_owner_until_it_is_answered(stores, job_of):
    job = job_of(owner_id="me")
    stores.jobs.create(job, [])
    first = stores.jobs.add_request(job.id, "cancel", {"reason": "wrong branch"}, "ann", 10.0)
    second = stores.jobs.add_request(job.id, "pause", {}, "bob", 11.0)
    assert [(one.id, one.operation, one.arguments, one.actor) for one in stores.jobs.requests("me")] == [
        (first, "cancel", {"reason": "wrong branch"}, "ann"),
        (second, "pause", {}, "bob"),
    ]
    assert stores.jobs.requests("you") == []
    stores.jobs.answer(first, 12.0)
    stores.jobs.answer(second, 13.0, "it has ended", "conflict", {"n": 1})
    stores.jobs.answer(second, 14.0)
    answered = stores.jobs.request(second)
    assert (answered.error, answered.code, answered.result) == ("it has ended", "conflict", {"n": 1})
    assert stores.jobs.requests("me") == []
    assert (stores.jobs.request(second).done_at, stores.jobs.request(second).error) == (13.0, "it has ended")
    with pytest.raises(NotFound):
        stores.jobs.add_request("nobody", "cancel", {}, "ann", 15.0)
    with pytest.raises(NotFound):
        stores.jobs.request(99)


def test_notes_about_the_store_are_kept(stores):
    assert stores.jobs.meta("colour") is None
    stores.jobs.put_meta("colour", "red")
    stores.jobs.put_meta("colour", "blue")
    assert stores.jobs.meta("colour") == "blue"


def test_an_instance_that_is_removed_is_gone_and_its_attempts_stay(stores, job_of, save, plan_of):
    job = job_of("loop", "loop[0]")
    stores.jobs.create(job, [])
    job = save(stores.jobs, job, **{"loop[0]": {"status": StepStatus.RUNNING, "attempt": 1}})
    stores.jobs.save(job, {}, [], ["loop[0]"])
    assert list(stores.jobs.load(job.id, plan_of).steps) == ["loop"]
    assert [(row.step, row.attempt) for row in stores.jobs.attempts(job.id)] == [("loop[0]", 1)]


def test_the_attempt_of_a_suspended_step_that_is_reset_has_ended(stores, job_of, save, plan_of):
    job = job_of("nap")
    stores.jobs.create(job, [])
    job = save(stores.jobs, job, nap={"status": StepStatus.SUSPENDED, "attempt": 1, "started_at": 2.0})
    reset = [HistoryEntry(7.0, "ada", "step.reset", "nap", 1)]
    job = save(stores.jobs, job, reset, nap={"status": StepStatus.PENDING, "first_attempt": 2, "started_at": None})
    save(stores.jobs, job, nap={"status": StepStatus.SUSPENDED, "attempt": 2, "started_at": 8.0})
    assert [(row.status, row.started_at, row.completed_at) for row in stores.jobs.attempts(job.id)] == [
        ("cancelled", 2.0, 7.0),
        ("suspended", 8.0, None),
    ]


def test_a_step_that_was_reset_and_skipped_leaves_its_last_attempt_as_it_ended(stores, job_of, save, plan_of):
    job = job_of("build")
    stores.jobs.create(job, [])
    ended = {"status": StepStatus.FAILED, "attempt": 1, "exit_code": 3, "completed_at": 5.0}
    job = save(stores.jobs, job, build=ended)
    reset = {"status": StepStatus.SKIPPED, "attempt": 1, "first_attempt": 2, "exit_code": None, "completed_at": 9.0}
    save(stores.jobs, job, build=reset)
    assert [(row.status, row.exit_code, row.completed_at) for row in stores.jobs.attempts(job.id)] == [
        ("failed", 3, 5.0)
    ]


@pytest.mark.parametrize("others", [0, 30])
def test_a_list_of_some_tasks_holds_their_jobs_alone_newest_first(stores, job_of, others):
    """Few tasks are merged, many are looked for; both give the same."""
    for number, task in enumerate(["a", "b", "c", "a", "b"]):
        job = job_of(created_at=float(number))
        plan = replace(job.plan, task=replace(job.plan.task, name=task))
        stores.jobs.create(replace(job, plan=plan), [])
    (workspace, _), *_ = stores.jobs.tasks()
    wanted = ((workspace, "a"), (workspace, "b"), *((workspace, f"none-{number}") for number in range(others)))
    found = stores.jobs.jobs(JobFilter(tasks=wanted))
    assert [(row.task_name, row.created_at) for row in found] == [("b", 4.0), ("a", 3.0), ("b", 1.0), ("a", 0.0)]
    assert stores.jobs.count(JobFilter(tasks=wanted)) == 4
    page = stores.jobs.jobs(JobFilter(tasks=wanted), 2, before=(found[0].created_at, found[0].id))
    assert page == found[1:3]
    assert stores.jobs.jobs(JobFilter(tasks=())) == []
    assert stores.jobs.tasks() == [(workspace, "a"), (workspace, "b"), (workspace, "c")]


def test_entries_of_the_history_are_found_by_their_words(stores, plan):
    whats = ["step.reset", "step.approved", "job.paused", "step.reset", "step.approve"]
    history = [HistoryEntry(float(at), "ada", what, "it", 1, {"n": at}) for at, what in enumerate(whats)]
    stores.jobs.create(Job("j", "w", "r", plan, {}, Steps({})), history)
    found = stores.jobs.history_of("j", ["step.reset", "job.paused"])
    assert [entry.at for entry in found] == [0.0, 2.0, 3.0]
    assert found[0] == history[0]
    assert stores.jobs.history_of("j", []) == []
    assert stores.jobs.history_of("nobody", ["step.reset"]) == []


def test_the_task_of_a_job_and_all_tasks_that_have_jobs_are_known(stores, job_of):
    job, other = job_of(), job_of(workspace="shop")
    for one in (job, other, job_of()):
        stores.jobs.create(one, [])
    assert stores.jobs.task_of(other.id) == ("shop", "hello")
    assert stores.jobs.tasks() == [("default", "hello"), ("shop", "hello")]
    with pytest.raises(NotFound):
        stores.jobs.task_of("nobody")

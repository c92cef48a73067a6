"""What a person can do to a job, in every state of the job and of the step: done, or refused in a sentence."""

from __future__ import annotations

import itertools
from functools import partial

import pytest

from gitflow.core.errors import Conflict, GitflowError, IdempotencyMismatch, InvalidInput, NotFound
from gitflow.core.jobs.job import Source
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.runtime.operations.bulk import batches, check_ids, matching, perform_each
from gitflow.runtime.operations.by_name import perform
from gitflow.runtime.operations.forward import PendingRequest, answer_of, perform_or_forward
from gitflow.runtime.operations.idempotency import LIFE_S, IdempotencyKey
from gitflow.runtime.operations.operations import OwnedElsewhere, RetryOptions
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.workspaces.folder import FolderWorkspace
from house import House, once, statuses

FLOW = """
tasks:
  asks: {flow: {it: {type: approval}, after: {type: shell, cmd: 'true', depends_on: [it]}}}
  runs: {flow: {it: {type: shell, cmd: 'true'}, after: {type: shell, cmd: 'true', depends_on: [it]}}}
  fails:
    flow:
      good: {type: shell, cmd: 'true'}
      bad: {type: shell, cmd: 'test -e ../../../../fixed', depends_on: [good]}
      after: {type: shell, cmd: 'true', depends_on: [bad]}
  waits: {flow: {it: {type: wait, event: go}}}
  calls: {flow: {child: {type: task, task: fails}}, on_error: [{action: tell}]}
  nests: {flow: {call: {type: task, task: calls}}}
actions:
  tell: {type: shell, cmd: 'true'}
"""

OPEN = {JobStatus.RUNNING, JobStatus.PAUSED}
NOT_BEGUN = {StepStatus.PENDING, StepStatus.READY, StepStatus.SUSPENDED}


def begun(job):
    return job is not JobStatus.PENDING


#: Operation -> (its arguments, whether the state of the job and of the step allow it).
ALLOWED = {
    "cancel": ({}, lambda job, step: not job.ended),
    "pause": ({}, lambda job, step: job in OPEN),
    "resume": ({}, lambda job, step: job in OPEN),
    "restart": ({}, lambda job, step: job in OPEN or step is not StepStatus.RUNNING),  # nothing else runs steps
    "retry": ({}, lambda job, step: job.ended and step in (StepStatus.FAILED, StepStatus.CANCELLED)),
    "delete": ({}, lambda job, step: job.ended),
    "skip": ({"step": "it"}, lambda job, step: job in OPEN and step in NOT_BEGUN),
    "complete": (
        {"step": "it", "result": 1},
        lambda job, step: (job in OPEN and step in NOT_BEGUN) or (begun(job) and step is StepStatus.FAILED),
    ),
    "decide": ({"step": "it", "approved": True}, lambda job, step: job in OPEN and step is StepStatus.SUSPENDED),
    "event": ({"type": "go"}, lambda job, step: not job.ended),
    "retry_step": ({"step": "it"}, lambda job, step: begun(job) and step.ended),
    "replay": ({"step": "it"}, lambda job, step: begun(job) and step.ended),
}


def do(app, work):
    """Inside the next commit."""
    future = CommitQueue(app.orchestrator, app.engine.runner.wake).submit(work)
    app.engine.settle()
    return future.result(0)


def decided(app, operation, job_id, arguments):
    """Inside a commit of its own, with nothing started: whether it is done; else the sentence that refuses it."""
    work = partial(perform, app.operations, operation=operation, job_id=job_id, actor="ada", arguments=arguments)
    future = CommitQueue(app.orchestrator, app.engine.runner.wake).submit(work)
    for act in app.orchestrator.settle(lambda transaction: False).awaited:
        act()
    refused = future.exception(0)
    assert refused is None or isinstance(refused, Conflict), refused
    return refused is None, str(refused)


def performed(app, operation, job_id, actor="ada", **arguments):
    return do(app, lambda transaction: perform(app.operations, transaction, operation, job_id, actor, arguments))


def job_in(app, job, job_status, step_status):
    """A stored job as it might be, open or not."""
    ended = step_status.ended
    step = replace(job.steps["it"], status=step_status, attempt=int(step_status not in (StepStatus.PENDING,)))
    after = replace(job.steps["after"], open_needs=int(not ended))
    if job_status.ended:
        after = replace(after, status=StepStatus.SKIPPED, skipped_by="need")
    made = replace(
        job,
        id=app.orchestrator.job_factory.new_id(),
        status=job_status,
        steps=job.steps.changed({"it": step, "after": after}),
        open_steps=int(not ended) + int(not after.status.ended),
        busy_steps=int(step_status is StepStatus.RUNNING),
        failed_steps=int(step_status is StepStatus.FAILED),
        owner_id=app.orchestrator.owner_id,
    )
    with app.orchestrator.store.transaction():
        app.operations._keep(made)
        app.orchestrator.store.create(made, [])
    if not job_status.ended:
        app.orchestrator._open[made.id] = made
    return made.id


@pytest.mark.parametrize("operation", ALLOWED)
def test_an_operation_is_done_or_refused_in_a_sentence_in_every_state(house: House, operation: str) -> None:
    house.write(FLOW)
    arguments, allows = ALLOWED[operation]
    wrong = []
    with house.open() as app:
        workspace = FolderWorkspace(str(house.folder), cache_dir=house.environ["GITFLOW_CACHE"])
        task = "asks" if operation == "decide" else "runs"
        job = app.operations.prepare(workspace, workspace.resolve(), task, {}, Source("user", None, "ada"))
        for job_status, step_status in itertools.product(JobStatus, StepStatus):
            job_id = job_in(app, job, job_status, step_status)
            done, told = decided(app, operation, job_id, arguments)
            if done is not allows(job_status, step_status) or len(told.split()) < 4 - 3 * done:
                wrong.append((job_status.value, step_status.value, told))
    assert wrong == []


def test_a_refusal_changes_nothing(house: House) -> None:
    house.write(FLOW)
    job = house.run("runs")
    with house.open() as app:
        for operation in ("cancel", "pause", "resume", "skip", "complete", "decide", "event", "retry"):
            with pytest.raises(GitflowError):
                performed(app, operation, job.id, **ALLOWED[operation][0])
        assert app.orchestrator.is_idle
        assert app.opened.job(job.id) == job


@pytest.mark.parametrize("operation", ALLOWED)
def test_what_is_not_there_is_named(house: House, operation: str) -> None:
    house.write(FLOW)
    with house.open() as app, pytest.raises(NotFound, match="no-such-job"):
        performed(app, operation, "no-such-job", **ALLOWED[operation][0])


def test_an_operation_or_an_argument_that_is_none_is_refused(house: House) -> None:
    with house.open() as app:
        with pytest.raises(InvalidInput, match="did you mean"):
            performed(app, "cancle", "x")
        with pytest.raises(InvalidInput, match="decide: missing arguments: step, approved"):
            performed(app, "decide", "x")


def failed(house: House):
    house.write(FLOW)
    job = house.run("fails")
    assert statuses(job) == {"good": "completed", "bad": "failed", "after": "skipped"}
    return job


@pytest.mark.parametrize(
    ("operation", "arguments", "again"),
    [
        ("retry_step", {"step": "bad"}, {"bad", "after"}),
        ("replay", {"step": "good"}, {"good", "bad", "after"}),
        ("restart", {}, {"good", "bad", "after"}),
        ("complete", {"step": "bad", "result": {"by": "hand"}}, {"after"}),
    ],
)
def test_a_job_that_has_ended_is_opened_again_by_whoever_asks(house: House, operation, arguments, again) -> None:
    job = failed(house)
    (house.state / "fixed").touch()
    with house.open() as app:
        performed(app, operation, job.id, "bob", **arguments)
        assert app.orchestrator.job(job.id).owner_id == app.orchestrator.owner_id
        house.finish(app)
        after = app.opened.job(job.id)
    assert set(statuses(after).values()) == {"completed"}
    assert (after.status, after.reopened) == ("completed", 1)
    assert {name for name, run in after.steps.items() if run.attempt > job.steps[name].attempt} == again


def test_a_replay_tells_how_many_steps_are_reset(house: House) -> None:
    job = failed(house)
    with house.open() as app:
        assert performed(app, "replay", job.id, step="bad") == {"reset_steps": 2}
        house.finish(app)


def test_the_history_tells_who_asked_for_what(house: House) -> None:
    job = failed(house)
    with house.open() as app:
        performed(app, "retry_step", job.id, "bob", step="bad")
        house.finish(app)
        performed(app, "replay", job.id, "eve", step="good")
        house.finish(app)
        performed(app, "restart", job.id, "joe")
        house.finish(app)
    asked = [(entry.what, entry.actor, entry.step) for entry in house.history(job.id) if "requested" in entry.what]
    assert asked == [
        ("step.retry_requested", "bob", "bad"),
        ("step.replay_requested", "eve", "good"),
        ("job.restart_requested", "joe", None),
    ]
    assert [entry.actor for entry in house.history(job.id) if entry.what == "job.reopened"] == ["bob", "eve", "joe"]


def test_a_running_job_is_restarted_when_its_processes_are_gone(house: House) -> None:
    house.write("tasks: {t: {flow: {a: {type: shell, cmd: 'test $GITFLOW_ATTEMPT -gt 1 || sleep 60'}}}}\n")

    def running(app) -> bool:
        return bool(app.engine.runner.running)

    def restart(app) -> None:
        [job_id] = app.orchestrator.open_ids()
        app.orchestrator.submit(lambda transaction: app.operations.restart(transaction, job_id, "bob"))

    job = house.run("t", each_turn=once(running, restart))
    assert (job.status, job.steps["a"].attempt) == ("completed", 2)


def suspended(house: House, app, task: str):
    job = house.execute(app, task)
    app.engine.settle()
    return app.orchestrator.job(job.id)


def test_an_approval_is_decided_once(house: House) -> None:
    house.write(FLOW)
    with house.open() as app:
        job = suspended(house, app, "asks")
        performed(app, "decide", job.id, "bob", step="it", approved=True)
        with pytest.raises(Conflict, match=r"'it' has already been decided: approved by bob"):
            performed(app, "decide", job.id, "eve", step="it", approved=False)
        house.finish(app)
    assert ("step.approved", "bob") in [(entry.what, entry.actor) for entry in house.history(job.id)]


def test_the_same_event_twice_is_one_also_after_the_end(house: House) -> None:
    house.write(FLOW)
    with house.open() as app:
        job = suspended(house, app, "waits")
        for _ in range(2):
            assert performed(app, "event", job.id, type="go", id="one") == {}
        house.finish(app)
        assert performed(app, "event", job.id, type="go", id="one") == {}
        with pytest.raises(Conflict, match="has ended"):
            performed(app, "event", job.id, type="go", id="other")
    assert [entry.what for entry in house.history(job.id)].count("job.event_received") == 1


def test_a_second_cancel_is_a_conflict(house: House) -> None:
    house.write("tasks: {t: {flow: {a: {type: shell, cmd: sleep 60}}}}\n")

    def cancel_twice(app) -> None:
        [job_id] = app.orchestrator.open_ids()
        assert performed(app, "cancel", job_id) == {"status": "cancelling"}
        with pytest.raises(Conflict, match="already being cancelled"):
            performed(app, "cancel", job_id)
        app.engine.runner.stop_all(0.0)

    assert house.run("t", each_turn=once(lambda app: bool(app.engine.runner.running), cancel_twice)).ended


def test_a_retry_makes_a_new_job_from_where_it_is_told(house: House) -> None:
    job = failed(house)
    (house.state / "fixed").touch()
    with house.open() as app:
        made = performed(app, "retry", job.id, "bob")["job_id"]
        from_start = performed(app, "retry", job.id, "bob", **{"from": "start"})["job_id"]
        house.finish(app)
        retried, anew = app.opened.job(made), app.opened.job(from_start)
        assert (retried.status, retried.retry_of_job_id, retried.source.actor) == ("completed", job.id, "bob")
        assert retried.steps["good"].started_at == job.steps["good"].started_at
        assert anew.steps["good"].started_at != job.steps["good"].started_at
        listed = app.opened.stores.jobs.jobs(JobFilter(retry_of_job_id=job.id))
        assert {row.id for row in listed} == {made, from_start}
        with pytest.raises(Conflict, match="no step left to run"):
            performed(app, "retry", made)


def test_a_prepared_retry_of_a_job_that_runs_again_is_refused(house: House) -> None:
    job = failed(house)
    with house.open() as app:
        prepared = app.operations.prepare_retry(app.opened.job(job.id), "bob", RetryOptions(from_start=True))
        performed(app, "restart", job.id)
        with pytest.raises(Conflict, match="has not ended"):
            do(app, lambda transaction: app.operations.create(transaction, prepared))
        house.finish(app)


def test_deleting_a_job_deletes_its_parts_and_keeps_its_retries(house: House) -> None:
    house.write(FLOW)
    job = house.run("calls")
    again = house.retry(job.id)
    with house.open() as app:
        stores = app.opened.stores
        parts = {child for child, _, _ in stores.jobs.children(job.id)}
        assert len(parts) == 2  # the child and the hook's
        gone = performed(app, "delete", job.id)["deleted"]
        app.engine.settle()
        assert (gone[0], set(gone[1:])) == (job.id, parts)
        assert stores.jobs.history(job.id) == []
        left = {row.id for row in stores.jobs.jobs(JobFilter())}
        assert again.id in left
        assert left.isdisjoint(gone)
        with pytest.raises(NotFound):
            performed(app, "delete", job.id)


def test_parts_of_parts_are_deleted_too(house: House) -> None:
    house.write(FLOW)
    job = house.run("nests")
    with house.open() as app:
        assert len(performed(app, "delete", job.id)["deleted"]) == 4
        assert app.opened.stores.jobs.count(JobFilter()) == 0


def test_deleting_a_job_removes_its_logs_and_files(house: House) -> None:
    house.write("tasks: {t: {flow: {a: {type: shell, cmd: 'echo hi; echo x > $GITFLOW_ARTIFACTS/f'}}}}\n")
    job, other = house.run("t"), house.run("t")

    def files() -> int:
        return sum(path.is_file() for path in (house.state / "artifacts").rglob("*"))

    with house.open() as app:
        for kept, one in ((1, job), (0, other)):
            assert app.opened.stores.logs.last_seq(one.id) > 0
            app.orchestrator.submit(lambda transaction, id=one.id: app.operations.delete(transaction, id, "ada"))
            app.engine.settle()
            assert app.opened.stores.logs.last_seq(one.id) == 0
            assert files() == kept, "the same content belongs to both"


def test_a_part_of_an_open_job_is_not_deleted(house: House) -> None:
    house.write(
        "tasks:\n  c: {flow: {a: {type: shell, cmd: 'true'}}}\n"
        "  p: {flow: {child: {type: task, task: c}, ask: {type: approval, depends_on: [child]}}}\n"
    )
    with house.open() as app:
        job = house.execute(app, "p")
        app.engine.run(
            lambda: app.orchestrator.job(job.id) and app.orchestrator.job(job.id).steps["ask"].status == "suspended"
        )
        [(child, _, _)] = app.opened.stores.jobs.children(job.id)
        with pytest.raises(Conflict, match="is a part of job"):
            performed(app, "delete", child)
        performed(app, "decide", job.id, step="ask", approved=True)
        house.finish(app)
        assert performed(app, "delete", child) == {"deleted": [child]}


def prepared(house: House, app, **more):
    workspace = FolderWorkspace(str(house.folder), cache_dir=house.environ["GITFLOW_CACHE"])
    return app.operations.prepare(workspace, workspace.resolve(), "runs", {}, Source("api", None, "ada"), **more)


def test_a_key_makes_one_job_of_one_request(house: House) -> None:
    house.write(FLOW)
    with house.open() as app:

        def create(key):
            job = prepared(house, app)
            return do(app, lambda transaction: app.operations.create(transaction, job, key))

        first = create(IdempotencyKey.of("ada", "k", {"input": {"a": 1, "b": 2}}))
        assert create(IdempotencyKey.of("ada", "k", {"input": {"b": 2, "a": 1}})) == first
        assert create(IdempotencyKey.of("bob", "k", {"input": {}})) != first
        with pytest.raises(IdempotencyMismatch, match=first):
            create(IdempotencyKey.of("ada", "k", {"input": {"a": 2}}))
        house.finish(app)
        app.opened.clock.leapt += LIFE_S
        assert create(IdempotencyKey.of("ada", "k", {"input": {"a": 2}})) != first
        house.finish(app)
    assert len(house.jobs()) == 3


def test_a_key_stands_for_its_request_for_24_hours(house: House) -> None:
    house.write(FLOW)
    with house.open() as app:
        key = IdempotencyKey.of("ada", "k", {})
        clock = app.opened.clock

        def create():
            job = prepared(house, app)
            return do(app, lambda transaction: app.operations.create(transaction, job, key))

        first = create()
        house.finish(app)
        clock.leapt += 24 * 3600 - 600
        assert create() == first
        clock.leapt += 600
        assert create() != first
        house.finish(app)


def test_a_key_has_some_characters_and_not_too_many() -> None:
    for text in ("", "x" * 256):
        with pytest.raises(InvalidInput):
            IdempotencyKey.of("ada", text, {})


def test_a_job_may_be_given_labels_and_a_priority(house: House) -> None:
    house.write(FLOW)
    with house.open() as app:
        job = prepared(house, app, labels={"team": "red"}, priority=7)
        do(app, lambda transaction: app.operations.create(transaction, job))
        house.finish(app)
        [row] = app.opened.stores.jobs.jobs(JobFilter(labels={"team": "red"}))
    assert (row.id, row.priority) == (job.id, 7)


def test_one_bad_id_of_many_stops_no_other(house: House) -> None:
    job, other = failed(house), house.run("runs")
    (house.state / "fixed").touch()
    with house.open() as app:
        ids = check_ids("retry", [job.id, "no-such-job", other.id, job.id])
        results = do(app, lambda transaction: perform_each(app.operations, transaction, "retry", ids, "ada", {}))
        house.finish(app)
        assert [(result.job_id, result.ok, result.code) for result in results] == [
            (job.id, True, None),
            ("no-such-job", False, "not_found"),
            (other.id, False, "conflict"),
        ]
        assert app.opened.job(results[0].answer["job_id"]).status == "completed"


def test_a_bulk_takes_a_thousand_at_most_and_few_in_each_commit() -> None:
    ids = [str(number) for number in range(1000)]
    assert [one for batch in batches(check_ids("delete", ids)) for one in batch] == ids
    for wrong in ([], [*ids, "more"]):
        with pytest.raises(InvalidInput, match="1 to 1000"):
            check_ids("delete", wrong)
    with pytest.raises(InvalidInput, match="not a bulk operation"):
        check_ids("pause", ids)


def test_a_filter_means_what_the_operation_can_be_done_to(house: House) -> None:
    job = failed(house)
    good, parent = house.run("runs"), house.run("calls")
    house.retry(parent.id)
    with house.store() as opened:

        def meant(operation, **filter):
            return set(matching(opened.stores.jobs, operation, JobFilter(**filter))[0])

        [again] = [row.id for row in opened.stores.jobs.jobs(JobFilter(retry_of_job_id=parent.id))]
        assert meant("cancel") == set()
        assert meant("retry") == {job.id, again}, "the parts of others, and what has been retried, are left out"
        assert meant("delete") == {job.id, good.id, parent.id, again}
        assert meant("delete", status="completed") == {good.id}
        assert len(meant("retry", source_type="task")) == 2
        assert matching(opened.stores.jobs, "delete", JobFilter())[1] == 0


def test_a_filter_tells_how_many_more_there_are(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitflow.runtime.operations.bulk.MAX_JOBS", 2)
    house.write(FLOW)
    for _ in range(3):
        newest = house.run("runs")
    with house.store() as opened:
        ids, more = matching(opened.stores.jobs, "delete", JobFilter())
    assert (len(ids), ids[0], more) == (2, newest.id, 1)


def test_the_owner_of_an_open_job_is_asked_and_answers(house: House) -> None:
    house.write(FLOW)
    with house.open() as owner, house.open() as other:
        job = suspended(house, owner, "asks")
        with pytest.raises(OwnedElsewhere):
            do(other, lambda transaction: other.operations.cancel(transaction, job.id, "bob"))

        def asked(operation, **arguments):
            found = do(
                other,
                lambda transaction: perform_or_forward(
                    other.operations, transaction, operation, job.id, "bob", arguments
                ),
            )
            assert isinstance(found, PendingRequest)
            assert answer_of(other.opened.stores.jobs, found) is None
            owner.opened.clock.leapt += 1.0
            owner.engine.wait()
            owner.engine.settle()
            return answer_of(other.opened.stores.jobs, found)

        with pytest.raises(GitflowError, match="cannot be retried") as refused:
            asked("retry_step", step="it")
        assert refused.value.code == "conflict"
        with pytest.raises(GitflowError, match="no step") as refused:
            asked("skip", step="ti")
        assert refused.value.code == "not_found"
        assert asked("decide", step="it", approved=True) == {}
        house.finish(owner)
        assert do(other, lambda transaction: other.operations.replay(transaction, job.id, "after", "bob")) == 1
        house.finish(other)
        assert other.opened.job(job.id).owner_id == other.orchestrator.owner_id


def test_a_job_that_ends_and_is_opened_again_in_one_commit_keeps_its_folders(house: House) -> None:
    house.write(
        "tasks:\n  t:\n    flow:\n"
        "      a: {type: shell, cmd: 'echo x > f; sleep 0.1; cat f'}\n"
        "      ask: {type: approval, depends_on: [a]}\n"
    )
    with house.open() as app:
        job = house.execute(app, "t")

        def is_asked() -> bool:
            found = app.orchestrator.job(job.id)
            return found is not None and found.steps["ask"].status is StepStatus.SUSPENDED

        app.engine.run(is_asked)
        app.orchestrator.submit(lambda transaction: app.operations.cancel(transaction, job.id, "ada"))
        app.orchestrator.submit(lambda transaction: app.operations.restart(transaction, job.id, "ada"))
        app.engine.settle()
        app.engine.run(is_asked)
        performed(app, "decide", job.id, step="ask", approved=True)
        house.finish(app)
        assert statuses(app.opened.job(job.id)) == {"a": "completed", "ask": "completed"}

"""What is said to be allowed is done, and what is said to be refused is refused in the same words."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitflow.core.errors import GitflowError
from gitflow.core.jobs.events import Rights
from gitflow.core.jobs.job import Source
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.runtime.operations.allowed import (
    JOB_OPERATIONS,
    MAX_TRIALS,
    STEP_OPERATIONS,
    Asker,
    JobTrials,
    possible_operations,
)
from gitflow.runtime.operations.by_name import perform
from gitflow.workspaces.folder import FolderWorkspace
from house import House

FLOW = """
tasks:
  asks: {flow: {it: {type: approval}, after: {type: shell, cmd: 'true', depends_on: [it]}}}
  names:
    flow:
      it:
        type: approval
        approvers: [ops]
        approvers_exclude_requester: true
        input: {count: {type: integer, required: true}}
      after: {type: shell, cmd: 'true', depends_on: [it]}
  runs: {flow: {it: {type: shell, cmd: 'true'}, after: {type: shell, cmd: 'true', depends_on: [it]}}}
  waits: {flow: {it: {type: wait, event: go}, after: {type: approval, depends_on: [it]}}}
  limits: {concurrency: {group: one}, flow: {it: {type: wait, event: go}, after: {type: sleep, duration: 1h}}}
  skips:
    concurrency: {group: one, on_limit: skip}
    flow: {it: {type: wait, event: go}, after: {type: wait, event: go}}
"""
TASKS = ("asks", "names", "runs", "waits", "limits", "skips")
#: Who asks -> the rights: a stranger, an approver, an administrator, the requester, who may approve for others.
ASKERS = {
    "eve": Rights(),
    "ops": Rights(("ops",)),
    "root": Rights(may_override=True),
    "ada": Rights(("ops",), (), True),
}
#: Where the operation has another name, and what is sent with it.
NAMES = {("retry", True): "retry_step", ("approve", True): "decide", ("reject", True): "decide"}


def stored(app, job, states, job_status):
    """The job as it might stand, with these states of its steps."""
    runs = {}
    for name, status in states.items():
        waits = {"suspended_at": 1.0, "input": {"event": "go", "approvers": ["ops"]}} if status == "suspended" else {}
        runs[name] = replace(job.steps[name], status=StepStatus(status), attempt=int(status != "pending"), **waits)
    ended = runs["it"].status.ended
    runs["after"] = replace(runs["after"], open_needs=int(not ended and bool(job.plan.graph.needs["after"])))
    made = replace(
        job,
        id=app.orchestrator.job_factory.new_id(),
        status=JobStatus(job_status),
        steps=job.steps.changed(runs),
        open_steps=sum(not run.status.ended for run in runs.values()),
        busy_steps=sum(run.status is StepStatus.RUNNING for run in runs.values()),
        failed_steps=sum(run.status is StepStatus.FAILED for run in runs.values()),
        owner_id=app.orchestrator.owner_id,
        started_at=1.0,
        completed_at=2.0 if JobStatus(job_status).ended else None,
    )
    with app.orchestrator.store.transaction():
        app.operations._keep(made)
        app.orchestrator.store.create(made, [])
    if not made.ended:
        app.orchestrator._open[made.id] = made
    return made


def arguments(found, asker):
    """What is sent with an operation that is done as it is said to be possible."""
    given = {"by": {"groups": ASKERS[asker].groups, "may_override": ASKERS[asker].may_override}}
    if found.step is not None:
        given["step"] = found.step
    if found.operation in ("approve", "reject"):
        given["approved"] = found.operation == "approve"
        if found.operation == "approve" and "input" in found.requires:
            given["input"] = {"count": 1}
    if "reason" in found.requires:
        given["reason"] = "because"
    return {**given, "type": "go"} if found.operation == "event" else given


def refusal(app, operation, job_id, asker, given):
    """Done in a commit of its own, with nothing started: the words that refuse it, or None."""
    work = partial(perform, app.operations, operation=operation, job_id=job_id, actor=asker, arguments=given)
    future = CommitQueue(app.orchestrator, app.engine.runner.wake).submit(work)
    for act in app.orchestrator.settle(lambda transaction: False).awaited:
        act()
    error = future.exception(0)
    assert error is None or isinstance(error, GitflowError), error
    return None if error is None else str(error)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("house"))
    house.write(FLOW)
    with house.open() as app:
        workspace = FolderWorkspace(str(house.folder), cache_dir=house.environ["GITFLOW_CACHE"])
        revision = workspace.resolve()
        prepared = {
            task: app.operations.prepare(workspace, revision, task, {}, Source("user", None, "ada")) for task in TASKS
        }
        yield app, prepared


STATES = [status.value for status in StepStatus]


@example(task="names", asker="root", job_status="running", it="suspended", after="pending", is_held=False)
@example(task="names", asker="ada", job_status="running", it="suspended", after="pending", is_held=False)
@example(task="limits", asker="eve", job_status="failed", it="failed", after="skipped", is_held=True)
@settings(max_examples=40, deadline=None)
@given(
    task=st.sampled_from(TASKS),
    asker=st.sampled_from(list(ASKERS)),
    job_status=st.sampled_from([status.value for status in JobStatus]),
    it=st.sampled_from(STATES),
    after=st.sampled_from(STATES),
    is_held=st.booleans(),
)
def test_what_is_said_of_an_operation_is_what_comes_of_it(world, task, asker, job_status, it, after, is_held):
    """Each on a fresh copy of the job; ``is_held``: another job is in its group."""
    app, prepared = world
    said = None
    for number in range(len(JOB_OPERATIONS) + 2 * len(STEP_OPERATIONS)):
        if is_held:
            stored(app, prepared[task], {"it": "running", "after": "pending"}, "running")
        job = stored(app, prepared[task], {"it": it, "after": after}, job_status)
        by = Asker(asker, app.orchestrator.clock.now(), ASKERS[asker])
        said = list(possible_operations(app.opened.stores, job, by, ["it", "after"]))
        found = said[number]
        if found.operation != "rerun":  # is no operation inside a commit
            name = NAMES.get((found.operation, found.step is not None), found.operation)
            assert refusal(app, name, job.id, asker, arguments(found, asker)) == found.refusal, found
        forget_all(app)
    assert said is not None
    assert [each.operation for each in said] == [*JOB_OPERATIONS, *STEP_OPERATIONS, *STEP_OPERATIONS]


def test_a_job_is_tried_once_for_each_version_of_it_and_each_asker(world):
    app, prepared = world
    job = stored(app, prepared["asks"], {"it": "suspended", "after": "pending"}, "running")
    ada, later, eve = Asker("ada", 1.0, ASKERS["ada"]), Asker("ada", 2.0, ASKERS["ada"]), Asker("eve", 1.0)
    trials = JobTrials()
    found = trials(job, ada, None)
    assert trials(job, later, None) is found
    others = [(replace(job, version=job.version + 1), ada, None), (job, eve, None), (job, ada, "the group is full")]
    assert all(trials(*asked) is not found for asked in others)
    for number in range(MAX_TRIALS):
        trials(replace(job, id=f"other-{number}"), ada, None)
    assert trials(job, ada, None) is not found
    forget_all(app)


def forget_all(app):
    app.orchestrator._open.clear()
    with app.orchestrator.store.transaction():
        app.opened.stores.jobs._driver.execute("DELETE FROM job", {})

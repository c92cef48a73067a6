"""The translation of states is total: whatever a job does, it has exactly one state there."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.api.dialects.cloudflare.graph import NODES, graph_of
from gitflow.api.dialects.cloudflare.requests import InstanceSpec, spec_of
from gitflow.api.dialects.cloudflare.states import (
    ACTIVITIES,
    INSTANCE_SUCCESS,
    KIND,
    STATE,
    STATES,
    STATUSES,
    STEP_STATE,
    SUCCESS,
    TRIGGER,
    activity_of,
    state_of,
    step_state,
)
from gitflow.api.dialects.cloudflare.steps import entries, in_full, kind_of, step_in_logs, step_named
from gitflow.api.dialects.cloudflare.views import trigger_source
from gitflow.api.http.errors import HttpError
from gitflow.core.jobs.job import SOURCE_TYPES, Job, Plan, StepRun, Steps
from gitflow.core.language.definition import (
    ACTION_TYPES,
    NO_HOOKS,
    Action,
    Field,
    Step,
    Task,
    Trigger,
)
from gitflow.core.language.graph import Graph
from gitflow.core.status import JobStatus, StepStatus
from gitflow.stores.protocols.jobs import AttemptRow

TYPES = sorted(ACTION_TYPES)

times = st.one_of(st.none(), st.floats(0, 4e9))
steps = st.builds(
    StepRun,
    name=st.just("a"),
    status=st.sampled_from([*StepStatus]),
    attempt=st.integers(0, 3),
    first_attempt=st.integers(1, 3),
    output=st.one_of(st.none(), st.text(), st.dictionaries(st.text(), st.integers())),
    input=st.one_of(st.none(), st.just({"event": "go"})),
    error_message=st.one_of(st.none(), st.text()),
    started_at=times,
    suspended_at=times,
    completed_at=times,
    due_at=times,
)
attempts = st.lists(
    st.builds(
        AttemptRow,
        step=st.just("a"),
        attempt=st.integers(1, 4),
        status=st.sampled_from([status.value for status in StepStatus]),
        exit_code=st.one_of(st.none(), st.integers(0, 255)),
        started_at=times,
        completed_at=times,
        error_message=st.one_of(st.none(), st.text()),
        worker_id=st.none(),
    ),
    max_size=4,
)


def job_of(status: JobStatus, run: StepRun, kind: str, *, cancel_at: float | None = None) -> Job:
    action = Action(kind, fields={"duration": 5} if kind == "sleep" else {"event": "go"})
    task = Task("t", {"a": Step("a", inline=action)})
    plan = Plan(task, {"a": action}, Graph.build({"a": ()}), NO_HOOKS)
    return Job("id", "w", "r", plan, {}, Steps.of({"a": run}), status=status, cancel_requested_at=cancel_at)


def test_every_status_and_doing_has_one_state() -> None:
    assert set(STATE) == set(itertools.product(JobStatus, ACTIVITIES))
    assert set(STATE.values()) <= set(STATES)
    assert set(STATUSES) == set(STATES) == set(INSTANCE_SUCCESS)
    assert {state for state in STATES if not STATUSES[state]} == {"rollingBack"}
    assert {status for statuses in STATUSES.values() for status in statuses} == {status.value for status in JobStatus}


def test_every_table_has_every_row() -> None:
    assert set(STEP_STATE) == set(SUCCESS) == set(StepStatus)
    assert set(STEP_STATE.values()) <= set(STATES)
    assert set(KIND) == set(NODES) == {known.waits_for for known in ACTION_TYPES.values()}
    assert set(TRIGGER) == set(SOURCE_TYPES)
    for source in SOURCE_TYPES:
        for trigger in (None, Trigger("n", "scheduler", "t"), Trigger("n", "push", "t")):
            assert trigger_source(source, trigger) in {"api", "cron", "event", "binding"}


@given(st.sampled_from([*JobStatus]), steps, st.sampled_from(TYPES), st.one_of(st.none(), st.just(5.0)))
def test_every_job_has_a_state_that_its_status_can_have(
    status: JobStatus, run: StepRun, kind: str, cancel_at: float | None
) -> None:
    job = job_of(status, run, kind, cancel_at=cancel_at)
    state = state_of(job)
    assert activity_of(job) in ACTIVITIES
    assert status.value in STATUSES[state]
    assert (INSTANCE_SUCCESS[state] is None) == (not status.ended)
    assert step_state(run) in STATES


@pytest.mark.parametrize(
    ("status", "run", "state"),
    [
        (JobStatus.RUNNING, StepStatus.RUNNING, "running"),
        (JobStatus.RUNNING, StepStatus.READY, "running"),
        (JobStatus.RUNNING, StepStatus.SUSPENDED, "waiting"),
        (JobStatus.RUNNING, StepStatus.COMPLETED, "running"),
        (JobStatus.PAUSED, StepStatus.RUNNING, "waitingForPause"),
        (JobStatus.PAUSED, StepStatus.READY, "paused"),
        (JobStatus.PAUSED, StepStatus.SUSPENDED, "paused"),
    ],
)
def test_a_job_waits_only_where_nothing_of_it_runs(status: JobStatus, run: StepStatus, state: str) -> None:
    assert state_of(job_of(status, StepRun("a", run), "shell")) == state


def test_a_step_that_is_tried_again_later_waits() -> None:
    run = StepRun("a", StepStatus.PENDING, due_at=9.0)
    assert state_of(job_of(JobStatus.RUNNING, run, "shell")) == "waiting"
    assert step_state(run) == "waiting"


@given(st.sampled_from([*JobStatus]), steps, st.sampled_from(TYPES), attempts)
def test_every_step_has_one_entry_that_clients_can_tell_from_others(
    status: JobStatus, run: StepRun, kind: str, rows: list[AttemptRow]
) -> None:
    job = job_of(status, run, kind)
    found = entries(job, rows)
    if status is JobStatus.CANCELLED:
        assert found.pop() == {"type": "termination", "trigger": {"source": "user"}}
    assert len(found) <= 1
    assert bool(found) == (step_named(job, "a") is not None)
    for entry in found:
        assert entry["type"] == kind_of(job, run)
        assert entry["name"] == "a-1"
        assert step_in_logs(job, "a-1") == run
        assert isinstance(entry["start"], str)
        assert entry.get("output") is None or isinstance(entry["output"], str)
        if entry["type"] == "step":
            assert isinstance(entry["attempts"], list)
            assert (entry["success"] is not None) == run.status.ended
        else:
            assert isinstance(entry["end"], str)
            assert entry["finished"] == run.status.ended
    for number in (None, 0, 1, 2, 9):
        answer = in_full(job, run, rows, number)
        assert answer is None or answer["status"] in STATES


@given(st.text(), st.text(max_size=3))
def test_no_name_of_an_entry_breaks_anything(name: str, end: str) -> None:
    job = job_of(JobStatus.RUNNING, StepRun("a", StepStatus.RUNNING, started_at=1.0), "shell")
    for text in (name, f"a-{end}", f"{name}-{end}"):
        found = step_in_logs(job, text)
        assert (found is not None) == (text == "a-1")


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_action_has_a_node(kind: str) -> None:
    plan = job_of(JobStatus.RUNNING, StepRun("a"), kind).plan
    [node] = graph_of(plan)["workflow"]["nodes"]
    assert (node["name"], node["starts"], node["resolves"]) == ("a", 1, 2)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    json_values
    | st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("params", "instance_id", "instance_retention", "location_hint"), json_values)
    )
)
def test_every_body_is_a_wish_or_refused(body: object) -> None:
    for fields in ({}, {"params": Field("params")}):
        with contextlib.suppress(HttpError):
            found = spec_of(body, Task("t", {}, input=fields))
            assert isinstance(found, InstanceSpec)
            assert isinstance(found.input, dict)

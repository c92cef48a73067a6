"""Every state has its name, and the paths of a job are defined in every state."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitflow.api.dialects.komand import job_context as context
from gitflow.api.dialects.komand import views
from gitflow.api.dialects.komand.views import JobFacts
from gitflow.api.dialects.versions import Version
from gitflow.core.jobs.job import Job, Plan, StepRun, Steps
from gitflow.core.language.definition import Action, AnyOf, Hooks, Step, StepNeed, Task
from gitflow.core.language.graph import Graph
from gitflow.core.status import JobStatus, StepStatus
from gitflow.stores.protocols.jobs import AttemptRow

VERSION = Version("6f0c9d5a-4a43-5f0e-9b61-0d5f1f6f7a11", 1, "abc")
NEEDS = {"one": (), "two": ("one",), "three": ("one",), "four": ("two", "three"), "loop": ("four",)}


def job_of(
    status: JobStatus, statuses: dict[str, StepStatus], graph: dict[str, tuple[str, ...]] = NEEDS, **more: Any
) -> Job:
    flow = {
        name: Step(name, needs=(AnyOf(tuple(StepNeed(need) for need in needs)),) if needs else ())
        for name, needs in graph.items()
    }
    plan = Plan(Task("t", flow), {name: Action("shell") for name in flow}, Graph.build(graph), Hooks())
    steps = {name: StepRun(name, one, **more.get(name, {})) for name, one in statuses.items()}
    ended_at = 9.0 if status.ended else None
    return Job("i", "w", "r", plan, {}, Steps.of(steps), status, created_at=1.0, completed_at=ended_at)


runs = st.fixed_dictionaries(
    {name: st.sampled_from([*StepStatus]) for name in NEEDS},
    optional={"loop[0]": st.sampled_from([*StepStatus])},
)


def test_every_state_has_one_word() -> None:
    assert set(views.JOB_STATUS) == set(JobStatus)
    assert set(views.STEP_STATUS) == set(StepStatus)
    for status, is_retried in itertools.product(JobStatus, (True, False)):
        word = views.status_of(job_of(status, dict.fromkeys(NEEDS, StepStatus.PENDING)), is_retried)
        assert word == ("retried" if is_retried and status.ended else views.JOB_STATUS[status])


@given(
    status=st.sampled_from([*JobStatus]),
    statuses=runs,
    tries=st.integers(0, 2),
    by=st.sampled_from([None, "when", "need", "person"]),
    is_retried=st.booleans(),
)
def test_a_job_in_any_state_has_all_fields(
    status: JobStatus, statuses: dict[str, StepStatus], tries: int, by: str | None, is_retried: bool
) -> None:
    more: dict[str, Any] = {name: {"attempt": tries, "skipped_by": by, "completed_at": 5.0} for name in NEEDS}
    more["loop[0]"] = {"loop_of": "loop", "loop_index": 0, "loop_total": 1}
    job = job_of(status, statuses, **more)
    found = views.job(JobFacts(job, (), VERSION, "i", "http://x", is_retried))
    assert found["status"] in ("queued", "running", "succeeded", "failed", "cancelled", "retried")
    assert len(views.steps(job, VERSION)) == len(statuses)
    taken, ahead = context.taken_edges(job), context.possible_edges(job)
    assert len(set(taken)) == len(taken)
    assert not set(taken) & set(ahead)
    assert set(taken) | set(ahead) <= set(context.edges(job))
    assert all(context.has_begun(job.steps[target]) for _, target in taken)
    assert not any(context.has_begun(job.steps[target]) for _, target in ahead)
    if status is JobStatus.COMPLETED:
        assert ahead == []


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100) | st.none()), max_size=8))
def test_time_is_spent_once_however_many_steps_are_at_work(spans: list[tuple[float, float | None]]) -> None:
    rows = [
        AttemptRow("s", number, "running", None, began, None if length is None else began + length, None, None)
        for number, (began, length) in enumerate(spans)
    ]
    spent = views.time_spent(rows, 200.0)
    ends = [row.completed_at or 200.0 for row in rows]
    assert 0 <= spent <= 200
    assert spent <= sum(end - began for (began, _), end in zip(spans, ends, strict=True)) + 1e-6
    assert spent >= max((end - began for (began, _), end in zip(spans, ends, strict=True)), default=0.0) - 1e-6


def test_a_step_that_may_have_failed_leads_on_only_where_that_is_accepted() -> None:
    done, bad, open_ = StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.PENDING
    statuses = {"one": done, "two": done, "three": bad, "four": done, "loop": open_}
    job = job_of(JobStatus.RUNNING, statuses, one={"attempt": 1}, two={"attempt": 1}, three={"attempt": 1})
    assert ("two", "four") in context.taken_edges(job)
    assert ("three", "four") not in context.taken_edges(job)
    assert context.possible_edges(job) == [("four", "loop")]


def test_paths_come_in_the_order_in_which_they_were_taken() -> None:
    graph = {"late": (), "after_late": ("late",), "early": (), "after_early": ("early",)}
    job = job_of(
        JobStatus.COMPLETED,
        dict.fromkeys(graph, StepStatus.COMPLETED),
        graph,
        late={"completed_at": 8.0},
        early={"completed_at": 2.0},
    )
    assert context.taken_edges(job) == [("", "late"), ("", "early"), ("early", "after_early"), ("late", "after_late")]

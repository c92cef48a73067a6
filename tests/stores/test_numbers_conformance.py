"""What the store knows by an integer, and in the order of time."""

from __future__ import annotations

import pytest

from gitflow.core.jobs.job import StepRun, Steps
from gitflow.core.status import JobStatus, StepStatus
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.stores.protocols.numbers import Named
from gitflow.stores.protocols.outputs import OutputRow
from gitflow.stores.protocols.triggers import TriggerEvent

DONE = {"status": StepStatus.COMPLETED, "attempt": 1}


@pytest.fixture
def ended(stores, job_of, plan):
    """Stores a job that has ended, with these steps."""

    def make(*steps, **fields):
        named = {step.name: step for step in steps}
        job = job_of(steps=Steps.of(named), status=JobStatus.COMPLETED, completed_at=1e6, **fields)
        stores.jobs.create(job, [])
        return job

    return make


def test_a_number_is_given_once_and_in_order(stores):
    one, other = Named("agent", ("w", "t", "s")), Named("agent", ("w", "t", "é\n[1]"))
    assert stores.numbers.known([one, other]) == {}
    given = stores.numbers.give([one, other])
    assert given[one] < given[other]
    assert stores.numbers.give([other, one]) == given
    assert stores.numbers.known([one, Named("workflow", ("w", "t", "s"))]) == {one: given[one]}
    assert stores.numbers.named(given[other]) == other


@pytest.mark.parametrize("number", [0, -1, 99, 2**63, 10**40])
def test_a_number_that_was_never_given_is_nothings(stores, number):
    assert stores.numbers.named(number) is None


def test_what_belongs_to_a_job_goes_with_it_and_its_number_stays_unused(stores, ended):
    job = ended(StepRun("build", **DONE))
    output = Named("output", (job.id, "build", 1), job.id)
    number = stores.numbers.give([output])[output]
    assert stores.numbers.named(number) == output
    stores.jobs.delete([job.id])
    assert stores.numbers.named(number) is None
    assert stores.numbers.give([output]) == {}
    other = Named("agent", ("w",))
    assert stores.numbers.give([other])[other] > number


def test_the_number_of_a_fire_goes_with_its_record(stores):
    stores.triggers.add_event(TriggerEvent("w", "t", 1.0, "fired"))
    stores.triggers.add_event(TriggerEvent("w", "t", 2.0, "skipped"))
    [fire] = stores.outputs.fires("w", "t")
    number = stores.numbers.give([Named("fire", (fire.id,))])[Named("fire", (fire.id,))]
    assert stores.outputs.fire(fire.id) == fire
    stores.triggers.drop_before(3.0)
    assert stores.numbers.named(number) is None
    assert stores.outputs.fire(fire.id) is None


@pytest.mark.parametrize("many", [0, 2000])
def test_outputs_of_a_step_are_listed_newest_first(stores, ended, monkeypatch, many):
    monkeypatch.setattr("gitflow.stores.sql.outputs.MANY_JOBS", many)
    first = ended(StepRun("build", output={"n": 1}, completed_at=100.0004, **DONE))
    second = ended(StepRun("build", output=2, completed_at=200.0, **DONE), StepRun("none", completed_at=201.0, **DONE))
    rows = stores.outputs.outputs("default", "hello", "build")
    assert rows == [OutputRow(job.id, "build", 1, at, 1e6) for job, at in ((second, 200.0), (first, 100.0004))]
    assert stores.outputs.outputs("default", "hello", "build", 1) == rows[:1]
    assert stores.outputs.outputs("default", "hello", "build", 0) == []
    assert stores.outputs.outputs("default", "hello", "build", after=100.0) == rows[:1]  # shown as 100.000
    assert stores.outputs.outputs("default", "hello", "build", after=99.999) == rows
    assert stores.outputs.outputs("default", "hello", "build", after=200.0) == []
    assert stores.outputs.outputs("default", "other", "build") == []
    assert stores.outputs.outputs("default", "hello", "none") == []
    assert stores.outputs.outputs_counted() == {("default", "hello", "build"): 2}
    assert stores.outputs.output(first.id, "build", 1) == rows[1]
    assert stores.outputs.output(first.id, "build", 2) is None


def test_only_what_a_step_gave_itself_and_as_a_whole_is_an_output(stores, ended):
    ended(
        StepRun("carried", output=1, completed_at=1.0, **DONE),
        StepRun("loop", output=[1], completed_at=100.0, loop_total=1, **DONE),
        StepRun("loop[0]", output=1, completed_at=99.0, loop_of="loop", loop_index=0, loop_total=1, **DONE),
        StepRun("broken", StepStatus.FAILED, 1, output=1, completed_at=98.0),
        created_at=50.0,
    )
    assert stores.outputs.outputs_counted() == {("default", "hello", "loop"): 1}


def test_fires_are_listed_and_counted(stores):
    for at in (1.0, 2.0, 3.0):
        stores.triggers.add_event(TriggerEvent("w", "t", at, "fired", f"tick:{at}", at, "j", "ada"))
    stores.triggers.add_event(TriggerEvent("w", "u", 4.0, "failed"))
    assert [fire.at for fire in stores.outputs.fires("w", "t", 2)] == [3.0, 2.0]
    assert [fire.at for fire in stores.outputs.fires("w", "t", 1, 1.0)] == [3.0]
    assert stores.outputs.fires("w", "u") == []
    assert stores.outputs.fires_counted() == {("w", "t"): 3}


def test_the_chain_of_retries_is_known_from_both_ends(stores, ended):
    first = ended()
    second = ended(retry_of_job_id=first.id)
    third = ended(retry_of_job_id=second.id)
    assert {stores.jobs.first_of_chain(job.id) for job in (first, second, third)} == {first.id}
    assert [row.id for row in stores.jobs.jobs(JobFilter(retried=True))] == [second.id, first.id]
    assert [row.id for row in stores.jobs.jobs(JobFilter(not_retried=True))] == [third.id]
    stores.jobs.delete([first.id])
    assert stores.jobs.first_of_chain(third.id) == first.id

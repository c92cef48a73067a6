"""What every store does for callers that name their jobs themselves."""

import pytest

from gitflow.core.errors import Conflict
from gitflow.core.status import JobStatus
from gitflow.stores.protocols.instances import Instance, MassEnding


def named(stores, job, id, given=("a",)):
    with stores.jobs.transaction():
        stores.instances.put(job.workspace, job.task_name, Instance(id, job.id, given))
        stores.jobs.create(job, [])


def test_a_job_is_found_by_its_name_and_by_its_id_among_those_of_its_task(stores, job_of):
    job, other = job_of(), job_of()
    named(stores, job, "mine")
    stores.jobs.create(other, [])
    of = (job.workspace, job.task_name)
    assert stores.instances.job_of(*of, "mine") == job.id
    assert stores.instances.job_of(*of, job.id) == job.id
    assert stores.instances.job_of(*of, other.id) == other.id
    assert stores.instances.job_of(job.workspace, "another-task", "mine") is None
    assert stores.instances.job_of(job.workspace, "another-task", job.id) is None
    assert stores.instances.of_jobs([job.id, other.id]) == {job.id: Instance("mine", job.id, ("a",))}


def test_what_was_sent_is_kept_also_where_it_was_no_object(stores, job_of):
    job = job_of()
    named(stores, job, "mine", None)
    assert stores.instances.of_jobs([job.id])[job.id].given is None


def test_a_name_is_given_once_and_free_again_when_its_job_is_deleted(stores, job_of):
    first = job_of(status=JobStatus.COMPLETED)
    named(stores, first, "mine")
    with pytest.raises(Conflict):
        named(stores, job_of(), "mine")
    with pytest.raises(Conflict):
        named(stores, job_of(), first.id)
    stores.jobs.delete([first.id])
    assert stores.instances.of_jobs([first.id]) == {}
    named(stores, job_of(), "mine")


def test_no_name_is_kept_of_a_job_that_was_never_made(stores, job_of):
    job = job_of()
    with pytest.raises(Exception, match=r"(?i)foreign key"), stores.jobs.transaction():
        stores.instances.put(job.workspace, job.task_name, Instance("mine", job.id))
    assert stores.instances.job_of(job.workspace, job.task_name, "mine") is None


def test_ends_are_counted_and_open_jobs_named(stores, job_of):
    made = [job_of(status=status) for status in (JobStatus.FAILED, JobStatus.FAILED, JobStatus.COMPLETED)]
    open_one = job_of(status=JobStatus.RUNNING)
    for job in (*made, open_one):
        stores.jobs.create(job, [])
    of = (open_one.workspace, open_one.task_name)
    assert stores.instances.ended(*of) == {"failed": 2, "completed": 1}
    assert stores.instances.open_jobs(open_one.workspace) == [(open_one.task_name, open_one.id)]
    assert stores.instances.revisions(*of) == [open_one.revision]


def test_one_ending_of_a_task_goes_on_at_a_time(stores):
    first = MassEnding("w", "t", 1.0, "Ann", "waiting", True)
    assert stores.instances.begin_ending(first)
    assert not stores.instances.begin_ending(MassEnding("w", "t", 2.0, "Bob"))
    assert stores.instances.begin_ending(MassEnding("w", "u", 2.0, "Bob"))
    assert stores.instances.ending("w", "t") == first
    assert stores.instances.endings() == [first, MassEnding("w", "u", 2.0, "Bob")]
    stores.instances.finish_ending(first)
    assert stores.instances.ending("w", "t") is None

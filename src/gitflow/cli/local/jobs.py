"""Reads jobs from the local store: lists, one job, its history and the reasons of its steps."""

from __future__ import annotations

import os

from gitflow.app import open_store
from gitflow.cli.console.locate import locate_config, locate_workspace
from gitflow.cli.console.select import with_ids
from gitflow.core.errors import WorkspaceError
from gitflow.core.record import replace
from gitflow.core.standard import partial
from gitflow.views.jobs import job_detail, job_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.app import OpenedStore
    from gitflow.core.jobs.job import Job
    from gitflow.core.machine.summary import Past
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.jobs import JobFilter


def list_jobs(state_dir: str | None, wanted: JobFilter, limit: int, offset: int) -> list[JsonObject]:
    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        wanted = with_ids(wanted, opened.stores.jobs.find)
        return [job_row(row) for row in opened.stores.jobs.jobs(wanted, limit, offset)]


def find_job(state_dir: str | None, id: str) -> JsonObject:
    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        job = opened.job(id)
        return job_detail(job, opened.stores.jobs.attempts(job.id))


def describe_job(state_dir: str | None, id: str) -> tuple[JsonObject, str]:
    from gitflow.core.machine.summary import summary
    from gitflow.views.escape import on_one_line

    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        job = opened.job(id)
        sentences = on_one_line(summary(job, opened.clock.now(), _past(opened, job)))
        return job_detail(job, opened.stores.jobs.attempts(job.id)), sentences


def compare_jobs(state_dir: str | None, id: str, other: str) -> JsonObject:
    from gitflow.runtime.operations.job_diff import JobSources
    from gitflow.runtime.operations.job_diff import compare_jobs as compare
    from gitflow.views.job_diff import job_difference

    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        sources = JobSources(opened.stores, opened.snapshots, opened.checkouts)
        return job_difference(compare(sources, opened.job(id), opened.job(other)))


def explain(state_dir: str | None, id: str) -> JsonObject:
    from gitflow.runtime.operations.explain import explained
    from gitflow.views.explain import job_explanation

    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        job = opened.job(id)
        found = explained(opened.stores, job, opened.clock.now(), past=_past(opened, job))
        return job_explanation(found)


def list_history(state_dir: str | None, id: str) -> list[JsonObject]:
    from gitflow.views.history import history_entry, with_commit

    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        jobs, found = opened.stores.jobs, opened.stores.jobs.find(id)
        entries = [with_commit(entry, partial(jobs.made_from, found)) for entry in jobs.history(found)]
    return [history_entry(entry, seq) for seq, entry in enumerate(entries, 1)]


def _past(opened: OpenedStore, job: Job) -> Past | None:
    """The last good run before a job that failed, with the commits since where a repository here has them."""
    from gitflow.core.status import FAILED_JOB

    if job.status not in FAILED_JOB:
        return None
    from gitflow.runtime.operations.explain import last_good

    past = last_good(opened.stores, job)
    if past is None or past.revision == job.revision:
        return past
    return replace(past, subjects=_subjects_since(opened, job, past.commit or past.revision))


def _subjects_since(opened: OpenedStore, job: Job, before: str) -> tuple[str, ...] | None:
    from gitflow.cli.local.task_history import in_git
    from gitflow.runtime.workspaces.since import subjects_since

    name = job.workspace if job.workspace in opened.config.workspaces else None
    try:
        found = locate_workspace(name, opened.config, os.environ)
        if found.identity != job.workspace:
            return None
        now = job.git_commit.sha if job.git_commit is not None else job.revision
        source, _ = in_git(found, now)
    except WorkspaceError:
        return None
    return subjects_since(opened.snapshots, source, job.task_name, before, now)

"""Reads jobs from the local store: lists, one job, its history and the reasons of its steps."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from gitflow.app import open_store
from gitflow.cli.console.locate import locate_config
from gitflow.cli.console.select import with_ids
from gitflow.views.jobs import job_detail, job_row

if TYPE_CHECKING:
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


def compare_jobs(state_dir: str | None, id: str, other: str) -> JsonObject:
    from gitflow.runtime.operations.job_diff import Keeping
    from gitflow.runtime.operations.job_diff import compare_jobs as compare
    from gitflow.views.job_diff import job_difference

    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        kept = Keeping(opened.stores, opened.snapshots, opened.checkouts)
        return job_difference(compare(kept, opened.job(id), opened.job(other)))


def explain(state_dir: str | None, id: str) -> JsonObject:
    from gitflow.runtime.operations.explain import explained, last_good
    from gitflow.views.explain import job_explanation

    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        job = opened.job(id)
        past = last_good(opened.stores, job)
        return job_explanation(explained(opened.stores, job, opened.clock.now(), past=past))


def list_history(state_dir: str | None, id: str) -> list[JsonObject]:
    from gitflow.views.history import history_entry, with_commit

    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        jobs, found = opened.stores.jobs, opened.stores.jobs.find(id)
        entries = [with_commit(entry, partial(jobs.made_from, found)) for entry in jobs.history(found)]
    return [history_entry(entry, seq) for seq, entry in enumerate(entries, 1)]

"""A step whose tags the worker of a server does not have waits, stands in nobody's way, and it is said why."""

from __future__ import annotations

import logging

import pytest

from gitflow.app import App
from gitflow.core.jobs.job import Job
from gitflow.core.machine.explain import explain
from gitflow.core.machine.machine import waiting_on
from gitflow.core.status import JobStatus, StepStatus
from house import House

TASK = """
actions:
  train: {type: shell, cmd: "true", tags: [gpu, linux]}
tasks:
  deploy:
    max_parallel_steps: 1
    flow:
      train: {action: train}
      build: {type: shell, cmd: "true"}
      test: {type: shell, cmd: "true"}
"""


def stands(app: App, job: Job) -> dict[str, str]:
    found = app.orchestrator.job(job.id) or app.opened.job(job.id)
    return {name: str(run.status) for name, run in found.steps.items()}


def unassigned(house: House, job: Job) -> list[dict[str, object]]:
    return [dict(entry.details) for entry in house.history(job.id) if entry.what == "step.unassigned"]


def wait_for_report(house: House, app: App, job: Job) -> None:
    """The clock leaps to what is due next while nothing runs."""
    house.finish(
        app, until=lambda app: bool(app.orchestrator.timers.next_due() is None and not app.orchestrator.has_work())
    )


def test_a_server_runs_everything_else_and_says_after_a_while_what_the_step_waits_for(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.write(TASK)
    house.tags = ("linux",)
    with house.serve() as app:
        job = house.execute(app, "deploy")
        with caplog.at_level(logging.WARNING, "gitflow"):
            wait_for_report(house, app, job)
        assert stands(app, job) == {"train": "ready", "build": "completed", "test": "completed"}
        standing = app.opened.job(job.id)
        assert waiting_on(standing, standing.steps["train"]) == "worker"
        assert "it waits for a worker with the tags gpu, linux since 2" in explain(standing)["train"]
    [details] = unassigned(house, job)
    reason = "its action needs the tags gpu, and worker.tags in the server's configuration lists linux"
    assert details == {"waiting_on": "worker", "tags": ["gpu", "linux"], "reason": reason}
    assert f"job {job.id}: step 'train' has waited 30 s for a worker: {reason}" in caplog.messages


def test_nothing_is_said_of_a_step_that_was_ended_before(house: House) -> None:
    house.write(TASK)
    with house.serve() as app:
        job = house.execute(app, "deploy")
        house.finish(app, until=lambda app: list(stands(app, job).values()).count("completed") == 2)
        app.orchestrator.submit(
            lambda transaction: app.operations.skip(transaction, job.id, "train", "ada", "no such machine")
        )
        house.finish(app)
        assert app.opened.job(job.id).status is JobStatus.COMPLETED
    assert unassigned(house, job) == []


def test_a_server_with_the_tags_goes_on_with_the_job(house: House) -> None:
    house.write(TASK)
    with house.serve() as app:
        job = house.execute(app, "deploy")
        house.finish(app, until=lambda app: list(stands(app, job).values()).count("completed") == 2)
    house.tags = ("gpu", "linux", "arm")
    with house.serve() as app:
        house.finish(app)
        assert app.opened.job(job.id).steps["train"].status is StepStatus.COMPLETED


def test_a_server_whose_worker_is_off_says_that(house: House) -> None:
    house.write(TASK)
    house.slots = 0
    with house.serve() as app:
        job = house.execute(app, "deploy")
        wait_for_report(house, app, job)
        assert stands(app, job) == {"train": "ready", "build": "ready", "test": "ready"}
    assert [details["reason"] for details in unassigned(house, job)] == [
        "this server runs no steps, because worker.slots is 0 in its configuration"
    ] * 3


def test_a_command_line_takes_every_tag(house: House) -> None:
    house.write(TASK)
    assert house.run("deploy").status is JobStatus.COMPLETED

# ruff: noqa: B023
"""What one step costs does not grow with the job: counted in function calls and statements, not in seconds."""

from __future__ import annotations

import sys

import pytest

from gitflow.core.language.definition import Action
from gitflow.runners.base import Assignment, Finished, Outcome


def chain(length: int) -> str:
    steps = "".join(
        f"      s{i}: {{type: shell, {f'depends_on: [s{i - 1}], ' if i else ''}cmd: 'echo {{{{ job.task }}}}'}}\n"
        for i in range(length)
    )
    return "tasks:\n  t:\n    checkout: shared\n    flow:\n" + steps


def instances(length: int) -> str:
    return (
        "tasks:\n  t:\n    checkout: shared\n    flow:\n      s:\n        type: shell\n"
        f"        for_each: '{{{{ range({length}) }}}}'\n        cmd: 'echo {{{{ each.item }}}}'\n"
    )


def run_without_processes(house, app, monkeypatch) -> dict[str, int]:
    """Runs ``t`` with steps that end as soon as they are started; counts calls of the engine, and statements."""
    ended: list[Finished] = []

    def start(context) -> None:
        ended.append(Finished((context.job_id, context.step, context.attempt), Outcome(0)))

    def wait(timeout_s) -> list[Finished]:
        finished, ended[:] = list(ended), []
        return finished

    monkeypatch.setattr(app.engine.runner, "start", start)
    monkeypatch.setattr(app.engine.runner, "wait", wait)
    counted = {"statements": 0, "calls": 0}

    def statement(text: str) -> None:
        counted["statements"] += 1

    def call(frame, event, argument) -> None:
        if event == "call":
            counted["calls"] += 1

    job = house.execute(app, "t")
    app.opened.stores.jobs._driver.connection.set_trace_callback(statement)
    sys.setprofile(call)
    try:
        app.engine.run(lambda: app.orchestrator.is_idle)
    finally:
        sys.setprofile(None)
    assert app.opened.job(job.id).status == "completed"
    return counted


@pytest.mark.parametrize("flow", [chain, instances])
def test_twice_the_steps_cost_twice_the_work(house, monkeypatch, flow):
    counts = []
    for length in (60, 120):
        house.write(flow(length))
        with house.open() as app:
            counts.append(run_without_processes(house, app, monkeypatch))
    for what in ("statements", "calls"):
        assert counts[1][what] <= 2.15 * counts[0][what], counts


def calls_of(work) -> int:
    """Calls of functions, those written in C too."""
    count = [0]

    def count_one(frame, event, argument) -> None:
        count[0] += event in ("call", "c_call")

    sys.setprofile(count_one)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count[0]


def assignment(folders, job, step):
    needs = folders.needs_of(job, step)
    return Assignment(job.id, step, 1, job.workspace, job.revision, Action("shell"), needs=needs)


def test_an_attempt_is_laid_out_and_rendered_at_the_same_cost_in_a_flow_of_any_length(house):
    """Also once the first step has left a file that all later ones may read."""
    costs = []
    for length in (30, 600):
        house.write(chain(length))
        with house.open() as app:
            job = house.execute(app, "t")
            app.orchestrator.settle(lambda transaction: False)
            folders, renderer = app.opened.step_dirs, app.renderer
            first = folders.lay_out(assignment(folders, job, "s0"))
            with open(f"{first.artifacts}/f", "w") as file:
                file.write("x")
            key = (job.id, "s0", 1)
            folders.keep_artifacts(job, key, folders.stage_artifacts(key))
            last = f"s{length - 1}"
            app.renderer.attempt(job, last)  # what is parsed once is parsed now
            folders.lay_out(assignment(folders, job, f"s{length - 2}"))  # and the statements are read once
            rendered = calls_of(lambda: renderer.attempt(job, last))
            laid_out = calls_of(lambda: folders.lay_out(assignment(folders, job, last)))
            costs.append((rendered, laid_out))
    assert costs[0][0] == costs[1][0]
    assert abs(costs[0][1] - costs[1][1]) < 10

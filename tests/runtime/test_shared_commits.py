"""What arrives together is written together."""

from __future__ import annotations


def commits_of(app) -> list[str]:
    """Every commit of the jobs' file from now on."""
    seen: list[str] = []
    app.opened.stores.jobs._driver.connection.set_trace_callback(
        lambda sql: seen.append(sql) if sql == "COMMIT" else None
    )
    return seen


def test_transitions_that_arrive_together_are_one_commit(house):
    house.write("tasks:\n  t:\n    flow:\n      ask: {type: approval, message: 'go?'}\n")
    with house.open() as app:
        commits = commits_of(app)
        jobs = [house.execute(app, "t") for _ in range(20)]
        app.engine.settle()
        assert len(commits) == 1
        assert {app.orchestrator.job(job.id).steps["ask"].status.value for job in jobs} == {"suspended"}
        for job in jobs:
            app.operations.orchestrator.post_event(job.id, approved(app))
        app.engine.settle()
        assert len(commits) == 2
    assert {job.status.value for job in house.jobs()} == {"completed"}


def approved(app):
    from gitflow.core.jobs.events import StepDecided

    return StepDecided(app.opened.clock.now(), "ask", "ada", True)

"""A timer that is due in days keeps nothing alive but the names it needs."""

from __future__ import annotations

import gc

from gitflow.core.events import StepSkipped
from gitflow.core.job import Job
from gitflow.core.status import StepStatus
from house import House, once, open_jobs

FLOW = "tasks: {t: {timeout: 2d, flow: {a: {type: wait, event: go, timeout: 1d}}}}\n"


def test_a_job_that_has_ended_is_not_kept_by_the_timers_it_no_longer_needs(house: House) -> None:
    house.write(FLOW)

    def waits(app) -> bool:
        return any(job.steps["a"].status is StepStatus.SUSPENDED for job in open_jobs(app, "t"))

    def skip(app) -> None:
        for job in open_jobs(app, "t"):
            app.office.tell(job.id, StepSkipped(app.opened.clock.now(), "a", "ada"))

    with house.open() as app:
        job_id = house.execute(app, "t").id
        skipped = once(waits, skip)

        def is_over() -> bool:
            skipped(app)
            return app.office.is_idle

        app.engine.run(is_over)
        assert app.office.timers.next_due() is not None
        gc.collect()
        kept = [each for each in gc.get_objects() if isinstance(each, Job) and each.id == job_id]
        assert kept == []

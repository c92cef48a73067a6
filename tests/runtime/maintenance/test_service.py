"""The janitor of a server works through the counter: in commits of the engine, between what else happens."""

from __future__ import annotations

import asyncio
import threading

from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.runtime.maintenance.janitor import Ages, Janitor
from gitflow.runtime.maintenance.service import retention_loop

FLOW = "tasks:\n  t:\n    flow:\n      s: {type: shell, cmd: 'echo hello; touch $GITFLOW_ARTIFACTS/a'}\n"


def test_a_server_sweeps_in_commits_of_its_engine(house):
    house.write(FLOW)
    old = [house.run("t").id for _ in range(3)]
    with house.open() as app:
        stop = threading.Event()
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        engine = threading.Thread(target=lambda: app.engine.run(stop.is_set))
        engine.start()
        threads: set[str] = set()

        async def served() -> None:
            swept = asyncio.Event()

            class Watched(Janitor):
                def chores(self, now):
                    for chore in super().chores(now):
                        yield lambda chore=chore: (threads.add(threading.current_thread().name), chore())[1]
                    swept.set()

            def now() -> float:
                return app.opened.clock.wall() + 60

            async with retention_loop(Watched(app.opened.stores, Ages.all(0)), commit_queue, now, 0.01):
                await swept.wait()

        try:
            asyncio.run(asyncio.wait_for(served(), 30))
        finally:
            stop.set()
            app.engine.runner.wake()
            engine.join(30)
        assert threads == {engine.name}
    assert house.jobs() == []
    assert all(house.log(job_id) == "" for job_id in old)

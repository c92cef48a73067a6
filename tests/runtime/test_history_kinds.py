"""Every kind of entry of a job's history, as the engine makes it, holds what the API's document says of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema_rs

from gitflow.app import App
from gitflow.core.jobs.events import (
    CancelRequested,
    EventReceived,
    JobPaused,
    JobRestarted,
    JobResumed,
    Rights,
    StepDecided,
    StepForced,
    StepSkipped,
)
from gitflow.core.language.snapshot import Commit
from gitflow.core.status import StepStatus
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.runtime.operations.by_name import perform
from gitflow.views.commits import COMMIT
from gitflow.views.history import KINDS, history_entry, schema, with_commit
from gitflow.views.noun import component
from house import House, killed, once, open_jobs

DEFINITIONS = """\
actions:
  tell: {type: shell, cmd: 'true'}
  fail: {type: shell, cmd: 'exit 9'}
  need: {type: shell, input: {about: {type: string, required: true}}, cmd: 'true'}
  train: {type: shell, cmd: 'true', tags: [gpu]}
tasks:
  failing:
    retry: {max_attempts: 2}
    on_error: [{action: tell}, {action: fail}]
    flow:
      a: {type: shell, cmd: 'exit 3', retry: {max_attempts: 2}}
      b: {type: shell, cmd: 'true', depends_on: [a]}
  late: {deadline: 45m, flow: {s: {type: sleep, duration: 1h, deadline: 30m}}}
  slow: {timeout: 1m, flow: {s: {type: sleep, duration: 1h}}}
  asks: {flow: {ask: {type: approval, message: Go?, approvers: [bob], timeout: 1h}}}
  waits: {flow: {w: {type: wait, event: go}, next: {type: shell, cmd: 'true', depends_on: [w]}}}
  parent: {flow: {call: {type: task, task: plain}}}
  unlucky: {flow: {call: {type: task, task: failing, retry: {max_attempts: 2}}}}
  plain:
    on_success: [{action: need, input: {about: '{{ hook.error_message }}'}}]
    flow: {s: {type: shell, cmd: 'true'}}
  loop: {flow: {many: {type: shell, for_each: [1, 2], cmd: 'true'}}}
  busy: {flow: {s: {type: shell, cmd: 'test $GITFLOW_ATTEMPT -gt 1 || sleep 600'}}}
  tagged: {flow: {t: {action: train}}}
  t: {on_error: [{action: tell}], flow: {s: {type: shell, cmd: 'echo up > GATE; sleep 600'}}}
"""
MAY_OVERRIDE = Rights(may_override=True)


def suspended(app: App, task: str) -> bool:
    return any(run.status is StepStatus.SUSPENDED for job in open_jobs(app, task) for run in job.steps.values())


def run_with(house: House, task: str, *events: Callable[[float], Any]) -> str:
    """Runs a task; once a step of it is suspended, these events happen."""

    def act(app: App) -> None:
        [job] = open_jobs(app, task)
        for event in events:
            app.orchestrator.post_event(job.id, event(app.opened.clock.now()))

    return house.run(task, None, once(partial(suspended, task=task), act)).id


def reopen(house: House, job_id: str, operation: str, **arguments: Any) -> None:
    with house.open() as app:
        work = partial(perform, app.operations, operation=operation, job_id=job_id, actor="ada", arguments=arguments)
        future = CommitQueue(app.orchestrator, app.engine.runner.wake).submit(work)
        app.engine.settle()
        future.result(0)
        house.finish(app)


def cancel_while_it_runs(house: House) -> None:
    def act(app: App) -> None:
        [job] = open_jobs(app, "busy")
        app.orchestrator.post_event(job.id, CancelRequested(app.opened.clock.now(), "ada", "a mistake"))

    house.run("busy", None, once(lambda app: any(job.busy_steps for job in open_jobs(app, "busy")), act))


def decide(house: House) -> None:
    decided = partial(StepDecided, step="ask", actor="ada", rights=MAY_OVERRIDE)
    run_with(house, "asks", lambda now: decided(now, approved=True, reason="bob is away"))
    run_with(house, "asks", lambda now: StepDecided(now, "ask", "bob", approved=False, reason="not today"))
    run_with(house, "asks", lambda now: StepDecided(now, "ask", "bob", approved=True))


def end_by_hand(house: House) -> None:
    run_with(house, "waits", lambda now: StepSkipped(now, "w", "ada", "no need"))
    run_with(house, "waits", lambda now: JobPaused(now, "ada"), lambda now: JobResumed(now, "ada"),
             lambda now: StepForced(now, "w", "ada", {"a": 1}, "it was done"))  # fmt: skip
    run_with(house, "waits", lambda now: EventReceived(now, "1", "other"), lambda now: EventReceived(now, "2", "go"))


def open_again(house: House) -> None:
    job = house.run("plain")
    reopen(house, job.id, "retry_step", step="s")
    reopen(house, job.id, "replay", step="s")
    reopen(house, job.id, "restart")
    reopen(house, house.run("loop").id, "retry_step", step="many[1]")


def restart_while_it_runs(house: House) -> None:
    def act(app: App) -> None:
        [job] = open_jobs(app, "busy")
        app.orchestrator.post_event(job.id, JobRestarted(app.opened.clock.now(), "ada"))

    house.run("busy", None, once(lambda app: any(job.busy_steps for job in open_jobs(app, "busy")), act))


def leave_to_another_process(house: House, gate: Path) -> None:
    with house.serve() as app:
        house.execute(app, "late")
        app.engine.settle()
    with house.serve() as app:
        house.finish(app)
    killed(house, gate)


def is_reported(app: App) -> bool:
    return app.orchestrator.timers.next_due() is None and not app.orchestrator.has_work()


def wait_for_a_worker(house: House) -> None:
    with house.serve() as app:
        job = house.execute(app, "tagged")
        house.finish(app, until=is_reported)
        app.orchestrator.post_event(job.id, CancelRequested(app.opened.clock.now(), "ada"))
        house.finish(app)


def test_an_entry_of_every_kind_holds_what_is_said_of_it(house: House, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    house.write(DEFINITIONS.replace("GATE", str(gate)))
    for task in ("failing", "slow", "parent", "unlucky"):
        house.run(task)
    for story in (cancel_while_it_runs, restart_while_it_runs, decide, end_by_hand, open_again, wait_for_a_worker):
        story(house)
    leave_to_another_process(house, gate)

    whole = {**schema(), "components": {"schemas": {COMMIT.name: component(COMMIT)}}}
    check = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    made_from = ("a" * 40, Commit("a" * 40, "Ada <ada@example.org>", "say hello", 1.0))
    found: dict[str, dict[str, Any]] = {}
    for job in house.jobs():
        for seq, entry in enumerate(house.history(job.id)):
            shown = history_entry(with_commit(entry, lambda: made_from), seq)
            assert [error.message for error in check.iter_errors(shown)] == [], shown
            found.setdefault(entry.what, {}).update(shown["details"] or {})
    assert set(found) == set(KINDS)
    for what, kind in KINDS.items():
        assert found[what].keys() >= kind.always.keys(), what


def test_times_in_details_are_texts(house: House) -> None:
    house.write(DEFINITIONS)
    job_id = run_with(house, "asks", lambda now: StepDecided(now, "ask", "bob", approved=True))
    [asked] = [entry for entry in house.history(job_id) if entry.what == "step.suspended"]
    assert history_entry(asked, 1)["details"]["due_at"].endswith("Z")

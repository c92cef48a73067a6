"""What clients read is the same to the byte, the order of keys included, as in the stored copy.

A change that is meant is stored by ``python tests/views/test_answers.py``; its diff shows what clients will see.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gitflow.core.changes.records import CHANGED, Change, Changes
from gitflow.core.errors import Conflict
from gitflow.core.identity import ApiKey, AuditEvent, User
from gitflow.core.jobs.events import HistoryEntry, JobAdmitted, StepClaimed
from gitflow.core.jobs.job import Job, Source
from gitflow.core.jobs.planning import new_job, plan_task
from gitflow.core.language.snapshot import Commit, Snapshot
from gitflow.core.language.sources import Revision, SourceFile
from gitflow.core.logs import LogLine
from gitflow.core.machine.causes import Cause
from gitflow.core.machine.machine import advance
from gitflow.core.problems import NOWHERE, Problem, Severity
from gitflow.core.record import replace
from gitflow.core.signatures import Signature, Verdict
from gitflow.core.status import JobStatus
from gitflow.definitions.loader import load
from gitflow.runtime.engine.server_events import ServerEvent
from gitflow.runtime.operations.bulk import Result
from gitflow.runtime.operations.explain import JobExplanation, StepExplanation
from gitflow.runtime.triggers.fire import Fired
from gitflow.runtime.triggers.reactions import Received
from gitflow.runtime.workspaces.served import Candidate, ServedWorkspace
from gitflow.runtime.workspaces.versions import Version
from gitflow.stores.protocols.artifacts import Artifact
from gitflow.stores.protocols.jobs import AttemptRow, JobRow
from gitflow.stores.protocols.reports import EndedJob, LastJob, StepTimes
from gitflow.stores.protocols.revisions import LoadedRevision
from gitflow.stores.protocols.triggers import TriggerEvent, TriggerState
from gitflow.stores.protocols.workers import WorkerRow
from gitflow.triggers.cloudevents import CloudEvent
from gitflow.views import (
    accounts,
    artifacts,
    definitions,
    errors,
    explain,
    graphs,
    history,
    jobs,
    log_places,
    logs,
    operations,
    overview,
    server,
    server_events,
    task_stats,
    triggers,
    versions,
    workers,
    workspaces,
)  # fmt: skip

STORED = Path(__file__).with_name("answers.jsonl")
NOW = 1771372800.0  # 2026-02-18T00:00:00Z
SIGNED = Signature(Verdict.VALID, "tag", "a" * 40, "ada@example.com", "SHA256:abc", NOW)
UNSIGNED = Signature(Verdict.UNSIGNED, "commit", "b" * 40, seen_at=NOW, reason="the commit is not signed")

TEXT = """
actions:
  greet:
    type: shell
    name: Greet
    description: says hello
    cmd: echo {{ input.name }}
    input:
      name: {type: string, default: x, secret: true}
      m: {type: string, required: true}
      n: {type: integer, minimum: 0, maximum: 9}
    output: {greeting: {type: string}}
    tags: [gpu]
    env: {A: b}
    grace: 1500ms
    timeout: 90
    retry: {max_attempts: 3, delay: 500ms, backoff: linear, on_exit_codes: [3]}
  plain: {type: sleep, duration: 1s}
tasks:
  hello:
    name: Hello
    folder: a/b
    description: says
    input:
      name: {type: string, default: World, options: [World, You], allow_custom: true, order: 1}
      key: {type: string, secret: true}
    output: "{{ first.output.greeting }}"
    timeout: 500ms
    retry: {max_attempts: 2}
    concurrency: {group: g, limit: 1, on_limit: queue}
    priority: 4
    max_parallel_steps: 2
    labels: {team: core}
    on_error: [{action: greet, input: {name: x, m: y}}]
    flow:
      first: {action: greet, input: {name: x, m: y}}
      second:
        type: shell
        name: Second
        description: twice
        cmd: echo {{ each.item }}
        depends_on: [{step: first, accept: any}, {any: [first, {all: [first]}]}]
        for_each: [x, y]
        sequential: true
        when: input.name == 'World'
        env: {A: b}
        continue_on_failure: true
        timeout: 90
  bare:
    flow:
      sure:
        type: approval
        message: Deploy?
        approvers: [ada]
        input: {count: {type: integer, required: true, minimum: 1}}
triggers:
  nightly: {type: scheduler, cron: "0 0 2 * * *", timezone: Europe/Berlin, task: bare}
  off: {type: scheduler, cron: "@daily", task: bare, enabled: false}
  hook: {type: webhook, name: hh, secret: s3cret, task: hello, input: {name: You}}
"""
ROW = JobRow(
    "id", "default", "hello", "distributed", JobStatus.COMPLETED, "user", None, "rev", "w", {"a": "b"}, 3, None, None,
    0.0, 1.5, None,
)  # fmt: skip
USER = User("u", "ada@example.org", "Ada", 0.0, "hash", groups=("ops",))
KEY = ApiKey("k", "ci", "digest", "gf_1", 1.0, created_by="ada")

PROBLEM = Problem(Severity.ERROR, "no-cycles", "a.yaml", 3, 4, "wrong", "so")
COMMIT = Commit("sha", "ada", "fixes", 1.5)


def the_snapshot() -> Snapshot:
    loaded = load([SourceFile("a.yaml", TEXT.encode())], workspace="default", revision="rev", has_file=lambda _: True)
    assert loaded.snapshot is not None, loaded.problems
    return loaded.snapshot


def the_explanation(job: Job) -> JobExplanation:
    causes = (
        Cause("limit", expression="g s3cret", value=1, holder_job="j", ahead=2),
        Cause("approval", "sure", value=["ada", "s3cret"], until=NOW),
    )
    step = StepExplanation(job.steps["second"], "It waits.", causes)
    return JobExplanation(job, (step,), (Cause("pause"),), "It waits.\nFor you.")


def a_job(snapshot: Snapshot, task: str, given: dict[str, Any]) -> Job:
    job = new_job(
        plan_task(snapshot, task), id="id", workspace="default", revision="rev", input=given, at=0.0,
        source=Source("trigger", "nightly"),
    )  # fmt: skip
    return advance(job, JobAdmitted(1.0)).job


def answers() -> Iterator[tuple[str, Any]]:
    snapshot = the_snapshot()
    hello = a_job(snapshot, "hello", {"name": "s3cret", "key": "hidden"})
    hello = replace(hello, secrets=("s3cret",), labels={"who": "s3cret"}, error_message="no s3cret")
    hello = advance(hello, StepClaimed(2.0, "first", 1, "worker", "token", {"name": "s3cret"})).job
    bare = a_job(snapshot, "bare", {})
    attempt = AttemptRow("first", 1, "failed", 3, 1.0, 2.0, "Exit code: 3", "worker")
    yield "job_row", jobs.job_row(ROW)
    yield "job_item", jobs.job_item(hello)
    yield "job_detail", jobs.job_detail(hello, [attempt])
    yield "job_detail of an approval", jobs.job_detail(bare, ())
    yield "step_list", jobs.step_list(hello, [attempt], 1, 1)
    yield "explained", explain.job_explanation(the_explanation(hello))
    yield "bulk_result", [jobs.bulk_result(each) for each in (
        Result("a", {"job_id": "b"}), Result("a", {}), Result("a", error="no", code="conflict"),
    )]  # fmt: skip
    yield "problem", [workspaces.problem(each) for each in (
        Problem(Severity.ERROR, "no-cycles", "a.yaml", 3, 4, "wrong", "so"),
        Problem(Severity.WARNING, "unused", "", 0, 0, "odd"),
    )]  # fmt: skip
    yield "log_line", logs.log_line(LogLine(0.5, "stdout", "first", "Hello", 1, 1))
    entry = HistoryEntry(0.0, "engine", "step.retrying", "first", 1, {"due_at": 1.5, "exit_code": 3})
    yield "history_entry", [history.history_entry(entry, 7), history.history_entry(HistoryEntry(0.0, "a", "job.x"), 8)]
    yield "history_line", [logs.history_line(entry, 7), logs.history_line(HistoryEntry(0.0, "a", "job.x"), 8)]
    for task in snapshot.tasks.values():
        yield f"task_row {task.name}", definitions.task_row(snapshot, task)
        yield f"task_detail {task.name}", definitions.task_detail(snapshot, task, NOW)
    for action in snapshot.actions.values():
        yield f"action_row {action.name}", definitions.action_row(action)
        yield f"action_detail {action.name}", definitions.action_detail(action)
    for trigger in snapshot.triggers.values():
        yield f"trigger {trigger.name}", triggers.trigger(trigger, NOW)
        yield f"trigger_detail {trigger.name}", triggers.trigger_detail(trigger, NOW)
    yield "user", [accounts.user_json(USER), accounts.user_json(replace(USER, disabled_at=3.0, last_login_at=2.0))]
    yield "key", [accounts.key_json(KEY), accounts.key_json(replace(KEY, scopes=("a",), expires_at=3.0))]
    yield "audit", accounts.audit_json(4, AuditEvent(0.0, "ada", "job.cancel", outcome="done", details={"a": "b"}))
    candidate = Candidate(Revision("new"), (PROBLEM,), UNSIGNED)
    revision = Revision("rev", COMMIT)
    served = ServedWorkspace("default", None, snapshot, revision, "main", candidate, "gone", signature=SIGNED)
    yield "workspace_row", [workspaces.workspace(each) for each in (
        workspaces.VisibleWorkspace(served, 2, 2, 3, True),
        workspaces.VisibleWorkspace(served, 0, 2, 0, False),
        workspaces.VisibleWorkspace(ServedWorkspace("default", None), 0, 0, 0, True),
    )]  # fmt: skip
    loaded = LoadedRevision("default", Revision("rev", COMMIT, True), 2.0, False, "main", (PROBLEM,), UNSIGNED, 7)
    clean = LoadedRevision("default", Revision("rev"), 2.0, True)
    yield "revision_row", [workspaces.loaded_revision(workspaces.VisibleRevision(*each)) for each in (
        (loaded, True), (loaded, False), (clean, True),
    )]  # fmt: skip
    change = Change("task", "hello", CHANGED, NOWHERE, "step say changed")
    yield "version", versions.listed_version(Version(COMMIT, (), Changes((change,))))
    row = WorkerRow("w", "here", ("gpu",), "1.0", 1.0, 2.0, 3)
    yield "worker", [workers.worker(workers.WorkerState(row, is_active)) for is_active in (True, False)]
    fired = TriggerState("default", "nightly", last_fired_at=1.0)
    suspended = replace(fired, suspended_at=2.0, suspended_by="ada")
    states = (TriggerState("", ""), fired, suspended)
    nightly, hook = snapshot.triggers["nightly"], snapshot.triggers["hook"]
    yield "trigger with its state", [triggers.trigger(nightly, NOW, each) for each in states]
    yield "trigger_detail with its state", [triggers.trigger_detail(hook, NOW, each) for each in states]
    yield "trigger_event", [triggers.trigger_event(each) for each in (
        TriggerEvent("default", "nightly", 1.0, "fired", job_id="id", due_at=0.5),
        TriggerEvent("default", "nightly", 1.0, "skipped", actor="ada", reason="busy"),
    )]  # fmt: skip
    failed = Fired("failed", "default", "nightly", "bare", None, Conflict("no"))
    received = Received(CloudEvent("1", "here", "t"), (Fired("fired", "default", "nightly", "bare", "id"), failed))
    yield "event_received", triggers.event_received(received)
    yield from answers_across_workspaces(snapshot)
    yield from small_answers(hello)


def answers_across_workspaces(snapshot: Snapshot) -> Iterator[tuple[str, Any]]:
    last = (LastJob("a", "running", None), LastJob("b", "completed", 2.5), LastJob("c", "failed", 1.0))
    for task, commit in zip(snapshot.tasks.values(), (COMMIT, None), strict=True):
        found = overview.TaskOverview(task, snapshot, last if commit else (), "2026-02-18T02:00:00+01:00", commit)
        yield f"task_overview {task.name}", overview.task_overview(found)
    yield "scheduled_fire", overview.scheduled_fire(overview.Fire(1.0, "2026-02-18T02:00:00+01:00", "w", "n", "t"))
    yield "job_count", [overview.job_count(each) for each in (
        overview.Count(2, "failed"), overview.Count(2, None, "w", "t", {"failed": 2}),
    )]  # fmt: skip
    yield "server_event", [server_events.server_event(each) for each in (
        ServerEvent("step.completed", 1.0, "w", "t", "id", "s", "completed", seq=7),
        ServerEvent("workspace.refused", 1.0, "w", revision="rev", seq=8),
        ServerEvent("gap", 1.0, seq=9),
    )]  # fmt: skip
    line = LogLine(0.5, "stdout", "first", "Hello", 1, 1)
    yield "log_search", log_places.log_search(log_places.SearchResult((line,), 7, False))


def small_answers(job: Job) -> Iterator[tuple[str, Any]]:
    yield "events_received", triggers.events_received([])
    yield "fired_job", triggers.fired_job(triggers.StartedJob("id", "hook", "hello"))
    yield (
        "hook_answer",
        [triggers.hook_answer(triggers.StartedJob("id", "hook", "hello", each)) for each in (None, job)],
    )
    yield "graph", graphs.graph(job)
    yield "artifact", artifacts.artifact(artifacts.StepArtifact("first", 2, Artifact("a/b", 5, 0o644, "digest")))
    ended = (
        EndedJob("c", JobStatus.COMPLETED, "new", 20.0, 20.5, 22.5, COMMIT),
        EndedJob("b", JobStatus.COMPLETED, "old", 10.0, 10.25, 11.25),
        EndedJob("a", JobStatus.FAILED, "old", 0.0, 0.0, 9.0),
    )
    steps = (StepTimes("first", 3, 1.0, 2.0, 0.0, 0.1),)
    yield "stats", [task_stats.stats(each) for each in (
        task_stats.TaskStats("default", "hello", ended, steps, 2), task_stats.TaskStats("default", "hello", ended[2:]),
    )]  # fmt: skip
    yield "session", accounts.session_json(accounts.IssuedTokens("a", "r", 900))
    yield (
        "push_result",
        [
            workspaces.push_result(each)
            for each in (workspaces.PushResult("default"), workspaces.PushResult("default", "not followed"))
        ],
    )
    yield "refresh_result", workspaces.refresh_result(workspaces.RefreshResult("default", None, False))
    yield "health", server.health(server.Identity("1.0", "follower"))
    yield "readiness", [server.readiness(server.Checks({"engine": each, "database": True})) for each in (True, False)]
    yield "client_config", server.client_config(server.ClientConfig(True, False, {"id": "Name"}, "1.0"))
    yield "created", operations.created("id")
    items = (operations.BatchItem("id"), operations.BatchItem(error="no", code="conflict"))
    yield "batch_result", operations.batch_result(items)
    yield (
        "bulk_answer",
        [
            operations.bulk_answer(each)
            for each in (operations.BulkAnswer([{"ok": True}], 1), operations.BulkAnswer([], 0, ["id"]))
        ],
    )
    yield "error", [errors.error(each) for each in (
        errors.ErrorAnswer("no", "conflict"),
        errors.ErrorAnswer("no", "invalid_input", (("a", "is missing"),), (PROBLEM,)),
        errors.ErrorAnswer("no", "forbidden", lacking=errors.Lacking("run", "default", "hello", ("ann@example.com",))),
    )]  # fmt: skip


def lines() -> list[str]:
    return [f"{name}: {json.dumps(answer, ensure_ascii=False)}" for name, answer in answers()]


def test_every_answer_is_the_stored_one_to_the_byte():
    assert lines() == STORED.read_text().splitlines()


if __name__ == "__main__":
    STORED.write_text("\n".join(lines()) + "\n")

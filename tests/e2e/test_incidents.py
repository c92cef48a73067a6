# ruff: noqa: E501
"""Incidents: what people do to a server holds through ``kill -9`` of it, and nothing is lost or done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from killable_server import TIMEOUT_S, Server, servers

FLOW = """
tasks:
  gated:
    flow:
      first: {{type: shell, cmd: 'echo began >> {trace}; cat {gate}'}}
      second: {{type: shell, cmd: 'echo second >> {trace}', depends_on: [first]}}
  quick: {{flow: {{a: {{type: shell, cmd: 'true'}}}}}}
  slow:
    deadline: 2s
    on_late: [{{action: page, input: {{steps: '{{{{ hook.late_steps }}}}'}}}}]
    flow: {{hold: {{type: wait, event: go, deadline: 2s}}}}
  paged:
    input: {{about: {{type: string}}}}
    flow: {{a: {{type: shell, cmd: 'true'}}}}
actions:
  page:
    type: shell
    input: {{steps: {{type: array}}}}
    cmd: echo late >> {trace}
triggers:
  late: {{type: event, "on": {{task: slow, late: true}}, task: paged, input: {{about: '{{{{ event.late_step or "job" }}}}'}}}}
  every: {{type: scheduler, cron: "* * * * * *", task: quick}}
  called: {{type: webhook, name: called, task: quick}}
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    os.mkfifo(tmp_path / "gate")
    flow = FLOW.format(trace=tmp_path / "trace", gate=tmp_path / "gate")
    with servers(tmp_path, flow, signal.SIGKILL) as begin:
        yield begin


def fired(server: Server) -> list[str]:
    """The times for which the schedule has fired, oldest first."""
    events = server.call("/api/workspaces/w/triggers/every/events?limit=500")[1]
    return sorted(event["due_at"] for event in events if event["what"] == "fired")


def test_a_suspension_outlives_kill_9_with_its_reason(start):
    first = start()
    assert first.call("/api/triggers/suspend", {"all": True, "reason": "the disk is full"})[0] == 200
    known = fired(first)
    first.kill()
    second = start()
    assert second.call("/hooks/called", {})[0] == 409
    trigger = second.call("/api/workspaces/w/triggers/every")[1]
    assert (trigger["suspended"], trigger["suspended_reason"]) == (True, "the disk is full")
    assert fired(second) == known
    assert second.call("/api/triggers/unsuspend", {"triggers": ["every"]})[0] == 200
    second.until(lambda: len(fired(second)) > len(known))


def test_a_server_that_is_killed_while_it_is_drained_leaves_all_to_the_next_one(start, tmp_path):
    first = start()
    job_id = first.call("/api/workspaces/w/tasks/gated/execute", {})[1]["job_id"]
    first.until(lambda: (tmp_path / "trace").exists())
    assert first.call("/api/drain", {"timeout": "10m"})[0] == 202
    assert first.call("/api/workspaces/w/tasks/quick/execute", {})[0] == 503
    known = fired(first)
    time.sleep(1.5)  # two times of the schedule fall due
    assert fired(first) == known
    first.kill()
    second = start()
    job = second.until(lambda: (found := second.call(f"/api/jobs/{job_id}")[1])["status"] == "failed" and found)
    assert "interrupted" in job["steps"][0]["error_message"]
    second.until(lambda: len(fired(second)) >= len(known) + 3)
    times = fired(second)
    moments = [time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) for text in times]
    assert moments == [moments[0] + n for n in range(len(moments))]  # none is missing, and none came twice


def test_a_drained_server_ends_with_0_once_its_steps_have_ended(start, tmp_path):
    server = start()
    job_id = server.call("/api/workspaces/w/tasks/gated/execute", {})[1]["job_id"]
    server.until(lambda: (tmp_path / "trace").exists())
    environ = {**os.environ, "GITFLOW_SERVER": server.address}
    words = [sys.executable, "-m", "gitflow.cli.main", "drain", "--timeout", "5m", "--wait"]
    with subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stderr is not None
        assert "the server stops by" in waiting.stderr.readline()
        (tmp_path / "gate").write_text("go")
        assert waiting.wait(TIMEOUT_S) == 0
    assert server.process.wait(TIMEOUT_S) == 0
    second = start()
    second.until(lambda: second.call(f"/api/jobs/{job_id}")[1]["status"] == "completed")
    assert (tmp_path / "trace").read_text().splitlines() == ["began", "second"]


def test_a_job_is_late_exactly_once_through_kill_9_before_and_after_its_deadline(start, tmp_path):
    first = start()
    job_id = first.call("/api/workspaces/w/tasks/slow/execute", {})[1]["job_id"]
    first.until(lambda: first.call(f"/api/jobs/{job_id}")[1]["steps"][0]["status"] == "suspended")
    first.kill()
    time.sleep(2.5)  # nobody is there when the deadline passes
    second = start()

    def pages() -> list[str]:
        jobs = second.call("/api/jobs?workspace=w&task_name=paged")[1]
        return sorted(second.call(f"/api/jobs/{row['job_id']}")[1]["input"]["about"] for row in jobs)

    second.until(lambda: len(pages()) == 2)
    second.until(lambda: (tmp_path / "trace").exists() and len((tmp_path / "trace").read_text().splitlines()) == 2)
    second.kill()
    second = start()
    second.until(lambda: len(pages()) >= 2)
    detail = second.call(f"/api/jobs/{job_id}")[1]
    assert (detail["status"], detail["steps"][0]["status"]) == ("running", "suspended")
    assert detail["late_at"] >= detail["deadline_at"]
    late = [entry for entry in second.call(f"/api/jobs/{job_id}/events")[1] if entry["what"].endswith(".late")]
    assert sorted(entry["what"] for entry in late) == ["job.late", "step.late"]
    assert pages() == ["hold", "job"]
    assert second.call(f"/api/jobs/{job_id}/events/go", {})[0] == 202
    second.until(lambda: second.call(f"/api/jobs/{job_id}")[1]["status"] == "completed")
    assert (tmp_path / "trace").read_text().splitlines() == ["late", "late"]
    assert pages() == ["hold", "job"]

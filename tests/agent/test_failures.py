# ruff: noqa: E501
"""What dies, and what must hold: each is killed, stopped or cut off while a step of an agent runs."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from cluster import Cluster, until
from proxy import Proxy

from step_processes import marked

#: Writes a line for each time that it begins, and waits until it may go on.
STEP = """
tasks:
  t:
    input: {dir: {required: true}}
    flow:
      s:
        type: shell
        retry: {max_attempts: 2, delay: 0s}
        cmd: 'echo $GITFLOW_ATTEMPT >> {{ input.dir }}/begun; echo attempt $GITFLOW_ATTEMPT; while [ ! -e {{ input.dir }}/go ]; do sleep 0.02; done; echo end'
  once:
    input: {dir: {required: true}}
    flow:
      s:
        type: shell
        cmd: 'echo $GITFLOW_ATTEMPT >> {{ input.dir }}/begun; echo attempt $GITFLOW_ATTEMPT; while [ ! -e {{ input.dir }}/go ]; do sleep 0.02; done; echo end'
"""


def begun(folder: Path) -> list[str]:
    return (folder / "begun").read_text().split() if (folder / "begun").exists() else []


def test_a_killed_agent_loses_its_steps_and_they_run_again_only_where_the_author_wants_it(
    make_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    cluster = make_cluster(lease="3s")
    cluster.start_server()
    agent = cluster.start_agent("one", "--slots", "2")
    cluster.connected()
    cluster.write(STEP)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    again, once = (
        cluster.execute("t", {"dir": str(tmp_path / "a")}),
        cluster.execute("once", {"dir": str(tmp_path / "b")}),
    )
    until(lambda: begun(tmp_path / "a") and begun(tmp_path / "b"))
    agent.kill()
    agent.wait()
    assert cluster.ended(once)["status"] == "failed"
    assert cluster.step(once, "s")["error_message"] == "interrupted: its worker was not heard of for 3 s"
    (tmp_path / "a" / "go").touch()
    cluster.start_agent("two")
    assert cluster.ended(again)["status"] == "completed"
    assert begun(tmp_path / "a") == ["1", "2"]
    assert begun(tmp_path / "b") == ["1"]


def test_an_agent_that_is_started_again_ends_what_it_left_and_says_so(cluster: Cluster, tmp_path: Path) -> None:
    cluster.write(STEP)
    job_id = cluster.execute("once", {"dir": str(tmp_path)})
    until(lambda: begun(tmp_path))
    until(lambda: cluster.log(job_id) == "attempt 1")
    agent = cluster._processes[1]
    agent.kill()
    agent.wait()
    assert marked(tmp_path)
    cluster.start_agent("one")
    assert cluster.ended(job_id)["status"] == "failed"
    assert cluster.step(job_id, "s")["error_message"] == "interrupted: its agent was restarted"
    until(lambda: not marked(tmp_path))
    assert begun(tmp_path) == ["1"]
    until(lambda: not list((tmp_path / "agent-one" / "spool").iterdir()))


def test_a_step_whose_server_dies_between_the_commit_and_the_assignment_begins_once(
    make_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    """What the agent does not have was never begun: its hello proves it, and the step is assigned again."""
    cluster = make_cluster()
    cluster.write(STEP)
    dying = cluster.start_server(program=(sys.executable, str(Path(__file__).with_name("dies_before_assigning.py"))))
    cluster.start_agent("one")
    cluster.connected()
    cluster.call("/api/workspaces/w/tasks/once/execute", {"input": {"dir": str(tmp_path)}})
    assert dying.wait(60) == -signal.SIGKILL
    assert begun(tmp_path) == []
    cluster.start_server()
    [listed] = cluster.call("/api/jobs")[1]
    until(lambda: begun(tmp_path))
    (tmp_path / "go").touch()
    assert cluster.ended(listed["job_id"])["status"] == "completed"
    assert begun(tmp_path) == ["1"]
    claims = [entry for entry in cluster.history(listed["job_id"]) if entry["what"] == "step.running"]
    assert len(claims) == 1


def running_without_server(cluster: Cluster, folder: Path) -> dict[str, str]:
    """Three jobs by name, whose steps run on an agent while their server has been killed."""
    cluster.write(STEP)
    server = cluster.start_server()
    cluster.start_agent("one", "--slots", "3")
    cluster.connected()
    made = {}
    for name, task in (("ended", "once"), ("kept", "once"), ("retried", "t")):
        (folder / name).mkdir()
        made[name] = cluster.execute(task, {"dir": str(folder / name)})
    until(lambda: all(cluster.log(job_id) == "attempt 1" for job_id in made.values()))
    server.kill()
    server.wait()
    return made


def test_reports_and_lines_outlive_servers_that_are_away_for_most_of_the_lease_and_a_cancel_works_after(
    make_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    cluster = make_cluster(lease="12s")
    made = running_without_server(cluster, tmp_path)
    (tmp_path / "ended" / "go").touch()
    until(lambda: not _processes(tmp_path, made["retried"]))  # the agent has waited for three quarters of the lease
    assert _processes(tmp_path, made["kept"])
    cluster.start_server()
    assert cluster.ended(made["ended"])["status"] == "completed"
    assert cluster.log(made["ended"]) == "attempt 1\nend"
    until(lambda: begun(tmp_path / "retried") == ["1", "2"])
    (tmp_path / "retried" / "go").touch()
    assert cluster.ended(made["retried"])["status"] == "completed"
    assert cluster.call(f"/api/jobs/{made['kept']}/cancel", {})[0] == 200
    assert cluster.ended(made["kept"])["status"] == "cancelled"
    assert not marked(tmp_path)
    assert begun(tmp_path / "ended") == begun(tmp_path / "kept") == ["1"]


def test_steps_outlive_servers_that_are_away_for_longer_than_the_lease_and_are_adopted_by_the_next(
    make_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    """The lease counts the silence of an agent while a server is there to hear it."""
    cluster = make_cluster(lease="3s")
    made = running_without_server(cluster, tmp_path)
    back_at = time.monotonic() + 10.0  # more than three leases, and time enough for pauses to grow
    (tmp_path / "ended" / "go").touch()
    until(lambda: not _processes(tmp_path, made["retried"]))
    until(lambda: time.monotonic() >= back_at)
    assert _processes(tmp_path, made["kept"])
    cluster.start_server()
    assert cluster.ended(made["ended"])["status"] == "completed"
    assert cluster.log(made["ended"]) == "attempt 1\nend"
    until(lambda: begun(tmp_path / "retried") == ["1", "2"])
    for name in ("kept", "retried"):
        (tmp_path / name / "go").touch()
        assert cluster.ended(made[name])["status"] == "completed"
    assert cluster.log(made["kept"]) == "attempt 1\nend"
    told = [entry["what"] for entry in cluster.history(made["kept"])]
    assert (told.count("step.running"), told.count("step.completed")) == (1, 1)
    assert begun(tmp_path / "ended") == begun(tmp_path / "kept") == ["1"]


def test_a_step_goes_on_while_its_server_is_killed_and_is_reported_to_the_next(
    cluster: Cluster, tmp_path: Path
) -> None:
    cluster.write(STEP)
    job_id = cluster.execute("once", {"dir": str(tmp_path)})
    until(lambda: cluster.log(job_id) == "attempt 1")
    cluster.server.kill()
    cluster.server.wait()
    (tmp_path / "go").touch()
    spool = tmp_path / "agent-one" / "spool"
    until(lambda: any(b'"type": "report"' in path.read_bytes() for path in spool.iterdir()))
    cluster.start_server()
    assert cluster.ended(job_id)["status"] == "completed"
    assert [(line["line"], line["seq"]) for line in cluster.lines(job_id)] == [("attempt 1", 1), ("end", 2)]
    assert begun(tmp_path) == ["1"]
    until(lambda: not list(spool.iterdir()))


def test_a_step_that_runs_while_its_server_is_killed_is_not_lost(cluster: Cluster, tmp_path: Path) -> None:
    cluster.write(STEP)
    job_id = cluster.execute("once", {"dir": str(tmp_path)})
    until(lambda: cluster.log(job_id) == "attempt 1")
    cluster.server.kill()
    cluster.server.wait()
    cluster.start_server()
    cluster.connected()
    assert cluster.step(job_id, "s")["status"] == "running"
    (tmp_path / "go").touch()
    assert cluster.ended(job_id)["status"] == "completed"
    assert cluster.log(job_id) == "attempt 1\nend"
    assert begun(tmp_path) == ["1"]


def test_a_cancel_after_the_server_was_killed_reaches_the_step(cluster: Cluster, tmp_path: Path) -> None:
    cluster.write(STEP)
    job_id = cluster.execute("once", {"dir": str(tmp_path)})
    until(lambda: begun(tmp_path))
    cluster.server.kill()
    cluster.server.wait()
    cluster.start_server()
    assert cluster.call(f"/api/jobs/{job_id}/cancel", {})[0] == 200
    assert cluster.ended(job_id)["status"] == "cancelled"
    assert not marked(tmp_path)


def test_what_a_frozen_agent_reports_late_changes_nothing(make_cluster: Callable[..., Cluster], tmp_path: Path) -> None:
    cluster = make_cluster(lease="3s")
    cluster.start_server()
    frozen = cluster.start_agent("frozen")
    cluster.connected("frozen")
    cluster.write(STEP)
    job_id = cluster.execute("t", {"dir": str(tmp_path)})
    until(lambda: begun(tmp_path))
    frozen.send_signal(signal.SIGSTOP)
    until(lambda: cluster.step(job_id, "s")["attempt"] == 1 and cluster.step(job_id, "s")["status"] != "running")
    cluster.start_agent("second")
    until(lambda: begun(tmp_path) == ["1", "2"])
    (tmp_path / "go").touch()
    job = cluster.ended(job_id)
    assert job["status"] == "completed"
    before = cluster.history(job_id)
    frozen.send_signal(signal.SIGCONT)
    until(lambda: not list((tmp_path / "agent-frozen" / "spool").iterdir()))
    assert cluster.history(job_id) == before
    assert cluster.job(job_id) == job
    assert cluster.step(job_id, "s")["attempt"] == 2


@pytest.mark.parametrize("away", [Proxy.cut, Proxy.freeze])
def test_a_cut_of_the_network_loses_no_line_and_begins_nothing_twice(
    away: Callable[[Proxy], None], make_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    cluster = make_cluster(lease="30s")
    cluster.start_server()
    proxy = Proxy(cluster.address)
    agent = cluster.start_agent("one", "--slots", "4", url=proxy.url)
    cluster.connected()
    cluster.write(
        "tasks:\n  t:\n    input: {dir: {required: true}}\n    flow:\n      s:\n        type: shell\n"
        "        cmd: 'echo 1 >> {{ input.dir }}/begun; i=0; while [ ! -e {{ input.dir }}/go ]; do i=$((i+1)); echo line $i; sleep 0.01; done; echo $i > {{ input.dir }}/count'\n"
    )
    job_id = cluster.execute("t", {"dir": str(tmp_path)})
    for number in range(1, 3):
        seen = len(cluster.lines(job_id))
        until(lambda seen=seen: len(cluster.lines(job_id)) > seen)
        away(proxy)
        until(lambda number=number: cluster.log_of(agent).count("no connection to") >= number)
        proxy.mend()
        until(lambda number=number: cluster.log_of(agent).count("connected to") > number)
    away(proxy)
    (tmp_path / "go").touch()
    count = int(until(lambda: (tmp_path / "count").exists() and (tmp_path / "count").read_text()))
    assert cluster.step(job_id, "s")["status"] == "running"
    proxy.mend()
    assert cluster.ended(job_id)["status"] == "completed"
    assert cluster.log(job_id).splitlines() == [f"line {number}" for number in range(1, count + 1)]
    assert begun(tmp_path) == ["1"]
    proxy.close()


@pytest.mark.parametrize("away", [Proxy.cut, Proxy.freeze])
def test_an_agent_without_its_server_ends_steps_that_would_be_tried_again_and_keeps_the_others(
    away: Callable[[Proxy], None], make_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    cluster = make_cluster(lease="4s")
    cluster.start_server()
    proxy = Proxy(cluster.address)
    cluster.start_agent("one", "--slots", "2", url=proxy.url)
    cluster.connected()
    cluster.write(STEP)
    for name in "ab":
        (tmp_path / name).mkdir()
    retried, kept = (
        cluster.execute("t", {"dir": str(tmp_path / "a")}),
        cluster.execute("once", {"dir": str(tmp_path / "b")}),
    )
    until(lambda: begun(tmp_path / "a") and begun(tmp_path / "b"))
    away(proxy)
    until(lambda: cluster.step(retried, "s")["status"] != "running" and cluster.step(kept, "s")["status"] != "running")
    until(lambda: not _processes(tmp_path, retried))
    assert _processes(tmp_path, kept)
    proxy.mend()  # it counts no longer, and ends once the agent hears of that
    until(lambda: not _processes(tmp_path, kept))
    proxy.close()


def _processes(folder: Path, job_id: str) -> list[int]:
    """Processes of steps of a job."""
    found: list[int] = []
    for pid in marked(folder):
        with suppress(OSError):
            if job_id.encode() in Path(f"/proc/{pid}/environ").read_bytes():
                found.append(pid)
    return found


def test_no_agent_may_use_the_state_directory_of_another(cluster: Cluster) -> None:
    state = str(cluster.folder / "agent-one")
    process = cluster._start(["agent", "--server", cluster.address, "--state-dir", state])
    assert process.wait(60) == 2
    assert "another agent uses" in cluster.log_of(process)

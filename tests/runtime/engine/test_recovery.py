"""What a process left behind that died, and what the next one makes of it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys

from gitflow.stores.protocols.jobs import JobFilter
from house import killed, statuses
from step_processes import marked

FLOW = """
actions:
  tell: {{type: shell, cmd: 'true'}}
tasks:
  child:
    flow:
      c: {{type: shell, cmd: 'setsid sleep 600 & echo up > {gate}; wait'}}
  t:
    retry: {{max_attempts: 2}}
    on_error: [{{action: tell}}]
    flow:
      a: {{type: shell, cmd: 'true'}}
      call: {{type: task, task: child, depends_on: [a]}}
      later: {{type: shell, depends_on: [call], cmd: 'true'}}
"""


def test_the_lock_files_of_killed_servers_go_with_the_next_command(house):
    server = house.elsewhere("import os\nwith house.serve() as app:\n    os.kill(os.getpid(), 9)\n")
    server.communicate(timeout=60)
    assert [file.name[:7] for file in (house.state / "owners").iterdir()] == ["server-"]
    with house.store():
        assert list((house.state / "owners").iterdir()) == []


def test_parent_and_child_of_a_dead_process_end_and_start_nothing(house, tmp_path):
    gate = tmp_path / "gate"
    house.write(FLOW.format(gate=gate))
    killed(house, gate)
    assert {job.task_name: job.status.value for job in house.jobs()} == {"t": "failed", "child": "failed"}
    assert marked(tmp_path) == []
    [job], [child] = house.of("t"), house.of("child")
    assert statuses(job) == {"a": "completed", "call": "cancelled", "later": "cancelled"}
    assert child.steps["c"].error_message == "interrupted: the process that ran it ended"
    [entry] = [one for one in house.history(job.id) if one.what == "job.interrupted"]
    assert entry.details["not_started"] == ["retry"]
    assert os.listdir(house.state / "run") == []


def test_a_job_whose_definitions_cannot_be_read_is_ended_and_stops_no_other_command(house, tmp_path, caplog):
    gate = tmp_path / "gate"
    house.write(
        f"tasks:\n  t:\n    flow:\n      s: {{type: shell, for_each: [1], cmd: 'echo up > {gate}; sleep 600'}}\n"
        "      z: {type: shell, depends_on: [s], cmd: 'true'}\n"
    )
    killed(house, gate)
    with sqlite3.connect(house.state / "gitflow.db") as file:
        file.execute("UPDATE snapshot SET compiled = x'7b7d'")
        [(job_id,)] = file.execute("SELECT id FROM job")
    file.close()
    shutil.rmtree(os.path.join(house.environ["GITFLOW_CACHE"], "compiled"))
    with house.store() as opened:
        [row] = opened.stores.jobs.jobs(JobFilter())
        assert (row.id, row.status) == (job_id, "failed")
        assert opened.stores.jobs.owners() == []
    assert f"the definitions of job {job_id} cannot be read" in caplog.text
    assert marked(tmp_path) == []


def test_folders_of_jobs_that_have_ended_are_removed(house):
    house.write("tasks:\n  t:\n    flow:\n      s: {type: shell, cmd: 'true'}\n")
    job = house.run("t")
    left = house.state / "run" / job.id / "s.1"
    left.mkdir(parents=True)
    (left / "input.json").write_text("{}")
    with house.store():
        assert not left.exists()


def test_folders_of_jobs_that_run_are_left_alone(house):
    house.write("tasks:\n  t:\n    flow:\n      s: {type: shell, cmd: 'true'}\n")
    kept: list[bool] = []

    def look(app) -> None:
        if app.engine.runner.running:
            with house.store() as opened:
                assert opened.recovery.settle_the_dead(None) == []
            kept.append((house.state / "run").exists() and bool(os.listdir(house.state / "run")))

    assert house.run("t", None, look).status == "completed"
    assert all(kept)
    assert kept


def test_two_that_recover_at_once_settle_a_job_once(house, tmp_path):
    gate = tmp_path / "gate"
    house.write(FLOW.format(gate=gate))
    killed(house, gate)
    text = "from gitflow.app import open_store\nfrom gitflow.config import Config\n"
    text += "with open_store(Config(state_dir={state!r}), {environ!r}): pass\n"
    text = text.format(state=str(house.state), environ=house.environ)
    both = [subprocess.Popen([sys.executable, "-c", text]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    for job in house.jobs():
        assert job.status == "failed"
        assert len([one for one in house.history(job.id) if one.what == "job.interrupted"]) == 1


def test_a_job_whose_key_is_lost_stops_no_other_command(house, tmp_path, caplog):
    gate = tmp_path / "gate"
    house.environ["THE_TOKEN"] = "s3cret/Value+1"
    house.write(
        "secrets: {token: '{{ env.THE_TOKEN }}'}\ntasks:\n  t:\n    flow:\n"
        "      made: {type: shell, cmd: 'echo k={{ secret.token }} >> \"$GITFLOW_OUTPUT\"'}\n"
        f"      s: {{type: shell, depends_on: [made], cmd: 'echo up > {gate}; setsid sleep 600 & wait'}}\n"
        "  u:\n    flow:\n      s: {type: shell, cmd: 'true'}\n"
    )
    killed(house, gate)
    (house.state / "secrets.key").rename(house.state / "elsewhere.key")
    assert house.run("u").status == "completed"
    assert marked(tmp_path) == [], "what it left running is ended all the same"
    assert "is left as it is" in caplog.text
    with house.store() as opened:
        assert {row.task_name: row.status for row in opened.stores.jobs.jobs(JobFilter())} == {
            "t": "running",
            "u": "completed",
        }
    (house.state / "elsewhere.key").replace(house.state / "secrets.key")
    [job] = house.of("t")
    assert (job.status, job.steps["s"].status) == ("failed", "failed")

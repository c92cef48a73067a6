# ruff: noqa: E501
"""A server and an agent in processes of their own: steps run on the agent as they do on a server."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from cluster import Cluster, until

from gitflow.core.values import MASK
from step_processes import marked

HELLO = """
tasks:
  hello:
    flow:
      say: {type: shell, cmd: 'echo hello; echo oops >&2; printf one > $GITFLOW_OUTPUTS/number'}
      again: {type: shell, depends_on: [say], cmd: 'echo {{ say.output.number }}'}
"""
LONG = """
tasks:
  long:
    input: {gate: {required: true}}
    flow:
      work: {type: shell, cmd: 'echo up; echo $$ > {{ input.gate }}; exec sleep 600'}
"""
FILES = """
actions:
  count: {type: shell, cmd: 'cat $GITFLOW_NEEDS/make/deep/a.txt $GITFLOW_NEEDS/every/1/b.txt; sh read.sh'}
tasks:
  files:
    flow:
      make:
        type: shell
        cmd: 'cd $GITFLOW_ARTIFACTS; mkdir deep; echo left > deep/a.txt; chmod 750 deep/a.txt'
      every:
        for_each: [x, y, z]
        type: shell
        cmd: 'echo {{ each.item }} > $GITFLOW_ARTIFACTS/b.txt'
      use: {depends_on: [make, every], action: count}
"""


def test_a_job_runs_on_the_agent_with_its_output_and_its_log(cluster: Cluster) -> None:
    cluster.write(HELLO)
    job_id = cluster.execute("hello")
    job = cluster.ended(job_id)
    assert job["status"] == "completed", job
    assert cluster.step(job_id, "say")["output"] == {"number": "one"}
    assert sorted(line["line"] for line in cluster.lines(job_id)) == ["hello", "one", "oops"]
    assert cluster.step(job_id, "say")["worker_id"] == cluster.connected()["worker_id"]


def test_lines_are_there_while_the_step_runs_and_a_cancel_ends_it(cluster: Cluster, tmp_path: Path) -> None:
    cluster.write(LONG)
    job_id = cluster.execute("long", {"gate": str(tmp_path / "gate")})
    until(lambda: cluster.log(job_id) == "up")
    assert cluster.connected()["running"] == 1
    pid = int(until(lambda: (tmp_path / "gate").exists() and (tmp_path / "gate").read_text()))
    assert cluster.call(f"/api/jobs/{job_id}/cancel", {})[0] == 200
    assert cluster.ended(job_id)["status"] == "cancelled"
    assert cluster.step(job_id, "work")["status"] == "cancelled"
    assert pid not in marked(tmp_path)


def test_a_time_limit_ends_a_step_there(cluster: Cluster) -> None:
    cluster.write("tasks: {slow: {flow: {s: {type: shell, timeout: 200ms, cmd: 'echo begun; exec sleep 600'}}}}\n")
    job_id = cluster.execute("slow")
    assert cluster.ended(job_id)["status"] == "failed"
    assert "timed out after 200ms" in cluster.step(job_id, "s")["error_message"]
    assert cluster.log(job_id) == "begun"


def test_files_go_to_the_agent_and_artifacts_from_step_to_step(cluster: Cluster) -> None:
    cluster.put("read.sh", "cat data.txt\n")
    cluster.put("data.txt", "from the workspace\n")
    cluster.write(FILES)
    job_id = cluster.execute("files")
    assert cluster.ended(job_id)["status"] == "completed", (cluster.job(job_id), cluster.log(job_id))
    assert cluster.log(job_id).splitlines() == ["left", "y", "from the workspace"]
    listed = cluster.call(f"/api/jobs/{job_id}/artifacts")[1]
    assert sorted((each["step"], each["name"], each["size"]) for each in listed) == [
        ("every[0]", "b.txt", 2),
        ("every[1]", "b.txt", 2),
        ("every[2]", "b.txt", 2),
        ("make", "deep/a.txt", 5),
    ]


def test_nothing_of_a_job_stays_on_the_agent(cluster: Cluster, tmp_path: Path) -> None:
    cluster.write(FILES)
    cluster.put("read.sh", "true\n")
    cluster.ended(cluster.execute("files"))
    state = tmp_path / "agent-one"
    until(lambda: not list((state / "spool").iterdir()) and not list((state / "run").iterdir()))
    needs = state / "needs"
    assert not [path for path in needs.rglob("*") if path.is_file()]


def test_steps_that_share_a_working_copy_run_on_one_agent(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start_agent("two", "--slots", "4")
    cluster.connected("two")
    cluster.write(
        "tasks:\n  shared:\n    mode: local\n    checkout: job\n    flow:\n"
        "      a: {type: shell, cmd: 'echo a > a'}\n"
        "      b: {type: shell, depends_on: [a], cmd: 'cat a; echo b > b'}\n"
        "      c: {type: shell, depends_on: [a], cmd: 'cat a'}\n"
        "      d: {type: shell, depends_on: [b, c], cmd: 'cat a b'}\n"
    )
    for _ in range(4):
        job_id = cluster.execute("shared")
        assert cluster.ended(job_id)["status"] == "completed", cluster.log(job_id)
        assert len({cluster.step(job_id, name)["worker_id"] for name in "abcd"}) == 1
    folders = [tmp_path / f"agent-{name}" / "run" for name in ("one", "two")]
    until(lambda: not [job for folder in folders if folder.exists() for job in folder.iterdir()])


def test_a_secret_reaches_the_step_and_nothing_else(cluster: Cluster, tmp_path: Path) -> None:
    secret = "open sesame and more"
    cluster.server.send_signal(signal.SIGTERM)
    cluster.server.wait()
    text = (tmp_path / "server-config.yaml").read_text()
    (tmp_path / "server-config.yaml").write_text(text.replace("path: ws}", "path: ws, secrets: {env: [PASSWORD]}}"))
    cluster.start_server({"PASSWORD": secret})
    cluster.connected()
    cluster.write(
        "secrets: {password: '{{ env.PASSWORD }}'}\n"
        "tasks:\n  t:\n    flow:\n      s:\n        type: shell\n"
        f'        cmd: \'echo {{{{ secret.password }}}}; printf "%s" {{{{ secret.password }}}} > $GITFLOW_OUTPUTS/leak; '
        f'cat /proc/*/cmdline 2>/dev/null | tr "\\\\0" " " > {tmp_path}/argv; touch {tmp_path}/up; '
        f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done'\n"
    )
    job_id = cluster.execute("t")
    until((tmp_path / "up").exists)
    own = tmp_path / "agent-one" / "run"  # where the step itself has put it
    kept = [path for path in (tmp_path / "agent-one").rglob("*") if path.is_file() and own not in path.parents]
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []
    os.kill(cluster.server.pid, signal.SIGSTOP)
    (tmp_path / "go").touch()
    [spooled] = (tmp_path / "agent-one" / "spool").iterdir()
    until(lambda: b'"sealed": "' in spooled.read_bytes())
    assert secret.encode() not in spooled.read_bytes()
    assert secret not in (tmp_path / "argv").read_text(errors="replace")
    os.kill(cluster.server.pid, signal.SIGCONT)
    assert cluster.ended(job_id)["status"] == "completed"
    assert cluster.log(job_id) == MASK
    assert cluster.step(job_id, "s")["output"] == {"leak": MASK}
    stderr = [path.read_text() for path in tmp_path.glob("stderr-*")]
    assert not any(secret in text for text in stderr)


def test_without_a_worker_a_step_waits_for_an_agent_and_is_not_lost(make_cluster) -> None:
    cluster = make_cluster()
    cluster.start_server()
    cluster.write(HELLO)
    job_id = cluster.execute("hello")
    assert cluster.step(job_id, "say")["waiting_on"] == "worker"
    cluster.start_agent()
    assert cluster.ended(job_id)["status"] == "completed"


def test_tags_choose_the_agent(make_cluster) -> None:
    cluster = make_cluster(slots=4)
    cluster.start_server()
    cluster.start_agent("gpu", "--tags", "gpu,linux")
    cluster.start_agent("plain")
    wanted = {"gpu": cluster.connected("gpu")["worker_id"], "plain": cluster.connected("plain")["worker_id"]}
    cluster.write(
        "actions: {a: {type: shell, tags: [gpu], cmd: 'echo a'}, b: {type: shell, cmd: 'echo b'}}\n"
        "tasks: {t: {flow: {a: {action: a}, b: {action: b}}}}\n"
    )
    job_id = cluster.execute("t")
    assert cluster.ended(job_id)["status"] == "completed"
    assert cluster.step(job_id, "a")["worker_id"] == wanted["gpu"]
    assert cluster.step(job_id, "b")["worker_id"] not in wanted.values()  # the server's own worker comes first


def test_an_exclusive_worker_leaves_steps_without_tags_to_others(make_cluster) -> None:
    cluster = make_cluster()
    cluster.start_server()
    cluster.start_agent("gpu", "--tags", "gpu", "--exclusive")
    gpu = cluster.connected("gpu")["worker_id"]
    cluster.write(
        "tasks:\n  plain: {flow: {s: {type: shell, cmd: 'true'}}}\n"
        "  tagged: {flow: {s: {type: shell, tags: [gpu], cmd: 'true'}}}\n"
    )
    plain = cluster.execute("plain")
    tagged = cluster.execute("tagged")
    assert cluster.ended(tagged)["status"] == "completed"
    assert cluster.step(tagged, "s")["worker_id"] == gpu
    assert cluster.step(plain, "s")["waiting_on"] == "worker"
    cluster.start_agent("any")
    assert cluster.ended(plain)["status"] == "completed"
    assert cluster.step(plain, "s")["worker_id"] == cluster.connected("any")["worker_id"]


def test_an_agent_that_is_told_to_stop_finishes_its_step_and_takes_no_more(cluster: Cluster, tmp_path: Path) -> None:
    agent = cluster._processes[1]
    cluster.write(
        "tasks:\n  t:\n    input: {go: {required: true}}\n    flow:\n"
        "      a: {type: shell, cmd: 'echo up > {{ input.go }}.up; while [ ! -e {{ input.go }} ]; do sleep 0.02; done'}\n"
        "      b: {type: shell, depends_on: [a], cmd: 'echo b'}\n"
    )
    job_id = cluster.execute("t", {"go": str(tmp_path / "go")})
    until((tmp_path / "go.up").exists)
    agent.send_signal(signal.SIGTERM)
    until(lambda: cluster.call("/api/workers")[1][0]["slots"] is not None)
    (tmp_path / "go").touch()
    assert agent.wait(60) == 0
    until(lambda: cluster.step(job_id, "a")["status"] == "completed")
    assert cluster.step(job_id, "b")["waiting_on"] == "worker"
    cluster.start_agent("two")
    assert cluster.ended(job_id)["status"] == "completed"

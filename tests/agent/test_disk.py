# ruff: noqa: E501
"""The disk of an agent is full: it takes no more steps, those that run wait, and both go on once there is room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cluster import Cluster, until

from disks import small_disk

PRINTING = """
tasks:
  t:
    input: {dir: {required: true}}
    flow:
      s:
        type: shell
        cmd: 'i=0; while [ ! -e {{ input.dir }}/go ]; do i=$((i+1)); echo line $i; echo $i > {{ input.dir }}/count; sleep 0.01; done'
  other: {flow: {s: {type: shell, cmd: 'echo other'}}}
"""


def test_a_full_disk_of_an_agent_makes_its_steps_wait_and_new_ones_stay_away(
    make_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    cluster = make_cluster()
    cluster.write(PRINTING)
    cluster.start_server()
    with small_disk(tmp_path / "disk", "24m") as disk:
        agent = cluster.start_agent("one", "--slots", "2", state=tmp_path / "disk" / "agent", within=disk.within)
        cluster.connected()
        job_id = cluster.execute("t", {"dir": str(tmp_path)})
        until(lambda: len(cluster.lines(job_id)) > 5)
        disk.fill()
        until(lambda: "no more steps are taken" in cluster.log_of(agent))
        until(lambda: cluster.connected()["slots"] == 0)
        other = cluster.execute("other")
        assert cluster.step(other, "s")["waiting_on"] == "worker"
        (disk.seen / "ballast").unlink()
        assert cluster.ended(other)["status"] == "completed"
        (tmp_path / "go").touch()
        assert cluster.ended(job_id)["status"] == "completed"
        count = int((tmp_path / "count").read_text())
        assert cluster.log(job_id).splitlines() == [f"line {number}" for number in range(1, count + 1)]
        agent.terminate()
        assert agent.wait(60) == 0

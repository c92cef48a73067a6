"""``kill -9`` of ``gitflow run`` at any point: the store opens, nothing is left running, nothing done is repeated."""

import json
import os
import signal
from pathlib import Path

import pytest

STEPS = 5


def flow(trace: Path, gate: Path) -> str:
    steps = [
        f"      s{i}:\n        type: shell\n{f'        depends_on: [s{i - 1}]' if i else ''}\n"
        f"        cmd: |\n          echo s{i} begin >> {trace}\n          echo s{i} > {gate}\n"
        f"          setsid sleep 600 &\n          cat {gate}.go > /dev/null\n          kill $!\n"
        f"          echo s{i} end >> {trace}\n"
        for i in range(STEPS)
    ]
    return "tasks:\n  chain:\n    flow:\n" + "".join(steps)


def marked(token_of: str) -> list[int]:
    """Processes of any job of this state directory that are still there."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                environ = Path(f"/proc/{entry}/environ").read_bytes()
            except OSError:
                continue
            if b"GITFLOW_RUN=" in environ and token_of.encode() in environ:
                found.append(int(entry))
    return found


@pytest.mark.parametrize("killed_in", range(STEPS))
def test_killed_in_a_step_the_job_is_settled_and_retry_finishes_it(gitflow, tmp_path: Path, killed_in: int):
    trace, gate = tmp_path / "trace", tmp_path / "gate"
    os.mkfifo(gate)
    os.mkfifo(f"{gate}.go")
    gitflow.write(".workflows/a.yaml", flow(trace, gate))
    run = gitflow.start("run", "chain", "-q")
    for i in range(killed_in + 1):
        assert gate.read_text() == f"s{i}\n"
        if i < killed_in:
            Path(f"{gate}.go").write_text("")
    run.send_signal(signal.SIGKILL)
    run.communicate()

    [job] = gitflow.jobs()
    assert job["status"] == "failed"
    assert marked(str(gitflow.state)) == []
    detail = json.loads(gitflow("job", job["job_id"], "-o", "json").stdout)
    by_name = {step["step_name"]: step for step in detail["steps"]}
    assert [by_name[f"s{i}"]["status"] for i in range(killed_in)] == ["completed"] * killed_in
    assert by_name[f"s{killed_in}"]["status"] == "failed"
    assert by_name[f"s{killed_in}"]["error_message"] == "interrupted: the process that ran it ended"

    again = gitflow.start("retry", job["job_id"], "--json")
    for i in range(killed_in, STEPS):
        assert gate.read_text() == f"s{i}\n"
        Path(f"{gate}.go").write_text("")
    stdout, stderr = again.communicate(timeout=30)
    assert again.returncode == 0, stderr
    finished = json.loads(stdout)
    assert finished["retry_of_job_id"] == job["job_id"]
    assert {step["status"] for step in finished["steps"]} == {"completed"}
    ends = [line for line in trace.read_text().splitlines() if line.endswith("end")]
    assert ends == [f"s{i} end" for i in range(STEPS)]


def test_killed_at_many_instants_nothing_is_lost_or_stuck(gitflow, tmp_path: Path):
    """The instants are spread over the whole life of the process, from its start to after its end."""
    trace = tmp_path / "trace"
    steps = "".join(
        f"      s{i}: {{type: shell, {f'depends_on: [s{i - 1}], ' if i else ''}"
        f"cmd: 'echo $GITFLOW_JOB_ID s{i} >> {trace}'}}\n"
        for i in range(6)
    )
    gitflow.write(".workflows/a.yaml", "tasks:\n  chain:\n    flow:\n" + steps)
    assert gitflow("run", "chain", "-q").returncode == 0
    for instant in range(30):
        run = gitflow.start("run", "chain", "-q")
        try:
            run.wait(timeout=0.01 * instant)
        except Exception:
            run.send_signal(signal.SIGKILL)
        run.communicate()
    jobs = gitflow.jobs()
    assert {job["status"] for job in jobs} <= {"completed", "failed"}
    assert marked(str(gitflow.state)) == []
    ran = trace.read_text().splitlines()
    assert len(ran) == len(set(ran)), "a step of a job ran twice"
    for job in jobs:
        if job["status"] == "failed":
            done = gitflow("retry", job["job_id"], "-q")
            assert done.returncode == 0, done.stderr

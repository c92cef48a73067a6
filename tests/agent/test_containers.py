# ruff: noqa: E501
"""Steps in containers on an agent, by a real podman: as on a server, and after the agent's death."""

from __future__ import annotations

import json

import pytest
from cluster import Cluster, Process, until

from gitflow.runners.containers.records import ENDED
from podman_part import Podman, needs_podman

pytestmark = needs_podman

DECLARED = "{number: {type: string}}"

FLOW = """
actions:
  box: {{type: docker, image: '{image}', network: none, cmd: '{cmd}', output: {output}}}
tasks:
  t:
    flow:
      s: {{action: box}}
      after: {{type: shell, depends_on: [s], cmd: 'echo got {{{{ s.output.number }}}}; cat $GITFLOW_NEEDS/s/file'}}
"""


@pytest.fixture
def boxed(cluster: Cluster, podman: Podman) -> Cluster:
    """Its agent has the podman of the tests."""
    cluster._processes[1].terminate()
    cluster._processes[1].wait()
    cluster.more_environ = podman.environ
    start(cluster)
    return cluster


def start(cluster: Cluster) -> Process:
    agent = cluster.start_agent("one", "--slots", "4", "--allow-mount", str(cluster.folder))
    cluster.connected()
    return agent


def write(cluster: Cluster, podman: Podman, cmd: str, output: str = DECLARED) -> None:
    cluster.write(FLOW.format(image=podman.image, cmd=cmd, output=output))


def containers_of(podman: Podman, job_id: str) -> list[str]:
    return [name for name in podman.containers() if job_id in name]


def printed(cluster: Cluster, job_id: str) -> list[str]:
    """The log without the note that this machine was slow to report the end of a container."""
    return [line for line in cluster.log(job_id).splitlines() if "the end of this container was reported" not in line]


def test_a_step_in_a_container_has_its_files_its_output_and_its_end(boxed: Cluster, podman: Podman) -> None:
    write(boxed, podman, "echo in a box; printf 7 > $GITFLOW_OUTPUTS/number; echo left > $GITFLOW_ARTIFACTS/file")
    job_id = boxed.execute("t")
    assert boxed.ended(job_id)["status"] == "completed", (boxed.job(job_id), boxed.log(job_id))
    assert printed(boxed, job_id) == ["in a box", "got 7", "left"]
    until(lambda: not containers_of(podman, job_id))


def test_a_cancel_ends_the_container(boxed: Cluster, podman: Podman) -> None:
    write(boxed, podman, "echo up; exec sleep 600")
    job_id = boxed.execute("t")
    until(lambda: boxed.log(job_id) == "up")
    assert boxed.call(f"/api/jobs/{job_id}/cancel", {})[0] == 200
    assert boxed.ended(job_id)["status"] == "cancelled"
    assert containers_of(podman, job_id) == []


def killed_with(boxed: Cluster, podman: Podman, cmd: str, output: str) -> str:
    """A job whose container is killed neither by the death of its agent nor by anything else: it ends after that."""
    gate = "while [ ! -e $GITFLOW_ARTIFACTS/go ]; do sleep 0.1; done; rm $GITFLOW_ARTIFACTS/go"
    write(boxed, podman, f"echo up; {gate}; {cmd}", output)
    job_id = boxed.execute("t")
    until(lambda: boxed.log(job_id) == "up")
    agent = boxed._processes[-1]
    agent.kill()
    agent.wait()
    [artifacts] = (boxed.folder / "agent-one" / "run" / job_id).glob("s.1/artifacts")
    (artifacts / "go").touch()
    [name] = containers_of(podman, job_id)
    until(lambda: json.loads(podman.run("inspect", "--format", "{{json .State.Status}}", name)) in ENDED)
    return job_id


@pytest.mark.parametrize(
    ("cmd", "output", "status", "error"),
    [
        (
            "printf 7 > $GITFLOW_OUTPUTS/number; echo left > $GITFLOW_ARTIFACTS/file",
            DECLARED,
            "completed",
            None,
        ),
        ("exit 5", DECLARED, "failed", "Exit code: 5"),
        (
            "echo OUTPUT:1",
            DECLARED,
            "failed",
            "interrupted: its agent was restarted; its container ended with exit code 0, but an output that it printed is lost",
        ),
    ],
)
def test_a_container_that_ended_while_its_agent_was_dead_is_reported_as_it_ended(
    boxed: Cluster, podman: Podman, cmd: str, output: str, status: str, error: str | None
) -> None:
    job_id = killed_with(boxed, podman, cmd, output)
    start(boxed)
    job = boxed.ended(job_id)
    step = boxed.step(job_id, "s")
    assert (step["status"], step["error_message"], step["attempt"]) == (status, error, 1), (job, boxed.log(job_id))
    assert job["status"] == status
    until(lambda: not containers_of(podman, job_id))
    until(lambda: not list((boxed.folder / "agent-one" / "spool").iterdir()))
    if status == "completed":
        assert step["output"] == {"number": "7"}
        note = "gitflow: the agent was restarted while this container ran; lines that it printed meanwhile are lost"
        assert printed(boxed, job_id) == ["up", note, "got 7", "left"]


def test_a_container_that_runs_when_its_agent_is_started_again_is_ended_and_lost(
    boxed: Cluster, podman: Podman
) -> None:
    write(boxed, podman, "echo up; exec sleep 600")
    job_id = boxed.execute("t")
    until(lambda: boxed.log(job_id) == "up")
    agent = boxed._processes[-1]
    agent.kill()
    agent.wait()
    assert len(containers_of(podman, job_id)) == 1
    start(boxed)
    assert boxed.ended(job_id)["status"] == "failed"
    assert boxed.step(job_id, "s")["error_message"] == "interrupted: its agent was restarted"
    assert containers_of(podman, job_id) == []

"""Steps run as Jobs in a real API server, with its controllers and its scheduler."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from uuid import UUID

from cluster import until
from kubernetes_server import KubernetesServer

from gitflow.core.values import MASK
from kubernetes_part import needs_kubernetes
from podman_part import IMAGE

pytestmark = needs_kubernetes

STEP = f"type: shell, runner: docker, image: {IMAGE}"
HELLO = f"""
tasks:
  hello:
    flow:
      say: {{{STEP}, cmd: 'echo hello $$; cat data.txt; printf one > $GITFLOW_OUTPUTS/number'}}
      again: {{type: docker, image: {IMAGE}, depends_on: [say], cmd: 'echo {{{{ say.output.number }}}}'}}
"""
LONG = f"""
tasks:
  long:
    flow:
      work: {{{STEP}, grace: 1s, cmd: 'echo up; i=0; while [ $i -lt 6000 ]; do sleep 0.1; i=$((i+1)); done'}}
"""
FILES = f"""
tasks:
  files:
    flow:
      make: {{{STEP}, cmd: 'mkdir $GITFLOW_ARTIFACTS/deep; echo left > $GITFLOW_ARTIFACTS/deep/a.txt'}}
      use: {{{STEP}, depends_on: [make], cmd: 'cat $GITFLOW_NEEDS/make/deep/a.txt; sh read.sh'}}
"""


def test_a_step_with_an_image_runs_as_a_job_with_its_output_and_its_log(server: KubernetesServer) -> None:
    server.put("data.txt", "from the workspace\n")
    server.write(HELLO)
    job_id = server.execute("hello")
    job = server.ended(job_id)
    assert job["status"] == "completed", (job, server.log_of(server.server))
    assert server.step(job_id, "say")["output"] == {"number": "one"}
    assert [line["line"] for line in server.lines(job_id)] == ["hello 1", "from the workspace", "one"]
    assert (
        server.step(job_id, "say")["worker_id"] == server.connected(f"kubernetes/{server.namespace.name}")["worker_id"]
    )
    server.until_no_pods()


def test_artifacts_go_from_step_to_step_and_files_come_from_the_workspace(server: KubernetesServer) -> None:
    server.put("read.sh", "echo from the script\n")
    server.write(FILES)
    job_id = server.execute("files")
    assert server.ended(job_id)["status"] == "completed", server.log_of(server.server)
    assert server.log(job_id).splitlines() == ["left", "from the script"]


def test_a_step_that_fails_has_its_exit_code_and_is_tried_again(server: KubernetesServer) -> None:
    retry = "retry: {max_attempts: 2, delay: 0s}"
    server.write(f"tasks: {{fail: {{flow: {{s: {{{STEP}, {retry}, cmd: 'echo $GITFLOW_ATTEMPT; exit 3'}}}}}}}}\n")
    job_id = server.execute("fail")
    assert server.ended(job_id)["status"] == "failed"
    assert server.step(job_id, "s")["error_message"] == "Exit code: 3"
    assert server.log(job_id).splitlines() == ["1", "2"]


def test_lines_are_there_while_the_step_runs_and_a_cancel_ends_it(server: KubernetesServer) -> None:
    server.write(LONG)
    job_id = server.execute("long")
    until(lambda: server.log(job_id) == "up")
    assert server.call(f"/api/jobs/{job_id}/cancel", {})[0] == 200
    assert server.ended(job_id)["status"] == "cancelled"
    assert server.step(job_id, "work")["status"] == "cancelled"
    server.until_no_pods()


def test_a_time_limit_ends_a_step(server: KubernetesServer) -> None:
    server.write(LONG.replace("grace: 1s", "grace: 1s, timeout: 1s"))
    job_id = server.execute("long")
    assert server.ended(job_id)["status"] == "failed"
    assert server.step(job_id, "work")["error_message"] == "timed out after 1s"
    server.until_no_pods()


def test_an_image_that_is_not_there_fails_the_step_with_the_reason(server: KubernetesServer) -> None:
    server.write("tasks: {none: {flow: {s: {type: docker, image: localhost/no-such-image, cmd: 'true'}}}}\n")
    job_id = server.execute("none")
    assert server.ended(job_id)["status"] == "failed"
    error = server.step(job_id, "s")["error_message"]
    assert error.startswith("the image 'localhost/no-such-image' cannot be pulled: ")
    server.until_no_pods()


def test_a_program_that_is_not_there_fails_the_step_with_the_reason(server: KubernetesServer) -> None:
    server.write(f"tasks: {{none: {{flow: {{s: {{type: docker, image: {IMAGE}, entrypoint: no-such-program}}}}}}}}\n")
    job_id = server.execute("none")
    assert server.ended(job_id)["status"] == "failed"
    assert server.step(job_id, "s")["error_message"].startswith("the container cannot be started: ")


def test_secrets_are_in_no_pod_and_no_log(server: KubernetesServer) -> None:
    server.write(
        f"""
tasks:
  login:
    input: {{password: {{type: text, secret: true}}}}
    flow:
      s: {{{STEP}, grace: 1s, env: {{PW: '{{{{ input.password }}}}'}}, cmd: 'echo "<$PW>"; sleep 60'}}
"""
    )
    job_id = server.execute("login", {"password": "hunter2"})
    until(lambda: server.log(job_id))
    assert server.log(job_id) == f"<{MASK}>"
    seen: list[Any] = [*server.namespace.list("pods"), *server.namespace.list("jobs")]
    assert seen
    assert "hunter2" not in json.dumps(seen)
    assert server.call(f"/api/jobs/{job_id}/cancel", {})[0] == 200
    server.ended(job_id)
    server.until_no_pods()
    assert [each for each in server.namespace.list("secrets") if each["metadata"]["name"].startswith("gf-")] == []


def test_a_pod_has_its_own_attempt_and_nothing_else(server: KubernetesServer) -> None:
    """Its token is no key: it opens the files of this attempt, and no other route."""
    server.write(LONG)
    job_id = server.execute("long")
    until(lambda: server.log(job_id) == "up")
    (secret,) = [each for each in server.namespace.list("secrets") if each["metadata"]["name"].startswith("gf-")]
    token = b64decode(secret["data"]["token"]).decode()
    mine = f"/api/pods/{job_id}/work/1"
    assert server.ask(f"{mine}/needs", token) == 200
    assert server.ask(f"{mine}/needs", "0" * 64) == 404
    assert server.ask(f"{mine}/files", token, pod="another") == 409
    for other in (
        f"/api/pods/{job_id}/work/2/needs",
        f"/api/pods/{job_id}/other/1/needs",
        f"/api/pods/{UUID(int=0)}/work/1/needs",
    ):
        assert server.ask(other, token) == 404
    assert server.call(f"/api/jobs/{job_id}/cancel", {})[0] == 200
    server.ended(job_id)
    assert server.ask(f"{mine}/needs", token) == 404

"""What dies, and what must hold: pods, Jobs, the API server and the server itself."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from cluster import until
from kubernetes_server import KubernetesServer
from proxy import Proxy

from gitflow.runtime.worker.kubernetes.pod_attempt import REPLACED_S
from kubernetes_node import Node
from kubernetes_part import ControlPlane, needs_kubernetes
from podman_part import IMAGE

pytestmark = needs_kubernetes

STEP = f"type: shell, runner: docker, image: {IMAGE}"
#: Prints a line ten times a second until its working copy has a file `stop`, which nobody can see but the step itself.
COUNT = f"""
tasks:
  count:
    flow:
      s:
        type: shell
        runner: docker
        image: {IMAGE}
        grace: 1s
        cmd: 'i=0; while [ $i -lt 80 ]; do i=$((i+1)); echo $i; sleep 0.1; done; printf $i > $GITFLOW_OUTPUTS/last'
"""
#: Its first attempt does not end by itself.
ENDLESS_AT_FIRST = f"""
tasks:
  endless:
    flow:
      s:
        type: shell
        runner: docker
        image: {IMAGE}
        grace: 1s
        retry: {{max_attempts: 2, delay: 0s}}
        cmd: 'echo up; [ $GITFLOW_ATTEMPT -gt 1 ] || sleep 6000'
"""
LINES = [str(number) for number in range(1, 81)]


def begun(server: KubernetesServer) -> str:
    server.write(COUNT)
    job_id = server.execute("count")
    until(lambda: server.log(job_id))
    return job_id


def only(server: KubernetesServer, kind: str) -> str:
    (found,) = server.namespace.list(kind)
    return found["metadata"]["name"]


def test_a_server_that_is_killed_loses_no_step_no_line_and_no_output(server: KubernetesServer) -> None:
    job_id = begun(server)
    assert server.server is not None
    server.server.send_signal(signal.SIGKILL)
    server.server.wait()
    server.start_server()
    assert server.ended(job_id)["status"] == "completed", server.log_of(server.server)
    assert server.log(job_id).splitlines() == LINES
    assert server.step(job_id, "s")["output"] == {"last": "80"}
    assert server.step(job_id, "s")["attempt"] == 1
    server.until_no_pods()


def test_a_step_that_ends_while_no_server_is_there_has_its_end_and_its_output(server: KubernetesServer) -> None:
    job_id = begun(server)
    assert server.server is not None
    server.server.send_signal(signal.SIGKILL)
    server.server.wait()
    until(lambda: "terminated" in server.state_of_step())
    server.start_server()
    assert server.ended(job_id)["status"] == "completed", server.log_of(server.server)
    assert server.log(job_id).splitlines() == LINES
    assert server.step(job_id, "s")["output"] == {"last": "80"}


def test_a_pod_that_somebody_deletes_loses_its_step_with_the_reason(server: KubernetesServer) -> None:
    job_id = begun(server)
    server.namespace.delete("pods", only(server, "pods"))
    assert server.ended(job_id)["status"] == "failed"
    assert server.step(job_id, "s")["error_message"] == "interrupted: its pod was deleted"
    server.until_no_pods()


def test_a_pod_that_is_deleted_by_force_is_replaced_by_none_that_begins_the_step(server: KubernetesServer) -> None:
    job_id = begun(server)
    server.namespace.delete("pods", only(server, "pods"), "?gracePeriodSeconds=0")
    assert server.ended(job_id)["status"] == "failed"
    assert server.step(job_id, "s")["error_message"].startswith("interrupted: ")
    assert server.log(job_id).splitlines().count("1") == 1
    server.until_no_pods()


def test_a_pod_whose_node_says_nothing_more_is_lost_after_a_while(server: KubernetesServer, node: Node) -> None:
    job_id = begun(server)
    node.is_silent.set()
    try:
        server.namespace.delete("pods", only(server, "pods"))
        assert server.ended(job_id)["status"] == "failed"
        assert server.step(job_id, "s")["error_message"] == "interrupted: its pod was deleted"
    finally:
        node.is_silent.clear()


@contextmanager
def silent(node: Node, control_plane: ControlPlane) -> Iterator[None]:
    """The node says nothing more, until the end of the block, and the cluster's controller notices that."""
    node.is_silent.set()
    try:
        with control_plane.watching_nodes():
            yield
    finally:
        node.say_ready()
        node.is_silent.clear()


def endless(server: KubernetesServer) -> str:
    """A job whose step runs in a pod that is ready, and does not end by itself."""
    server.write(ENDLESS_AT_FIRST)
    job_id = server.execute("endless")
    until(lambda: server.log(job_id))
    until(server.has_ready_pod)
    return job_id


def test_a_step_whose_node_is_not_heard_of_is_lost_with_the_reason_and_is_tried_again(
    server: KubernetesServer, node: Node, control_plane: ControlPlane
) -> None:
    job_id = endless(server)
    pod = only(server, "pods")
    with silent(node, control_plane):
        until(lambda: server.step(job_id, "s")["attempt"] == 2)
        until(lambda: pod not in [each["metadata"]["name"] for each in server.namespace.list("pods")])
    assert server.ended(job_id)["status"] == "completed", server.step(job_id, "s")
    assert "its node has not answered for 3 s" in json.dumps(server.history(job_id))


def test_a_cancel_of_a_step_whose_node_is_not_heard_of_does_not_wait_for_the_node(
    server: KubernetesServer, node: Node, control_plane: ControlPlane
) -> None:
    job_id = endless(server)
    with silent(node, control_plane):
        assert server.call(f"/api/jobs/{job_id}/cancel", {})[0] == 200
        assert server.ended(job_id)["status"] == "cancelled"


def test_a_pod_that_was_evicted_loses_its_step_with_the_reason_and_is_tried_again(server: KubernetesServer) -> None:
    server.write(COUNT.replace("grace: 1s", "grace: 1s\n        retry: {max_attempts: 2, delay: 0s}"))
    job_id = server.execute("count")
    until(lambda: server.log(job_id))
    server.evict(only(server, "pods"), "The node was low on resource: memory.")
    assert server.ended(job_id)["status"] == "completed", server.step(job_id, "s")
    lost = [each for each in server.history(job_id) if "evicted" in json.dumps(each)]
    assert "its pod was evicted: The node was low on resource: memory." in json.dumps(lost)
    assert server.step(job_id, "s")["attempt"] == 2


def test_a_pod_that_is_replaced_while_no_server_is_there_does_not_begin_the_step(server: KubernetesServer) -> None:
    job_id = begun(server)
    assert server.server is not None
    server.server.send_signal(signal.SIGKILL)
    server.server.wait()
    until(lambda: server.age_of_job() > REPLACED_S + 1)
    first = only(server, "pods")
    server.namespace.delete("pods", first, "?gracePeriodSeconds=0")
    until(lambda: [each for each in server.namespace.list("pods") if each["metadata"]["name"] != first])
    server.start_server()
    assert server.ended(job_id)["status"] == "failed"
    error = server.step(job_id, "s")["error_message"]
    assert error.endswith("another pod has begun this attempt"), error
    assert server.log(job_id).splitlines().count("1") == 1


def test_a_job_that_somebody_deletes_loses_its_step_with_the_reason(server: KubernetesServer) -> None:
    job_id = begun(server)
    server.namespace.delete("jobs", only(server, "jobs"), "?propagationPolicy=Background")
    assert server.ended(job_id)["status"] == "failed"
    error = server.step(job_id, "s")["error_message"]
    assert error == "interrupted: its Job was deleted before its end was read"
    server.until_no_pods()


def test_a_job_that_is_deleted_while_no_server_is_there_is_not_begun_again(server: KubernetesServer) -> None:
    job_id = begun(server)
    assert server.server is not None
    server.server.send_signal(signal.SIGKILL)
    server.server.wait()
    server.namespace.delete("jobs", only(server, "jobs"), "?propagationPolicy=Background")
    server.until_no_pods()
    server.start_server()
    assert server.ended(job_id)["status"] == "failed"
    assert server.step(job_id, "s")["error_message"] == "interrupted: its Job is not in the cluster any more"


def test_a_step_goes_on_while_the_api_server_is_away(
    make_server: Callable[..., KubernetesServer], control_plane: ControlPlane
) -> None:
    with closing(Proxy(f"127.0.0.1:{control_plane.port}")) as proxy:
        server = make_server(url=f"https://127.0.0.1:{proxy.port}")
        server.start_server()
        job_id = begun(server)
        proxy.cut()
        until(lambda: "terminated" in server.state_of_step())
        assert server.job(job_id)["completed_at"] is None
        proxy.mend()
        assert server.ended(job_id)["status"] == "completed", server.log_of(server.server)
        assert server.log(job_id).splitlines() == LINES
        assert server.step(job_id, "s")["output"] == {"last": "80"}
        server.close()


def test_a_job_that_belongs_to_nothing_is_removed(server: KubernetesServer) -> None:
    """One that a server made for a step that counts no longer: here, of another store with the same worker."""
    job_id = begun(server)
    (job,) = server.namespace.list("jobs")
    copy = {"metadata": {key: job["metadata"][key] for key in ("name", "labels")}, "spec": job["spec"]}
    copy["metadata"]["name"] = "gf-left-behind"
    copy["spec"] = {"backoffLimit": 0, "template": {"spec": job["spec"]["template"]["spec"]}}
    collection = f"/apis/batch/v1/namespaces/{server.namespace.name}/jobs"
    server.namespace.plane.admin.call("POST", collection, copy)
    until(lambda: "gf-left-behind" not in [each["metadata"]["name"] for each in server.namespace.list("jobs")])
    assert server.ended(job_id)["status"] == "completed"

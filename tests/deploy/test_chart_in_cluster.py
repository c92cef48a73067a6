"""The chart, in a real cluster: its manifests are applied, its server starts in the image of deploy/Dockerfile, and a
job's step runs as a Job beside it.

The node is that of the tests. It knows no probes, no networks of pods and no storage classes. So the network is that of
the machine, the test asks what the probes ask, and the volumes are made by hand. An Ingress needs a controller that no
package has: only the API server sees it.
"""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

import parts
from committing import commit_all, init
from kubernetes_node import Node
from kubernetes_part import ControlPlane, control_plane, free_port, make_helper_image, needs_kubernetes, until
from podman_part import IMAGE, Podman

__all__ = ["control_plane"]

pytestmark = [
    needs_kubernetes,
    pytest.mark.cluster("kubectl"),
    pytest.mark.deploy("helm", "buildah", "mmdebstrap"),
    pytest.mark.postgres,
]

CHART = Path(__file__).resolve().parents[2] / "deploy" / "helm" / "gitflow"
EXAMPLE = CHART.parent / "example-values.yaml"
#: The user and the group of the pods.
GITFLOW = 10001
FLOW = f"""
tasks:
  check:
    flow:
      syntax:
        type: docker
        image: {IMAGE}
        pull: never
        cmd: 'test -e version.txt; echo fine > "$GITFLOW_ARTIFACTS/verdict"; printf %s "$(uname -n)" > "$GITFLOW_OUTPUTS/pod"'
"""  # noqa: E501
PASSWORD = "a-password-of-the-tests"


class Release:
    """The chart as it is installed in a namespace of its own."""

    def __init__(self, plane: ControlPlane, node: Node, folder: Path, *, helper: str, database: str) -> None:
        self.plane, self.folder, self.port = plane, folder, free_port()
        self.name = plane.new_namespace().name
        self._environ = {**os.environ, "KUBECONFIG": str(plane.folder / "admin.yaml")}
        self._make_repository(node.folder / "claims" / self.name / "state-flows-gitflow-0" / "repository")
        self._make_volumes()
        self._make_secret(database)
        self.manifests = self._render(helper)

    def _make_repository(self, folder: Path) -> None:
        """On the volume of the server, whose user must own it."""
        init(folder)
        (folder / ".workflows").mkdir()
        (folder / ".workflows" / "check.yaml").write_text(FLOW)
        (folder / "version.txt").write_text("1\n")
        commit_all(folder, "first")
        for path in (folder.parent, folder, *folder.rglob("*")):
            os.chown(path, GITFLOW, GITFLOW)

    def _make_volumes(self) -> None:
        """Instead of a storage class, one for each claim."""
        for number in range(2):
            spec = {
                "capacity": {"storage": "10Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/nowhere"},  # the node has its own place for claims
            }
            volume = {"apiVersion": "v1", "kind": "PersistentVolume", "spec": spec}
            volume["metadata"] = {"name": f"{self.name}-{number}"}
            self.plane.admin.call("POST", "/api/v1/persistentvolumes", volume)

    def _make_secret(self, database: str) -> None:
        """As the guide makes it."""
        key = subprocess.run(["openssl", "rand", "-base64", "32"], capture_output=True, text=True, check=True).stdout
        values = {
            "database-url": database,
            "secrets-key": key.strip(),
            "jwt-secret": "0123456789abcdef" * 4,
            "admin-password": PASSWORD,
        }
        self.kubectl("create", "secret", "generic", "gitflow", *[f"--from-literal={k}={v}" for k, v in values.items()])

    def _render(self, helper: str) -> Path:
        repository = "file:///var/lib/gitflow/state/repository"
        values = {
            "image": {"repository": "localhost/gitflow", "tag": "latest", "pullPolicy": "Never"},
            "agents": [],
            "jobs": {"enabled": True, "helperImage": helper},
            "server": {
                "replicas": 1,
                "artifacts": {"accessMode": "ReadWriteOnce", "className": ""},
                "config": {
                    "workspaces": {"shop": {"type": "git", "url": repository}},
                    "worker": {"kubernetes": {"server_url": "http://127.0.0.1:8080"}},
                },
            },
        }
        (self.folder / "values.json").write_text(json.dumps(values))
        words = ["template", "flows", CHART, "--namespace", self.name]
        done = subprocess.run(
            [parts.find_program("helm"), *words, "--values", EXAMPLE, "--values", self.folder / "values.json"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        path = self.folder / "manifests.yaml"
        path.write_text(done.stdout.replace("8080", str(self.port)))
        return path

    def kubectl(self, *words: object) -> str:
        done = subprocess.run(
            ["kubectl", "--namespace", self.name, *map(str, words)],
            env=self._environ, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def pods(self) -> dict[str, Any]:
        listed = self.plane.admin.call("GET", f"/api/v1/namespaces/{self.name}/pods")["items"]
        return {pod["metadata"]["name"]: pod for pod in listed}

    def probe(self, kind: str) -> bool:
        """Asks the server what this probe of its manifest asks."""
        [server] = [each for each in yaml.safe_load_all(self.manifests.read_text()) if kind_of(each) == "StatefulSet"]
        asked = server["spec"]["template"]["spec"]["containers"][0][kind]["httpGet"]
        headers = {each["name"]: each["value"] for each in asked["httpHeaders"]}
        try:
            self.call(asked["path"], headers=headers)
        except OSError:
            return False
        return True

    def call(self, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json", "Host": "flows.example.com", **(headers or {})}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, given)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def remove(self) -> None:
        """All that it made; what a StatefulSet's claims name goes with the namespace."""
        self.kubectl("delete", "--filename", self.manifests, "--wait=false")
        until(lambda: not self.pods())
        for number in range(2):
            self.plane.admin.call("DELETE", f"/api/v1/persistentvolumes/{self.name}-{number}")


def kind_of(manifest: Any) -> str:
    return "" if manifest is None else manifest["kind"]


@pytest.fixture
def install(
    control_plane: ControlPlane, podman: Podman, image: str, new_database: str, tmp_path: Path
) -> Iterator[Callable[[], Release]]:
    with ExitStack() as stack:
        stack.enter_context(control_plane.controlling("statefulset,persistentvolume-binder"))
        node = Node(control_plane.admin, podman, control_plane.folder)
        node.start()
        stack.callback(node.stop)
        helper = make_helper_image(podman, tmp_path)

        def begin() -> Release:
            release = Release(control_plane, node, tmp_path, helper=helper, database=new_database)
            stack.callback(release.remove)
            return release

        yield begin


def test_a_server_of_the_chart_runs_steps_as_jobs_beside_itself(install: Callable[[], Release]) -> None:
    release = install()
    release.kubectl("apply", "--filename", release.manifests)
    until(lambda: release.probe("startupProbe") and release.probe("readinessProbe"))
    assert release.pods()["flows-gitflow-0"]["status"]["phase"] == "Running"
    account = {"email": "root@example.com", "password": PASSWORD}
    token = release.call("/api/auth/login", account)["access_token"]
    signed_in = {"Authorization": f"Bearer {token}"}
    made = until(lambda: attempt(lambda: release.call("/api/workspaces/shop/tasks/check/execute", {}, signed_in)))
    path = f"/api/jobs/{made['job_id']}"
    job = until(lambda: found if (found := release.call(path, headers=signed_in))["completed_at"] else None)
    assert job["status"] == "completed", job
    [step] = job["steps"]
    assert step["output"]["pod"].startswith("gf-")
    workers = {each["worker_id"]: each["name"] for each in release.call("/api/workers", headers=signed_in)}
    assert workers[step["worker_id"]] == f"kubernetes/{release.name}"
    assert [each["name"] for each in release.call(f"{path}/artifacts", headers=signed_in)] == ["verdict"]


def attempt(call: Callable[[], Any]) -> Any:
    """None while the workspace is not served yet."""
    try:
        return call()
    except OSError:
        return None

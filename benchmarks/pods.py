"""The row about steps as Jobs: with the control plane, the node and the helper image of the tests.

That node starts containers by podman, one after the other, where a kubelet waits up to a second for its next round. So
the row says what gitflow, the API server and its controllers cost, and three starts of podman.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import running
from benchmarks.measure import Failed, Sample
from benchmarks.peers import Program

if TYPE_CHECKING:
    from kubernetes_part import Namespace

TESTS = Path(__file__).resolve().parent.parent / "tests"
STARTS = 10
#: It prints when it runs; the times of this machine's one clock are compared.
FLOWS = """\
tasks:
  hello:
    flow: {{say: {{type: docker, image: "{image}", pull: never, cmd: cat /proc/uptime}}}}
"""


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[Namespace, str, str]]:
    """A namespace, the image of the helper, and that of the steps. Raises Failed."""
    sys.path.insert(0, str(TESTS))
    try:
        from kubernetes_node import Node
        from kubernetes_part import ControlPlane, find_programs, make_helper_image
        from podman_part import IMAGE, Podman
    finally:
        sys.path.remove(str(TESTS))
    programs = find_programs()
    if programs is None:
        raise Failed("the programs of Kubernetes are not built: tools/kubernetes/build.sh")
    with tempfile.TemporaryDirectory(prefix="gf-pod-") as own, tempfile.TemporaryDirectory(prefix="gf-k8s-") as place:
        podman = Podman(Path(own))
        os.environ.update(podman.environ)  # the node starts podman
        plane = ControlPlane(programs, Path(place))
        plane.start()
        node = Node(plane.admin, podman, plane.folder)
        node.start()
        try:
            podman.import_image(IMAGE)
            yield plane.new_namespace(), make_helper_image(podman, folder), IMAGE
        finally:
            node.stop()
            plane.stop()
            podman.close()


def begun(name: str, program: Program, folder: Path) -> list[Sample]:
    """From the request that makes a step ready until its container has the time."""
    samples: list[Sample] = []
    with _cluster(folder) as (namespace, helper, image):
        port = running.free_port()
        (folder / "kubeconfig.yaml").write_text(namespace.kubeconfig())
        cluster = {"helper_image": helper, "server_url": f"http://127.0.0.1:{port}", "kubeconfig": "kubeconfig.yaml"}
        settings = {"worker": {"slots": 0, "kubernetes": cluster}}
        with running.gitflow(program, folder, FLOWS.format(image=image), settings, port) as server:
            for _ in range(STARTS):
                before = time.clock_gettime(time.CLOCK_BOOTTIME)
                samples.append(Sample(_time_in(server) - before, 0))
    return samples


def _time_in(server: running.Running) -> float:
    """The time since the start of this machine, as a container of a new job has it, with two digits."""
    connection = server.connection()
    path = f"/api/jobs/{running.execute(connection)}"
    while not json.loads(running.ask(connection, "GET", path)[0])["completed_at"]:
        time.sleep(0.02)
    text = json.loads(running.ask(connection, "GET", f"{path}/logs")[0])["logs"]
    connection.close()
    return float(json.loads(text)["line"].split()[0])


MEASURES: Mapping[str, tuple[Callable[[str, Program, Path], list[Sample]], tuple[str, ...]]] = {
    "pod-begun": (begun, ("gitflow",)),
}

"""The guide to Kubernetes is followed from nothing to a step that runs as a Job of a real cluster.

There are no registries here: images that were made on this machine have the names of the guide, and ``docker`` is a
script that has buildah build them. The network is that of the machine, on which pods reach the server at loopback.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubernetes_node import Node
from kubernetes_part import (
    BASE_IMAGE,
    ControlPlane,
    control_plane,
    free_port,
    make_base_image,
    needs_kubernetes,
)
from podman_part import Podman
from printed_json import printed

__all__ = ["control_plane"]

pytestmark = [needs_kubernetes, pytest.mark.cluster("kubectl", "curl")]

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "kubernetes.md").read_text()
GUIDE = PAGE[PAGE.index("## From nothing") : PAGE.index("All settings are in the [reference]")]
#: ``docker build`` without namespaces, which a machine may forbid, and ``docker push`` to nowhere.
DOCKER = """#!/bin/sh
[ "$1" = push ] && exec podman image exists "$2"
shift
exec buildah build --isolation chroot --pull-never --build-arg BASE={base} "$@"
"""


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", GUIDE, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


@pytest.fixture
def cluster_of_the_guide(control_plane: ControlPlane, podman: Podman, tmp_path: Path) -> Iterator[ControlPlane]:
    """With a node, and the image that the guide's workflow names."""
    [image] = re.findall(r"image: (docker\.io\S+)", GUIDE)
    podman.run("tag", podman.image, image)
    make_base_image(podman, tmp_path)
    node = Node(control_plane.admin, podman, control_plane.folder)
    node.start()
    yield control_plane
    control_plane.admin.call("DELETE", "/api/v1/namespaces/flows")
    node.stop()


def test_the_guide_leads_to_a_step_that_runs_as_a_job(
    gitflow, podman: Podman, cluster_of_the_guide: ControlPlane, tmp_path: Path
) -> None:
    port = free_port()
    config, workflow = blocks("yaml")
    here = config.replace("https://gitflow.example.com", f"http://127.0.0.1:{port}")
    gitflow.write("server-config.yaml", f"listen: 127.0.0.1:{port}\n{here}")
    gitflow.write("workflows/.workflows/check.yaml", workflow)
    gitflow.write("bin/docker", DOCKER.format(base=BASE_IMAGE))
    (gitflow.folder / "bin" / "docker").chmod(0o755)
    (gitflow.folder / "deploy").symlink_to(ROOT / "deploy")
    script = "".join(blocks("sh")).replace("http://127.0.0.1:8080", f"http://127.0.0.1:{port}")
    environ = {**podman.environ, "KUBECONFIG": str(cluster_of_the_guide.folder / "admin.yaml"), "GITFLOW_STATE": ""}
    done = gitflow.follow(f"PATH={gitflow.folder}/bin:$PATH\ntrap 'kill $(jobs -p); wait' EXIT\n{script}", environ)
    said = done.stdout[-4000:] + done.stderr[-4000:]
    assert done.returncode == 0, said
    assert re.search(r"syntax \| gf-[0-9a-f]+", done.stdout), said
    assert "report | fine" in done.stdout
    job, workers = printed(done.stdout)
    names = {each["worker_id"]: each["name"] for each in workers}
    ran = {step["step_name"]: names[step["worker_id"]] for step in job["steps"]}
    assert ran["syntax"] == "kubernetes/flows"
    assert ran["report"] != ran["syntax"]

"""A server whose steps run in a real cluster: API server, controllers and scheduler, and a node of the tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "agent"))
sys.path.insert(0, str(Path(__file__).parent))

from kubernetes_server import KubernetesServer

from kubernetes_node import Node
from kubernetes_part import ControlPlane, control_plane, make_helper_image
from podman_part import Podman, podman

__all__ = ["control_plane", "podman"]


@pytest.fixture(scope="session")
def node(control_plane: ControlPlane, podman: Podman) -> Iterator[Node]:
    made = Node(control_plane.admin, podman, control_plane.folder)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def helper(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_helper_image(podman, tmp_path_factory.mktemp("helper"))


@pytest.fixture
def make_server(
    control_plane: ControlPlane, node: Node, helper: str, tmp_path: Path
) -> Iterator[Callable[..., KubernetesServer]]:
    made: list[KubernetesServer] = []

    def make(**given: str) -> KubernetesServer:
        made.append(KubernetesServer(tmp_path, control_plane.new_namespace(), helper, **given))
        return made[-1]

    yield make
    for server in made:
        server.close()
        for job in server.namespace.list("jobs"):
            server.namespace.delete("jobs", job["metadata"]["name"], "?propagationPolicy=Background")
        server.until_no_pods()


@pytest.fixture
def server(make_server: Callable[..., KubernetesServer]) -> KubernetesServer:
    made = make_server()
    made.start_server()
    return made

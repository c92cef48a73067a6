"""A server whose steps run as Jobs; a test may kill and restart it."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from cluster import Cluster, until

from kubernetes_part import Namespace, free_port

SETTINGS = """, kubernetes: {{helper_image: "{helper}", server_url: "http://127.0.0.1:{port}",
  kubeconfig: kubeconfig.yaml, lost_after: 3s, slots: 8{more}}}"""


class KubernetesServer(Cluster):
    """A server without slots of its own, and the namespace that it may use."""

    def __init__(
        self, folder: Path, namespace: Namespace, helper: str, *, url: str | None = None, more: str = ""
    ) -> None:
        port = free_port()
        (folder / "kubeconfig.yaml").write_text(namespace.kubeconfig(url))
        super().__init__(folder, port=port, worker=SETTINGS.format(helper=helper, port=port, more=more))
        self.namespace = namespace

    def ask(self, path: str, token: str, pod: str = "") -> int:
        """The status of the answer that a pod gets."""
        headers = {"Gitflow-Attempt": token, "Gitflow-Pod": pod}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.address + path, headers=headers)) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def evict(self, pod: str, message: str) -> None:
        """As a kubelet does: it only says that the pod has failed; the node of the tests ends its containers then."""
        path = f"/api/v1/namespaces/{self.namespace.name}/pods/{pod}"
        status = {"phase": "Failed", "reason": "Evicted", "message": message}
        kind = "application/merge-patch+json"
        self.namespace.plane.admin.call("PATCH", f"{path}/status", {"status": status}, kind)

    def age_of_job(self) -> float:
        """In seconds."""
        (job,) = self.namespace.list("jobs")
        return time.time() - datetime.fromisoformat(job["status"]["startTime"]).timestamp()

    def state_of_step(self) -> Any:
        """The state of the container of the only pod."""
        (pod,) = self.namespace.list("pods")
        states = {each["name"]: each["state"] for each in pod["status"].get("containerStatuses") or ()}
        return states.get("step") or {}

    def has_ready_pod(self) -> bool:
        """Whether the node has said that all containers of the only pod run."""
        (pod,) = self.namespace.list("pods")
        conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions") or ()}
        return conditions.get("Ready") == "True"

    def until_no_pods(self) -> None:
        until(lambda: not self.namespace.list("jobs") and not self.namespace.list("pods"))

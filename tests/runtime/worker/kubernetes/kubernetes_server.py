"""A server whose steps run as Jobs; a test may kill and restart it."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from contextlib import suppress
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

    def state_of_step(self) -> Any:
        """The state of the container of the only pod."""
        (pod,) = self.namespace.list("pods")
        states = {each["name"]: each["state"] for each in pod["status"].get("containerStatuses") or ()}
        return states.get("step") or {}

    def until_no_pods(self) -> None:
        until(lambda: not self.namespace.list("jobs") and not self.namespace.list("pods"))


class Proxy:
    """Passes connections on to the API server, until it is cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.cut()
        self._listener.close()

    def cut(self) -> None:
        self._is_cut = True
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut = False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._target))
                for source, sink in ((near, far), (far, near)):
                    self._open.add(source)
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.discard(source)
        source.close()

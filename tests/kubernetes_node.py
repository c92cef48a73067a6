"""A small node for a real API server: it runs the pods that the scheduler gives it, by podman.

It does what a kubelet does as far as gitflow can see it: init containers, containers beside each other, volumes
(kubernetes_volumes.py), variables, users, exit codes, logs, deletion with a grace period, images that are not there. It
knows no probes, no restarts, no network of pods and no limits but memory.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kubernetes_part import Api, Refused
from kubernetes_volumes import Volumes
from podman_part import Podman

NAME = "node-1"
MERGE = "application/merge-patch+json"
_VARIABLE = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


class Node:
    def __init__(self, api: Api, podman: Podman, folder: Path) -> None:
        self.api, self.podman, self.folder = api, podman, folder
        self.pods: dict[str, Pod] = {}  #: by uid
        self.is_silent = threading.Event()  #: it says nothing more, as a node that was cut off
        self._is_over = False
        self._logs = self._serve_logs()
        self._thread = threading.Thread(target=self._watch, name="node", daemon=True)

    def say_ready(self) -> None:
        """Also after a controller has said that it is not: takes the taints away."""
        status = {"conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]}
        self.api.call("PATCH", f"/api/v1/nodes/{NAME}", {"spec": {"taints": None}}, MERGE)
        self.api.call("PATCH", f"/api/v1/nodes/{NAME}/status", {"status": status}, MERGE)

    def start(self) -> None:
        room = {"cpu": "100", "memory": "100Gi", "pods": "1000", "ephemeral-storage": "100Gi"}
        self.api.call("POST", "/api/v1/nodes", {"metadata": {"name": NAME, "labels": {"kubernetes.io/hostname": NAME}}})
        status = {
            "capacity": room, "allocatable": room,
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self._logs.server_address[1]}},
        }  # fmt: skip
        self.api.call("PATCH", f"/api/v1/nodes/{NAME}/status", {"status": status}, MERGE)
        self._thread.start()

    def stop(self) -> None:
        self._is_over = True
        for pod in list(self.pods.values()):
            pod.kill()
        for pod in list(self.pods.values()):
            pod.thread.join(30)
        self._logs.shutdown()
        self._logs.server_close()

    def _watch(self) -> None:
        where = f"/api/v1/pods?fieldSelector=spec.nodeName={NAME}"
        while not self._is_over:
            try:
                listed = self.api.call("GET", where)
                for pod in listed["items"]:
                    self._take("ADDED", pod)
                version = listed["metadata"]["resourceVersion"]
                with self.api.open("GET", f"{where}&watch=true&resourceVersion={version}&timeoutSeconds=3") as events:
                    for line in events:
                        event = json.loads(line)
                        self._take(event["type"], event["object"])
            except (OSError, Refused, ValueError):
                time.sleep(0.2)

    def _take(self, kind: str, given: Any) -> None:
        if kind == "ERROR":
            return
        meta = given["metadata"]
        pod = self.pods.get(meta["uid"])
        if kind == "DELETED":
            if pod is not None:
                pod.kill()
            return
        if pod is None and (given.get("status") or {}).get("phase", "Pending") == "Pending":
            pod = self.pods[meta["uid"]] = Pod(self, given)
            pod.thread.start()
        if pod is not None and meta.get("deletionTimestamp"):
            pod.end(meta.get("deletionGracePeriodSeconds") or 0)

    def _serve_logs(self) -> ThreadingHTTPServer:
        node = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                _, _, _, name, container = url.path.split("/")
                pod = next(each for each in node.pods.values() if each.name == name)
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.end_headers()
                with suppress(OSError):
                    for piece in pod.log(container, {key: value[0] for key, value in parse_qs(url.query).items()}):
                        self.wfile.write(piece)
                        self.wfile.flush()

            def log_message(self, *words: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.folder / "server.crt", self.folder / "server.key")
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, name="node logs", daemon=True).start()
        return server


class Pod:
    def __init__(self, node: Node, given: Any) -> None:
        self.node, self.given = node, given
        self.name, self.uid = given["metadata"]["name"], given["metadata"]["uid"]
        self.path = f"/api/v1/namespaces/{given['metadata']['namespace']}/pods/{self.name}"
        self.folder = node.folder / "pods" / self.uid
        self.states: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._grace: float | None = None
        self._ending = threading.Event()
        self._started_at: str | None = None
        self.thread = threading.Thread(target=self._run, name=f"pod {self.name}", daemon=True)

    # What is asked of it.

    def end(self, grace: float) -> None:
        if self._grace is None or grace < self._grace:
            self._grace = grace
            self._ending.set()
            threading.Thread(target=self._stop_all, args=(grace,), daemon=True).start()

    def kill(self) -> None:
        self.end(0)

    def log(self, container: str, query: dict[str, str]):
        path, since = self.folder / f"{container}.log", query.get("sinceTime", "")[:19]
        at, is_open = 0, True
        while is_open:
            is_open = query.get("follow") == "true" and "terminated" not in self.states.get(container, {})
            data = path.read_bytes() if path.exists() else b""
            whole = data.rfind(b"\n") + 1
            for line in data[at:whole].splitlines(keepends=True):
                stamp, _, kind, text = line.split(b" ", 3)
                if stamp[:19].decode() >= since:
                    yield stamp[:29] + b"Z " + (text if kind == b"F" else text.rstrip(b"\n"))
            at = whole
            if is_open:
                time.sleep(0.05)

    # Its life.

    def _run(self) -> None:
        self.folder.mkdir(parents=True)
        phase = "Failed"
        try:
            self._started_at = _now()
            spec = self.given["spec"]
            inits = all(self._run_container(each) == 0 for each in spec.get("initContainers") or ())
            if inits and not self._ending.is_set():
                threads = [threading.Thread(target=self._run_container, args=(each,)) for each in spec["containers"]]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                codes = [(state.get("terminated") or {}).get("exitCode", 1) for state in self.states.values()]
                phase = "Succeeded" if not any(codes) else "Failed"
        finally:
            while self.node.is_silent.is_set():
                time.sleep(0.1)
            self._patch(phase)
            if self._ending.is_set():
                with suppress(OSError, Refused):
                    self.node.api.call(
                        "DELETE", self.path, {"gracePeriodSeconds": 0, "preconditions": {"uid": self.uid}}
                    )

    def _run_container(self, spec: Any) -> int:
        """Returns its exit code."""
        name = spec["name"]
        try:
            words = self._words(spec)
        except Stopped:
            return 1
        except subprocess.CalledProcessError as error:
            self._set(name, waiting={"reason": "CreateContainerError", "message": error.stderr.decode()[-300:]})
            return 1
        made = subprocess.run(["podman", "create", *words], capture_output=True, cwd="/")
        if made.returncode:
            self._set(name, waiting={"reason": "CreateContainerError", "message": made.stderr.decode()[-300:]})
            return self._wait_for_end()
        container = made.stdout.decode().strip()
        try:
            started = subprocess.run(["podman", "start", container], capture_output=True, cwd="/")
            at = _now()
            if started.returncode:
                message = started.stderr.decode()[-300:]
                end = {"exitCode": 128, "reason": "StartError", "message": message, "startedAt": at, "finishedAt": at}
                self._set(name, terminated=end)
                return 128
            self._set(name, running={"startedAt": at})
            if self._ending.is_set():
                self._stop_all(self._grace or 0)
            subprocess.run(["podman", "wait", container], capture_output=True, cwd="/")
            state = json.loads(self.node.podman.run("inspect", "--format", "{{json .State}}", container))
        finally:
            subprocess.run(["podman", "rm", "-f", "-t", "0", container], capture_output=True, cwd="/")
        code = state["ExitCode"]
        message = (self.folder / f"{name}.message").read_text()
        reason = "OOMKilled" if state.get("OOMKilled") else "Error" if code else "Completed"
        end = {"exitCode": code, "reason": reason, "message": message, "startedAt": at, "finishedAt": _now()}
        self._set(name, terminated=end)
        return code

    def _words(self, spec: Any) -> list[str]:
        name, image = spec["name"], spec["image"]
        self._need_image(name, image)
        env = self._cluster_env()
        for each in spec.get("env") or ():
            env[each["name"]] = self._value(name, each, env)
        words = ["--name", f"{self.name}-{name}", "--hostname", self.name, "--network", "host"]
        words += ["--log-driver", "k8s-file"]
        words += ["--log-opt", f"path={self.folder / f'{name}.log'}"]
        (self.folder / f"{name}.message").write_text("")
        (self.folder / f"{name}.message").chmod(0o666)
        words += ["--volume", f"{self.folder / f'{name}.message'}:/dev/termination-log"]
        claims = self.node.folder / "claims" / self.given["metadata"]["namespace"]
        volumes = Volumes(self.folder / "volumes", claims, self.given, lambda *what: self._data(name, *what))
        words += volumes.words(spec)
        for key, value in env.items():
            words += ["--env", f"{key}={value}"]
        if spec.get("workingDir"):
            words += ["--workdir", spec["workingDir"]]
        words += self._rights(spec)
        memory = ((spec.get("resources") or {}).get("limits") or {}).get("memory")
        if memory:
            words += ["--memory", memory.removesuffix("i").lower()]
        command = [_expand(word, env) for word in spec.get("command") or ()]
        if command:
            words += ["--entrypoint", json.dumps(command)]
        return [*words, image, *(_expand(word, env) for word in spec.get("args") or ())]

    def _cluster_env(self) -> dict[str, str]:
        """What every container has."""
        host, port = urlsplit(self.node.api.url).netloc.split(":")
        return {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}

    def _rights(self, spec: Any) -> list[str]:
        said = {**(self.given["spec"].get("securityContext") or {}), **(spec.get("securityContext") or {})}
        words: list[str] = []
        if "runAsUser" in said:
            words += ["--user", ":".join(str(said[key]) for key in ("runAsUser", "runAsGroup") if key in said)]
        if "fsGroup" in said:
            words += ["--group-add", str(said["fsGroup"])]
        if said.get("readOnlyRootFilesystem"):
            words += ["--read-only"]
        if said.get("allowPrivilegeEscalation") is False:
            words += ["--security-opt", "no-new-privileges"]
        words += [f"--cap-drop={each}" for each in (said.get("capabilities") or {}).get("drop") or ()]
        return words

    def _need_image(self, name: str, image: str) -> None:
        if subprocess.run(["podman", "image", "exists", image], cwd="/").returncode:
            message = f'failed to pull image "{image}": not found'
            self._set(name, waiting={"reason": "ErrImagePull", "message": message})
            self._set(name, waiting={"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'})
            self._wait_for_end()
            raise Stopped

    def _value(self, container: str, given: Any, env: dict[str, str]) -> str:
        """``env``: the variables before it."""
        source = given.get("valueFrom")
        if source is None:
            return _expand(given.get("value", ""), env)
        if "fieldRef" in source:
            return {"metadata.name": self.name}[source["fieldRef"]["fieldPath"]]
        wanted = source["secretKeyRef"]
        return base64.b64decode(self._data(container, "secrets", wanted["name"])[wanted["key"]]).decode()

    def _data(self, container: str, kind: str, name: str) -> dict[str, str]:
        """Of a Secret or ConfigMap, once it exists."""
        path = f"/api/v1/namespaces/{self.given['metadata']['namespace']}/{kind}/{name}"
        while True:
            try:
                return self.node.api.call("GET", path)["data"]
            except Refused:
                message = f'{kind.removesuffix("s")} "{name}" not found'
                self._set(container, waiting={"reason": "CreateContainerConfigError", "message": message})
            if self._ending.wait(0.1):
                raise Stopped

    def _stop_all(self, grace: float) -> None:
        """A container that is only just starting is stopped once it runs."""
        for name in [name for name, state in list(self.states.items()) if "running" in state]:
            words = ["podman", "stop", "-i", "-t", str(int(grace)), f"{self.name}-{name}"]
            threading.Thread(target=subprocess.run, args=(words,), kwargs={"capture_output": True, "cwd": "/"}).start()

    def _wait_for_end(self) -> int:
        self._ending.wait()
        return 1

    def _set(self, container: str, **state: Any) -> None:
        self.states[container] = state
        self._patch("Running" if "running" in state else "Pending")

    def _patch(self, phase: str) -> None:
        if self.node.is_silent.is_set():
            return
        with self._lock:
            spec = self.given["spec"]
            status = {
                "phase": phase,
                "startTime": self._started_at,
                "hostIP": "127.0.0.1",
                "initContainerStatuses": self._statuses(spec.get("initContainers") or ()),
                "containerStatuses": self._statuses(spec["containers"]),
                "conditions": [{"type": "Ready", **self._readiness(spec["containers"])}],
            }
            for _ in range(50):
                with suppress(OSError):
                    with suppress(Refused):  # it is gone
                        self.node.api.call("PATCH", f"{self.path}/status", {"status": status}, MERGE)
                    return
                time.sleep(0.2)

    def _readiness(self, specs: Any) -> Any:
        are_running = all("running" in self.states.get(each["name"], {}) for each in specs)
        return (
            {"status": "True", "reason": None} if are_running else {"status": "False", "reason": "ContainersNotReady"}
        )

    def _statuses(self, specs: Any) -> list[Any]:
        return [
            {
                "name": each["name"], "image": each["image"], "imageID": each["image"], "restartCount": 0,
                "ready": "running" in self.states.get(each["name"], {}),
                "state": self.states.get(each["name"]) or {"waiting": {"reason": "PodInitializing"}},
            }
            for each in specs
        ]  # fmt: skip


class Stopped(Exception):
    """The pod is to end before its container began."""


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _expand(text: str, env: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: "$" if found[0] == "$$" else env.get(found[1], found[0]), text)

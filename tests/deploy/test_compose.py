"""What compose.yaml says, run on this machine: its servers and its agent in the image, its proxy, and a PostgreSQL.

Docker Compose itself is not needed: the environments, commands, files and secrets of the services are read from the
file. The network is that of the machine, on which the names of the services lead to loopback.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from committing import commit_all, init
from podman_part import Podman

pytestmark = [
    pytest.mark.deploy("buildah", "mmdebstrap", "podman", "nginx", "openssl"),
    pytest.mark.postgres,
]

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SERVERS = ("server-1", "server-2")
GUIDE = DEPLOY.parent / "docs" / "how-to" / "deploy.md"
FLOW = """
tasks:
  hello:
    flow:
      greet: {type: shell, cmd: 'git --version && printf %s "$(id -u)" > "$GITFLOW_OUTPUTS/user"'}
  file:
    flow:
      leave: {type: shell, cmd: 'echo left > "$GITFLOW_ARTIFACTS/note"'}
"""
NGINX = """
daemon on; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{}}
http {{ access_log off; include {folder}/nginx.conf; {temporary} }}
"""


def blocks() -> list[str]:
    text = GUIDE.read_text()
    return re.findall(r"```sh\n(.*?)```", text[text.index("## Compose") : text.index("## Kubernetes")], re.S)


class Stack:
    """The services of compose.yaml; ``env``: what ``.env`` says."""

    def __init__(self, folder: Path, podman: Podman, image: str, ports: dict[str, int]) -> None:
        """``ports``: of the proxy and of each server, by the name of the service."""
        self._podman, self._image, self.folder = podman, image, folder
        self.ports, self.outside = ports, ports["proxy"]
        self._services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
        self.env: dict[str, str] = {}
        self.started: list[str] = []

    def read_env(self) -> None:
        self.env = dict(line.split("=", 1) for line in (self.folder / ".env").read_text().splitlines())

    def _fill(self, value: Any) -> str:
        """Replaces ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?why}``, as Compose does."""

        def replace(found: re.Match[str]) -> str:
            name, _, default = found[1].partition(":")
            return self.env.get(name) or default.removeprefix("-")

        return re.sub(r"\$\{([^}]*)\}", replace, str(value))

    def run(self, service: str, **more: str) -> None:
        said = self._services["services"][service]
        words = ["--network=host", "--add-host=db:127.0.0.1", f"--name={service}"]
        environment = {name: self._fill(value) for name, value in said["environment"].items()} | more
        words += [f"--env={name}={value}" for name, value in environment.items()]
        words += [f"--cap-drop={each}" for each in said["cap_drop"]]
        words += [f"--security-opt={each.replace(':true', '')}" for each in said["security_opt"]]
        for secret in said.get("secrets", ()):
            given = {"source": secret, "uid": 0, "gid": 0, "mode": 0o444} if isinstance(secret, str) else secret
            path = self.folder / "secrets" / given["source"]
            path.parent.mkdir(exist_ok=True)
            path.write_text(self.env[self._services["secrets"][given["source"]]["environment"]])
            os.chown(path, int(given["uid"]), int(given["gid"]))
            path.chmod(given["mode"])
            words.append(f"--volume={path}:/run/secrets/{given['source']}:ro")
        for volume in said["volumes"]:
            source, rest = volume.split(":", 1)
            ours = self.folder if "certificates" in source else DEPLOY
            words.append(f"--volume={ours / source if source.startswith('.') else source}:{rest}")
        if service in SERVERS:
            words.append(f"--volume={self.folder / 'repository'}:/repository:ro")
        self._podman.run("run", "--detach", *words, self._image, *said.get("command", ()))
        self.started.append(service)

    def run_server(self, service: str, database_port: int) -> None:
        place = f"127.0.0.1:{self.ports[service]}"
        self.run(service, PGPORT=str(database_port), GITFLOW__LISTEN=place, GITFLOW__CLUSTER__URL=f"http://{place}")

    def find_active(self) -> str:
        """The service that is the active server."""
        return self.until(lambda: next((name for name in SERVERS if self._role(name) == "active"), None))

    def _role(self, service: str) -> str | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[service]}/healthz", timeout=60) as answer:
                return json.load(answer)["role"]
        except OSError:
            return None

    def kill(self, service: str) -> None:
        self._podman.run("kill", "--signal=KILL", service)

    def start_proxy(self) -> None:
        folder = self.folder / "nginx"
        folder.mkdir()
        text = (DEPLOY / "compose" / "nginx.conf").read_text()
        text = text.replace("listen 443", f"listen 127.0.0.1:{self.outside}")
        for service in SERVERS:
            address = self._services["services"][service]["networks"]["default"]["ipv4_address"]
            assert f"{address}:8080" in text
            text = text.replace(f"{address}:8080", f"127.0.0.1:{self.ports[service]}")
        (folder / "nginx.conf").write_text(text.replace("/certificates", str(self.folder / "compose/certificates")))
        temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        (folder / "main").write_text(
            NGINX.format(
                folder=folder,
                user="user root;" if os.geteuid() == 0 else "",
                temporary="".join(f"{name}_temp_path {folder}/{name}; " for name in temporary),
            )
        )
        subprocess.run(["nginx", "-c", folder / "main"], check=True, capture_output=True)

    def stop(self) -> None:
        pid = self.folder / "nginx" / "nginx.pid"
        if pid.exists():
            subprocess.run(["kill", pid.read_text().strip()], check=True)
        for name in self.started:
            self._podman.run("rm", "--force", "--time=30", name)

    def logs(self, name: str) -> str:
        done = subprocess.run(
            ["podman", "logs", name], env={**os.environ, **self._podman.environ}, capture_output=True, text=True
        )
        return done.stdout + done.stderr

    def call(self, path: str, body: object = None, token: str = "") -> Any:
        return json.loads(self.read(path, token, body))

    def run_job(self, task: str, token: str) -> Any:
        """Once it has completed."""
        made = self.until(lambda: self.call(f"/api/workspaces/main/tasks/{task}/execute", {}, token))
        job = self.until(lambda: ended(self.call(f"/api/jobs/{made['job_id']}", token=token)))
        assert job["status"] == "completed", job
        return job

    def read(self, path: str, token: str = "", body: object = None) -> bytes:
        trusted = ssl.create_default_context(cafile=str(self.folder / "compose/certificates/cert.pem"))
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(
            f"https://localhost:{self.outside}{path}", None if body is None else json.dumps(body).encode(), headers
        )
        try:
            with urllib.request.urlopen(request, context=trusted, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            error.add_note(error.read().decode())
            raise

    def until(self, ask: Any) -> Any:
        deadline = time.monotonic() + 90
        while True:
            try:
                if found := ask():
                    return found
            except OSError:  # it does not listen yet, or the proxy says so
                pass
            assert time.monotonic() < deadline, "\n".join(f"{name}: {self.logs(name)}" for name in self.started)
            time.sleep(0.1)


@pytest.fixture
def stack(tmp_path: Path, podman: Podman, image: str, cluster, unused_ports: list[int]) -> Iterator[Stack]:
    made = Stack(tmp_path, podman, image, dict(zip(("proxy", *SERVERS), unused_ports, strict=True)))
    repository = init(tmp_path / "repository")
    (repository / ".workflows").mkdir()
    (repository / ".workflows" / "hello.yaml").write_text(FLOW)
    commit_all(repository, "first")
    cluster.run("CREATE DATABASE gitflow TEMPLATE template0 ENCODING 'UTF8'")
    yield made
    made.stop()
    cluster.run("DROP DATABASE gitflow WITH (FORCE)")


def test_the_guide_to_compose_leads_to_a_job_on_an_agent_and_survives_the_active_server(stack: Stack, cluster):
    env, certificate, up, agents = blocks()
    assert up.strip() == "docker compose up --detach"
    here = {
        "GITFLOW_HOST=flows.example.com": f"GITFLOW_HOST=localhost:{stack.outside}",
        "flows.example.com": "localhost",
    }
    for before, after in {**here, "https://git.example.com/shop.git": "file:///repository"}.items():
        env, certificate = env.replace(before, after), certificate.replace(before, after)
    subprocess.run(["bash", "-ec", f"{env}{certificate}"], cwd=stack.folder, check=True, capture_output=True)
    stack.read_env()

    for server in SERVERS:
        stack.run_server(server, cluster.port)
    stack.start_proxy()
    stack.until(lambda: stack.call("/readyz"))
    account = {"email": stack.env["ADMIN_EMAIL"], "password": stack.env["ADMIN_PASSWORD"]}
    token = stack.call("/api/auth/login", account)["access_token"]  # as gitflow login gets one
    assert "key create agents --scope agent" in agents
    key = stack.call("/api/auth/api-keys", {"name": "agents", "scopes": ["agent"], "standalone": True}, token)
    stack.env["AGENT_KEY"] = key["key"]

    stack.run("agent")
    job = stack.run_job("hello", token)
    workers = {each["worker_id"] for each in stack.call("/api/workers", token=token)}
    assert job["worker_id"] in workers
    assert job["steps"][0]["output"] == {"user": "10001"}

    left = stack.run_job("file", token)
    before = stack.find_active()
    stack.kill(before)
    stack.until(lambda: stack.find_active() != before)
    stack.run_job("hello", token)
    assert stack.read(f"/api/jobs/{left['job_id']}/artifacts/note", token) == b"left\n"


def ended(job: dict[str, Any]) -> dict[str, Any] | None:
    return job if job["completed_at"] else None

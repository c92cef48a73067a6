"""A Kubernetes for tests: a real API server, controllers, scheduler and etcd, and a small node (kubernetes_node.py).

``tools/kubernetes/build.sh`` builds the programs. Each test process starts one control plane, and each test gets a
namespace of its own, with the rights that deploy/kubernetes/rbac.yaml gives to gitflow.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

import parts
from podman_part import Podman

PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
needs_kubernetes = pytest.mark.cluster("etcd", "podman", "buildah", "runc", "conmon", "busybox")
#: So long no test waits; reaching it is a failure.
TIMEOUT_S = 120.0
RBAC = Path(__file__).resolve().parent.parent / "deploy" / "kubernetes" / "rbac.yaml"
ADMIN = "admin-token"


def find_programs() -> Path | None:
    """Where ``tools/kubernetes/build.sh`` puts them. The tests have a home of their own, so it is not asked for."""
    given = os.environ.get("KUBERNETES_PROGRAMS")
    home = pwd.getpwuid(os.getuid()).pw_dir
    folder = Path(given) if given else Path(home, ".cache", "gitflow", "kubernetes")
    return folder if all(os.access(folder / name, os.X_OK) for name in PROGRAMS) else None


def until(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + TIMEOUT_S
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)
    return found


class Refused(Exception):
    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status


class Api:
    """One user's view of the API server."""

    def __init__(self, url: str, authority: Path, token: str) -> None:
        self.url, self.token = url, token
        self._tls = ssl.create_default_context(cafile=str(authority))

    def open(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            return urllib.request.urlopen(request, timeout=TIMEOUT_S, context=self._tls)
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode()) from None

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        with self.open(method, path, body, kind) as answer:
            text = answer.read()
        return json.loads(text) if text.startswith((b"{", b"[")) else text.decode()

    def answers(self, path: str) -> bool:
        try:
            self.call("GET", path)
        except (OSError, Refused):
            return False
        return True


class ControlPlane:
    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self.folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._numbers = count(1)
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self._make_files()
        self.admin = Api(self.url, folder / "ca.crt", ADMIN)

    def _make_files(self) -> None:
        make_certificates(self.folder)
        (self.folder / "tokens.csv").write_text(f'{ADMIN},admin,admin,"system:masters"\n')
        (self.folder / "admin.yaml").write_text(self.kubeconfig(ADMIN, "default"))

    def kubeconfig(self, token: str, namespace: str, url: str | None = None) -> str:
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "clusters": [
                    {
                        "name": "c",
                        "cluster": {
                            "server": url or self.url,
                            "certificate-authority": str(self.folder / "ca.crt"),
                        },
                    }
                ],
                "users": [{"name": "u", "user": {"token": token}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": namespace}}],
            }
        )

    def start(self) -> None:
        f = self.folder
        store, peers = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
        self._start(
            [shutil.which("etcd") or "etcd", "--data-dir", f / "etcd", "--listen-client-urls", store,
             "--advertise-client-urls", store, "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
             "--initial-cluster", f"default={peers}", "--unsafe-no-fsync"],
        )  # fmt: skip
        self._start(
            [self._programs / "kube-apiserver", "--etcd-servers", store, "--bind-address", "127.0.0.1",
             "--secure-port", self.port,
             "--tls-cert-file", f / "server.crt", "--tls-private-key-file", f / "server.key",
             "--token-auth-file", f / "tokens.csv", "--authorization-mode", "RBAC",
             "--service-account-issuer", "https://kubernetes.default.svc",
             "--service-account-signing-key-file", f / "accounts.key", "--service-account-key-file", f / "accounts.key",
             "--service-cluster-ip-range", "10.0.0.0/24", "--allow-privileged=true",
             "--kubelet-preferred-address-types", "InternalIP",
             "--disable-admission-plugins", "TaintNodesByCondition,DefaultStorageClass,StorageObjectInUseProtection"],
        )  # fmt: skip
        until(lambda: self._all_live() and self.admin.answers("/readyz"))
        self._start(
            [self._programs / "kube-controller-manager", "--kubeconfig", f / "admin.yaml",
             "--port=0", "--secure-port=0", "--leader-elect=false",
             "--service-account-private-key-file", f / "accounts.key", "--root-ca-file", f / "ca.crt",
             "--controllers", "job,garbagecollector,serviceaccount,serviceaccount-token,namespace"],
        )  # fmt: skip
        self._start(
            [self._programs / "kube-scheduler", "--kubeconfig", f / "admin.yaml", "--port=0", "--secure-port=0",
             "--leader-elect=false"],
        )  # fmt: skip

    @contextmanager
    def watching_nodes(self) -> Iterator[None]:
        """With the controller that marks nodes which are silent for a few seconds, and their pods, as not ready."""
        with self.controlling("nodelifecycle", "--node-monitor-period=1s", "--node-monitor-grace-period=4s"):
            yield

    @contextmanager
    def controlling(self, controllers: str, *more: str) -> Iterator[None]:
        """With further controllers, whose names have commas between them."""
        name = f"controllers {controllers}"
        self._start(
            [self._programs / "kube-controller-manager", "--kubeconfig", self.folder / "admin.yaml",
             "--port=0", "--secure-port=0", "--leader-elect=false", "--controllers", controllers, *more],
            name,
        )  # fmt: skip
        try:
            yield
        finally:
            process = self._processes.pop(name)
            process.kill()
            process.wait()

    def _start(self, words: list[object], name: str = "") -> None:
        name = name or Path(str(words[0])).name
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [str(word) for word in words], cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def _all_live(self) -> bool:
        for name, process in self._processes.items():
            text = (self.folder / f"{name}.log").read_text()[-3000:]
            assert process.poll() is None, f"{name} has ended: {text}"
        return True

    def stop(self) -> None:
        for process in reversed(self._processes.values()):
            process.kill()
            process.wait()

    def new_namespace(self) -> Namespace:
        """With a service account that has gitflow's rights."""
        name = f"flows-{next(self._numbers)}"
        self.admin.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        for document in yaml.safe_load_all(RBAC.read_text()):
            document["metadata"]["namespace"] = name
            for subject in document.get("subjects", ()):
                subject["namespace"] = name
            self.admin.call("POST", collection_of(document, name), document)
        account = f"/api/v1/namespaces/{name}/serviceaccounts"
        until(lambda: self.admin.answers(f"{account}/default"))
        secrets = until(lambda: self.admin.call("GET", f"{account}/gitflow").get("secrets"))
        secret = self.admin.call("GET", f"/api/v1/namespaces/{name}/secrets/{secrets[0]['name']}")
        token = base64.b64decode(secret["data"]["token"]).decode()
        return Namespace(self, name, token)


class Namespace:
    def __init__(self, plane: ControlPlane, name: str, token: str) -> None:
        self.plane, self.name, self.token = plane, name, token
        self.gitflow = Api(plane.url, plane.folder / "ca.crt", token)

    def kubeconfig(self, url: str | None = None) -> str:
        return self.plane.kubeconfig(self.token, self.name, url)

    def list(self, kind: str) -> list[Any]:
        group = "/apis/batch/v1" if kind == "jobs" else "/api/v1"
        return self.plane.admin.call("GET", f"{group}/namespaces/{self.name}/{kind}")["items"]

    def delete(self, kind: str, name: str, query: str = "") -> None:
        group = "/apis/batch/v1" if kind == "jobs" else "/api/v1"
        self.plane.admin.call("DELETE", f"{group}/namespaces/{self.name}/{kind}/{name}{query}")


def collection_of(document: Any, namespace: str) -> str:
    group = document["apiVersion"]
    root = f"/apis/{group}" if "/" in group else f"/api/{group}"
    return f"{root}/namespaces/{namespace}/{document['kind'].lower()}s"


#: The program of the helper image, beside its Dockerfile.
HELPER = RBAC.with_name("helper.py")
HELPER_IMAGE, BASE_IMAGE = "localhost/gitflow-test:helper", "localhost/gitflow-test:python"
#: Prints the files of every module that the helper loads, and their libraries.
_MODULES = """
import sys, encodings.idna, encodings.ascii, encodings.latin_1
sys.path.insert(0, sys.argv[1])
import helper
import http.client, ssl, email.parser
for module in list(sys.modules.values()):
    path = getattr(module, "__file__", None) or getattr(module, "__cached__", None)
    if path and path.startswith(sys.base_prefix):
        print(path)
"""


def make_helper_image(podman: Podman, folder: Path) -> str:
    """What the Dockerfile of deploy/kubernetes makes from the Python of this machine: no registry is asked for one."""
    make_base_image(podman, folder)
    # A build without namespaces, which also works where a machine forbids them.
    options = ["--isolation", "chroot", "--pull-never", "--build-arg", f"BASE={BASE_IMAGE}"]
    done = subprocess.run(
        ["buildah", "build", *options, "--tag", HELPER_IMAGE, HELPER.parent],
        env={**os.environ, **podman.environ},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return HELPER_IMAGE


def make_base_image(podman: Podman, folder: Path) -> None:
    """Python with what the helper loads, and nothing else."""
    root = folder / "helper"
    program = Path(sys._base_executable).resolve()
    words = [str(program), "-I", "-c", _MODULES, str(HELPER.parent)]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    files = {program, *(Path(path) for path in listed if "site-packages" not in path)}
    for path in [each for each in files if each == program or each.suffix == ".so"]:
        for word in subprocess.run(["ldd", path], capture_output=True, text=True).stdout.split():
            if word.startswith("/"):
                files.add(Path(word))
    landmark = Path(sysconfig.get_path("stdlib", vars={"base": sys.base_prefix, "installed_base": sys.base_prefix}))
    for path in {*files, landmark / "os.py"}:
        target = root / str(path).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (root / str(landmark / "lib-dynload").lstrip("/")).mkdir(parents=True, exist_ok=True)
    (root / "tmp").mkdir()
    (root / "usr" / "bin").mkdir(parents=True, exist_ok=True)
    if not (root / "usr" / "bin" / "python3").exists():
        (root / "usr" / "bin" / "python3").symlink_to(program)
    packed = subprocess.run(["tar", "-C", str(root), "-c", "."], capture_output=True, check=True).stdout
    podman.run("import", "--change", "ENV PATH=/usr/bin:/bin", "-", BASE_IMAGE, stdin=packed)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def make_certificates(folder: Path) -> None:
    """An authority, a certificate for 127.0.0.1, and the key that signs tokens of service accounts."""
    authority = ec.generate_private_key(ec.SECP256R1())
    server = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)

    def sign(public: Any, subject: x509.Name, *extensions: tuple[x509.ExtensionType, bool]) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
        )
        for extension, is_critical in extensions:
            builder = builder.add_extension(extension, is_critical)
        return builder.sign(authority, hashes.SHA256())

    root = sign(authority.public_key(), name, (x509.BasicConstraints(True, None), True))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
    leaf = sign(server.public_key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")]), (names, False))
    _write_certificate(folder / "ca.crt", root)
    _write_certificate(folder / "server.crt", leaf)
    _write_key(folder / "server.key", server)
    _write_key(folder / "accounts.key", rsa.generate_private_key(65537, 2048))


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_key(path: Path, key: Any) -> None:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    programs = find_programs()
    if programs is None:
        parts.lack("the programs of Kubernetes are not built (tools/kubernetes/build.sh)")
    with tempfile.TemporaryDirectory(prefix="gf-k8s-") as place:
        plane = ControlPlane(programs, Path(place))
        try:
            plane.start()
            yield plane
        finally:
            plane.stop()

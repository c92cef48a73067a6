"""The image that deploy/Dockerfile makes, built by buildah on a base that is made from Debian's packages."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from podman_part import Podman, podman
from postgres_part import cluster, new_database

__all__ = ["cluster", "new_database", "podman"]

ROOT = Path(__file__).resolve().parents[2]
#: What the Dockerfile wants of its base, and what it installs there, so that only lists of packages are fetched again.
PACKAGES = "python3,python3-venv,apt,ca-certificates,git,openssh-client,tini"
#: Kept for the next run: it takes minutes to make, and git ignores the folder.
BASE = ROOT / "build" / "deploy" / "bookworm.tar"


@pytest.fixture
def unused_ports() -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


@pytest.fixture(scope="session")
def image(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its name."""
    context = tmp_path_factory.mktemp("dist")
    make = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", context, ROOT]
    subprocess.run(make, check=True, env={**os.environ, "GITFLOW_UI": "", "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    if not BASE.exists():
        BASE.parent.mkdir(parents=True, exist_ok=True)
        made = BASE.with_suffix(f".{os.getpid()}.tar")
        options = ["--mode=root", "--variant=essential", f"--include={PACKAGES}"]
        subprocess.run(["mmdebstrap", "--quiet", *options, "bookworm", made], check=True)
        made.rename(BASE)
    podman.run("import", str(BASE), "localhost/gitflow-base")
    authorities = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    trusted = ["--volume", f"{authorities}:/etc/ssl/certs/ca-certificates.crt:ro"] if authorities else []
    # A build without namespaces, which also works where a machine forbids them.
    options = ["--isolation", "chroot", "--pull-never", "--build-arg", "BASE=localhost/gitflow-base", *trusted]
    build = [
        "buildah",
        "build",
        *options,
        "--file",
        ROOT / "deploy" / "Dockerfile",
        "--tag",
        "localhost/gitflow",
        context,
    ]
    done = subprocess.run(build, env={**os.environ, **podman.environ}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return "localhost/gitflow"

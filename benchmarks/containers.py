"""Rows about steps in containers: gitflow beside a script that calls podman as gitflow does."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.measure import Command, Failed
from benchmarks.peers import CACHE, clean_environment

IMAGE = "localhost/gitflow-bench:busybox"
#: The rows: the number of steps, all of which start at once.
STEPS = {"container": 1, "containers8": 8}
#: Podman with a storage and a configuration of its own, which also works where there is no systemd.
_FOLDER = CACHE / "podman"
_CONTAINERS_CONF = """[containers]
default_ulimits = ["nofile=1024:2048", "nproc=1000:1000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
_STORAGE_CONF = """[storage]
driver = "{driver}"
graphroot = "{folder}/graph"
runroot = "{folder}/run"
"""
#: The four calls of a step, in one script for each container.
_SCRIPT = f"""set -e
run() {{
    podman create --name "bench-$1" --log-driver none --pull never --init {IMAGE} sh -e -c 'echo hello' >/dev/null
    podman start --attach --sig-proxy=false "bench-$1"
    podman inspect --type container --format '{{{{json .State}}}}' "bench-$1" >/dev/null
    podman rm --force --time 0 "bench-$1" >/dev/null
}}
pids=
for number in $(seq "$1"); do run "$number" & pids="$pids $!"; done
for pid in $pids; do wait "$pid"; done
"""


def script(row: str, folder: Path) -> Command:
    """The baseline. Raises Failed where podman does not work."""
    (folder / "containers.sh").write_text(_SCRIPT)
    return Command(["sh", "containers.sh", str(STEPS[row])], folder, environment())


def workflow(row: str) -> str:
    """The steps as gitflow's definitions."""
    step = f"{{type: docker, image: '{IMAGE}', pull: never, cmd: echo hello}}"
    return "tasks:\n  bench:\n    flow:\n" + "".join(f"      s{number}: {step}\n" for number in range(STEPS[row]))


def environment() -> dict[str, str]:
    """The environment in which podman finds the image, which is made when it is first wanted. Raises Failed."""
    ours = clean_environment(
        CONTAINERS_CONF=str(_FOLDER / "containers.conf"), CONTAINERS_STORAGE_CONF=str(_FOLDER / "storage.conf")
    )
    if not (_FOLDER / "made").exists():
        try:
            _make(ours)
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip()
            raise Failed(f"podman runs no containers here: {said or error}") from error
    return ours


def _make(env: dict[str, str]) -> None:
    """Lets podman choose the storage driver in another folder first: one folder must never see two drivers."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    (_FOLDER / "containers.conf").write_text(_CONTAINERS_CONF)
    (_FOLDER / "storage.conf").write_text(_STORAGE_CONF.format(driver="", folder=_FOLDER / "probe"))
    found = _run(["podman", "info", "--format", "{{.Store.GraphDriverName}}"], env).decode().strip()
    (_FOLDER / "storage.conf").write_text(_STORAGE_CONF.format(driver=found, folder=_FOLDER))
    packed = _run(["tar", "-C", str(_root()), "-c", "."], env)
    _run(["podman", "import", "-", IMAGE], env, packed)
    (_FOLDER / "made").touch()


def _root() -> Path:
    """A file system with busybox, which must be linked statically."""
    root = _FOLDER / "rootfs"
    (root / "bin").mkdir(parents=True, exist_ok=True)
    busybox = shutil.which("busybox")
    if busybox is None:
        raise FileNotFoundError("busybox is missing; on Debian or Ubuntu: sudo apt-get install busybox-static")
    shutil.copy(busybox, root / "bin" / "busybox")
    for name in ("sh", "echo"):
        if not os.path.lexists(root / "bin" / name):
            (root / "bin" / name).symlink_to("busybox")
    return root


def _run(words: list[str], env: dict[str, str], stdin: bytes | None = None) -> bytes:
    return subprocess.run(words, env=env, input=stdin, capture_output=True, check=True, timeout=120).stdout

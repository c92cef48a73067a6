"""A podman for tests: its own configuration and storage, and an image that is made here, without any registry.

The configuration is one that works in restricted hosts, too: runc, no systemd, limits that need no privileges. Podman
chooses the storage driver: overlay, or vfs where the kernel refuses it. (vfs copies the image for each container while
it holds the lock of all layers, so that containers started at the same time wait for each other.)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import parts

#: What the tests of containers need.
PROGRAMS = ("podman", "runc", "conmon", "catatonit", "busybox")
needs_podman = pytest.mark.containers(*PROGRAMS)

IMAGE = "localhost/gitflow-test:busybox"

CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=1024:2048", "nproc=1000:1000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""

STORAGE_CONF = """
[storage]
driver = "{driver}"
graphroot = "{folder}/graph"
runroot = "{folder}/run"
"""


class Podman:
    """Also puts the variables into this process's environment, from which gitflow starts podman."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        }
        (folder / "containers.conf").write_text(CONTAINERS_CONF)
        self._write_storage(folder / "probe", driver="")
        driver = self.run("info", "--format", "{{.Store.GraphDriverName}}").strip()
        # The probe has a folder of its own. A folder used with two values of `driver` is refused by the process that
        # tidies up after each container, and podman waits 20 s for that process.
        self._write_storage(folder, driver)
        self.image = IMAGE

    def _write_storage(self, folder: Path, driver: str) -> None:
        (self.folder / "storage.conf").write_text(STORAGE_CONF.format(folder=folder, driver=driver))

    def run(self, *words: str, stdin: bytes | None = None) -> str:
        ended = subprocess.run(
            ["podman", *words],
            env={**os.environ, **self.environ},
            input=stdin,
            capture_output=True,
            timeout=120,
            cwd="/",
        )
        assert ended.returncode == 0, (words, ended.stderr.decode())
        return ended.stdout.decode()

    def close(self) -> None:
        """Unmounts what podman has mounted, and leaves mounted, in its folder: nobody could remove that."""
        mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for place in sorted((each for each in mounted if each.startswith(f"{self.folder}/")), reverse=True):
            subprocess.run(["umount", "--lazy", place], check=True)

    def containers(self) -> list[str]:
        """The names of all containers, running or not."""
        return self.run("ps", "--all", "--format", "{{.Names}}").split()

    def import_image(self, name: str, *changes: str) -> str:
        """An image with busybox alone; ``changes`` are lines of a Dockerfile, such as ``USER 1000``."""
        root = self.folder / "rootfs"
        if not root.exists():
            make_root(root)
        return self._import(root, name, *changes)

    def import_python(self, name: str) -> str:
        """An image with busybox and the Python that runs the tests, as ``python3``."""
        root = self.folder / "python"
        make_root(root)
        add_python(root)
        return self._import(root, name)

    def _import(self, root: Path, name: str, *changes: str) -> str:
        packed = subprocess.run(["tar", "-C", str(root), "-c", "."], capture_output=True, check=True).stdout
        options = [word for change in changes for word in ("--change", change)]
        self.run("import", *options, "-", name, stdin=packed)
        return name


def make_root(root: Path) -> None:
    """A file system with busybox, which must be linked statically."""
    for name in ("bin", "tmp", "etc", "dev", "proc", "sys"):
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    busybox = shutil.which("busybox")
    assert busybox is not None
    if subprocess.run(["ldd", busybox], capture_output=True).returncode == 0:
        parts.lack("busybox is not linked statically, as that of the package busybox-static is")
    shutil.copy(busybox, root / "bin" / "busybox")
    listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name in listed:
        if name != "busybox":
            (root / "bin" / name).symlink_to("busybox")


def add_python(root: Path) -> None:
    """The program, the libraries that it is linked with, and the standard library, each at the place it has here."""
    program = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    library = Path(sysconfig.get_path("stdlib"))
    linked = subprocess.run(["ldd", *[program, *library.rglob("*.so")]], capture_output=True, text=True).stdout
    for path in {program, *map(Path, re.findall(r"(/\S+\.so[.\d]*) \(0x", linked))}:
        place = root / path.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    left_out = shutil.ignore_patterns("site-packages", "dist-packages", "test", "config-*", "idlelib", "*.a")
    shutil.copytree(library, root / library.relative_to("/"), ignore=left_out, dirs_exist_ok=True)
    (root / "bin" / "python3").symlink_to(program)


@pytest.fixture(scope="session")
def podman() -> Iterator[Podman]:
    # With a short name: podman's process that tidies up refuses a `runroot` of more than 50 characters.
    folder = Path(tempfile.mkdtemp(prefix="gf-podman-"))
    made = Podman(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environ.items():
            patch.setenv(name, value)
        made.import_image(IMAGE)
        try:
            yield made
            assert made.containers() == [], "a container was left"
        finally:
            made.close()
            shutil.rmtree(folder)

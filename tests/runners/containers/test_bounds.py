"""What a server lets workflows ask of its containers: nothing that its configuration does not name."""

from __future__ import annotations

from pathlib import Path

import pytest
from box import Containers

from gitflow.core.record import replace
from podman_part import Podman, needs_podman

pytestmark = needs_podman


@pytest.fixture
def box(tmp_path: Path, podman: Podman):
    """With the settings of a server that names nothing."""
    made = Containers(tmp_path, podman.image)
    made.settings = replace(made.settings, mounts=(), host_network=False)
    yield made
    made.runner.close()
    assert podman.containers() == []


def test_the_network_of_the_host_is_refused_unless_it_is_allowed(box: Containers):
    assert box.do("true", fields={"network": "host"}).error == (
        "this server allows no `network: host`; `worker.container.host_network: true` would allow it"
    )
    box.settings = replace(box.settings, host_network=True)
    assert box.do("readlink /proc/self/ns/net", step="allowed", fields={"network": "host"}).exit_code == 0
    assert box.log().decode().strip() == Path("/proc/self/ns/net").readlink().as_posix()


@pytest.mark.parametrize(
    "network", ["ns:/proc/1/ns/net", "container:other", "host ", "slirp4netns:allow_host_loopback=true"]
)
def test_there_is_no_other_word_for_the_network_of_the_host_or_of_another_container(box: Containers, network: str):
    outcome = box.do("true", fields={"network": network})
    assert outcome.exit_code is None
    assert "network" in (outcome.error or "")


def test_a_folder_is_refused_unless_it_is_allowed_also_behind_a_link(box: Containers, tmp_path: Path):
    allowed, other = tmp_path / "allowed", tmp_path / "other"
    for folder in (allowed, other):
        folder.mkdir()
    (allowed / "link").symlink_to(other)
    box.settings = replace(box.settings, mounts=(str(allowed),))
    for number, source in enumerate((str(other), f"{allowed}/../other", str(allowed / "link"), f"{allowed}er")):
        outcome = box.do("true", step=f"refused{number}", fields={"mounts": [{"source": source, "target": "/data"}]})
        assert f"this server does not mount {source!r}" in (outcome.error or ""), source
    assert box.do("ls /data", fields={"mounts": [{"source": str(allowed), "target": "/data"}]}).exit_code == 0


def test_a_container_has_no_rights_of_the_machine(box: Containers):
    """There is no key that asks for them, and no default that gives them."""
    script = "mkdir /tmp/m; mount -t tmpfs none /tmp/m || echo no mount; mknod /tmp/disk b 8 0 || echo no device"
    assert box.do(script).exit_code == 0
    assert "no mount" in box.log().decode()
    rights = box.do("grep CapEff /proc/self/status", step="rights")
    assert rights.exit_code == 0
    effective = int(box.log().decode().rpartition(":")[2], 16)
    admin, raw_disk, tracing, modules = 1 << 21, 1 << 17, 1 << 19, 1 << 16
    assert effective & (admin | raw_disk | tracing | modules) == 0

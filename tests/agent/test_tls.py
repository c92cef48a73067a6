"""A server whose certificate is from a private authority, and the agents that trust it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster import Cluster, until
from tls import TlsProxy

import forked
from kubernetes_part import make_certificates

FLOW = """
tasks:
  t:
    flow:
      make: {type: shell, cmd: 'echo made > "$GITFLOW_ARTIFACTS/note"'}
      read: {type: shell, depends_on: [make], cmd: 'cat "$GITFLOW_NEEDS/make/note"'}
"""


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """ca.crt signs server.crt. Beside the folder, `others` has another authority."""
    for name in ("certificates", "others"):
        (tmp_path / name).mkdir()
        make_certificates(tmp_path / name)
    return tmp_path / "certificates"


@pytest.fixture
def served(make_cluster: Callable[..., Cluster], certificates: Path) -> Iterator[tuple[Cluster, TlsProxy]]:
    cluster = make_cluster()
    cluster.start_server()
    proxy = TlsProxy(cluster.address, certificates)
    yield cluster, proxy
    cluster.close()
    proxy.close()


def test_an_agent_with_the_file_of_a_private_authority_runs_steps_over_tls(served, certificates):
    cluster, proxy = served
    cluster.write(FLOW)
    cluster.start_agent("one", "--ca-file", str(certificates / "ca.crt"), url=proxy.url)
    cluster.connected()
    job = cluster.ended(cluster.execute("t"))
    assert job["status"] == "completed", job
    assert "made" in cluster.log(job["job_id"])


@pytest.mark.parametrize("others", [False, True])
def test_an_agent_that_does_not_trust_the_authority_says_so_and_sends_nothing(served, certificates, others):
    cluster, proxy = served
    words = ["--ca-file", str(certificates.parent / "others" / "ca.crt")] if others else []
    agent = cluster.start_agent("one", *words, url=proxy.url)
    said = until(lambda: "certificate is not trusted" in (log := cluster.log_of(agent)) and log)
    assert f"no connection to {proxy.url}: its certificate is not trusted: " in said
    assert "--ca-file names the file of a private authority" in said
    assert all(each["name"] != "one" for each in cluster.workers())


@pytest.mark.parametrize(
    ("name", "said"), [("none.pem", "No such file or directory"), ("empty.pem", "holds no certificate in PEM form")]
)
def test_a_file_without_an_authority_is_refused_at_the_start(tmp_path: Path, name: str, said: str):
    (tmp_path / "empty.pem").touch()
    words = ["agent", "--server", "https://flows.example.com", "--ca-file", name]
    done = forked.run(words, tmp_path, {"HOME": str(tmp_path)})
    assert done.returncode == 2
    assert f"--ca-file: {name}" in done.stderr
    assert said in done.stderr

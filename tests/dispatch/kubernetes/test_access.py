"""How a server finds its cluster: the files of a pod, or a kubeconfig; what cannot be used is said in words."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitflow.dispatch.kubernetes.access import NoAccess, find_access
from kubernetes_part import make_certificates


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


def kubeconfig(path: Path, user: Any, **cluster: Any) -> str:
    given = {"server": "https://10.0.0.1:6443/", **cluster}
    content = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "flows"}}],
        "clusters": [{"name": "c", "cluster": given}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(yaml.safe_dump(content))
    return str(path)


def test_a_pod_has_it_all_and_its_token_is_read_again(tmp_path: Path, certificates: Path):
    (tmp_path / "ca.crt").write_bytes((certificates / "ca.crt").read_bytes())
    (tmp_path / "namespace").write_text("flows")
    (tmp_path / "token").write_text("one\n")
    environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    access = find_access(None, environ, str(tmp_path))
    assert (access.url, access.namespace) == ("https://[fd00::1]:443", "flows")
    assert access.headers() == {"Authorization": "Bearer one"}
    (tmp_path / "token").write_text("two\n")
    assert access.headers() == {"Authorization": "Bearer two"}


def test_a_kubeconfig_has_a_token_or_a_file_with_one(tmp_path: Path, certificates: Path):
    data = b64encode((certificates / "ca.crt").read_bytes()).decode()
    path = kubeconfig(tmp_path / "config", {"token": "secret"}, **{"certificate-authority-data": data})
    access = find_access(path, {})
    assert (access.url, access.namespace) == ("https://10.0.0.1:6443", "flows")
    assert access.headers() == {"Authorization": "Bearer secret"}
    (tmp_path / "token").write_text("from the file")
    access = find_access(kubeconfig(tmp_path / "config", {"tokenFile": "token"}), {})
    assert access.headers() == {"Authorization": "Bearer from the file"}


def test_a_kubeconfig_has_a_client_certificate(tmp_path: Path, certificates: Path):
    pair = {"certificate": "server.crt", "key": "server.key"}
    named = {f"client-{kind}": str(certificates / name) for kind, name in pair.items()}
    written = {
        f"client-{kind}-data": b64encode((certificates / name).read_bytes()).decode() for kind, name in pair.items()
    }
    for user in (named, written):
        assert find_access(kubeconfig(tmp_path / "config", user), {}).headers() == {}


@pytest.mark.parametrize(
    ("user", "cluster", "words"),
    [
        ({"exec": {"command": "aws"}}, {}, "is found by `exec`, which runs a program"),
        ({"token": "x"}, {"certificate-authority": "missing.crt"}, "No such file"),
        ({"client-certificate-data": "!"}, {}, "is not a valid kubeconfig"),
    ],
)
def test_what_cannot_be_used_is_said_in_words(tmp_path: Path, user, cluster, words):
    with pytest.raises(NoAccess, match=words):
        find_access(kubeconfig(tmp_path / "config", user, **cluster), {})


def test_outside_of_a_pod_a_file_is_needed(tmp_path: Path):
    with pytest.raises(NoAccess, match="does not run in a pod; name a file in `kubeconfig`"):
        find_access(None, {})
    with pytest.raises(NoAccess, match="No such file"):
        find_access(str(tmp_path / "missing"), {})
    (tmp_path / "empty").write_text("")
    with pytest.raises(NoAccess, match="is not a valid kubeconfig"):
        find_access(str(tmp_path / "empty"), {})

"""The Helm chart: its manifests fit the schemas of Kubernetes, its configuration is one that a server takes, and values
that cannot work are refused before anything is installed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import parts
from gitflow.config import read_config

pytestmark = pytest.mark.deploy("helm", "kubernetes-validate")

HELM = Path(__file__).resolve().parents[2] / "deploy" / "helm"
CHART, EXAMPLE = HELM / "gitflow", HELM / "example-values.yaml"
EVERYTHING = {
    "image": {"tag": "7", "pullSecrets": ["registry"]},
    "server": {"storage": {"size": "1Gi", "className": "fast"}},
    "ingress": {"className": "nginx", "annotations": {"example.com/a": "b"}},
    "agents": [
        {
            "name": "gpu",
            "replicas": 0,
            "slots": 4,
            "tags": ["gpu", "big"],
            "secretName": "gpu",
            "extraArgs": ["--name=x"],
        }
    ],
}
REFUSED = [
    ({"publicUrl": "http://flows.example.com"}, "/publicUrl"),
    ({"admin": {"email": "root"}}, "/admin/email"),
    ({"agents": [{"name": "a"}]}, "missing property 'secretName'"),
    ({"agent": []}, "additional properties 'agent' not allowed"),
    ({"server": {"config": {"workspaces": {}, "db": {"url": "sqlite:///x"}}}}, "/server/config/db"),
]


def helm(*words: object, status: int = 0) -> str:
    done = subprocess.run([parts.find_program("helm"), *map(str, words)], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(params=["example", "everything", "no agents and no ingress"])
def manifests(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    more = {"example": {}, "everything": EVERYTHING}.get(request.param, {"agents": [], "ingress": {"enabled": False}})
    (tmp_path / "more.json").write_text(json.dumps(more))
    values = ["--values", EXAMPLE, "--values", tmp_path / "more.json"]
    assert "0 chart(s) failed" in helm("lint", "--strict", CHART, *values)
    (tmp_path / "manifests.yaml").write_text(helm("template", "flows", CHART, *values))
    return tmp_path / "manifests.yaml"


def resources(manifests: Path) -> dict[tuple[str, str], Any]:
    found = filter(None, yaml.safe_load_all(manifests.read_text()))
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


def test_the_manifests_fit_the_schemas_of_kubernetes(manifests: Path):
    program = parts.find_program("kubernetes-validate")
    done = subprocess.run(
        [program, "-k", "1.37", "--strict", manifests], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_server_takes_the_configuration(manifests: Path, tmp_path: Path):
    [text] = resources(manifests)["ConfigMap", "flows-gitflow"]["data"].values()
    names = ("secrets-key", "jwt-secret", "admin-password", "database-url")
    for name in names:
        assert f"/etc/gitflow/secrets/{name}" in text
        (tmp_path / name).write_text("postgresql://g@db/g" if name == "database-url" else "0123456789" * 4)
    (tmp_path / "server-config.yaml").write_text(text.replace("/etc/gitflow/secrets", str(tmp_path)))
    config = read_config(str(tmp_path / "server-config.yaml"), {}, str(tmp_path / "cache"), for_server=True)
    assert (config.public_url, config.worker.slots) == ("https://flows.example.com", 0)


def test_pods_have_no_rights_and_their_selectors_find_only_them(manifests: Path):
    found = resources(manifests)
    deployments = [each["spec"] for (kind, _), each in found.items() if kind == "Deployment"]
    for spec in deployments:
        pod = spec["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        fitting = [
            each
            for each in deployments
            if spec["selector"]["matchLabels"].items() <= each["template"]["metadata"]["labels"].items()
        ]
        assert fitting == [spec]
    selector = found["Service", "flows-gitflow"]["spec"]["selector"]
    served = [each for each in deployments if selector.items() <= each["template"]["metadata"]["labels"].items()]
    assert [each["template"]["spec"]["containers"][0]["name"] for each in served] == ["server"]


@pytest.mark.parametrize(("values", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_values_that_cannot_work_are_refused(values: dict[str, Any], said: str, tmp_path: Path):
    (tmp_path / "wrong.json").write_text(json.dumps(values))
    words = ("template", "flows", CHART, "--values", EXAMPLE, "--values", tmp_path / "wrong.json")
    assert said in helm(*words, status=1)

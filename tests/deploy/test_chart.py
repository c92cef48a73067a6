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
    "server": {
        "replicas": 3,
        "storage": {"size": "1Gi", "className": "fast"},
        "artifacts": {"size": "2Gi"},
        "nodeSelector": {"a": "b"},
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
    },
    "jobs": {"enabled": True, "helperImage": "registry.example.com/helper:1", "template": {"nodeSelector": {"a": "b"}}},
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
    ({"jobs": {"enabled": True}}, "/jobs/helperImage"),
    ({"server": {"config": {"workspaces": {}, "db": {"url": "sqlite:///x"}}}}, "/server/config/db"),
    ({"server": {"config": {"workspaces": {}, "cluster": {"url": "http://x"}}}}, "/server/config/cluster/url"),
    ({"server": {"replicas": 2, "artifacts": {"accessMode": "ReadWriteOnce"}}}, "/server/artifacts/accessMode"),
]
IN_A_BUCKET = {
    "replicas": 2,
    "artifacts": {"accessMode": "ReadWriteOnce"},
    "config": {"artifacts": {"url": "s3://acme-gitflow/production", "region": "eu-central-1"}},
}
ONE_SERVER = {"replicas": 1, "artifacts": {"accessMode": "ReadWriteOnce"}}


def helm(*words: object, status: int = 0) -> str:
    done = subprocess.run([parts.find_program("helm"), *map(str, words)], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


VALUES = {
    "example": {},
    "everything": EVERYTHING,
    "two servers with a bucket": {"server": IN_A_BUCKET},
    "one server and nothing else": {"agents": [], "ingress": {"enabled": False}, "server": ONE_SERVER},
}


@pytest.fixture(params=VALUES)
def manifests(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    more = VALUES[request.param]
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
    groups = [each["spec"] for (kind, _), each in found.items() if kind in ("Deployment", "StatefulSet")]
    for spec in groups:
        pod = spec["template"]["spec"]
        is_asking = pod["containers"][0]["name"] == "server" and ("Role", "flows-gitflow") in found
        assert pod["automountServiceAccountToken"] is is_asking
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        fitting = [
            each
            for each in groups
            if spec["selector"]["matchLabels"].items() <= each["template"]["metadata"]["labels"].items()
        ]
        assert fitting == [spec]
    for service in ("flows-gitflow", "flows-gitflow-servers"):
        selector = found["Service", service]["spec"]["selector"]
        served = [each for each in groups if selector.items() <= each["template"]["metadata"]["labels"].items()]
        assert [each["template"]["spec"]["containers"][0]["name"] for each in served] == ["server"]


def test_each_server_says_where_the_others_reach_it_and_all_have_the_same_artifacts(manifests: Path):
    found = resources(manifests)
    server = found["StatefulSet", "flows-gitflow"]["spec"]
    service = found["Service", server["serviceName"]]["spec"]
    assert (service["clusterIP"], service["publishNotReadyAddresses"]) == ("None", True)
    [container] = server["template"]["spec"]["containers"]
    [url] = [each["value"] for each in container["env"] if each["name"] == "GITFLOW__CLUSTER__URL"]
    assert url == f"http://$(POD_NAME).{server['serviceName']}.default:{service['ports'][0]['port']}"
    mounted = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    [own] = server["volumeClaimTemplates"]
    assert (own["metadata"]["name"], own["spec"]["accessModes"]) == (
        mounted["/var/lib/gitflow/state"],
        ["ReadWriteOnce"],
    )
    claims = [each["spec"] for (kind, _), each in found.items() if kind == "PersistentVolumeClaim"]
    if "s3://" in found["ConfigMap", "flows-gitflow"]["data"]["server-config.yaml"]:
        assert claims == []
        assert "artifacts" not in {*mounted.values(), *(each["name"] for each in server["template"]["spec"]["volumes"])}
        return
    assert mounted["/var/lib/gitflow/state/artifacts"] == "artifacts"
    [claim] = claims
    assert claim["accessModes"] == ["ReadWriteMany" if server["replicas"] > 1 else "ReadWriteOnce"]


def test_several_servers_are_kept_apart_and_drained_one_at_a_time(manifests: Path):
    found = resources(manifests)
    server = found["StatefulSet", "flows-gitflow"]["spec"]
    budgets = [each["spec"] for (kind, _), each in found.items() if kind == "PodDisruptionBudget"]
    if server["replicas"] == 1:
        assert budgets == []
        return
    assert budgets == [{"maxUnavailable": 1, "selector": server["selector"]}]
    affinity = server["template"]["spec"]["affinity"]
    if affinity != EVERYTHING["server"]["affinity"]:
        [apart] = affinity["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        assert apart["podAffinityTerm"]["labelSelector"] == server["selector"]


def test_a_server_whose_steps_are_jobs_has_the_rights_of_the_guide_and_no_others(manifests: Path):
    found = resources(manifests)
    listed = yaml.safe_load_all((HELM.parent / "kubernetes" / "rbac.yaml").read_text())
    [rules] = [each["rules"] for each in listed if each["kind"] == "Role"]
    roles = [each for (kind, _), each in found.items() if kind in ("Role", "ClusterRole")]
    if not roles:
        assert "kubernetes" not in found["ConfigMap", "flows-gitflow"]["data"]["server-config.yaml"]
        return
    assert [each["rules"] for each in roles] == [rules]
    binding = found["RoleBinding", "flows-gitflow"]
    server = found["StatefulSet", "flows-gitflow"]["spec"]["template"]["spec"]
    assert [each["name"] for each in binding["subjects"]] == [server["serviceAccountName"]]


@pytest.mark.parametrize(("values", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_values_that_cannot_work_are_refused(values: dict[str, Any], said: str, tmp_path: Path):
    (tmp_path / "wrong.json").write_text(json.dumps(values))
    words = ("template", "flows", CHART, "--values", EXAMPLE, "--values", tmp_path / "wrong.json")
    assert said in helm(*words, status=1)

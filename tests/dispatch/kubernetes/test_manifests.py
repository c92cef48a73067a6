"""The objects of an attempt: valid in every version from 1.20 to 1.37, without a secret in the pod."""

from __future__ import annotations

import json
from base64 import b64decode

import kubernetes_validate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.record import replace
from gitflow.dispatch.kubernetes.manifests import BEGIN_S, Cluster, Workload, job_manifest, secret_manifest, verbatim
from gitflow.dispatch.kubernetes.names import name_of, selector_of

#: Those whose schemas the package has; 1.20 is the version of the cluster that the tests start.
VERSIONS = ("1.25", "1.29", "1.33", "1.37")
CLUSTER = Cluster(
    "flows",
    "7d0c2ad4-0000-4000-8000-000000000000",
    "https://gitflow.example.com",
    "registry.example.com/helper:1",
    service_account="steps",
    image_pull_secrets=("registry",),
)
WORKLOAD = Workload(
    key=("0199aa00-0000-7000-8000-000000000000", "deploy[0]", 2),
    token="the token",
    image="alpine:3",
    command=("sh",),
    arguments=("-e", "-c", "--", "echo $$ $(HOME)", "deploy[0]"),
    workdir="/gitflow/work",
    env={"PASSWORD": "hunter2", "GITFLOW_STEP": "deploy[0]"},
    files={"input.json": '{"password": "hunter2"}'},
    folders={"files": "/gitflow/work"},
    user="1000:1000",
    memory="512m",
    cpus="0.5",
    platform="linux/arm64",
    host_network=True,
    timeout_s=90.0,
    grace_s=3.0,
)


def pod_of(workload: Workload = WORKLOAD, cluster: Cluster = CLUSTER) -> dict:
    return job_manifest(workload, cluster)["spec"]["template"]["spec"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_objects_fit_the_schemas_of_each_version(version):
    for manifest in (job_manifest(WORKLOAD, CLUSTER), secret_manifest(WORKLOAD, CLUSTER, "uid")):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_name_is_that_of_one_attempt():
    key = WORKLOAD.key
    others = [(key[0], key[1], 3), (key[0], "deploy[1]", 2), ("x" + key[0], key[1], 2)]
    names = {name_of(each) for each in (key, *others)}
    assert len(names) == 4
    assert all(len(name) == 23 and name.startswith("gf-") for name in names)


def test_the_labels_fit_the_selector_of_their_worker():
    labels = job_manifest(WORKLOAD, CLUSTER)["metadata"]["labels"]
    wanted = dict(pair.split("=") for pair in selector_of(CLUSTER.worker_id).split(","))
    assert wanted.items() <= labels.items()


def test_nothing_secret_is_in_the_job():
    text = json.dumps(job_manifest(WORKLOAD, CLUSTER))
    assert "hunter2" not in text
    assert "the token" not in text


def test_the_secret_has_all_of_it_and_belongs_to_the_job():
    secret = secret_manifest(WORKLOAD, CLUSTER, "uid-1")
    assert {name: b64decode(value).decode() for name, value in secret["data"].items()} == {
        "token": "the token",
        "env.PASSWORD": "hunter2",
        "env.GITFLOW_STEP": "deploy[0]",
        "file.input.json": '{"password": "hunter2"}',
    }
    assert [owner["uid"] for owner in secret["metadata"]["ownerReferences"]] == ["uid-1"]


def test_a_job_is_begun_once_and_its_end_stays_until_it_is_read():
    spec = job_manifest(WORKLOAD, CLUSTER)["spec"]
    assert (spec["backoffLimit"], spec["template"]["spec"]["restartPolicy"]) == (0, "Never")
    assert "ttlSecondsAfterFinished" not in spec
    assert spec["activeDeadlineSeconds"] == 93 + BEGIN_S
    assert "activeDeadlineSeconds" not in job_manifest(replace(WORKLOAD, timeout_s=None), CLUSTER)["spec"]


def test_an_image_without_a_command_starts_its_own_program():
    step = pod_of(replace(WORKLOAD, command=None, arguments=("--all",)))["containers"][0]
    assert "command" not in step
    assert step["args"] == ["--all"]


def test_limits_are_written_as_kubernetes_writes_them():
    assert pod_of()["containers"][0]["resources"] == {"limits": {"memory": "512Mi", "cpu": "0.5"}}
    assert pod_of(replace(WORKLOAD, memory="1048576", cpus=None))["containers"][0]["resources"] == {
        "limits": {"memory": "1048576"}
    }
    assert "resources" not in pod_of(replace(WORKLOAD, memory=None, cpus=None))["containers"][0]


def test_a_template_lies_under_the_pod():
    template = {
        "nodeSelector": {"pool": "steps"},
        "restartPolicy": "Always",
        "volumes": [{"name": "cache", "emptyDir": {}}],
        "containers": [
            {
                "name": "step",
                "image": "other",
                "env": [{"name": "PASSWORD", "value": "plain"}, {"name": "HTTP_PROXY", "value": "http://proxy"}],
                "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "1"}},
                "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
            }
        ],
    }
    pod = pod_of(cluster=replace(CLUSTER, template=template))
    step = pod["containers"][0]
    assert pod["nodeSelector"] == {"pool": "steps", "kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64"}
    assert (pod["restartPolicy"], step["image"]) == ("Never", "alpine:3")
    assert [volume["name"] for volume in pod["volumes"]] == ["cache", "gitflow", "given"]
    assert step["resources"] == {"limits": {"memory": "512Mi", "cpu": "0.5"}, "requests": {"cpu": "1"}}
    assert [mount["mountPath"] for mount in step["volumeMounts"]] == ["/cache", "/gitflow", "/gitflow/given"]
    assert {each["name"]: each.get("value") for each in step["env"]} == {
        "HTTP_PROXY": "http://proxy",
        "PASSWORD": None,
        "GITFLOW_STEP": None,
    }
    kubernetes_validate.validate(job_manifest(WORKLOAD, replace(CLUSTER, template=template)), "1.37", strict=True)


def expanded(text: str) -> str:
    """As Kubernetes expands the words of a container that has no variables."""
    out, at = "", 0
    while at < len(text):
        if text[at] == "$" and text[at + 1 : at + 2] in ("$", "("):
            out += "$" if text[at + 1] == "$" else "$("
            at += 2
        else:
            out += text[at]
            at += 1
    return out


@given(st.text(alphabet="$()aB "))
def test_a_word_arrives_as_it_was_written(text):
    written = verbatim(text)
    assert expanded(written) == text
    assert "$(" not in written.replace("$$", "")

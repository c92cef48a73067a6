"""The objects of an attempt: a Job with one pod, and a Secret with everything that may be secret.

    fetch   (first)        downloads the files of the revision, and the artifacts of the steps before
    step                   the author's image and command, unchanged
    keeper  (beside it)    uploads the output and the artifacts once the step has ended

All fields exist in Kubernetes 1.20 and later. The functions are pure.
"""

from __future__ import annotations

import math
from base64 import b64encode
from typing import TYPE_CHECKING

from gitflow.core.record import Record, field
from gitflow.dispatch.kubernetes.names import STEP, labels_of, name_of
from gitflow.dispatch.kubernetes.templates import merged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from gitflow.core.values import Json, JsonObject
    from gitflow.dispatch.kubernetes.names import Key

#: The folder of the attempt in its pod.
ROOT = "/gitflow"
#: The names of the containers.
FETCH, STEP_CONTAINER, KEEPER = "fetch", "step", "keeper"
#: How long a pod may take to find a node and to pull its images, in seconds.
BEGIN_S = 1800
#: The value of ``pull`` -> when the node pulls the image.
PULL = {"missing": "IfNotPresent", "always": "Always", "never": "Never"}
#: The unit of an amount of memory -> the same unit in Kubernetes.
_UNITS = {"b": "", "k": "Ki", "m": "Mi", "g": "Gi"}
#: The largest content of a Secret, in bytes.
MAX_SECRET_BYTES = 1 << 20


class Cluster(Record):
    """What all attempts of one server have in common."""

    namespace: str
    worker_id: str
    server_url: str  #: how pods reach the server
    helper_image: str
    service_account: str | None = None
    image_pull_secrets: tuple[str, ...] = ()
    template: JsonObject = field(default_factory=dict[str, "Json"])  #: the spec of a pod; see templates.py


class Workload(Record):
    """One attempt. It holds secrets in clear."""

    key: Key
    token: str  #: of the attempt
    image: str
    command: tuple[str, ...] | None  #: None: the entrypoint of the image
    arguments: tuple[str, ...]
    workdir: str
    env: Mapping[str, str]
    files: Mapping[str, str]  #: name -> content of the files in ``/gitflow/given``
    folders: Mapping[str, str]  #: folder of the revision's archive -> where it is put in the pod
    needs: bool = False  #: whether steps before it left artifacts
    pull: str = "missing"
    user: str | None = None  #: a user id, or user id and group id with a colon between
    memory: str | None = None
    cpus: str | None = None
    platform: str | None = None
    host_network: bool = False
    timeout_s: float | None = None
    grace_s: float = 10.0


def job_manifest(workload: Workload, cluster: Cluster) -> JsonObject:
    """Its ``activeDeadlineSeconds`` matters only if no server is there to end the step in time. It has no
    ``ttlSecondsAfterFinished``, because that would delete results which no server has read yet."""
    limit = {} if workload.timeout_s is None else {"activeDeadlineSeconds": _deadline(workload)}
    labels = dict(labels_of(workload.key, cluster.worker_id))
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _metadata(workload, cluster),
        "spec": {
            "backoffLimit": 0,
            **limit,
            "template": {
                "metadata": {"labels": labels, "annotations": {STEP: workload.key[1]}},
                "spec": merged(cluster.template, _pod(workload, cluster)),
            },
        },
    }


def secret_manifest(workload: Workload, cluster: Cluster, job_uid: str) -> JsonObject:
    """The Job owns the Secret, so the cluster deletes both together."""
    name = name_of(workload.key)
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": job_uid}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**_metadata(workload, cluster), "ownerReferences": [owner]},
        "type": "Opaque",
        "data": {key: _base64(value) for key, value in _secret(workload).items()},
    }


def secret_size(workload: Workload) -> int:
    return sum(len(_encoded(value)) for value in _secret(workload).values())


def _secret(workload: Workload) -> dict[str, str]:
    return {
        "token": workload.token,
        **{f"env.{name}": value for name, value in workload.env.items()},
        **{f"file.{name}": text for name, text in workload.files.items()},
    }


def _metadata(workload: Workload, cluster: Cluster) -> JsonObject:
    return {
        "name": name_of(workload.key),
        "namespace": cluster.namespace,
        "labels": dict(labels_of(workload.key, cluster.worker_id)),
        "annotations": {STEP: workload.key[1]},
    }


def _deadline(workload: Workload) -> int:
    return math.ceil((workload.timeout_s or 0.0) + workload.grace_s) + BEGIN_S


def _pod(workload: Workload, cluster: Cluster) -> JsonObject:
    name = name_of(workload.key)
    keys = [{"key": f"file.{file}", "path": file, "mode": 0o444} for file in workload.files]
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": max(1, math.ceil(workload.grace_s)),
        "initContainers": [_helper(FETCH, workload, cluster)],
        "containers": [_step(workload), _helper(KEEPER, workload, cluster)],
        "volumes": [
            {"name": "gitflow", "emptyDir": {}},
            {"name": "given", "secret": {"secretName": name, "items": keys}},
        ],
    }
    if cluster.service_account is not None:
        pod["serviceAccountName"] = cluster.service_account
    if cluster.image_pull_secrets:
        pod["imagePullSecrets"] = [{"name": each} for each in cluster.image_pull_secrets]
    if workload.host_network:
        pod["hostNetwork"] = True
    if workload.platform is not None:
        pod["nodeSelector"] = _node_of(workload.platform)
    return pod


def _step(workload: Workload) -> JsonObject:
    name = name_of(workload.key)
    step: dict[str, Any] = {
        "name": STEP_CONTAINER,
        "image": workload.image,
        "imagePullPolicy": PULL[workload.pull],
        "workingDir": workload.workdir,
        "env": [{"name": each, "valueFrom": _from_secret(name, f"env.{each}")} for each in workload.env],
        "volumeMounts": [
            {"name": "gitflow", "mountPath": ROOT},
            {"name": "given", "mountPath": f"{ROOT}/given", "readOnly": True},
        ],
    }
    if workload.command is not None:
        step["command"] = [verbatim(word) for word in workload.command]
    if workload.arguments:
        step["args"] = [verbatim(word) for word in workload.arguments]
    limits = _limits(workload)
    if limits:
        step["resources"] = {"limits": limits}
    if workload.user is not None:
        user, _, group = workload.user.partition(":")
        step["securityContext"] = {"runAsUser": int(user), **({"runAsGroup": int(group)} if group else {})}
    return step


def _helper(name: str, workload: Workload, cluster: Cluster) -> JsonObject:
    job, step, attempt = workload.key
    values = {
        "GITFLOW_SERVER": cluster.server_url,
        "GITFLOW_JOB_ID": job,
        "GITFLOW_STEP": step,
        "GITFLOW_ATTEMPT": str(attempt),
        "GITFLOW_FOLDERS": ",".join(f"{source}={target}" for source, target in workload.folders.items()),
        "GITFLOW_HAS_NEEDS": "1" if workload.needs else "",
    }
    given = [
        {"name": "GITFLOW_TOKEN", "valueFrom": _from_secret(name_of(workload.key), "token")},
        {"name": "GITFLOW_POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
    return {
        "name": name,
        "image": cluster.helper_image,
        "args": [name],
        "env": [*({"name": each, "value": verbatim(value)} for each, value in values.items()), *given],
        "volumeMounts": [{"name": "gitflow", "mountPath": ROOT}],
    }


def verbatim(text: str) -> str:
    """Kubernetes expands ``$(NAME)`` in words and values, and reads ``$$`` as ``$``; this escapes the text against
    it."""
    return text.replace("$", "$$")


def _from_secret(name: str, key: str) -> JsonObject:
    return {"secretKeyRef": {"name": name, "key": key}}


def _limits(workload: Workload) -> dict[str, str]:
    limits: dict[str, str] = {}
    if workload.memory is not None:
        number = workload.memory.rstrip("bkmg")
        limits["memory"] = number + _UNITS.get(workload.memory[len(number) :], "")
    if workload.cpus is not None:
        limits["cpu"] = workload.cpus
    return limits


def _node_of(platform: str) -> dict[str, str]:
    words = platform.split("/")
    system, machine = ("linux", words[0]) if len(words) == 1 else words[:2]
    return {"kubernetes.io/os": system, "kubernetes.io/arch": machine}


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _base64(text: str) -> str:
    return b64encode(_encoded(text)).decode()

"""Which pods are those of a Job."""

from __future__ import annotations

from gitflow.runtime.worker.kubernetes.target import owner_of


def test_a_pod_belongs_to_its_job():
    owners = [{"kind": "ReplicaSet", "name": "a"}, {"kind": "Job", "name": "gf-1"}]
    assert owner_of({"metadata": {"ownerReferences": owners}}) == "gf-1"
    assert owner_of({"metadata": {}}) == ""

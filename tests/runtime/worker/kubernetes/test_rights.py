"""deploy/kubernetes/rbac.yaml has what a server needs, which every test of Jobs shows, and no more."""

from __future__ import annotations

import pytest
import yaml

from kubernetes_part import RBAC, ControlPlane, Refused, needs_kubernetes

#: What dispatch/kubernetes/client.py is asked for.
USED = {
    ("batch", "jobs"): {"create", "get", "list", "watch", "delete"},
    ("", "pods"): {"list", "watch", "delete"},
    ("", "pods/log"): {"get"},
    ("", "secrets"): {"create"},
}


def test_the_rights_are_those_that_are_used():
    role = next(each for each in yaml.safe_load_all(RBAC.read_text()) if each["kind"] == "Role")
    given = {
        (group, what): set(rule["verbs"])
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for what in rule["resources"]
    }
    assert given == USED


@needs_kubernetes
def test_everything_else_is_refused(control_plane: ControlPlane):
    namespace = control_plane.new_namespace()
    here = f"namespaces/{namespace.name}"
    allowed = [("GET", f"/apis/batch/v1/{here}/jobs"), ("GET", f"/api/v1/{here}/pods")]
    refused = [
        ("GET", f"/api/v1/{here}/secrets"),
        ("GET", f"/api/v1/{here}/secrets/gf-1"),
        ("DELETE", f"/api/v1/{here}/secrets/gf-1"),
        ("GET", f"/api/v1/{here}/configmaps"),
        ("POST", f"/api/v1/{here}/pods"),
        ("POST", f"/api/v1/{here}/pods/gf-1/exec"),
        ("DELETE", "/api/v1/namespaces/default/pods/gf-1"),
        ("GET", "/api/v1/nodes"),
        ("GET", "/api/v1/pods"),
        ("GET", "/apis/batch/v1/namespaces/default/jobs"),
        ("POST", "/api/v1/namespaces/default/secrets"),
    ]
    for method, path in allowed:
        namespace.gitflow.call(method, path)
    for method, path in refused:
        with pytest.raises(Refused) as error:
            namespace.gitflow.call(method, path, {} if method == "POST" else None)
        assert error.value.status == 403, path

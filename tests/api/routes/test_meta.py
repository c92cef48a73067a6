"""What the server tells of itself."""

from __future__ import annotations

import re

import pytest

#: Nobody asks it anything here.
OIDC = {"provider_type": "oidc", "issuer_url": "http://127.0.0.1:9", "client_id": "gitflow"}
SAMPLE = re.compile(r'[a-z_]+(?:\{[a-z_]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? [-+0-9.e]+')


def test_it_lives_and_is_ready(server):
    assert server.get("/healthz").json["status"] == "ok"
    assert server.get("/readyz").json == {
        "status": "ok",
        "checks": {"engine": "ok", "database": "ok", "workspaces": "ok", "accepts_jobs": "ok"},
        "role": "active",
    }


def test_it_is_not_ready_once_the_engine_has_ended(server):
    server.service.engine.stop(0.0)
    server.service.engine.join()
    reply = server.get("/readyz")
    assert (reply.status, reply.json["checks"]["engine"]) == (503, "not ready")
    assert server.get("/healthz").status == 200


def test_clients_can_read_what_they_need_before_they_sign_in(serve):
    assert serve().get("/api/config").json == {
        "auth_required": False,
        "has_internal_auth": False,
        "oidc_providers": [],
        "version": serve(name="b").server.context.version,
    }


@pytest.mark.parametrize(
    ("providers", "counts"),
    [({}, True), ({"internal": {"provider_type": "internal"}}, True), ({"company": OIDC}, False)],
    ids=["none named", "internal", "another alone"],
)
def test_passwords_are_offered_just_where_they_count(serve, providers, counts):
    known = {"email": "ada@example.com", "password": "a long enough password"}
    auth = {"jwt_secret": "j" * 40, "base_url": "http://a", "providers": providers, "initial_user": known}
    server = serve(settings={"auth": auth})
    assert server.get("/api/config").json["has_internal_auth"] is counts
    assert server.post("/api/auth/login", known).status == (200 if counts else 401)


def test_metrics_count_in_base_units_and_name_no_job(server):
    job_id = server.execute()
    server.finished(job_id)
    server.get(f"/api/jobs/{job_id}")
    server.get("/api/none")
    text = server.get("/metrics").body.decode()
    for line in text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or SAMPLE.fullmatch(line), line
    assert job_id not in text
    assert 'gitflow_jobs{status="completed"} 1' in text
    assert 'gitflow_http_requests_total{method="GET",route="/api/jobs/{id}",status="200"} 2' in text
    assert 'gitflow_http_requests_total{method="other",route="unmatched",status="404"} 1' in text
    assert 'gitflow_http_request_duration_seconds_count{method="GET",route="/api/jobs/{id}"} 2' in text
    assert "gitflow_job_queue_seconds_count 1" in text
    families = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(set(families)) == len(families)

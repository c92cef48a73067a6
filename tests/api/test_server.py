"""What holds for every request, whatever it asks."""

from __future__ import annotations

import pytest


def test_an_executed_job_is_listed_and_shown(server):
    job_id = server.execute(given={"name": "Ada"})
    detail = server.finished(job_id)
    assert (detail["status"], detail["steps"][0]["output"]) == ("completed", {"greeting": "Hello Ada"})
    assert [job["job_id"] for job in server.get("/api/jobs").json] == [job_id]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/api/jobs/", 404, "not_found"),
        ("GET", "//api/jobs", 404, "not_found"),
        ("GET", "/api/jobs/%ff", 400, "bad_request"),
        ("GET", "/api/jobs/abc", 400, "bad_request"),
        ("GET", "/api/jobs/00000000-0000-7000-8000-000000000000", 404, "not_found"),
        ("GET", "/api/workspaces/none/tasks", 404, "not_found"),
        ("GET", "/api/workspaces/default/tasks/none", 404, "not_found"),
        ("DELETE", "/api/jobs", 405, "method_not_allowed"),
        ("PROPFIND", "/api/jobs", 405, "method_not_allowed"),
        ("GET", "/api/jobs?limit=0", 400, "invalid_input"),
        ("GET", "/api/jobs?limit=501", 400, "invalid_input"),
        ("GET", "/api/jobs?limit=ten", 400, "invalid_input"),
        ("GET", "/api/jobs?limit=1&limit=2", 400, "invalid_input"),
        ("GET", "/api/jobs?offset=-1", 400, "invalid_input"),
        ("GET", "/api/jobs?offset=99999999999999999999", 400, "invalid_input"),
        ("GET", "/api/jobs?task_name=x", 400, "invalid_input"),
        ("GET", "/api/jobs?status=odd", 400, "invalid_input"),
        ("GET", "/api/jobs?cursor=odd", 400, "invalid_input"),
        ("GET", "/api/jobs?label=odd", 400, "invalid_input"),
        ("GET", "/api/jobs?created_after=yesterday", 400, "invalid_input"),
        ("GET", "/api/jobs?search=%ff", 400, "bad_request"),
    ],
)
def test_a_refusal_is_json_with_a_code(server, method, path, status, code):
    reply = server.request(method, path)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert reply.json["error"]
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert ("Allow" in reply.headers) == (status == 405)

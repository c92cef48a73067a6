"""Names with paths, line breaks and markup in them: they are names, and nothing else is made of them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from attacking import attack, get
from running import Running

PAGE = "<script>alert(1)</script>"
DEFINITIONS = f"""\
tasks:
  leave:
    flow:
      files:
        type: shell
        cmd: |
          cd "$GITFLOW_ARTIFACTS"
          mkdir -p deep
          echo '{PAGE}' > page.html
          echo '<svg onload="alert(1)"/>' > picture.svg
          echo inner > deep/file.txt
          echo odd > "$(printf 'a"b;c.txt')"
          echo lines > "$(printf 'a\\r\\nSet-Cookie: x=1')"
          ln -s /etc/passwd link || true
          echo '{PAGE}'
          printf 'plain\\r\\nX-Injected: 1\\n'
"""


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    return share(DEFINITIONS)


@pytest.fixture(scope="module")
def job_id(server: Running) -> str:
    made = server.execute("leave")
    server.finished(made)
    return made


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2f..%2fetc%2fpasswd",
        "../../../../etc/passwd",
        "..",
        ".",
        "%2e%2e/%2e%2e/etc/passwd",
        "%2e%2e%2fgitflow.db",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "//etc/passwd",
        "deep/../page.html",
        "deep/./file.txt",
        "deep//file.txt",
        "./page.html",
        "page.html%00",
        "page.html%00.txt",
        "%00",
        "..%5c..%5cetc%5cpasswd",
        "%252e%252e%252fetc%252fpasswd",
        "%ef%bc%8e%ef%bc%8e%ef%bc%8fetc",
        "%c0%ae%c0%ae/etc/passwd",
        "~root",
        "page.html;",
        "PAGE.HTML",
        "link",
        "%ff",
        "x" * 9000,
    ],
)
def test_an_artifact_is_found_by_its_name_and_by_no_path(server: Running, job_id: str, name: str) -> None:
    for path in (f"/api/jobs/{job_id}/artifacts/{name}", f"/api/jobs/{job_id}/artifacts/page.html?step={quote(name)}"):
        reply = server.get(path)
        assert reply.status in (400, 404), reply
        assert b"root:" not in reply.body


@pytest.mark.parametrize(
    "step", ["..%2f..%2fetc", "%00", "_server%00", "..", "%2fetc%2fpasswd", "a%0d%0ab", "%ff", "★"]
)
def test_a_step_is_found_by_its_name_and_by_no_path(server: Running, job_id: str, step: str) -> None:
    for end in ("logs", "retry", "skip"):
        method = "GET" if end == "logs" else "POST"
        path = f"/api/jobs/{job_id}/steps/{quote(step, safe='%')}/{end}"
        assert server.request(method, path).status in (400, 404), path


@pytest.mark.parametrize("name", ["..%2f..", "%00", "a%0d%0aSet-Cookie:%20x=1", "%ff", "..", "x" * 5000])
def test_workspaces_tasks_and_webhooks_are_found_by_their_names(server: Running, name: str) -> None:
    for path in (
        f"/api/workspaces/{name}",
        f"/api/workspaces/{name}/tasks",
        f"/api/workspaces/default/tasks/{name}",
        f"/api/workspaces/default/triggers/{name}",
        f"/hooks/{name}",
        f"/hooks/default/{name}",
        f"/api/jobs/{name}",
    ):
        reply = server.get(path)
        assert reply.status in (400, 404), reply
        assert reply.headers["Set-Cookie"] is None


@pytest.mark.parametrize("name", ["page.html", "picture.svg"])
def test_a_page_that_a_step_left_is_saved_and_never_shown(server: Running, job_id: str, name: str) -> None:
    reply = server.get(f"/api/jobs/{job_id}/artifacts/{name}")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert reply.headers["Content-Disposition"].startswith("attachment; ")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]


def test_names_of_files_become_no_headers(server: Running, job_id: str) -> None:
    listed = [one["name"] for one in server.get(f"/api/jobs/{job_id}/artifacts").json]
    assert {"page.html", "deep/file.txt", 'a"b;c.txt'} <= set(listed)
    for name in listed:
        reply = server.get(f"/api/jobs/{job_id}/artifacts/{quote(name)}")
        assert reply.status == 200
        assert reply.headers["Set-Cookie"] is None
        assert '"' not in reply.headers["Content-Disposition"]


def test_markup_in_a_log_is_text(server: Running, job_id: str) -> None:
    for accepted in ("*/*", "text/plain", "text/html", "application/x-ndjson"):
        reply = server.get(f"/api/jobs/{job_id}/logs", {"Accept": accepted})
        assert PAGE.encode() in reply.body
        assert reply.headers.get_content_type() in ("application/json", "text/plain", "application/x-ndjson")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["X-Injected"] is None


@pytest.mark.parametrize("given", ["a\nX-Injected: 1", "a%0d%0aX-Injected:%201", "<script>", "x" * 300, "é", "a\tb"])
def test_request_ids_that_are_none_are_not_repeated(server: Running, given: str) -> None:
    sent = get("/healthz", f"X-Request-ID: {given}".encode().decode("latin-1"))
    (answer,) = attack(server, sent)
    assert answer.header("X-Injected") is None
    assert "script" not in repr(answer)
    assert answer.status == 400 or len(answer.header("X-Request-ID") or "") == 16


@pytest.mark.parametrize("value", ["%0d%0aSet-Cookie:%20x=1", "%0aX-Injected:1", "%00", "<script>"])
def test_line_breaks_in_a_query_reach_no_header(server: Running, value: str, job_id: str) -> None:
    for path in (
        "/api/jobs?limit=1&search={}",
        "/api/jobs?limit=1&label=a:{}",
        "/api/jobs?cursor={}",
        "/api/jobs?status={}",
    ):
        reply = server.get(path.format(value))
        assert reply.status in (200, 400)
        assert reply.headers["Set-Cookie"] is None
        assert reply.headers["X-Injected"] is None
        assert reply.headers.get_content_type() == "application/json"


def test_markup_in_an_error_stays_in_its_json(server: Running) -> None:
    for path in (f"/api/{PAGE}", f"/api/jobs/{PAGE}", f"/api/workspaces/{PAGE}", f"/hooks/{PAGE}"):
        reply = server.get(path.replace(" ", "%20"))
        assert reply.headers.get_content_type() == "application/json"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"

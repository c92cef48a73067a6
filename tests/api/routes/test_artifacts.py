"""Artifacts by HTTP: saved, never shown, and nothing beside them."""

from __future__ import annotations

import hashlib

import pytest

PAGE = "<script>alert(1)</script>"
DEFINITIONS = f"""
tasks:
  left:
    flow:
      one:
        type: shell
        cmd: |
          mkdir -p "$GITFLOW_ARTIFACTS/deep"
          printf '{PAGE}' > "$GITFLOW_ARTIFACTS/deep/page.html"
          printf same > "$GITFLOW_ARTIFACTS/both"
      two: {{type: shell, cmd: 'printf other > "$GITFLOW_ARTIFACTS/both"', depends_on: [one]}}
"""


@pytest.fixture
def left(serve):
    running = serve(DEFINITIONS)
    job_id = running.execute("left")
    running.finished(job_id)
    return running, f"/api/jobs/{job_id}/artifacts"


def test_they_are_listed_and_downloaded(left):
    server, url = left
    listed = {(one["step"], one["name"]): one for one in server.get(url).json}
    assert set(listed) == {("one", "deep/page.html"), ("one", "both"), ("two", "both")}
    page = server.get(f"{url}/deep/page.html")
    assert page.body.decode() == PAGE
    assert hashlib.sha256(page.body).hexdigest() == listed["one", "deep/page.html"]["sha256"]
    assert server.get(f"{url}/deep/page.html", {"If-None-Match": page.headers["ETag"]}).status == 304
    assert server.request("HEAD", f"{url}/deep/page.html").headers["Content-Length"] == str(len(PAGE))


def test_a_page_that_a_step_wrote_is_never_shown(left):
    server, url = left
    headers = server.get(f"{url}/deep/page.html").headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''page.html"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


def test_where_two_steps_left_one_name_the_step_is_asked_for(left):
    server, url = left
    assert server.get(f"{url}/both").status == 400
    assert server.get(f"{url}/both?step=two").body == b"other"
    assert server.get(f"{url}/both?step=two&attempt=2").status == 404


@pytest.mark.parametrize(
    "name",
    [
        "../../gitflow.db",
        "..%2f..%2fgitflow.db",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "deep",
        "deep/",
        "both%00",
        "deep/../both",
    ],
)
def test_no_name_leads_out_of_the_artifacts(left, name):
    server, url = left
    assert server.get(f"{url}/{name}?step=one").status == 404

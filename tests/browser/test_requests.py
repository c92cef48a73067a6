"""What a page asks while one only looks: what it shows has changed, or it asks nothing beside the stream."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import Watched
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

DEFINITIONS = """\
tasks:
  hello: {flow: {say: {type: shell, cmd: echo hello}}}
  release:
    flow:
      ask: {type: approval}
      ship: {type: shell, cmd: echo shipped, depends_on: [ask]}
"""


def asked_after(watched: Watched) -> list[str]:
    """Grows with each request of the page from now on."""
    found: list[str] = []
    watched.page.on("request", lambda request: found.append(request.url))
    return found


def open_job(browse: Browse, server: Running) -> tuple[Watched, str]:
    """A page of a job that waits, which has read all that it shows and is connected to the stream."""
    job_id = server.execute("release")
    server.until(job_id, lambda job: job.steps["ask"].status == "suspended")
    watched = browse(to=server)
    watched.open(f"/jobs/{job_id}")
    watched.page.get_by_text("live", exact=True).first.wait_for()
    watched.page.get_by_role("button", name="Approve ask…").first.wait_for()
    return watched, job_id


def test_jobs_of_others_make_the_page_of_a_job_ask_nothing(browse: Browse, serve: Callable[..., Running]) -> None:
    server = serve(DEFINITIONS)
    watched, job_id = open_job(browse, server)
    asked = asked_after(watched)
    server.finished(server.execute("hello"))
    # The records come in order: once its own change is shown, the page has had those of the other job.
    server.post(f"/api/jobs/{job_id}/steps/ask/approve", {"approved": True})
    watched.page.locator("header").get_by_text("Completed", exact=True).first.wait_for()
    of_others = ("/stats", "created_before=", "/api/tasks?", "/tasks", "/api/workspaces")
    assert [url for url in asked if any(part in url for part in of_others)] == []
    assert [url for url in asked if f"/api/jobs/{job_id}" in url]
    watched.hold_clean()


def test_what_a_job_may_do_and_why_is_asked_once_for_each_of_its_versions(
    browse: Browse, serve: Callable[..., Running]
) -> None:
    server = serve(DEFINITIONS)
    watched, job_id = open_job(browse, server)
    asked = asked_after(watched)
    page = watched.page
    with (
        page.expect_response(lambda it: it.url.endswith("explain")),
        page.expect_response(lambda it: "operations" in it.url),
    ):
        server.post(f"/api/jobs/{job_id}/cancel")
    page.locator("header").get_by_text("Cancelled", exact=True).first.wait_for()
    read = [url for url in asked if url.endswith(f"/api/jobs/{job_id}")]
    for part in ("explain", "operations"):
        assert 0 < len([url for url in asked if url.endswith(part)]) <= len(read)
    watched.hold_clean()

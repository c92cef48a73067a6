"""The panel of a job that shows it as each API of the server does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import Watched
from playwright.sync_api import expect
from running import DEFINITIONS, Running

pytestmark = pytest.mark.browser("chromium")

DIALECTS = ["workflow_runs", "cloudflare", "komand", "activeworkflow"]


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS, {"dialects": DIALECTS})


def test_a_job_is_shown_as_each_served_api_calls_it(browse: Callable[..., Watched], server: Running):
    job = server.execute("hello-world")
    server.finished(job)
    watched = browse()
    page = watched.page
    watched.open(f"/jobs/{job}", "[role=log]")
    page.keyboard.press("Alt+KeyA")
    panel = page.get_by_role("dialog", name="This job in each API")
    panel.get_by_role("region", name="Cloudflare Workflows").get_by_text("complete", exact=True).wait_for()
    statuses = {
        "gitflow": "completed",
        "Workflow runs": "completed",
        "Cloudflare Workflows": "complete",
        "Komand": "succeeded",
    }
    for name, status in statuses.items():
        expect(panel.get_by_role("region", name=name).locator("h3 code")).to_have_text(status)
    panel.get_by_text(f"/v2/jobs/{job}").first.wait_for()
    panel.get_by_role("region", name="Komand").get_by_text("Its answer").click()
    assert watched.axe() == []
    watched.hold_clean()


def test_an_api_that_is_not_served_is_not_in_the_panel(browse: Callable[..., Watched], serve: Callable[..., Running]):
    alone = serve(DEFINITIONS, {"dialects": ["komand"]})
    job = alone.execute("hello-world")
    alone.finished(job)
    watched = browse(to=alone)
    watched.open(f"/jobs/{job}", "[role=log]")
    watched.page.get_by_role("button", name="More operations on this job").click()
    watched.page.get_by_role("menuitem", name="Show job in each API").click()
    panel = watched.page.get_by_role("dialog", name="This job in each API")
    panel.get_by_text("succeeded", exact=True).wait_for()
    shown = panel.get_by_role("region")
    expect(shown).to_have_count(2)
    assert [each.get_attribute("aria-label") for each in shown.all()] == ["gitflow", "Komand"]
    watched.hold_clean()

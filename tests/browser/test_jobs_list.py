"""The list of jobs: bulk operations on what is selected, the comparison of two jobs, and typed filters."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from browsing import Watched
from playwright.sync_api import expect
from running import DEFINITIONS, Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS)


def _select_all(page: Any, count: int) -> None:
    boxes = page.get_by_role("checkbox", name="Select this row")
    expect(boxes).to_have_count(count)
    for box in boxes.all():
        box.check()


def test_what_is_selected_is_cancelled_with_a_reason_and_what_refuses_is_named_beforehand(
    browse: Browse, server: Running
):
    ended, open_jobs = server.execute("hello-world"), [server.execute("waiting") for _ in range(2)]
    server.finished(ended)
    watched = browse()
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    _select_all(page, 3)
    page.get_by_role("button", name="Cancel 3 jobs…").click()
    dialog = page.get_by_role("dialog", name="Cancel 3 jobs")
    dialog.get_by_text("3 jobs are meant, of which 1 will refuse.").wait_for()
    assert watched.axe() == []
    dialog.get_by_label("Reason").fill("the event never comes")
    dialog.get_by_label("Reason").press("Control+Enter")
    outcome = page.get_by_role("dialog", name="2 jobs cancelled, 1 refused")
    outcome.wait_for()
    each = outcome.get_by_role("list", name="What came of each").get_by_role("listitem")
    expect(each).to_have_text([re.compile("(?<!cancelled)$"), re.compile("cancelled$"), re.compile("cancelled$")])
    for job in open_jobs:
        assert server.finished(job)["status"] == "cancelled"
    watched.hold_clean()


def test_jobs_are_deleted_only_once_their_number_is_typed(browse: Browse, server: Running):
    server.finished(server.execute("hello-world"))
    watched = browse()
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    page.get_by_role("checkbox", name="Select this row").check()
    page.get_by_role("button", name="Delete 1 job…").click()
    button = page.get_by_role("dialog").get_by_role("button", name="Delete 1 job")
    expect(button).to_be_disabled()
    page.get_by_label("Type delete 1 job to go on").fill("delete 1 job")
    button.click()
    page.get_by_text("No job has run yet.").wait_for()
    watched.hold_clean()


def test_two_jobs_are_compared_under_an_address_of_their_own(browse: Browse, server: Running):
    for name in ("Ada", "Grace"):
        server.finished(server.execute("hello-world", {"name": name}))
    watched = browse()
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    _select_all(page, 2)
    page.get_by_role("button", name="Compare jobs").click()
    page.wait_for_url("**/jobs?compare=*&compare=*")
    page.reload()
    sheet = page.get_by_role("dialog", name="Compare two jobs")
    sheet.get_by_text('name: "Ada" → "Grace"').wait_for()
    assert watched.axe() == []
    watched.hold_clean()


def test_a_typed_filter_is_in_the_address(browse: Browse, server: Running):
    server.finished(server.execute("hello-world", labels={"team": "blue"}))
    server.finished(server.execute("failing"))
    watched = browse()
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Longer than").fill("soon")
    page.get_by_text("It cannot be read: see the hint.").wait_for()
    page.get_by_label("Longer than").fill("0")
    page.get_by_label("Label").fill("team=blue")
    page.get_by_role("button", name="Show jobs").click()
    page.wait_for_url("**/jobs?label=team%3Dblue&over=0")
    page.get_by_role("link", name="failing").wait_for(state="detached")
    expect(page.locator("[role=row] a")).to_have_text(["hello-world"])
    watched.hold_clean()


def test_the_row_of_a_job_that_ends_lights_up_once_and_no_other(browse: Browse, server: Running):
    ended, goes_on = (server.execute("waiting") for _ in range(2))
    watched = browse()
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    page.emulate_media(reduced_motion="no-preference")
    expect(page.locator("[data-clickable]")).to_have_count(2)
    page.evaluate(
        """() => {
            const lit = [];
            document.addEventListener("animationstart", (event) => {
                if (event.animationName === "pulse") lit.push(event.target.querySelector("a[href]").href);
                document.documentElement.dataset.lit = lit.join(" ");
            });
        }"""
    )
    server.post(f"/api/jobs/{ended}/cancel", {})
    expect(page.locator("html")).to_have_attribute("data-lit", re.compile(ended))
    expect(page.locator(".pulse-once")).to_have_count(0)
    [lit] = (page.locator("html").get_attribute("data-lit") or "").split()
    assert goes_on not in lit
    watched.hold_clean()

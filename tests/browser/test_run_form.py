"""The form that runs a task: filled in by its address, with labels, a priority and a revision."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import IS_AT_REST, Watched
from filled import Jobs
from playwright.sync_api import expect
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]
Filled = tuple[Running, Jobs]


def test_a_link_fills_the_form_in_and_the_job_has_what_it_says(browse: Browse, filled: Filled):
    running, _ = filled
    watched = browse(to=running)
    watched.open("/tasks?run=default/hello-world&input.name=Grace&label.team=blue&priority=3", "form li")
    page = watched.page
    expect(page.get_by_label("name string")).to_have_value("Grace")
    page.get_by_text("--label team=blue --priority 3").wait_for()
    page.get_by_role("button", name="Run and follow").click()
    page.wait_for_url(re.compile("/jobs/[0-9a-f-]{36}$"))
    job = running.finished(page.url[-36:])
    assert (job["input"], job["labels"], job["priority"]) == ({"name": "Grace"}, {"team": "blue"}, 3)
    watched.hold_clean()


def test_the_dry_run_is_a_graph_and_a_revision_that_is_not_there_is_said_at_its_field(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/tasks?run=default/release&input.version=1.5.0", "form li")
    page = watched.page
    graph = page.get_by_role("group", name="Graph of the steps")
    graph.get_by_text("announce").wait_for()
    watched.until(IS_AT_REST)
    graph.get_by_text("build").click()
    page.locator("li.bg-selected").filter(has_text="build").wait_for()
    for _ in ("test", "confirm", "ship", "announce"):  # a click on what is beyond the frame would be undone
        page.keyboard.press("ArrowRight")
    page.locator("li.bg-selected").filter(has_text="announce").wait_for()
    assert watched.axe() == []
    watched.open("/tasks?run=shop/deploy", "form li")
    page.get_by_label("Revision").fill("no-such-branch")
    page.get_by_role("alert").get_by_text("no-such-branch").wait_for()
    page.get_by_label("Revision").fill("")
    page.get_by_role("button", name="Run and follow").click()
    page.wait_for_url(re.compile("/jobs/[0-9a-f-]{36}$"))
    # The console names the answers about the branch; nothing else went wrong.
    assert [error for error in watched.errors if "Failed to load resource" not in error] == []
    assert watched.refused() == []


def test_labels_that_cannot_be_read_are_marked_and_closing_clears_the_address(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/tasks?run=default/hello-world&input.name=Grace", "form li")
    page = watched.page
    page.get_by_label("Labels").fill("team")
    page.get_by_role("alert").get_by_text("name=value").wait_for()
    assert watched.axe() == []
    page.get_by_role("button", name="Close form").click()
    page.wait_for_url("**/tasks")
    watched.hold_clean()

"""A server that has nothing yet: each page says in a line what is not there, and what would fill it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import WIDTHS, Watched
from playwright.sync_api import expect
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

#: What each page says, and what it offers: a command, a piece of a definition, or the name of a link or a button.
EMPTY = {
    "/": ("No workspace has a task yet", "gitflow init"),
    "/jobs": ("No workspace has a task yet", "gitflow init"),
    "/tasks": ("No workspace has a task yet", "gitflow init"),
    "/triggers": ("No trigger is defined", "triggers: {nightly: {type: scheduler"),
    "/approvals": ("No job waits for a decision", "type: approval"),
    "/git/default": ("0 tasks, 0 actions, 0 triggers", "Jobs of this revision"),
    "/queue": ("No job holds a place of a group", "concurrency"),
    "/secrets": ("It has none", "connections"),
    "/people": ("Nobody has an account", "gitflow user add"),
    "/keys": ("This server is open", "provider_type: internal"),
    "/audit": ("Nothing has been changed on this server yet", "Export NDJSON"),
}
#: The same where the reason is a filter that nothing fits: not how the first one is made, but how to see all.
FILTERED = {
    "/jobs?status=failed": "No job fits these filters.",
    "/triggers?state=suspended": "No trigger fits these filters.",
    "/tasks?q=nothing-like-it": "No task fits these filters.",
}


@pytest.mark.parametrize("width", WIDTHS)
def test_each_page_of_an_empty_server_says_what_is_missing_and_what_fills_it(
    browse: Browse, serve: Callable[..., Running], width: str
):
    watched = browse("dark", width, to=serve("{}\n"))
    for path, (says, offers) in EMPTY.items():
        watched.open(path)
        for text in (says, offers):
            watched.page.get_by_role("main").get_by_text(text).first.wait_for()
        assert watched.width() == WIDTHS[width][0], path
    watched.hold_clean()


def test_what_no_filter_fits_offers_to_remove_the_filters(browse: Browse):
    watched = browse()
    for path, says in FILTERED.items():
        watched.open(path)
        watched.page.get_by_text(says).wait_for()
        watched.page.get_by_role("button", name="Remove the filters").click()
        watched.page.get_by_text(says).wait_for(state="detached")
        expect(watched.page.get_by_role("button", name="Remove the filters")).to_have_count(0)
    watched.hold_clean()


def test_the_overview_begins_with_the_first_run_until_there_was_one(browse: Browse):
    watched = browse()
    watched.open("/")
    page = watched.page
    page.get_by_text("No job began in the last 24 hours.").wait_for()
    page.get_by_role("link", name="Run first task…").click()
    page.get_by_role("dialog", name="Run hello-world").get_by_role("button", name="Run task").click()
    page.get_by_role("link", name="Run first task…").wait_for(state="detached")
    page.get_by_role("link", name=re.compile("^Completed.*1 completed$|^1 completed$")).wait_for()
    watched.hold_clean()

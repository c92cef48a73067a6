"""The page of the triggers in a real browser: the list, the week, and the acts on a trigger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import THEMES, Watched
from playwright.sync_api import expect
from running import DEFINITIONS, Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

#: Fires each quarter of an hour, and once a night.
OFTEN = """\
tasks:
  hello-world:
    flow: {say: {type: shell, cmd: echo hello}}
triggers:
  quarters: {type: scheduler, cron: "0 */15 * * * *", task: hello-world, enabled: true}
  nightly: {type: scheduler, cron: "0 0 2 * * *", timezone: UTC, task: hello-world, enabled: true}
"""


@pytest.fixture
def nightly(serve: Callable[..., Running]) -> Running:
    """Serves a schedule that fires each night."""
    return serve(DEFINITIONS)


def test_a_trigger_is_fired_with_input_and_suspended_with_a_reason(browse: Browse, nightly: Running):
    watched = browse(to=nightly)
    watched.open("/triggers", "[role=row][data-cursor]")
    page = watched.page
    page.locator("[role=row][data-cursor]").first.press("Enter")
    page.get_by_role("button", name="Fire now…").click()
    given = page.get_by_role("textbox", name="Input")
    given.fill('{"name": "Ada"}')
    given.press("Control+Enter")
    page.get_by_role("link", name="open its job").wait_for()
    page.get_by_role("button", name="Close").last.click()
    page.get_by_role("button", name="Suspend trigger…").click()
    page.get_by_label("Reason").fill("the mail server moves")
    page.get_by_label("Reason").press("Control+Enter")
    page.get_by_text("the mail server moves").first.wait_for()
    assert nightly.get("/api/jobs").json[0]["task_name"] == "hello-world"
    watched.hold_clean()


def test_a_backfill_shows_its_times_before_it_starts_jobs(browse: Browse, nightly: Running):
    watched = browse(to=nightly)
    watched.open("/triggers?open=default/nightly", "[role=dialog] h3")
    page = watched.page
    page.get_by_role("button", name="Backfill…").click()
    page.get_by_label("From").fill("2026-01-01")
    page.get_by_label("To", exact=True).fill("2026-01-03")
    page.get_by_role("button", name="Show times").click()
    page.get_by_text("2 jobs would run").wait_for()
    assert nightly.get("/api/jobs").json == []
    page.get_by_role("button", name="Start 2 jobs").click()
    page.get_by_text("2 jobs will run.").first.wait_for()
    watched.hold_clean()


def test_the_week_has_each_day_with_what_fires_and_a_click_opens_the_trigger(browse: Browse, serve):
    running = serve(OFTEN)
    watched = browse(to=running, timezone_id="Asia/Kolkata")  # each of its days has 24 hours
    watched.open("/triggers?view=week", "main ol > li")
    page = watched.page
    week = page.get_by_role("list", name="The next seven days")
    expect(week.locator("> li")).to_have_count(7)
    tomorrow = week.locator("> li").nth(1)
    expect(tomorrow.get_by_role("button", name="quarters")).to_contain_text(", 96 times")
    tomorrow.get_by_role("button", name="nightly").click()
    page.wait_for_url("**open=default%2Fnightly**")
    page.get_by_role("dialog", name="nightly").get_by_text("UTC").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_axe_finds_nothing_on_the_triggers(browse: Browse, nightly: Running, theme: str, width: str):
    watched = browse(theme, width, to=nightly)
    for path, ready in (
        ("/triggers", "[role=row][data-cursor]"),
        ("/triggers?view=week", "main li button"),
        ("/triggers?open=default/nightly", "[role=dialog] h3"),
    ):
        watched.open(path, ready)
        assert watched.axe() == [], path
    watched.hold_clean()

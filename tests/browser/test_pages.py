"""The pages in a real browser, on a real server: they load, break no rule, and run the first flow."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import THEMES, WIDTHS, Watched
from playwright.sync_api import expect
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

#: Every page of the rail, and its heading.
PAGES = {
    "/": "Overview",
    "/jobs": "Jobs",
    "/tasks": "Tasks",
    "/triggers": "Triggers",
    "/approvals": "Approvals",
    "/git": "Git",
    "/queue": "Queue & workers",
    "/secrets": "Secrets & connections",
    "/people": "People",
    "/keys": "Keys",
    "/audit": "Audit",
    "/settings": "Settings",
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_of_the_rail_has_its_heading_and_no_error(browse: Browse, path: str):
    watched = browse()
    watched.open(path)
    expect(watched.page.locator("h1")).to_have_text([PAGES[path]])
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(browse: Browse, server: Running, theme: str, width: str):
    job_id = server.execute()
    server.finished(job_id)
    watched = browse(theme, width)
    for path, ready in (
        ("/", "h1"),
        ("/jobs", "[role=row] a"),
        (f"/jobs/{job_id}", "[role=log]"),
        (f"/jobs/{job_id}?tab=why", "[role=tabpanel][data-state=active]"),
        ("/jobs?run=default/hello-world", "form li"),
        ("/no/such/page", "h1"),
    ):
        watched.open(path, ready)
        assert watched.axe() == [], path
    watched.hold_clean()


def test_the_form_runs_the_first_flow_and_follows_it_to_its_end(browse: Browse):
    watched = browse()
    watched.open("/jobs?run=default/hello-world", "form li")
    page = watched.page
    page.get_by_label("name string").fill("Ada")
    page.get_by_label("Revision").press("Control+Enter")
    page.wait_for_url(re.compile("/jobs/[0-9a-f-]{36}$"))
    page.locator("main header").first.get_by_text("Completed", exact=True).wait_for()
    page.get_by_role("option", name="say-hello").click()
    page.get_by_role("log").get_by_text("Hello Ada").wait_for()
    page.get_by_role("tab", name="Why").click()
    page.get_by_role("tabpanel").get_by_text("completed").first.wait_for()
    watched.hold_clean()


def test_a_filter_is_in_the_address_and_comes_from_it(browse: Browse, server: Running):
    server.finished(server.execute())
    watched = browse()
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    page.get_by_role("button", name="Status", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Failed").click()
    page.wait_for_url("**/jobs?status=failed")
    page.get_by_text("No job fits these filters.").wait_for()
    page.reload()
    page.get_by_role("button", name="Remove the filter Status: Failed").click()
    page.locator("[role=row] a").first.wait_for()
    watched.hold_clean()


def test_every_overlay_opens_within_the_policy(browse: Browse, server: Running):
    watched = browse()
    watched.open("/jobs")
    page = watched.page
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_text("Run hello-world").click()
    page.get_by_role("dialog", name="Run hello-world").locator("form li").first.wait_for()
    page.get_by_role("button", name="Close", exact=True).hover()
    page.get_by_role("tooltip").first.wait_for()
    page.keyboard.press("Escape")
    if page.get_by_role("dialog").count():  # the first Escape may have closed the tooltip alone
        page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menu").wait_for()
    page.keyboard.press("Escape")
    watched.hold_clean()


def test_the_keyboard_goes_to_a_page_and_through_its_rows(browse: Browse, server: Running):
    first, second = server.execute(), server.execute()
    server.finished(first)
    server.finished(second)
    watched = browse()
    watched.open("/")
    page = watched.page
    page.keyboard.press("g")
    page.keyboard.press("j")
    page.locator("[role=row] a").nth(1).wait_for()
    page.locator("[data-cursor=true]").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/jobs/{first}")
    watched.hold_clean()


def test_without_an_account_one_signs_in_first_and_then_sees_the_page_one_wanted(browse: Browse, serve):
    user = {"email": "ada@example.com", "password": "a long password"}
    running = serve(settings={"auth": {"providers": {"internal": {"provider_type": "internal"}}, "initial_user": user}})
    watched = browse(to=running)
    watched.open("/jobs?status=failed", "form")
    page = watched.page
    assert watched.axe() == []
    page.get_by_label("Email").fill(user["email"])
    page.get_by_label("Password").fill("a wrong password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").get_by_text("Invalid email or password").wait_for()
    page.get_by_label("Password").fill(user["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/jobs?status=failed")
    page.locator("h1").get_by_text("Jobs").wait_for()
    assert watched.refused() == []


def test_when_the_server_is_gone_the_last_data_stays_and_comes_back_by_itself(browse: Browse, server: Running):
    server.finished(server.execute())
    watched = browse()
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    page.context.set_offline(True)
    page.get_by_role("searchbox").fill("hello")
    page.get_by_text("The server cannot be reached.").wait_for()
    page.get_by_role("searchbox").fill("")
    page.locator("[role=row] a").first.wait_for()
    page.context.set_offline(False)
    page.get_by_text("The server cannot be reached.").wait_for(state="detached")

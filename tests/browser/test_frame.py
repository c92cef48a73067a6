"""What is around every page: the revision chip, the shortcuts, and rows that do not move under the pointer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import Watched
from filled import Jobs
from playwright.sync_api import expect
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]
Filled = tuple[Running, Jobs]

ICON = "document.querySelector('link[rel=icon]').href"


def test_the_chip_warns_of_a_newer_revision_that_was_refused(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/jobs?workspace=shop")
    page = watched.page
    page.get_by_role("button", name=re.compile("A newer revision was refused.*shop")).click()
    page.get_by_role("menu").get_by_text("was refused: 1 problem").wait_for()
    page.get_by_role("menuitemradio").or_(page.get_by_role("menuitemcheckbox")).filter(has_text="default").click()
    page.wait_for_url("**/jobs?workspace=default")
    page.get_by_role("button", name="A newer revision was refused").wait_for(state="detached")
    watched.hold_clean()


def test_the_workspace_is_switched_on_a_narrow_screen_too(browse: Browse, filled: Filled):
    watched = browse("light", "narrow", filled[0])
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    page.get_by_text("error: order 41 has no customer (orders.csv:41)").first.wait_for()
    page.get_by_role("button", name="Workspace All workspaces").click()
    page.get_by_role("menuitemradio").or_(page.get_by_role("menuitemcheckbox")).filter(has_text="shop").click()
    page.wait_for_url("**/jobs?workspace=shop")
    page.get_by_role("button", name=re.compile("A newer revision was refused.*shop")).wait_for()
    assert watched.width() == 390
    watched.hold_clean()


def test_shortcuts_of_single_keys_can_be_switched_off_and_stay_so(browse: Browse, server: Running):
    watched = browse()
    watched.open("/jobs")
    page = watched.page
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Shortcuts of single keys").uncheck()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.reload()
    page.locator("h1").first.wait_for()
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.keyboard.press("Control+k")  # with a modifier: it works as before
    page.get_by_role("dialog", name="Go to or do").wait_for()
    assert page.url.endswith("/jobs")
    watched.hold_clean()


def test_rows_are_compact_or_comfortable_as_one_has_chosen(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    height = "document.querySelector('[role=row][data-cursor]').getBoundingClientRect().height"
    assert page.evaluate(height) == 32
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Show comfortable rows").click()
    watched.until(f"{height} === 40")
    watched.open("/tasks", "[role=row] a")
    assert page.evaluate(height) == 40
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Show compact rows").click()
    watched.until(f"{height} === 32")
    watched.hold_clean()


def test_new_jobs_wait_above_while_one_reads_further_down(browse: Browse, filled: Filled):
    running, _ = filled
    watched = browse(to=running, viewport={"width": 1024, "height": 360})
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    first = page.locator("[role=row] a").first.get_attribute("href")
    page.get_by_role("grid").hover()
    page.mouse.wheel(0, 120)
    watched.until("document.querySelector('[role=grid]').parentElement.scrollTop > 0")
    job_id = running.execute("flaky", {"ok": True})
    page.get_by_role("button", name=re.compile(r"^\d+ new$")).wait_for()
    assert page.locator("[role=row] a").first.get_attribute("href") == first
    page.get_by_role("button", name=re.compile(r"^\d+ new$")).click()
    page.locator(f"[role=row] a[href='/jobs/{job_id}']").wait_for()
    running.finished(job_id)
    watched.hold_clean()


def test_the_tab_names_the_page_counts_what_waits_and_shows_how_a_job_stands(browse: Browse, filled: Filled):
    running, jobs = filled
    watched = browse(to=running)
    page = watched.page
    watched.open("/jobs")
    watched.until("document.title === '(2) Jobs · gitflow'")
    icons = [page.evaluate(ICON)]
    for job, title in (
        (jobs.failed, "✕ Failed: import-orders · gitflow"),
        (jobs.completed, "✓ Completed: hello-world · gitflow"),
        (jobs.running, "◐ Running: watch · gitflow"),
        (jobs.approvals[0], "⧗ Waiting: Release the shop 🚀 · gitflow"),
    ):
        watched.open(f"/jobs/{job}")
        watched.until(f"document.title === {title!r}")
        icons.append(page.evaluate(ICON))
    assert len(set(icons)) == len(icons)
    running.post(f"/api/jobs/{jobs.running}/cancel", {})
    watched.open(f"/jobs/{jobs.running}")
    watched.until("document.title === '⊘ Cancelled: watch · gitflow'")
    watched.hold_clean()


def test_the_palette_offers_first_what_can_be_done_with_what_is_shown(browse: Browse, filled: Filled):
    running, jobs = filled
    watched = browse(to=running)
    watched.open(f"/jobs/{jobs.failed}", "[role=log]")
    page = watched.page
    page.get_by_role("button", name="Retry from failed…").wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Go to or do").get_by_text("Retry job…").wait_for()
    page.keyboard.type("retry job")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Retry job").get_by_text("2 steps will run, 1 is kept").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    watched.open("/jobs", "[role=row] a")
    page.locator("[data-cursor=true]").focus()
    page.keyboard.press("x")
    page.get_by_role("toolbar", name="Selected jobs").wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Go to or do").get_by_text("Cancel 1 job…").wait_for()
    page.keyboard.type("cancel 1 job")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Cancel 1 job").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Go to or do").wait_for()
    page.keyboard.type("mirror")
    page.get_by_role("group", name="Tasks").get_by_role("option", name=re.compile("^mirror")).click()
    page.wait_for_url("**/tasks/default/mirror")
    page.get_by_role("heading", name="mirror").wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Go to or do").get_by_text("Run mirror").wait_for()
    expect(page.get_by_text("Retry job…")).to_have_count(0)
    watched.hold_clean()

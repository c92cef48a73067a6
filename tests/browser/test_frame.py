"""What is around every page: the revision chip, the shortcuts, and rows that do not move under the pointer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import Watched
from filled import Jobs
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]
Filled = tuple[Running, Jobs]


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

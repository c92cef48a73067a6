"""The list of tasks, and the page of one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import THEMES, WIDTHS, Watched
from filled import Jobs
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]
Filled = tuple[Running, Jobs]


def rows(watched: Watched) -> list[str]:
    return watched.page.locator("[role=row] [role=gridcell]:first-child a").all_inner_texts()


def test_a_folder_and_a_filter_leave_what_belongs_to_them_and_are_in_the_address(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/tasks", "[role=row] a")
    page = watched.page
    page.get_by_role("navigation", name="Folders").get_by_text("shop", exact=True).click()
    page.wait_for_url("**/tasks?folder=shop")
    page.get_by_role("button", name="Failing").click()
    page.wait_for_url("**/tasks?folder=shop&only=failing")
    assert sorted(rows(watched)) == ["flaky", "import-orders"]
    page.get_by_role("link", name="Run import-orders").click()
    page.get_by_role("dialog", name="Run import-orders").wait_for()
    watched.hold_clean()


def test_a_task_says_how_its_jobs_went_and_a_click_opens_one(browse: Browse, filled: Filled):
    running, jobs = filled
    watched = browse(to=running)
    watched.open("/tasks?q=import", "[role=row] a")
    strip = watched.page.get_by_role("group", name="Last jobs of import-orders")
    strip.get_by_role("link", name="Failed").click()
    watched.page.wait_for_url(f"**/jobs/{jobs.failed}*")
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(browse: Browse, filled: Filled, theme: str, width: str):
    watched = browse(theme, width, filled[0])
    watched.open("/tasks", "[role=row] a")
    assert watched.axe() == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") == WIDTHS[width][0]
    watched.hold_clean()

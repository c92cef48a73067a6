"""The files of a workspace at any revision."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import THEMES, WIDTHS, Watched
from filled import Jobs
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]
Filled = tuple[Running, Jobs]


def test_a_file_is_read_at_the_active_and_at_another_revision(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/git/shop")
    page = watched.page
    page.get_by_role("main").get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("heading", name="Files of shop").wait_for()
    text = page.get_by_role("region", name=".workflows/shop.yaml")
    text.get_by_text("echo building -j8").wait_for()
    first = filled[0].get("/api/workspaces/shop/tasks/deploy/versions").json[-1]["revision"]
    page.get_by_label("Show at revision").fill(first)
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(f"**at={first}**")
    text.get_by_text('"echo building"').wait_for()
    page.get_by_role("searchbox").fill("nothing like this")
    page.get_by_text("No path has these words.").wait_for()
    watched.hold_clean()


def test_the_definition_of_a_task_leads_to_its_line_of_the_file(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/tasks/shop/deploy?tab=definition", "[role=tabpanel] a")
    page = watched.page
    page.get_by_role("tabpanel").get_by_role("link", name=".workflows/shop.yaml:2").click()
    page.get_by_role("heading", name=".workflows/shop.yaml:2").wait_for()
    page.get_by_role("region", name=".workflows/shop.yaml").locator(".bg-selected").get_by_text("deploy").wait_for()
    watched.hold_clean()


def test_a_revision_that_does_not_exist_is_an_error_with_the_way_back(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/git/shop/files?at=no-such-branch", "[role=alert]")
    page = watched.page
    page.get_by_label("Show at revision").fill("")
    page.get_by_role("region", name=".workflows/shop.yaml").wait_for()


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(browse: Browse, filled: Filled, theme: str):
    for width in WIDTHS:
        watched = browse(theme, width, filled[0])
        watched.open("/git/shop/files", "[role=region]")
        assert watched.axe() == []
        assert watched.width() == WIDTHS[width][0]
        watched.hold_clean()

"""The list of tasks, and the page of one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import IS_AT_REST, THEMES, WIDTHS, Watched
from filled import Jobs
from playwright.sync_api import expect
from repository import Repository
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]
Filled = tuple[Running, Jobs]


def has_rows(watched: Watched, *names: str) -> None:
    """These tasks and no others are listed, in any order."""
    found = watched.page.locator("[role=row] [role=gridcell]:nth-child(2) a")
    for name in names:
        found.filter(has_text=re.compile(f"^{name}$")).wait_for()
    expect(found).to_have_count(len(names))


def test_a_folder_and_a_filter_leave_what_belongs_to_them_and_are_in_the_address(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/tasks", "[role=row] a")
    page = watched.page
    page.get_by_role("navigation", name="Folders").get_by_text("shop", exact=True).click()
    page.wait_for_url("**/tasks?folder=shop")
    page.get_by_role("button", name="Failing").click()
    page.wait_for_url("**/tasks?folder=shop&only=failing")
    has_rows(watched, "flaky", "import-orders")
    page.get_by_role("link", name="Run import-orders").click()
    page.get_by_role("dialog", name="Run import-orders").wait_for()
    watched.hold_clean()


def test_tasks_with_a_star_and_late_ones_are_filtered_by_the_address(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/tasks", "[role=row] a")
    page = watched.page
    page.get_by_role("button", name="Star mirror").click()
    page.get_by_role("button", name="With a star 1").click()
    page.wait_for_url("**/tasks?only=starred")
    page.reload()
    page.get_by_role("button", name="Star mirror", pressed=True).wait_for()
    has_rows(watched, "mirror")
    page.get_by_role("button", name=re.compile("^Late [12]$")).click()
    page.wait_for_url("**/tasks?only=late")
    page.get_by_role("link", name="mirror", exact=True).wait_for(state="detached")
    page.get_by_role("link", name="watch", exact=True).wait_for()
    assert watched.axe() == []
    watched.hold_clean()


def test_a_task_says_how_its_jobs_went_and_a_click_opens_one(browse: Browse, filled: Filled):
    running, jobs = filled
    watched = browse(to=running)
    watched.open("/tasks?q=import", "[role=row] a")
    strip = watched.page.get_by_role("group", name="Last jobs of import-orders")
    strip.get_by_role("link", name="Failed").last.click()
    watched.page.wait_for_url(f"**/jobs/{jobs.failed}*")
    watched.hold_clean()


def test_a_step_of_the_graph_leads_to_its_lines_of_the_file(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/tasks/default/release", ".react-flow__node")
    page = watched.page
    graph = page.get_by_role("group", name="Graph of the steps")
    expect(graph).to_have_attribute("data-graph", "5")
    watched.until(IS_AT_REST)
    graph.get_by_text("confirm").click()
    expect(page.get_by_role("list", name="Steps").locator("[aria-current]")).to_have_text(re.compile("^confirm"))
    page.get_by_role("region", name=".workflows/a.yaml").get_by_text("confirm").first.wait_for()
    page.get_by_text(".workflows/a.yaml:30").wait_for()
    graph.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**step=ship")
    page.get_by_text(".workflows/a.yaml:38").wait_for()
    watched.hold_clean()


def test_a_task_is_shown_at_a_revision_that_is_chosen_or_typed(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/tasks/shop/deploy?step=build", ".react-flow__node")
    page = watched.page
    lines = page.get_by_role("region", name=".workflows/shop.yaml")
    lines.get_by_text("echo building -j8").wait_for()
    page.get_by_role("button", name="Known commits").click()
    page.get_by_role("menuitemradio").or_(page.get_by_role("menuitemcheckbox")).filter(
        has_text="Deploy the shop"
    ).click()
    page.wait_for_url(re.compile("at=[0-9a-f]{40}"))
    page.get_by_text("not the active revision").wait_for()
    lines.get_by_text('"echo building"').wait_for()
    page.get_by_role("link", name="Run task").click()
    dialog = page.get_by_role("dialog", name="Run deploy")
    [revision] = re.findall("at=([0-9a-f]{40})", page.url)
    expect(dialog.get_by_label("Revision")).to_have_value(revision)
    assert watched.axe() == []
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    field = page.get_by_label("Show at revision")
    field.fill("")
    page.wait_for_url("**/tasks/shop/deploy?step=build")
    lines.get_by_text("echo building -j8").wait_for()
    watched.hold_clean()


def test_the_versions_say_what_each_commit_changed(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/tasks/shop/deploy?tab=versions", "main ol li")
    page = watched.page
    page.get_by_text("Build faster").first.wait_for()
    page.get_by_text("step build: cmd changed").wait_for()
    page.get_by_role("link", name="Run at this version").first.click()
    page.get_by_role("dialog", name="Run deploy").wait_for()
    watched.hold_clean()


def test_the_triggers_of_a_task_are_suspended_and_go_on(browse: Browse, filled: Filled):
    running, _ = filled
    watched = browse(to=running)
    watched.open("/tasks/default/mirror")
    page = watched.page
    page.get_by_role("button", name="Suspend 1 trigger").click()
    dialog = page.get_by_role("dialog", name="Suspend 1 trigger")
    dialog.get_by_text("night: nothing starts the task by itself").wait_for()
    dialog.get_by_label("Reason").fill("the disks move")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="End 1 suspension").wait_for()
    trigger = running.get("/api/workspaces/default/triggers/night").json
    assert (trigger["suspended"], trigger["suspended_reason"]) == (True, "the disks move")
    page.get_by_role("button", name="End 1 suspension").click()
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Suspend 1 trigger").wait_for()
    assert running.get("/api/workspaces/default/triggers/night").json["suspended"] is False
    watched.hold_clean()


def test_a_job_is_started_for_each_line_of_a_table(browse: Browse, filled: Filled):
    running, _ = filled
    watched = browse(to=running)
    watched.open("/tasks/default/hello-world")
    page = watched.page
    page.get_by_role("button", name="Run many").click()
    dialog = page.get_by_role("dialog", name="Run hello-world many times")
    inputs = dialog.get_by_label("Inputs")
    inputs.fill("nam\nAda")
    dialog.get_by_text("Line 1: nam: the task has no such field").wait_for()
    expect(dialog.get_by_role("button", name="Run jobs")).to_be_disabled()
    inputs.fill("name\nBo\nGrace")
    dialog.get_by_text("2 jobs will be started.").wait_for()
    assert watched.axe() == []
    page.keyboard.press("Control+Enter")
    dialog.wait_for(state="detached")
    jobs = running.get("/api/jobs?workspace=default&task_name=hello-world").json
    names = {running.get(f"/api/jobs/{job['job_id']}").json["input"]["name"] for job in jobs}
    assert {"Bo", "Grace"} <= names
    watched.hold_clean()


def test_a_commit_that_made_a_task_slower_is_marked_in_its_durations(browse: Browse, serve, tmp_path):
    text = "tasks: {build: {flow: {make: {type: shell, cmd: '%s'}}}}\n"
    repository = Repository(tmp_path / "shop", {"a.yaml": text % "true"})
    watching = {"type": "git", "url": f"file://{repository.folder}", "poll_interval_secs": 3600}
    running = serve(settings={"workspaces": {"default": watching}})
    running.refresh()
    for command in ("true", "exec sleep 2"):
        repository.commit("Build more", {"a.yaml": text % command}) if command != "true" else None
        running.refresh()
        for _ in range(2):
            running.finished(running.execute("build"))
    watched = browse(to=running)
    watched.open("/tasks/default/build?tab=runs", "main table")
    page = watched.page
    chart = page.get_by_role("group", name="Durations of the last jobs")
    expect(chart.get_by_role("link")).to_have_count(4)
    expect(chart.locator("[data-slower]")).to_have_count(1)
    slower = chart.get_by_role("link", name=re.compile("slower: p50 \\+"))
    slower.wait_for()
    page.get_by_role("row", name=re.compile("Build more")).get_by_text(re.compile(r"^\+\d+ %$")).wait_for()
    assert watched.axe() == []
    slower.click()
    page.wait_for_url(re.compile("/jobs/[0-9a-f-]{36}"))
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_each_tab_of_a_task(browse: Browse, filled: Filled, theme: str):
    watched = browse(theme, "wide", filled[0])
    for path in (
        "release",
        "flaky?tab=runs",
        "flaky?tab=versions",
        "import-orders?tab=triggers",
        "release?tab=definition",
    ):
        watched.open(f"/tasks/default/{path}", "[role=tabpanel] > *")
        assert watched.axe() == [], path
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(browse: Browse, filled: Filled, theme: str, width: str):
    watched = browse(theme, width, filled[0])
    watched.open("/tasks", "[role=row] a")
    assert watched.axe() == []
    assert watched.width() == WIDTHS[width][0]
    watched.hold_clean()

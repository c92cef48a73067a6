"""The overview on a server with jobs of every kind: what needs a person, what fails, what runs, what comes next."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import THEMES, WIDTHS, Watched
from filled import Jobs
from playwright.sync_api import expect
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]
Filled = tuple[Running, Jobs]


def band(watched: Watched, name: str):
    return watched.page.get_by_role("region", name=name, exact=True)


def test_each_band_has_what_belongs_into_it(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/")
    for kind in ("Approval", "Refused", "Unreachable", "Suspended", "Late"):
        band(watched, "Needs a person").get_by_text(kind, exact=True).first.wait_for()
    band(watched, "Failing now").get_by_text("error: order 41 has no customer").wait_for()
    band(watched, "Running").get_by_text("waits for approval").first.wait_for()
    band(watched, "Next").get_by_text("hourly").wait_for()
    expect(band(watched, "Next").get_by_text("held")).to_have_count(0)
    watched.hold_clean()


def test_from_a_failed_job_to_its_error_line_is_one_click(browse: Browse, filled: Filled):
    running, jobs = filled
    watched = browse(to=running)
    watched.open("/")
    band(watched, "Failing now").get_by_text("error: order 41 has no customer").click()
    watched.page.wait_for_url(re.compile(f"/jobs/{jobs.failed}"))
    watched.page.get_by_role("log").get_by_text("error: order 41 has no customer").wait_for()
    watched.hold_clean()


def test_a_retry_from_the_overview_starts_a_job(browse: Browse, filled: Filled):
    running, jobs = filled
    watched = browse(to=running)
    watched.open("/")
    band(watched, "Failing now").get_by_role("button", name="Retry import-orders").click()
    watched.page.get_by_role("dialog").get_by_role("button", name="Retry import-orders").click()
    watched.page.get_by_text("import-orders was started again.").first.wait_for()
    retried = running.get(f"/api/jobs?retry_of_job_id={jobs.failed}").json
    assert [job["task_name"] for job in retried] == ["import-orders"]
    watched.hold_clean()


def test_a_job_that_begins_and_ends_shows_without_a_reload(browse: Browse, server: Running):
    watched = browse()
    watched.open("/")
    band(watched, "Running").get_by_text("No job is open.").wait_for()
    server.finished(server.execute())
    watched.page.get_by_role("link", name="1 completed").wait_for()
    watched.hold_clean()


LASTS = """\
tasks:
  copy:
    input: {seconds: {type: string, required: true}}
    flow:
      wait: {type: shell, cmd: "exec sleep {{ input.seconds }}"}
"""


def test_a_running_job_says_when_it_should_end_and_then_by_how_much_it_is_over(browse: Browse, serve):
    running = serve(LASTS)
    running.finished(running.execute("copy", {"seconds": "1"}))
    running.execute("copy", {"seconds": "100000"})
    watched = browse(to=running)
    watched.open("/")
    lane = band(watched, "Running").get_by_role("link", name=re.compile("copy"))
    lane.get_by_text(re.compile(r"^about \d.* left$|over the usual")).wait_for()
    lane.get_by_text(re.compile(r"^\d.* over the usual 1\.\d s$")).wait_for()
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(browse: Browse, filled: Filled, theme: str, width: str):
    watched = browse(theme, width, filled[0])
    watched.open("/", "text=error: order 41")
    assert watched.axe() == []
    assert watched.width() == WIDTHS[width][0]
    watched.hold_clean()

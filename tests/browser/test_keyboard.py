"""The main journeys with the keyboard alone: no test here touches the mouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import Watched
from filled import Jobs
from running import DEFINITIONS, Running
from walking import Keyboard

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]


def test_a_task_is_found_run_with_an_input_and_watched_to_its_end(browse: Browse, serve: Callable[..., Running]):
    watched = browse(to=serve(DEFINITIONS))
    watched.open("/")
    page, keys = watched.page, Keyboard(watched.page)
    keys.press("g")
    keys.press("t")
    page.get_by_role("row", name="hello-world").wait_for()
    keys.press("/")
    keys.type("hello")
    page.get_by_role("row", name="failing").wait_for(state="detached")
    keys.tab_to("hello-world")
    keys.press("Enter")
    page.get_by_role("heading", name="hello-world").wait_for()
    keys.tab_to("Run task")
    keys.press("Enter")
    keys.opens("Run hello-world")
    keys.has_focus("^name")
    keys.press("Escape")
    keys.has_focus("^Run task")  # where one was before the sheet
    keys.press("Enter")
    keys.opens("Run hello-world")
    keys.has_focus("^name")
    keys.type("Ada")
    keys.press("Control+Enter")
    page.wait_for_url(re.compile("/jobs/[0-9a-f-]{36}$"))
    page.locator("main header").first.get_by_text("Completed", exact=True).wait_for()
    keys.press("l")
    page.get_by_role("log").get_by_text("Hello Ada", exact=True).wait_for()
    keys.press("w")
    page.get_by_role("tab", name="Why", selected=True).wait_for()
    watched.hold_clean()


def test_the_log_of_a_failed_step_is_read_and_the_job_is_run_again(browse: Browse, serve: Callable[..., Running]):
    server = serve(DEFINITIONS)
    failed = server.execute("failing")
    server.finished(failed)
    watched = browse(to=server)
    watched.open("/jobs", "[role=row] a")
    page, keys = watched.page, Keyboard(watched.page)
    keys.tab_to("Failed")
    keys.press("Enter")
    page.wait_for_url(f"**/jobs/{failed}")
    page.get_by_role("option", name="break", selected=True).wait_for()
    page.get_by_role("log").get_by_text("no", exact=True).wait_for()
    keys.press("h")
    page.get_by_text("Job failed").wait_for()
    keys.press("t")
    page.get_by_role("listbox", name="Steps").wait_for()
    keys.press("n")
    keys.tab_to("Retry from failed")
    keys.press("Enter")
    keys.opens("Retry")
    keys.press("Escape")
    keys.has_focus("^Retry from failed")
    keys.press("r")
    keys.opens("Retry")
    keys.press("Control+Enter")
    page.get_by_role("dialog").wait_for(state="detached")
    server.finished(failed)
    assert len(server.get("/api/jobs").json) == 2  # the job, and its retry
    watched.hold_clean()


def test_a_job_is_cancelled_with_a_reason_and_a_question_is_answered(browse: Browse, filled: tuple[Running, Jobs]):
    running, jobs = filled
    watched = browse(to=running)
    watched.open(f"/jobs/{jobs.running}", "[role=log]")
    page, keys = watched.page, Keyboard(watched.page)
    page.get_by_role("button", name="More operations on this job").wait_for()
    keys.press(".")
    page.get_by_role("menu").wait_for()
    keys.press("Escape")
    page.get_by_role("menu").wait_for(state="detached")
    keys.has_focus("^More operations on this job")
    keys.tab_to("Cancel job", "Shift+Tab")
    keys.press("Enter")
    keys.opens("Cancel job")
    keys.has_focus("^Reason")
    keys.type("the region moves")
    keys.press("Control+Enter")
    page.locator("main header").first.get_by_text("Cancelled", exact=True).wait_for()
    page.get_by_role("dialog").wait_for(state="detached")
    running.commit()
    [entry] = running.get("/api/audit?what=jobs.cancel").json
    assert entry["details"] == {"reason": "the region moves"}

    keys.press("g")
    keys.press("a")
    page.get_by_role("article").first.wait_for()
    keys.tab_to("window")
    keys.press("Enter")
    page.get_by_role("option", name="tonight").wait_for()
    keys.type("ton")
    keys.has_focus("tonight")
    keys.press("Enter")
    keys.tab_to("Approve")
    keys.press("Enter")
    page.get_by_text("release was approved.", exact=True).wait_for()
    watched.hold_clean()


def test_one_signs_in_and_finds_the_shortcuts(browse: Browse, serve: Callable[..., Running]):
    ada = {"email": "ada@example.com", "password": "a long password"}
    auth = {"providers": {"internal": {"provider_type": "internal"}}, "initial_user": ada}
    watched = browse(to=serve(DEFINITIONS, {"auth": auth}))
    watched.open("/jobs", "form")
    page, keys = watched.page, Keyboard(watched.page)
    keys.tab_to("Email")
    keys.type(ada["email"])
    keys.tab_to("Password")
    keys.type(ada["password"])
    keys.press("Enter")
    page.get_by_role("heading", name="Jobs").wait_for()
    keys.press("?")
    sheet = keys.opens("Keyboard shortcuts")
    for words in ("Go to Jobs", "Next and previous failed step", "Retry it, or run it again", "Send"):
        sheet.get_by_text(words, exact=True).wait_for()
    keys.press("Escape")
    sheet.wait_for(state="detached")
    keys.press("Control+k")
    keys.opens("Go to or do")
    keys.type("audit")
    keys.press("Enter")
    page.get_by_role("heading", name="Audit").wait_for()
    assert watched.refused() == []

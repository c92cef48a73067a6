"""The first hour of somebody who has cloned the repository, typed ``make server``, and read nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from browsing import Watched
from clone import Clone

pytestmark = pytest.mark.browser("chromium", "make", "git")


def test_make_server_leads_from_the_first_run_to_a_refused_commit(browse: Callable[..., Watched], tmp_path: Path):
    clone = Clone(tmp_path)
    with clone.make_server(tmp_path / "state") as address:
        watched = browse(to=SimpleNamespace(url=address))
        watched.open("/")
        page = watched.page
        _runs_hello_world_and_watches_it(page)
        _finds_out_why_the_failing_flow_failed(page)
        _approves_a_step(page)
        _sees_which_commit_and_which_change_is_behind_a_run(page, clone)
        _sees_a_broken_commit_refused_with_its_line(page, clone)
        watched.hold_clean()


def _go(page: Any, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=re.compile(f"^{name}")).click()


def _run(page: Any, task: str) -> None:
    _go(page, "Tasks")
    page.get_by_role("link", name=f"Run {task}").click()
    page.get_by_role("dialog", name=f"Run {task}").get_by_role("button", name="Run and follow").click()
    page.wait_for_url(re.compile("/jobs/[0-9a-f-]{36}"))
    page.get_by_role("heading", name=task, exact=True).wait_for()


def _stands(page: Any, word: str) -> None:
    page.locator("main header").first.get_by_text(word, exact=True).wait_for()


def _runs_hello_world_and_watches_it(page: Any) -> None:
    page.get_by_role("link", name="Run first task…").click()
    form = page.get_by_role("dialog", name="Run hello-world")
    form.get_by_label("name string").fill("Ada")
    form.get_by_role("listitem").filter(has_text="shout-it").wait_for()  # what will run, before it runs
    form.get_by_role("button", name="Run and follow").click()
    page.wait_for_url(re.compile("/jobs/[0-9a-f-]{36}"))
    _stands(page, "Completed")
    page.get_by_role("log").get_by_text("HELLO ADA", exact=True).wait_for()


def _finds_out_why_the_failing_flow_failed(page: Any) -> None:
    _run(page, "failing-flow")
    _stands(page, "Failed")
    _go(page, "Overview")
    page.get_by_role("region", name="Failing now").get_by_role("link", name=re.compile("failing-flow")).click()
    page.get_by_role("log").get_by_text("1 of 3 tests failed: expected 4, got 5").wait_for()


def _approves_a_step(page: Any) -> None:
    _run(page, "release")
    _stands(page, "Waiting")
    _go(page, "Overview")
    page.get_by_role("region", name="Needs a person").get_by_role("link", name=re.compile("Ship 1.0.0?")).click()
    page.get_by_role("article", name="Ship 1.0.0?").get_by_role("button", name="Approve").click()
    page.get_by_text("No job waits for a decision.").wait_for()
    _go(page, "Jobs")
    page.get_by_role("row", name=re.compile("Completed release")).wait_for()


def _sees_which_commit_and_which_change_is_behind_a_run(page: Any, clone: Clone) -> None:
    mended = clone.read("failing-flow.yaml").replace("exit 3", "exit 0")
    sha = clone.commit("Expect the right number", {"failing-flow.yaml": mended})
    page.get_by_role("button", name=re.compile(f"Workspace default {sha[:7]}")).wait_for()  # without a reload
    _run(page, "failing-flow")
    _stands(page, "Completed")
    header = page.locator("main header").first
    header.get_by_text(sha[:7]).wait_for()
    header.get_by_text("Expect the right number").wait_for()
    _go(page, "Tasks")
    page.get_by_role("row", name=re.compile("failing-flow")).get_by_role("link", name="failing-flow").first.click()
    page.get_by_role("tab", name="Versions").click()
    page.get_by_text("Expect the right number").first.wait_for()
    page.get_by_text(re.compile("step test: cmd changed")).wait_for()


def _sees_a_broken_commit_refused_with_its_line(page: Any, clone: Clone) -> None:
    broken = clone.read("release.yaml").replace("depends_on: [confirm]", "depends_on: [confrim]")
    clone.commit("A slip", {"release.yaml": broken})
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if "confrim" in text)
    _go(page, "Overview")
    page.get_by_role("region", name="Needs a person").get_by_role("link", name=re.compile("Refused.*default")).click()
    page.get_by_text('did you mean "confirm"?').wait_for()
    page.get_by_text(f".workflows/release.yaml:{line}").first.wait_for()
    _run(page, "release")  # what was served before still is
    _stands(page, "Waiting")

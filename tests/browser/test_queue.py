"""The page of the queue: who holds a group and who waits, steps without a worker, and what an administrator does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import THEMES, WIDTHS, Watched
from playwright.sync_api import expect
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

DEFINITIONS = """\
tasks:
  migrate: {concurrency: {group: database, limit: 1}, flow: {wait: {type: wait, event: go}}}
  train: {flow: {learn: {type: shell, cmd: "true", tags: [gpu, linux]}}}
"""


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS, {"worker": {"slots": 2, "tags": ["linux"]}})


def test_the_holder_of_a_group_is_cancelled_and_the_next_job_takes_its_place(browse: Browse, server: Running):
    holder, waiter = server.execute("migrate"), server.execute("migrate")
    watched = browse()
    watched.open("/queue", "h3")
    page = watched.page
    page.get_by_text("1 of 1 taken · 1 waiting").wait_for()
    page.get_by_role("region", name="Workers").get_by_text("of 2 slots").wait_for()
    page.get_by_role("button", name="Cancel migrate").click()
    page.get_by_label("Reason").fill("it holds the others up")
    page.get_by_role("dialog").get_by_role("button", name="Cancel job").click()
    page.get_by_text("1 of 1 taken · 0 waiting").wait_for()
    assert server.finished(holder)["status"] == "cancelled"
    page.locator(f'a[href="/jobs/{waiter}"]').wait_for()
    watched.hold_clean()


def test_a_step_that_no_worker_may_take_shows_the_tags_it_asks_for(browse: Browse, server: Running):
    server.execute("train")
    watched = browse()
    watched.open("/queue")
    part = watched.page.get_by_role("heading", name="Waiting for a worker").locator("..")
    part.get_by_text("gpu", exact=True).wait_for()
    watched.hold_clean()


def test_a_worker_opens_to_its_last_jobs(browse: Browse, server: Running):
    watched = browse()
    watched.open("/queue", "table")
    page = watched.page
    page.locator("table").get_by_role("button").first.click()
    page.get_by_role("dialog").get_by_text("Its last jobs").wait_for()
    assert watched.axe() == []
    watched.hold_clean()


def test_the_server_is_drained_only_once_the_word_is_typed(browse: Browse, server: Running):
    server.execute("migrate")
    watched = browse()
    watched.open("/queue", "table")
    page = watched.page
    page.get_by_role("button", name="Drain the server").click()
    button = page.get_by_role("dialog").get_by_role("button", name="Drain the server")
    expect(button).to_be_disabled()
    page.get_by_role("dialog").get_by_text("1 open job goes on when the next server starts.").wait_for()
    assert watched.axe() == []
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_the_page_of_the_queue(browse: Browse, server: Running, theme: str, width: str):
    for task in ("migrate", "migrate", "train"):
        server.execute(task)
    watched = browse(theme, width)
    watched.open("/queue", "h3")
    assert watched.axe() == []
    watched.hold_clean()

"""What somebody does who has read nothing: the whole way, by what the pages themselves offer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import ROOT, Watched
from repository import Repository
from running import Running
from walking import Keyboard

pytestmark = pytest.mark.browser("chromium")

HELLO = (ROOT / "workspaces" / "default" / ".workflows" / "hello-world.yaml").read_text()
ORDERS = """\
tasks:
  import-orders:
    flow:
      fetch: {type: shell, cmd: "echo 41 orders"}
      check: {type: shell, cmd: "echo 'error: order 41 has no customer' >&2; exit 3", depends_on: [fetch]}
  release:
    flow:
      confirm: {type: approval, message: "Ship 1.4.2?"}
      ship: {type: shell, cmd: "echo shipped", depends_on: [confirm]}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "shop", {"hello.yaml": HELLO, "orders.yaml": ORDERS.replace("order 41", "order 40")})


@pytest.fixture
def shop(repository: Repository, serve: Callable[..., Running]) -> Running:
    watched = {"type": "git", "url": f"file://{repository.folder}", "poll_interval_secs": 1}
    return serve(settings={"workspaces": {"default": watched}})


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_a_new_user_runs_finds_approves_and_sees_a_broken_commit_refused(
    browse: Callable[..., Watched], repository: Repository, shop: Running, width: str
):
    changed = _changed(repository, shop)
    watched = browse("light", width, to=shop)
    watched.open("/")
    page = watched.page

    _runs_hello_world(page)
    failed = shop.execute("import-orders")
    shop.finished(failed)
    _finds_why_it_failed_in_one_click(page)
    _sees_the_commit_and_its_change(page, changed)
    asking = shop.execute("release")
    _approves(page)
    assert shop.finished(asking)["status"] == "completed"
    repository.commit("A slip", {"orders.yaml": ORDERS.replace("[fetch]", "[fecth]")})
    _sees_it_refused_with_its_line(page)
    watched.hold_clean()


def test_the_same_way_with_the_keyboard_alone(browse: Callable[..., Watched], repository: Repository, shop: Running):
    changed = _changed(repository, shop)
    failed = shop.execute("import-orders")
    shop.finished(failed)
    watched = browse(to=shop)
    watched.open("/")
    page, keys = watched.page, Keyboard(watched.page)

    keys.press("Control+k")
    page.get_by_role("dialog").get_by_text("Run hello-world").wait_for()
    keys.type("Run hello-world")
    keys.press("Enter")
    keys.opens("Run hello-world").get_by_label("name").wait_for()
    watched.until("document.activeElement.closest('[role=dialog]')?.querySelector('form')")  # the palette has closed
    keys.tab_to("name")
    keys.type("Ada")
    keys.press("Control+Enter")
    page.wait_for_url(re.compile("/jobs/[0-9a-f-]{36}"))
    page.get_by_role("log").get_by_text("Hello Ada").wait_for()

    keys.press("g")
    keys.press("o")
    page.get_by_role("region", name="Failing now").get_by_text("error: order 41 has no customer").wait_for()
    keys.tab_to(r"(?s).*import-orders.*order 41")
    keys.press("Enter")
    page.wait_for_url(f"**/jobs/{failed}*")
    page.get_by_role("log").get_by_text("error: order 41 has no customer").wait_for()
    keys.tab_to(rf"(?s).*{changed[:7]}")
    keys.press("Enter")
    page.get_by_text("Check the last order too").first.wait_for()
    keys.press("Escape")

    asking = shop.execute("release")
    keys.press("g")
    keys.press("a")
    page.get_by_text("Ship 1.4.2?").first.wait_for()
    keys.tab_to("Approve")
    keys.press("Enter")
    assert shop.finished(asking)["status"] == "completed"

    repository.commit("A slip", {"orders.yaml": ORDERS.replace("[fetch]", "[fecth]")})
    keys.press("g")
    keys.press("o")
    page.get_by_role("region", name="Needs a person").get_by_text("Refused", exact=True).wait_for()
    keys.tab_to(r"(?s)Refused.*default")
    keys.press("Enter")
    page.get_by_text('did you mean "fetch"?').first.wait_for()
    watched.hold_clean()


def _changed(repository: Repository, shop: Running) -> str:
    """The commit that made the orders fail, once it is served."""
    changed = repository.commit("Check the last order too", {"orders.yaml": ORDERS})
    shop.refresh()  # the server, which looks each second, may have seen it by itself
    assert shop.get("/api/workspaces/default").json["revision"] == changed
    return changed


def _go(page: Any, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=re.compile(f"^{name}")).first.click()


def _runs_hello_world(page: Any) -> None:
    _go(page, "Tasks")
    page.get_by_role("link", name="hello-world").first.click()
    page.get_by_role("link", name=re.compile("^Run task")).click()
    page.get_by_label("name string").fill("Ada")
    page.get_by_role("button", name="Run and follow").click()
    page.wait_for_url(re.compile("/jobs/[0-9a-f-]{36}"))
    page.locator("main header").first.get_by_text("Completed", exact=True).wait_for()
    page.get_by_role("option", name="say-hello").click()
    page.get_by_role("log").get_by_text("Hello Ada").wait_for()


def _finds_why_it_failed_in_one_click(page: Any) -> None:
    _go(page, "Overview")
    page.get_by_role("region", name="Failing now").get_by_text("error: order 41 has no customer").click()
    page.get_by_role("log").get_by_text("error: order 41 has no customer").wait_for()


def _sees_the_commit_and_its_change(page: Any, commit: str) -> None:
    """On the page of the failed job."""
    page.locator("main header").get_by_text(commit[:7]).first.click()
    page.get_by_text("Check the last order too").first.wait_for()
    page.keyboard.press("Escape")


def _approves(page: Any) -> None:
    _go(page, "Overview")
    page.get_by_role("region", name="Needs a person").get_by_text("Ship 1.4.2?").click()
    page.get_by_role("main").get_by_role("button", name=re.compile("^Approve")).first.click()


def _sees_it_refused_with_its_line(page: Any) -> None:
    _go(page, "Overview")
    page.get_by_role("region", name="Needs a person").get_by_role("link", name=re.compile("Refused.*default")).click()
    page.get_by_text('did you mean "fetch"?').first.wait_for()
    page.get_by_text(".workflows/orders.yaml:5").first.wait_for()

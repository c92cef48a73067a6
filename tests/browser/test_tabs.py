"""Ten tabs of one browser on one server: each follows it, over one connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import Watched
from running import DEFINITIONS, Running

pytestmark = pytest.mark.browser("chromium")

TABS = 10


def opened(watched: Watched, server: Running, sockets: list[Any]) -> list[Any]:
    """A browser allows six connections of HTTP/1.1 to a server: with one stream in each tab, the seventh would hang."""
    context = watched.page.context
    pages = [watched.page, *(context.new_page() for _ in range(TABS - 1))]
    for page in pages:
        page.on("websocket", lambda socket: sockets.append(socket))
        page.goto(f"{server.url}/jobs")
        page.locator("header").get_by_text("live", exact=True).wait_for()
    return pages


def all_show(pages: list[Any], task: str) -> None:
    for page in pages:
        page.get_by_role("row").get_by_role("link", name=task, exact=True).wait_for()


def test_ten_tabs_show_a_new_job_at_once_over_the_one_connection_of_a_shared_worker(
    browse: Callable[..., Watched], serve: Callable[..., Running]
):
    sockets: list[Any] = []
    server = serve(DEFINITIONS)
    watched = browse(to=server)
    pages = opened(watched, server, sockets)
    server.execute("asking")
    all_show(pages, "asking")
    pages[0].close()
    server.execute("waiting")
    all_show(pages[1:], "waiting")
    assert sockets == []  # no tab has a connection of its own
    targets = watched.page.context.browser.new_browser_cdp_session().send("Target.getTargets")["targetInfos"]
    workers = [each for each in targets if each["type"] == "shared_worker" and each["url"].startswith(server.url)]
    assert len(workers) == 1


def test_without_shared_workers_one_tab_has_the_connection_and_the_next_takes_it_over(
    browse: Callable[..., Watched], serve: Callable[..., Running]
):
    sockets: list[Any] = []
    server = serve(DEFINITIONS)
    watched = browse(to=server)
    watched.page.context.add_init_script("delete window.SharedWorker")
    pages = opened(watched, server, sockets)
    server.execute("asking")
    all_show(pages, "asking")
    watched.until_heard(lambda: len(sockets) > 0)
    assert len(sockets) == 1
    pages[0].close()
    server.execute("waiting")  # also when nobody has the connection at this moment
    all_show(pages[1:], "waiting")
    assert len(sockets) == 2

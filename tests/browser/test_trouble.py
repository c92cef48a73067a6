"""What one sees when something is not there: a page, a job, the server; and what a session that has ended shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import Watched
from filled import Jobs
from running import DEFINITIONS, Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

ADA = {"email": "ada@example.com", "password": "a long password"}
BO = {"email": "bo@example.com", "password": "another password"}
ACCOUNTS = {
    "auth": {"providers": {"internal": {"provider_type": "internal"}}, "initial_user": ADA},
    "permissions": [{"workspace": "*", "action": "view", "users": [BO["email"]]}],
}


def signed_in(watched: Watched, server: Running, who: dict[str, str]) -> None:
    watched.page.request.post(f"{server.url}/api/auth/login", data=who)


def test_a_misspelled_address_names_the_page_that_is_near_to_it(browse: Browse):
    watched = browse()
    watched.open("/aproval")
    page = watched.page
    assert watched.axe() == []
    page.get_by_role("main").get_by_role("link", name="Approvals").click()
    page.wait_for_url("**/approvals")
    page.get_by_role("heading", name="Approvals").wait_for()


def test_a_job_that_does_not_exist_says_what_was_not_found(browse: Browse):
    watched = browse()
    watched.open("/jobs/01a22aaa-ed42-7092-8078-7ca02f692577", "[role=alert]")
    watched.page.get_by_role("alert").get_by_text("It may have been removed, or you may not see it.").wait_for()
    assert watched.axe() == []


def test_who_may_not_see_the_audit_trail_is_told_so_and_whom_to_ask(browse: Browse, serve: Callable[..., Running]):
    server = serve(DEFINITIONS, ACCOUNTS)
    watched = browse(to=server)
    signed_in(watched, server, ADA)
    watched.page.request.post(f"{server.url}/api/users", data=BO, headers={"Origin": server.url})
    signed_in(watched, server, BO)
    watched.open("/audit", "[role=alert]")
    watched.page.get_by_role("alert").get_by_text(f"Who can give it: {ADA['email']}").wait_for()
    assert watched.axe() == []
    assert watched.refused() == []


def test_a_session_that_was_ended_leads_to_the_sign_in_and_back(browse: Browse, serve: Callable[..., Running]):
    server = serve(DEFINITIONS, ACCOUNTS)
    watched = browse(to=server)
    page = watched.page
    signed_in(watched, server, ADA)
    watched.open("/audit", "[role=row]")
    page.context.clear_cookies()
    page.get_by_role("link", name="Settings").click()
    page.wait_for_url("**/sign-in?next=*")
    page.get_by_label("Email").fill(ADA["email"])
    page.get_by_label("Password").fill(ADA["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Settings").wait_for()
    assert watched.refused() == []


def test_after_the_server_was_stopped_and_started_again_the_page_goes_on_without_a_reload(
    browse: Browse, server: Running, tmp_path: Path
):
    server.finished(server.execute())
    watched = browse()
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    port = server.url.rsplit(":", 1)[1]
    server.stop()
    page.get_by_role("searchbox").fill("hello")
    page.get_by_text("The server cannot be reached.").wait_for()
    page.get_by_role("searchbox").fill("")
    page.locator("[role=row] a").first.wait_for()
    again = Running(tmp_path / "server0", DEFINITIONS, {"listen": f"127.0.0.1:{port}"}, {}).start()
    try:
        page.get_by_text("The server cannot be reached.").wait_for(state="detached")
        again.execute("asking")
        page.get_by_role("link", name="asking").wait_for()
    finally:
        again.stop()


def test_when_the_server_goes_away_an_idle_page_is_greyed_at_once_and_says_how_old_it_is(
    browse: Browse, serve: Callable[..., Running], tmp_path: Path
):
    server = serve(DEFINITIONS)
    server.finished(server.execute())
    watched = browse(to=server)
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    page.locator("header").get_by_text("live", exact=True).wait_for()
    server.stop()
    page.get_by_text("The server cannot be reached. What is shown was read before.").wait_for()
    page.get_by_text(re.compile(r"^\d+.* old · next try in \d+ s$")).wait_for()
    page.locator("[role=row] a").first.wait_for()
    assert float(page.locator("main").evaluate("it => getComputedStyle(it).opacity")) < 1
    again = Running(
        tmp_path / "server0", DEFINITIONS, {"listen": f"127.0.0.1:{server.url.rsplit(':', 1)[1]}"}, {}
    ).start()
    try:
        page.locator("header").get_by_text("live", exact=True).wait_for()
        page.get_by_text("The server cannot be reached.").wait_for(state="detached")
        assert float(page.locator("main").evaluate("it => getComputedStyle(it).opacity")) == 1
    finally:
        again.stop()


def test_a_page_whose_code_is_not_loaded_when_the_server_goes_comes_with_the_server_and_without_a_reload(
    browse: Browse, serve: Callable[..., Running], tmp_path: Path
):
    server = serve(DEFINITIONS)
    watched = browse(to=server)
    watched.open("/jobs")
    page = watched.page
    page.evaluate("window.isTheSame = true")
    server.stop()
    page.get_by_text("The server cannot be reached.").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("q")  # by key: a link that is pointed at would load the code before
    page.get_by_role("heading", name="Jobs").wait_for()
    again = Running(
        tmp_path / "server0", DEFINITIONS, {"listen": f"127.0.0.1:{server.url.rsplit(':', 1)[1]}"}, {}
    ).start()
    try:
        page.get_by_role("heading", name="Queue & workers").wait_for()
        page.get_by_text("embedded@").first.wait_for()
        assert page.evaluate("window.isTheSame")
    finally:
        again.stop()


def test_what_somebody_else_decided_first_is_refused_and_says_what_to_do(browse: Browse, filled: tuple[Running, Jobs]):
    running, jobs = filled
    asking = jobs.approvals[0]
    watched = browse(to=running)
    watched.open(f"/jobs/{asking}")
    page = watched.page
    page.get_by_role("button", name="Approve confirm").click()
    dialog = page.get_by_role("dialog", name="Approve confirm")
    dialog.get_by_label("window").click()
    page.get_by_role("option", name="tonight").click()
    approved = running.post(f"/api/jobs/{asking}/steps/confirm/approve", {"input": {"window": "now"}})
    assert approved.status == 200, approved
    dialog.get_by_label("Reason").press("Control+Enter")
    dialog.get_by_role("alert").get_by_text("look again before you repeat it").wait_for()
    assert watched.refused() == []


def test_a_misspelled_task_or_workspace_and_a_part_of_the_id_of_a_job_lead_to_what_is_meant(
    browse: Browse, server: Running
):
    job_id = server.execute()
    server.finished(job_id)
    watched = browse()
    page = watched.page
    watched.open("/tasks/default/helo-world", "[role=alert]")
    page.get_by_role("alert").get_by_role("link", name="default/hello-world").click()
    page.get_by_role("heading", name="hello-world").wait_for()
    watched.open("/git/defalt", "[role=alert]")
    page.get_by_role("alert").get_by_role("link", name="default").click()
    page.get_by_role("heading", name="default").wait_for()
    watched.open(f"/jobs/{job_id[-8:]}", "[role=alert]")
    page.get_by_role("alert").get_by_role("link", name=job_id).click()
    page.locator("main header").first.get_by_text("Completed", exact=True).wait_for()
    assert watched.refused() == []

"""The pages of administrators: secrets, people, keys, the audit trail and the settings, on a server with accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import IS_SETTLED, THEMES, WIDTHS, Watched
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

ADA = {"email": "ada@example.com", "password": "a long password"}
DEFINITIONS = """\
secrets:
  registry: "{{ env.REGISTRY_TOKEN }}"
tasks:
  hello: {flow: {say: {type: shell, cmd: "true"}}}
  push: {flow: {send: {type: shell, cmd: "true", env: {TOKEN: "{{ secret.registry }}"}}}}
"""
PAGES = ("/secrets", "/people", "/keys", "/audit", "/settings")


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    auth = {"providers": {"internal": {"provider_type": "internal"}}, "initial_user": ADA}
    return serve(
        DEFINITIONS, {"auth": auth, "permissions": [{"workspace": "*", "action": "view", "groups": ["readers"]}]}
    )


def signed_in(browse: Browse, server: Running, path: str, theme: str = "light", width: str = "wide") -> Watched:
    watched = browse(theme, width)
    watched.page.request.post(f"{server.url}/api/auth/login", data=ADA)
    watched.open(path)
    return watched


def test_a_person_is_added_grouped_and_asked_about(browse: Browse, server: Running):
    watched = signed_in(browse, server, "/people")
    page = watched.page
    page.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog", name="Add a person")
    dialog.get_by_label("Email").fill("bo@example.com")
    dialog.get_by_label("Groups").fill("writers")
    dialog.get_by_label("Password").fill("another password")
    assert watched.axe() == []
    dialog.get_by_role("button", name="Add a person").click()
    page.get_by_role("button", name="Edit bo@example.com").click()
    sheet = page.get_by_role("dialog", name="bo@example.com")
    sheet.get_by_label("Groups").fill("readers, ops")
    sheet.get_by_text("Signed in nowhere.").wait_for()
    assert watched.axe() == []
    sheet.get_by_role("button", name="Save the account").click()
    page.get_by_text("The account was changed.").first.wait_for()
    sheet.get_by_role("button", name="Close").click()
    page.get_by_label("Who, by email").fill("bo@example.com")
    page.get_by_role("button", name="Check permission").click()
    page.get_by_text("✕ No").wait_for()
    page.get_by_text("groups readers").wait_for()
    watched.hold_clean()


def test_an_account_is_disabled_and_cannot_sign_in(browse: Browse, server: Running):
    watched = signed_in(browse, server, "/people")
    page = watched.page
    bo = {"email": "bo@example.com", "password": "another password"}
    page.request.post(f"{server.url}/api/users", data=bo, headers={"Origin": server.url})
    page.reload()
    page.get_by_role("button", name="Edit bo@example.com").click()
    page.get_by_role("button", name="Disable the account").click()
    page.get_by_role("dialog", name="Disable the account").get_by_role("button", name="Disable the account").click()
    page.get_by_role("button", name="Enable the account").wait_for()
    assert server.post("/api/auth/login", bo).status == 401
    watched.hold_clean()


def test_a_key_is_shown_once_works_and_is_refused_after_it_is_revoked(browse: Browse, server: Running):
    watched = signed_in(browse, server, "/keys")
    page = watched.page
    page.get_by_text("There is no key yet.").wait_for()
    page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("ci")
    assert watched.axe() == []
    dialog.get_by_role("button", name="Make a key").click()
    made = page.get_by_role("dialog", name="The key is made").locator("code").inner_text()
    bearer = {"Authorization": f"Bearer {made}"}
    assert server.get("/api/jobs", bearer).status == 200
    page.get_by_role("button", name="I have copied it").click()
    page.get_by_role("button", name="Revoke ci").click()
    page.get_by_label("Type ci to go on").fill("ci")
    page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
    page.get_by_role("cell", name="revoked").wait_for()
    assert made not in page.content()
    assert server.get("/api/jobs", bearer).status == 401
    watched.hold_clean()


def test_a_missing_secret_is_named_with_those_who_read_it(browse: Browse, server: Running):
    watched = signed_in(browse, server, "/secrets")
    row = watched.page.get_by_role("row").filter(has_text="registry")
    row.get_by_text("missing").wait_for()
    row.get_by_text("push").wait_for()
    watched.hold_clean()


def test_the_audit_trail_is_filtered_by_its_address_and_exported_as_it_is_shown(
    browse: Browse, server: Running, tmp_path: Path
):
    watched = signed_in(browse, server, "/audit")
    page = watched.page
    page.locator("[role=row]").nth(1).wait_for()
    page.get_by_role("textbox", name="What").fill("users.")
    page.get_by_role("button", name="Add filter").click()
    page.wait_for_url("**/audit?what=users.")
    page.get_by_text("No change fits these filters.").wait_for()
    page.get_by_role("button", name="Remove the filter What: users.").click()
    page.locator("[role=row]").nth(1).click()
    page.get_by_role("dialog").get_by_text("outcome").wait_for()
    assert watched.axe() == []
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export NDJSON").click()
    download.value.save_as(tmp_path / "audit.ndjson")
    entries = [json.loads(line) for line in (tmp_path / "audit.ndjson").read_text().splitlines()]
    assert entries
    assert all(entry["outcome"] in ("done", "refused") for entry in entries)
    watched.hold_clean()


def test_the_settings_hide_what_is_secret_and_say_where_a_value_comes_from(browse: Browse, server: Running):
    watched = signed_in(browse, server, "/settings")
    page = watched.page
    page.get_by_label("Filter settings").fill("auth.")
    page.get_by_role("cell", name="auth.initial_user").first.wait_for()
    assert ADA["password"] not in page.content()
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_the_pages_of_administrators(browse: Browse, server: Running, theme: str, width: str):
    watched = signed_in(browse, server, "/people", theme, width)
    for path in PAGES:
        watched.open(path, "h1")
        watched.until(IS_SETTLED)
        assert watched.axe() == [], path
    watched.hold_clean()

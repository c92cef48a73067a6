"""The pages of git in a real browser: the active revision beside what was refused, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import THEMES, WIDTHS, Watched
from playwright.sync_api import expect
from repository import Repository
from running import Running

from signing import Repository as SignedRepository
from signing import SshKey, needs_signing

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

TASKS = """\
tasks:
  hello:
    timeout: 1m
    flow:
      greet: {type: shell, cmd: "echo hello"}
      after: {type: shell, cmd: "echo over", depends_on: [greet]}
"""
POLICY = "rules: {short: {max_timeout: 1h}}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "shop", {"a.yaml": TASKS, "policy.yaml": POLICY})


@pytest.fixture
def shop(repository: Repository, serve: Callable[..., Running]) -> Running:
    """Serves the repository as `shop`."""
    watched = {"type": "git", "url": f"file://{repository.folder}", "poll_interval_secs": 3600, "revisions": "any"}
    link = {"web_url": "https://code.example.org/shop/blob/{revision}/{path}#L{line}"}
    running = serve(settings={"workspaces": {"shop": {**watched, **link}}})
    running.refresh("shop")
    return running


def test_a_refused_revision_stands_beside_the_one_in_force_with_its_line_and_hint(browse, repository, shop: Running):
    refused = repository.commit("A slip", {"a.yaml": TASKS.replace("[greet]", "[gret]")})
    watched = browse(to=shop)
    watched.open("/git/shop", "h2")
    page = watched.page
    page.get_by_role("button", name="Refresh now").click()
    page.get_by_text('step "after" needs "gret"').first.wait_for()
    page.get_by_label("Line 6 of .workflows/a.yaml").get_by_text("depends_on: [gret]").wait_for()
    page.get_by_text('did you mean "greet"?').wait_for()
    place = page.get_by_role("link", name=".workflows/a.yaml:6").first
    expect(place).to_have_attribute("href", f"https://code.example.org/shop/blob/{refused}/.workflows/a.yaml#L6")
    page.get_by_text("It cannot be accepted").wait_for()
    page.get_by_text("1 behind").wait_for()
    watched.hold_clean()


def test_an_administrator_accepts_what_the_policy_refused_and_it_is_in_force(browse, repository, shop: Running):
    accepted = repository.commit("Slowly", {"a.yaml": TASKS.replace("1m", "2h")})
    shop.refresh("shop")
    watched = browse(to=shop)
    watched.open("/git/shop", "h2")
    page = watched.page
    page.get_by_role("button", name="Accept revision…").click()
    dialog = page.get_by_role("dialog", name="Accept revision")
    expect(dialog.get_by_role("button", name="Accept revision")).to_be_disabled()
    dialog.get_by_label("Reason").fill("the disks are slow")
    dialog.get_by_label("Reason").press("Control+Enter")
    page.get_by_text("accepted by an administrator").wait_for()
    page.get_by_text("the disks are slow").wait_for()
    assert shop.get("/api/workspaces/shop").json["revision"] == accepted
    watched.hold_clean()


def test_sync_is_paused_with_a_reason_that_everybody_sees_and_resumed(browse, shop: Running):
    watched = browse(to=shop)
    watched.open("/git/shop", "h2")
    page = watched.page
    page.get_by_role("button", name="Pause sync…").click()
    page.get_by_label("Reason").fill("the code host moves")
    page.get_by_label("Reason").press("Control+Enter")
    page.get_by_text("the code host moves").wait_for()
    page.get_by_role("button", name="Resume sync…").click()
    page.get_by_label("Reason").fill("it has moved")
    page.get_by_label("Reason").press("Control+Enter")
    page.get_by_role("button", name="Pause sync…").wait_for()
    assert shop.get("/api/workspaces/shop/drift").json["pause"] is None
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_the_pages_of_git(browse, repository, shop: Running, theme: str, width: str):
    repository.commit("A slip", {"a.yaml": TASKS.replace("[greet]", "[gret]")})
    shop.refresh("shop")
    watched = browse(theme, width, to=shop)
    for path, ready in (("/git", "main li a"), ("/git/shop", "main pre")):
        watched.open(path, ready)
        assert watched.axe() == [], path
    watched.hold_clean()


def test_a_plan_shows_the_change_before_and_after_its_problems_and_its_text(browse, repository, shop: Running):
    repository.commit("A slip", {"a.yaml": TASKS.replace("echo hello", "echo hi").replace("[greet]", "[gret]")})
    shop.refresh("shop")
    watched = browse(to=shop)
    watched.open("/git/shop", "main pre")
    page = watched.page
    page.get_by_role("link", name="What it would change").click()
    page.wait_for_url("**/git/shop/plan?**")
    page.get_by_role("heading", name="1 problem of").wait_for()
    page.get_by_text("flow.greet.cmd").wait_for()
    text = page.get_by_role("region", name="Difference of .workflows/a.yaml")
    text.get_by_text("echo hi").wait_for()
    assert watched.axe() == []
    watched.hold_clean()


def test_a_plan_is_shared_by_a_link_that_holds_and_as_markdown(browse, repository, shop: Running):
    base = shop.get("/api/workspaces/shop").json["revision"]
    head = repository.commit("Greet everybody", {"a.yaml": TASKS.replace("echo hello", "echo hello all")})
    shop.refresh("shop")
    watched = browse(to=shop, permissions=["clipboard-read", "clipboard-write"])
    watched.open(f"/git/shop/plan?base={base}", "main h2")
    page = watched.page
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("The link was copied.").first.wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{shop.url}/git/shop/plan?base={base}&head={head}"
    page.get_by_role("button", name="Copy as Markdown").click()
    page.get_by_text("The plan as Markdown was copied.").first.wait_for()
    markdown = page.evaluate("navigator.clipboard.readText()")
    assert link in markdown
    assert "hello" in markdown
    assert "cmd" in markdown
    page.goto(link)
    page.get_by_role("heading", name="Plan:").wait_for()
    page.get_by_text("Greet everybody").first.wait_for()
    watched.hold_clean()


@needs_signing
def test_who_signed_a_revision_is_shown_and_why_an_unsigned_one_was_refused(browse, tmp_path: Path, serve):
    repository, ann = SignedRepository(tmp_path / "signed"), SshKey(tmp_path, "ann")
    (tmp_path / "allowed").write_text(ann.allowed())
    (tmp_path / "allowed").chmod(0o600)
    for key in (ann, None):
        payload = repository.payload({".workflows/a.yaml": TASKS}, "Greet" if key else "Nobody signed this")
        repository.commit(payload, key.sign(payload) if key else b"")
        if key:
            verify = {"signatures": "required", "allowed_signers": str(tmp_path / "allowed")}
            url = f"file://{repository.path}"
            watched_by_hand = {"type": "git", "url": url, "poll_interval_secs": 3600, "verify": verify}
            running = serve(settings={"workspaces": {"shop": watched_by_hand}})
        running.refresh("shop")
    watched = browse(to=running)
    watched.open("/git/shop", "h2")
    page = watched.page
    page.get_by_text("Signed by ann").first.wait_for()
    page.get_by_text("Signature: unsigned").first.wait_for()
    assert watched.axe() == []
    watched.hold_clean()

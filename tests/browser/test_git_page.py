"""The pages of git in a real browser: what is in force beside what was refused, and the acts on it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import THEMES, WIDTHS, Watched
from running import Running

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


class Repository:
    """A repository whose commits are made with git itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._git("init", "-q", "-b", "main")
        self.commit("The first task", {"a.yaml": TASKS, "policy.yaml": POLICY})

    def commit(self, subject: str, files: dict[str, str]) -> str:
        (self.folder / ".workflows").mkdir(exist_ok=True)
        for name, text in files.items():
            (self.folder / ".workflows" / name).write_text(text)
        self._git("add", "-A")
        self._git("commit", "-q", "-m", subject)
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments: str) -> str:
        who = ["-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.org"]
        command = ["git", "-C", str(self.folder), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "shop")


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
    assert "depends_on: [gret]" in page.get_by_label("Line 6 of .workflows/a.yaml").inner_text()
    page.get_by_text('did you mean "greet"?').wait_for()
    place = page.get_by_role("link", name=".workflows/a.yaml:6").first
    assert place.get_attribute("href") == f"https://code.example.org/shop/blob/{refused}/.workflows/a.yaml#L6"
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
    assert dialog.get_by_role("button", name="Accept revision").is_disabled()
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

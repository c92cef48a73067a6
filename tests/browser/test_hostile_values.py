"""Every page shows what anybody may have written as text: it widens no page, runs nothing, and turns nothing round."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import hostile
import pytest
from browsing import IS_SETTLED, WIDTHS, Watched
from hostile import LONG, Hostile

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

#: The texts after which, in the same paragraph, something else stands that an override without an end turns round.
TURNED = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, parent = text.parentElement;
    const isForeign = /[\\u202a-\\u202e\\u2066-\\u2069]/.test(text.data);
    if (!isForeign || parent.closest("textarea, title, script, option")) continue;
    let after = "";
    for (let next = text.nextSibling; next; next = next.nextSibling) after += next.textContent;
    const style = getComputedStyle(parent);
    const isApart = style.display !== "inline" || /isolate|plaintext/.test(style.unicodeBidi);
    if (after.trim() !== "" || !isApart) found.push(parent.outerHTML.slice(0, 220));
  }
  return found;
}"""

JOB_VIEWS = (
    "",
    "?tab=why",
    "?tab=data",
    "?tab=attempts",
    "?tab=artifacts",
    "?tab=yaml",
    "?view=graph",
    "?view=history",
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    found = hostile.start(tmp_path_factory.mktemp("hostile"))
    yield found
    found.running.stop()


def addresses(found: Hostile) -> list[str]:
    task = f"/tasks/default/{LONG}"
    return [
        *("/", "/jobs", "/jobs?status=failed", "/tasks", "/triggers", "/approvals", "/git", "/git/default", "/queue"),
        *("/secrets", "/audit", "/settings", f"/triggers?trigger=default/{LONG}"),
        *(f"/jobs/{found.failed}{view}" for view in JOB_VIEWS),
        *(f"/jobs/{found.asking}", f"/jobs/{found.open}", f"/jobs/{found.looped}?tab=artifacts"),
        *(f"/jobs/{found.failed}?compare={found.looped}", f"/jobs?compare={found.failed}&compare={found.looped}"),
        *(f"{task}?tab={tab}" for tab in ("flow", "runs", "versions", "triggers", "definition")),
        *(f"/jobs?run=default/{LONG}", f"/jobs?run=default/{LONG}&of={found.failed}", "/git/default/plan"),
    ]


def wrong(watched: Watched, width: str) -> list[str]:
    page = watched.page
    too_wide = watched.width() - WIDTHS[width][0]
    text = page.evaluate("document.body.innerText")
    checks = {
        f"{too_wide} px too wide": too_wide > 0,
        "markup was read": page.locator("img[src=x]").count() > 0 or page.title() == "owned",
        "a code of a terminal is shown": hostile.ESCAPE in text,
    }
    return [*(what for what, is_so in checks.items() if is_so), *page.evaluate(f"({TURNED})()")]


def told(bad: dict[str, list[str]]) -> str:
    return "\n".join(f"{address}\n  " + "\n  ".join(problems) for address, problems in bad.items())


@pytest.mark.parametrize(("theme", "width"), [("light", "narrow"), ("dark", "wide")])
def test_no_page_is_widened_turned_round_or_taken_over(browse: Browse, found: Hostile, theme: str, width: str):
    watched = browse(theme, width, found.running)
    bad = {}
    for address in addresses(found):
        watched.open(address)
        if problems := wrong(watched, width):
            bad[address] = problems
    assert bad == {}, told(bad)
    watched.hold_clean()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_a_job_is_not_widened_before_its_operations_are_there(browse: Browse, found: Hostile, width: str):
    watched = browse("light", width, found.running)
    watched.page.route("**/api/jobs/*/operations*", lambda route: None)  # asked for, and never answered
    watched.open(f"/jobs/{found.failed}")
    watched.page.locator("main header").get_by_text("same as now").wait_for()
    assert watched.width() == WIDTHS[width][0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browse: Browse, found: Hostile, theme: str):
    watched = browse(theme, "middle", found.running)
    bad = {}
    for address in addresses(found):
        watched.open(address)
        watched.until(IS_SETTLED)
        if violations := watched.axe():
            bad[address] = violations
    assert bad == {}, told(bad)


def test_a_shell_code_of_a_log_is_a_colour_or_nothing(browse: Browse, found: Hostile):
    watched = browse(to=found.running)
    watched.open(f"/jobs/{found.failed}", "[role=log]")
    line = watched.page.get_by_role("log").get_by_text("error: red link").first
    line.wait_for()
    assert watched.page.get_by_role("log").locator("a").count() == 0

"""What holds on every page for people who zoom, who touch, and who listen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import AXE, Watched
from filled import Jobs
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]
Filled = tuple[Running, Jobs]

#: The pages that differ in their build: where each is, and what shows that it is there.
SHOWN = (
    ("/", "text=error: order 41"),
    ("/jobs", "[role=row] a"),
    ("/jobs/{failed}", "[role=log] [data-number]"),
    ("/jobs/{failed}?view=graph", ".react-flow__node"),
    ("/jobs/{failed}?view=history", "input[type=range]"),
    ("/tasks", "[role=row] a"),
    ("/tasks/default/release", ".react-flow__node"),
    ("/tasks/default/flaky?tab=runs", "main table"),
    ("/triggers", "[role=row][data-cursor]"),
    ("/triggers?view=week", "main ol > li"),
    ("/approvals", "main article, main li"),
    ("/git/shop", "main pre"),
    ("/queue", "h2"),
    ("/secrets", "h1"),
    ("/people", "h1"),
    ("/keys", "h1"),
    ("/audit", "[role=row]"),
    ("/settings", "h1"),
    ("/jobs?run=default/release", "[role=dialog] form label"),
)

#: WCAG 2.5.8: a target has 24 × 24 px, or so much room around it; a link in a sentence need not.
TARGETS = """async () => {
  const found = await axe.run(document, {runOnly: {type: "rule", values: ["target-size"]}});
  return found.violations.flatMap((each) => each.nodes.map((node) => node.html.slice(0, 160)));
}"""

#: What lies outside of the window at its right, and in nothing that scrolls.
BEYOND = """() => [...document.querySelectorAll("button, a, input, h1, h2")].filter((it) => {
  const box = it.getBoundingClientRect();
  if (box.width === 0 || box.right <= innerWidth + 1) return false;
  for (let at = it; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (/auto|scroll/.test(style.overflowX) || style.position === "fixed") return false;
  }
  return true;
}).map((it) => it.outerHTML.slice(0, 120))"""


def addresses(jobs: Jobs) -> list[tuple[str, str]]:
    return [(path.format(failed=jobs.failed), ready) for path, ready in SHOWN]


def test_at_twice_the_size_nothing_lies_beyond_the_window(browse: Browse, filled: Filled):
    """A browser of 1280 px whose pages are shown at 200 % lays them out in 640."""
    running, jobs = filled
    watched = browse(to=running, viewport={"width": 640, "height": 400}, device_scale_factor=2)
    wrong = {}
    for path, ready in addresses(jobs):
        watched.open(path, ready)
        wide, beyond = watched.width(), watched.page.evaluate(BEYOND)
        if wide > 640 or beyond:
            wrong[path] = (wide, beyond)
    assert wrong == {}
    watched.hold_clean()


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_what_is_pressed_is_large_enough_to_be_hit(browse: Browse, filled: Filled, width: str):
    running, jobs = filled
    watched = browse("light", width, running)
    wrong = {}
    for path, ready in addresses(jobs):
        watched.open(path, ready)
        watched.page.evaluate(AXE.read_text())
        if found := watched.page.evaluate(TARGETS):
            wrong[path] = found
    assert wrong == {}


#: Notes what a live region of the page says from now on, and how urgently.
LISTEN = """() => {
  window.heard = [];
  new MutationObserver((changes) => {
    for (const change of changes) {
      const node = change.target.nodeType === 1 ? change.target : change.target.parentElement;
      const region = node?.closest("[aria-live], [role=status], [role=alert], [role=log]");
      if (!region) continue;
      const urgency = region.getAttribute("aria-live") ?? (region.role === "alert" ? "assertive" : "polite");
      if (urgency !== "off") window.heard.push(`${urgency}: ${region.innerText.trim()}`);
    }
  }).observe(document.body, {childList: true, characterData: true, subtree: true});
}"""


def heard(watched: Watched, beginning: str) -> None:
    watched.until(f"window.heard.some((said) => said.startsWith({beginning!r}))")


ENDS = """\
tasks:
  good: {flow: {ask: {type: approval, message: "Go on?"}}}
  bad:
    flow:
      ask: {type: approval, message: "Go on?"}
      break: {type: shell, cmd: "echo 'error: no disk' >&2; exit 3", depends_on: [ask]}
"""


@pytest.mark.parametrize(
    ("task", "said"), [("good", "polite: Completed"), ("bad", "assertive: Failed: break exited 3")]
)
def test_the_end_of_a_job_is_read_out_and_a_failure_at_once(browse: Browse, serve, task: str, said: str):
    running = serve(ENDS)
    job = running.execute(task)
    running.until(job, lambda job: job.steps["ask"].status.value == "suspended")
    watched = browse(to=running)
    watched.open(f"/jobs/{job}", "main header p[aria-live]")
    watched.page.evaluate(LISTEN)
    running.post(f"/api/jobs/{job}/steps/ask/approve", {"approved": True})
    heard(watched, said)
    watched.hold_clean()


def test_how_many_are_selected_and_what_came_of_an_act_are_read_out(browse: Browse, filled: Filled):
    running, jobs = filled
    watched = browse(to=running)
    watched.open("/jobs", "[role=row] a")
    page = watched.page
    boxes = page.get_by_role("checkbox", name="Select this row")
    boxes.nth(0).check()
    page.evaluate(LISTEN)
    boxes.nth(1).check()
    heard(watched, "polite: 2 selected")
    watched.open(f"/jobs/{jobs.running}", "main header p[aria-live]")
    page.evaluate(LISTEN)
    page.get_by_role("button", name="Cancel job").click()
    page.get_by_role("dialog", name="Cancel").wait_for()
    page.keyboard.press("Control+Enter")
    heard(watched, "polite: Cancel")
    watched.hold_clean()

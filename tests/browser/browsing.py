"""A page of the browser under test, and what a test asks of it."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import parts

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("light", "dark")
WIDTHS = {"wide": (1440, 900), "middle": (1024, 768), "narrow": (390, 844)}
#: How long a test waits for what must come, in milliseconds.
TIMEOUT_MS = 20_000

#: Written down in the page as it happens: what its policy refused.
WATCH_POLICY = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.refused.push(event.violatedDirective + " " + event.blockedURI));
"""


#: Looks at each frame whether it holds. The policy of the pages lets nothing evaluate a text later, so that what
#: Playwright waits for by itself (``wait_for_function``) may be looked at only once.
UNTIL = """(limit) => new Promise((then, fail) => {{
  const end = performance.now() + limit;
  const look = async () => {{
    if (await ({condition})) then();
    else if (performance.now() > end) fail(new Error("it does not become true"));
    else requestAnimationFrame(look);
  }};
  void look();
}})"""


def wait_until(page: Any, condition: str) -> None:
    """``condition``: an expression of JavaScript, or a promise of one."""
    page.evaluate(UNTIL.format(condition=condition), TIMEOUT_MS)


#: Menus and tooltips are loaded after the first paint, and then replace their buttons: a click in that moment is lost.
IS_WHOLE = """!document.querySelector(
  "header [aria-label=Account]:not([aria-haspopup]), header [aria-label^=Theme]:not([data-state])")"""

#: Everything that the page shows has been read.
IS_SETTLED = "!document.querySelector('[aria-busy=true]')"

#: A graph fits itself into its frame after it is there; a click on a node that moves may miss it.
IS_AT_REST = """(async () => {
  const place = () => document.querySelector("[data-graph] .react-flow__viewport").style.transform, before = place();
  for (let frames = 0; frames < 20; frames++) await new Promise(requestAnimationFrame);
  return before === place();
})()"""


class Watched:
    """A page of the browser, and all that went wrong in it."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self._url = url
        self.errors: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str, ready: str = "h1") -> None:
        self.page.goto(self._url + path)
        self.page.locator(ready).first.wait_for()
        self.until(IS_WHOLE)

    def until(self, condition: str) -> None:
        wait_until(self.page, condition)

    def until_heard(self, holds: Callable[[], bool]) -> None:
        """Until ``holds()``, which looks at what events of the page have written down.

        Playwright hands its events on only while the page is asked something.
        """
        end = monotonic() + TIMEOUT_MS / 1000
        while not holds():
            assert monotonic() < end, "the events that were waited for have not come"
            self.page.evaluate("new Promise((then) => setTimeout(then, 10))")

    def width(self) -> int:
        """How wide the page is, whatever the window is, once everything that it shows is there."""
        self.until(IS_SETTLED)
        return self.page.evaluate("document.documentElement.scrollWidth")

    def refused(self) -> list[str]:
        return self.page.evaluate("window.refused")

    def axe(self) -> list[str]:
        """The violations that axe finds: the rule, and the places."""
        if not AXE.is_file():
            parts.lack("axe-core is not installed: make ui")
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {'; '.join(node['html'][:200] for node in each['nodes'])}" for each in found["violations"]
        ]

    def hold_clean(self) -> None:
        """Nothing went wrong so far."""
        assert self.errors == []
        assert self.refused() == []

"""The keyboard of a person who has no mouse."""

from __future__ import annotations

import json
import re
from typing import Any

from browsing import wait_until

#: How often Tab is pressed at most to come to what is wanted.
MAX_TABS = 80

#: What has the focus: its name, and whether one can see that it has.
FOCUSED = """() => {
  const it = document.activeElement, style = getComputedStyle(it), labels = [...(it.labels ?? [])];
  const name = it.getAttribute("aria-label") ?? [...labels.map((label) => label.innerText), it.innerText].join(" ");
  return {name: name.trim(), seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
}"""


class Keyboard:
    def __init__(self, page: Any) -> None:
        self.page = page
        self.press, self.type = page.keyboard.press, page.keyboard.type

    def focused(self) -> str:
        return self.page.evaluate(FOCUSED)["name"]

    def tab_to(self, name: str, key: str = "Tab") -> None:
        """Each stop on the way can be seen."""
        for _ in range(MAX_TABS):
            self.press(key)
            found = self.page.evaluate(FOCUSED)
            assert found["seen"], f"no focus can be seen at {found['name']!r}"
            if re.match(name, found["name"]):
                return
        raise AssertionError(f"Tab does not come to {name!r}")

    def has_focus(self, name: str) -> None:
        wait_until(self.page, f"new RegExp({json.dumps(name)}).test(({FOCUSED})().name)")

    def opens(self, dialog: str) -> Any:
        found = self.page.get_by_role("dialog", name=dialog)
        found.wait_for()
        return found

"""Every menu, dialog, sheet and list of choices opens within the policy, and axe finds nothing while it is open."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import THEMES, Watched
from filled import Jobs
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

MORE = "button:More operations on this job"

#: By the address: what is clicked there in turn, and the role of what must be open then. ``{failed}`` and the like are
#: the ids of jobs.
OVERLAYS = (
    ("/", ["button:All workspaces"], "menu"),
    ("/", ["button:Account"], "menu"),
    ("/", ["button:Retry"], "dialog"),
    ("/jobs", ["button:Status"], "menu"),
    ("/jobs", ["button:More filters"], "dialog"),
    ("/jobs", ["checkbox:Select this row", "button:Cancel"], "dialog"),
    ("/jobs", ["checkbox:Select this row", "button:Delete"], "dialog"),
    ("/jobs?compare={failed}&compare={completed}", [], "dialog"),
    ("/jobs/{failed}", [MORE], "menu"),
    ("/jobs/{failed}", ["button:Retry from failed"], "dialog"),
    ("/jobs/{failed}", [MORE, "menuitem:Show job in each API"], "dialog"),
    ("/jobs/{failed}", [MORE, "menuitem:Restart"], "dialog"),
    ("/jobs/{failed}", ["button:Operations on check"], "menu"),
    ("/jobs/{running}", ["button:Cancel job"], "dialog"),
    ("/jobs/{running}", [MORE, "menuitem:Pause"], "dialog"),
    ("/jobs/{waiting}", ["button:Approve confirm"], "dialog"),
    ("/jobs/{waiting}", ["button:Approve confirm", "combobox:window"], "listbox"),
    ("/jobs?run=default/release", [], "dialog"),
    ("/jobs?run=default/release", ["combobox:channel"], "listbox"),
    ("/jobs?run=default/release", ["button:Known commits"], "menu"),
    ("/tasks/default/hello-world", ["button:Run many"], "dialog"),
    ("/tasks/default/mirror", ["button:Suspend 1 trigger"], "dialog"),
    ("/tasks/shop/deploy", ["button:Known commits"], "menu"),
    ("/approvals", ["button:Select all 2", "button:Approve 2 questions"], "dialog"),
    ("/triggers?open=default/hourly", [], "dialog"),
    ("/git/shop", ["button:Pause sync"], "dialog"),
    ("/queue", ["button:Drain the server"], "dialog"),
    ("/people", ["button:Add a person"], "dialog"),
    ("/people", ["combobox:May"], "listbox"),
    ("/audit", ["row:.*tasks.execute"], "dialog"),
)


def open_overlay(watched: Watched, address: str, clicks: list[str], role: str) -> None:
    page = watched.page
    watched.open(address)
    for click in clicks:
        what, name = click.split(":")
        page.get_by_role(what, name=re.compile(f"^{name}|{name}$")).first.click()
    page.get_by_role(role).last.wait_for()


@pytest.mark.parametrize("theme", THEMES)
def test_every_overlay_opens_within_the_policy_and_axe_finds_nothing(
    browse: Browse, filled: tuple[Running, Jobs], theme: str
):
    running, jobs = filled
    ids = {
        "failed": jobs.failed,
        "completed": jobs.completed,
        "running": jobs.running,
        "waiting": jobs.approvals[0],
    }
    watched = browse(theme, to=running)
    found = {}
    for address, clicks, role in OVERLAYS:
        open_overlay(watched, address.format(**ids), clicks, role)
        if bad := [*watched.refused(), *watched.axe()]:
            found[f"{address} {clicks}"] = bad
    assert found == {}, "\n".join(f"{place}\n  " + "\n  ".join(bad) for place, bad in found.items())
    watched.hold_clean()

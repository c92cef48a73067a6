"""With the few colours that a person has chosen for all pages, states and what is chosen are still told apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import THEMES, Watched
from filled import Jobs
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]

#: By the word of a state: the shapes that stand before it.
SHAPES = """() => Object.fromEntries([...document.querySelectorAll("[role=row] [role=gridcell]:nth-child(2) > span")]
  .map((chip) => [chip.innerText.trim(), chip.querySelector("svg").innerHTML]))"""

#: Of each bar of the timeline, whether its colour differs from that of what it lies on.
BARS = """() => [...document.querySelectorAll("[role=option] span[style*=left]")].map((bar) =>
  getComputedStyle(bar).backgroundColor !== getComputedStyle(bar.parentElement).backgroundColor
    || getComputedStyle(bar).backgroundImage !== "none")"""


def outlined(watched: Watched, selector: str) -> bool:
    found = watched.page.locator(selector).first
    style, width = found.evaluate("it => [getComputedStyle(it).outlineStyle, getComputedStyle(it).outlineWidth]")
    return style != "none" and float(width.removesuffix("px")) >= 2


@pytest.mark.parametrize("theme", THEMES)
def test_each_state_has_a_shape_and_a_word_of_its_own_and_what_is_chosen_an_outline(
    browse: Browse, filled: tuple[Running, Jobs], theme: str
):
    running, jobs = filled
    watched = browse(theme, to=running, forced_colors="active")
    watched.open("/jobs", "[role=row] a")
    watched.until(f"['Completed', 'Failed', 'Running', 'Waiting'].every((word) => word in ({SHAPES})())")
    shapes = watched.page.evaluate(SHAPES)
    assert len(set(shapes.values())) == len(shapes)
    assert outlined(watched, "nav[aria-label=Main] [aria-current=page]")
    watched.open(f"/jobs/{jobs.failed}", "[role=log]")
    assert outlined(watched, "[role=option][aria-selected=true]")
    assert outlined(watched, "[role=tab][data-state=active]")
    watched.until(f"({BARS})().length > 0")
    assert all(watched.page.evaluate(BARS))
    watched.hold_clean()


def test_with_reduced_motion_nothing_moves(browse: Browse, filled: tuple[Running, Jobs]):
    running, jobs = filled
    watched = browse(to=running, reduced_motion="reduce")
    watched.open(f"/jobs/{jobs.running}", "[role=option]")
    watched.page.locator(".turning").first.wait_for()
    watched.page.keyboard.press("?")
    watched.page.get_by_role("dialog").wait_for()
    assert watched.page.evaluate("document.getAnimations().length") == 0
    watched.hold_clean()


def test_without_it_what_runs_turns(browse: Browse, filled: tuple[Running, Jobs]):
    running, jobs = filled
    watched = browse(to=running, reduced_motion="no-preference")
    watched.open(f"/jobs/{jobs.running}", "[role=option]")
    watched.until("document.getAnimations().some((each) => each.animationName === 'turn')")

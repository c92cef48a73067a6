"""The questions that wait for a decision: alone, together, and refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import THEMES, WIDTHS, Watched
from filled import Jobs
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]
Filled = tuple[Running, Jobs]


def test_a_question_is_approved_with_its_form_and_a_reason(browse: Browse, filled: Filled):
    running, jobs = filled
    watched = browse(to=running)
    watched.open(f"/approvals?job={jobs.approvals[1]}", "article")
    card = watched.page.get_by_role("article", name="Ship 1.4.3 to stable?")
    card.get_by_text("ship, announce run; if rejected, they do not.").wait_for()
    card.get_by_text("No job of this task completed before.").wait_for()
    card.get_by_role("combobox", name="window").click()
    watched.page.get_by_role("option", name="tonight").click()
    card.get_by_label("Reason").fill("as agreed")
    card.get_by_role("button", name="Approve").click()
    card.wait_for(state="detached")
    steps = running.finished(jobs.approvals[1])["steps"]
    confirm = next(step for step in steps if step["step_name"] == "confirm")
    assert confirm["status"] == "completed"
    assert confirm["output"]["input"] == {"window": "tonight", "notify": True}
    watched.hold_clean()


def test_a_form_that_lacks_a_field_says_so_at_the_field(browse: Browse, filled: Filled):
    watched = browse(to=filled[0])
    watched.open("/approvals", "article")
    card = watched.page.get_by_role("article", name="Ship 1.4.2 to stable?")
    card.get_by_role("button", name="Approve").click()
    card.get_by_role("alert").get_by_text("required").wait_for()
    assert watched.refused() == []


def test_questions_of_the_same_step_are_rejected_together(browse: Browse, filled: Filled):
    running, jobs = filled
    watched = browse(to=running)
    watched.open("/approvals", "article")
    page = watched.page
    page.get_by_role("button", name="Select all 2").click()
    page.get_by_role("button", name="Reject 2 questions…").click()
    dialog = page.get_by_role("dialog", name="Reject 2")
    dialog.get_by_label("Reason").fill("not today")
    dialog.get_by_role("button", name="Reject 2").click()
    page.get_by_text("No job waits for a decision.").wait_for()
    for job in jobs.approvals:
        assert running.finished(job)["status"] == "failed"
    watched.hold_clean()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(browse: Browse, filled: Filled, theme: str, width: str):
    watched = browse(theme, width, filled[0])
    watched.open("/approvals", "article dd")
    assert watched.axe() == []
    assert watched.width() == WIDTHS[width][0]
    watched.hold_clean()

# ruff: noqa: E501
"""Plans for people and programs: everything that comes from a repository is harmless where it is shown."""

from __future__ import annotations

import json

import pytest

from gitflow.core.changes.records import ADDED, CHANGED, REMOVED, Caller, Change, Changes, Detail
from gitflow.core.language.sources import Revision
from gitflow.core.problems import Place, Problem, Severity
from gitflow.runtime.workspaces.plans import ChangePlan
from gitflow.views.escape import command, command_property, markdown, on_one_line
from gitflow.views.plan_reports import report
from gitflow.workspaces.revisions import Chosen, EmptyWorkspace

#: What people have tried: line ends, escape sequences, text that runs backwards, mentions, links, images, HTML, commands.
EVIL = [
    "a\nb", "a\r\n::error::b", "\x1b[31mred\x1b]8;;http://x\x07", "\u202egnp.exe", "\x9b31m", "a\u2028b", "@everyone", "#1",
    "https://evil.example", "![x](https://evil.example/x.png)", "[x](javascript:alert(1))", "<script>alert(1)</script>",
    "`code` and ``more``", "```\n@all\n```", "| a | b |", "::set-output name=a::b", "%0A::warning::x", "a,b:c", "`", "\\`@x`",
]  # fmt: skip


def plan(evil: str) -> ChangePlan:
    where = Place(f".workflows/{evil}.yaml", 3, 5)
    caller = Caller("task", f"caller {evil}", where)
    details = (
        Detail(f"flow.{evil}.cmd", CHANGED, evil, {evil: [evil]}),
        Detail("input.v", REMOVED, before=evil, narrows=True, callers=(caller,), is_breaking=True),
        Detail("used_by", CHANGED, [evil], [evil], callers=(caller,)),
    )
    changes = tuple(
        Change("task", f"{change} {evil}", change, where, f"summary {evil}", details) for change in (ADDED, CHANGED)
    )
    problem = Problem(Severity.ERROR, "rule", where.file, 3, 5, f"message {evil}", f"hint {evil}")
    chosen = Chosen(evil, EmptyWorkspace(), Revision("x"))
    return ChangePlan(chosen, chosen, Changes(changes), (problem,))


@pytest.mark.parametrize("evil", EVIL)
def test_text_moves_no_cursor_and_begins_no_line_of_its_own(evil):
    text = report(plan(evil), "text")
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert text.count("\n") == report(plan("x"), "text").count("\n")


@pytest.mark.parametrize("evil", EVIL)
def test_markdown_holds_it_as_code_alone(evil):
    """Outside of code spans there is nothing but our own words."""
    assert outside_code(report(plan(evil), "markdown")) == outside_code(report(plan("x"), "markdown"))


@pytest.mark.parametrize("evil", EVIL)
def test_a_workflow_command_is_one_line_that_begins_with_our_own_words(evil):
    lines = report(plan(evil), "github").splitlines()
    assert len(lines) == 3
    for line in lines:
        head, _, message = line[2:].partition("::")
        level, _, properties = head.partition(" ")
        assert level in ("notice", "warning", "error")
        assert [each.partition("=")[0] for each in properties.split(",")][-1] == "title"
        assert all(letter.isprintable() for letter in line)
        assert message


@pytest.mark.parametrize("evil", EVIL)
def test_json_says_exactly_what_there_is(evil):
    found = json.loads(report(plan(evil), "json"))
    assert found["changes"][0]["name"] == f"added {evil}"
    assert found["changes"][0]["details"][0]["after"] == {evil: [evil]}


def outside_code(text: str) -> str:
    """CommonMark 6.1: a span ends at the next run of as many backticks as began it."""
    found, at = "", 0
    while at < len(text):
        if text[at] != "`":
            found, at = found + text[at], at + 1
            continue
        end = at
        while text[end : end + 1] == "`":
            end += 1
        fence, close = text[at:end], end
        while True:
            close = text.index(fence, close)
            if text[close - 1] != "`" and text[close + len(fence) : close + len(fence) + 1] != "`":
                break
            close += 1
        assert "\n" not in text[at:close]
        at, found = close + len(fence), found + "CODE"
    return found


def test_a_long_plan_fits_a_comment():
    one = plan("x")
    many = ChangePlan(one.base, one.head, Changes(one.changes.changes * 400), ())
    text = report(many, "markdown")
    assert len(text) < 65_536
    assert text.rstrip().splitlines()[-1].startswith("… and ")


def test_a_heading_in_markdown_stands_apart_from_the_list_before_it():
    """Otherwise the heading is the last line of the last item."""
    before, heading, _ = report(plan("x"), "markdown").partition("**Problems**")
    assert heading
    assert before.endswith("\n\n")
    assert before.strip().splitlines()[-1].lstrip().startswith("-")


def test_files_are_named_from_the_root():
    assert "deploy/.workflows/x.yaml:3" in report(plan("x"), "text", "deploy")
    assert "file=deploy/.workflows/x.yaml,line=3,title=" in report(plan("x"), "github", "deploy")


def test_nothing_to_say():
    one = plan("x")
    empty = ChangePlan(one.base, one.head, Changes())
    assert report(empty, "text").splitlines()[-1] == "no changes"
    assert report(empty, "github") == ""
    assert "### Plan: no changes" in report(empty, "markdown")


def test_escapes():
    assert on_one_line("a\n b\x1b[0m") == "a b\\u001b[0m"
    assert markdown("a`b``c") == "```a`b``c```"
    assert markdown("`") == "`` ` ``"
    assert command("100%\nnext") == "100%25%0Anext"
    assert command_property("a:b,c") == "a%3Ab%2Cc"

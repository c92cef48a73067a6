"""What a rule asks beside the definitions: the day, the messages of commits, who signed and who reviewed."""

from datetime import date

import pytest
from judging import FACTS, judge, messages

from gitflow.core.policy.changes import TRAILER
from gitflow.core.record import replace
from gitflow.core.trailers import has_trailer

RULES = """
rules:
  short:
    max_timeout: 1h
    except: [{name: prod/*, until: 2026-06-30, reason: slow disks}]
"""
SLOW = "tasks: {a: {folder: prod, timeout: 2h, flow: {s: {type: shell, cmd: ls}}}}"

BASE = "tasks: {a: {folder: prod, flow: {s: {type: shell, cmd: ls}}}}"
BREAKING = "tasks: {a: {folder: prod, input: {x: {required: true}}, flow: {s: {type: shell, cmd: ls}}}}"
OWNED = "rules: {owned: {match: {tasks: [prod/*]}, owners: [ann, managers]}}"
CHANGED = BASE.replace("ls", "pwd")


@pytest.mark.parametrize(("day", "count"), [(date(2026, 6, 29), 0), (date(2026, 6, 30), 0), (date(2026, 7, 1), 1)])
def test_an_exception_holds_up_to_and_with_its_day(day, count):
    found = judge(RULES, SLOW, facts=replace(FACTS, today=day))
    assert len(found) == count
    assert all("its exception ended on 2026-06-30" in problem.hint for problem in found)


def test_an_exception_is_for_what_it_names():
    found = messages(RULES, SLOW.replace("prod", "test"))
    assert found == ['task "test/a" may take 2h; at most 1h is allowed']


def test_a_level_of_warning_refuses_nothing():
    [problem] = judge("rules: {short: {max_timeout: 1h, level: warning}}", SLOW)
    assert not problem.is_error


@pytest.mark.parametrize(
    ("message", "declares"),
    [
        ("Take x\n\nBreaking: yes", True),
        ("Take x\n\nWhy.\n\nSigned-off-by: A <a@b>\nbreaking: YES\n", True),
        ("Take x\r\n\r\nBreaking: yes\r\n", True),
        ("Breaking: yes", False),
        ("Take x\n\nBreaking: no", False),
        ("Take x\n\nThis is not\nBreaking: yes", False),
        ("Take x\n\nBreaking: yes\n\nand more", False),
        ("", False),
    ],
)
def test_a_trailer_stands_in_the_last_paragraph_alone(message, declares):
    assert has_trailer([message], *TRAILER) is declares


def test_one_commit_of_the_change_declares_what_breaks():
    rules = "rules: {promised: {allow_breaking: trailer}}"
    assert len(judge(rules, BREAKING, BASE)) == 1
    facts = replace(FACTS, messages=("fix", "take x\n\nBreaking: yes", "more"))
    assert judge(rules, BREAKING, BASE, facts) == []
    assert judge(rules, BASE, BREAKING) == []


def test_what_is_not_committed_is_warned_that_its_commit_must_say_so():
    facts = replace(FACTS, is_committed=False)
    for rules in ("rules: {promised: {allow_breaking: trailer}}", OWNED):
        [problem] = judge(rules, BREAKING, BASE, facts)
        assert not problem.is_error


@pytest.mark.parametrize("given", [{"signers": frozenset({"ann"})}, {"reviewers": frozenset({"managers", "bob"})}])
def test_an_owner_signs_or_reviews(given):
    assert judge(OWNED, CHANGED, BASE, replace(FACTS, **given)) == []


@pytest.mark.parametrize("given", [{}, {"signers": frozenset({"bob"})}, {"reviewers": frozenset({"Ann"})}])
def test_nobody_else_does(given):
    assert len(judge(OWNED, CHANGED, BASE, replace(FACTS, **given))) == 1


def test_the_signature_of_a_commit_that_the_api_made_is_no_owners_and_a_review_of_it_is():
    facts = replace(FACTS, signers=frozenset({"ann"}), is_made_by_api=True)
    assert len(judge(OWNED, CHANGED, BASE, facts)) == 1
    assert judge(OWNED, CHANGED, BASE, replace(facts, reviewers=frozenset({"ann"}))) == []


def test_what_leaves_a_folder_is_owned_there():
    assert len(judge(OWNED, BASE.replace("prod", "test"), BASE)) == 1
    assert len(judge(OWNED, BASE, BASE.replace("prod", "test"))) == 1
    assert len(judge(OWNED, "tasks: {}", BASE)) == 1
    assert judge(OWNED, BASE.replace("prod", "test"), BASE.replace("prod", "dev")) == []


def test_a_hook_of_the_workspace_belongs_to_every_task():
    hooked = BASE + "\nactions: {tell: {type: shell, cmd: ls}}\non_error: [{action: tell}]"
    found = messages(OWNED, hooked, BASE)
    assert any("hook" in message for message in found), found


STRICT = "rules: {short: {match: {tasks: [prod/*]}, max_timeout: 1h}, owned: {match: {tasks: [prod/*]}, owners: [ann]}}"


@pytest.mark.parametrize(
    "new",
    [
        STRICT.replace("1h", "9h"),
        "rules: {owned: {match: {tasks: [prod/*]}, owners: [ann]}}",
        STRICT.replace("[ann]", "[ann, me]"),
        STRICT.replace("max_timeout: 1h", "max_timeout: 1h, except: [{name: '**', until: 2027-01-01, reason: me}]"),
    ],
)
def test_the_owners_of_what_a_rule_is_about_must_agree_to_its_change(new):
    [problem] = judge(STRICT, BASE, BASE, new_rules=new)
    assert (problem.file, problem.is_error) == (".workflows/policy.yaml", True)
    assert judge(STRICT, BASE, BASE, replace(FACTS, reviewers=frozenset({"ann"})), new_rules=new) == []


def test_a_rule_about_other_definitions_is_not_theirs():
    new = STRICT[:-1] + ", other: {match: {tasks: [test/*]}, max_timeout: 1h}}"
    assert judge(STRICT, BASE, BASE, new_rules=new) == []
    assert judge(STRICT, BASE, BASE, new_rules=STRICT) == []

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.cli.console.reports import FORMATS, report
from gitflow.core.problems import Problem, Severity
from gitflow.core.record import replace

WRONG = Problem(Severity.ERROR, "unknown-step", "deploy.yaml", 14, 3, 'needs "bulid"', 'did you mean "build"?')
RISKY = Problem(Severity.WARNING, "raw-value", "a b,c.yaml", 2, 1, "50% pasted:\nas it is")
TWO = (WRONG, RISKY)


def test_text_says_where_what_and_what_would_be_right():
    assert report(TWO) == (
        'deploy.yaml:14:3  needs "bulid"\n'
        '  did you mean "build"?\n'
        "a b,c.yaml:2:1  warning: 50% pasted:\n  as it is\n"
        "1 error, 1 warning\n"
    )


@pytest.mark.parametrize(
    ("problems", "count"),
    [((), "no problems"), ((WRONG, WRONG), "2 errors"), ((RISKY,), "1 warning"), ((RISKY, RISKY), "2 warnings")],
)
def test_the_last_line_counts(problems: tuple[Problem, ...], count: str):
    assert report(problems).splitlines()[-1] == count


def test_a_root_stands_before_every_file():
    assert report([WRONG], root="flows/").startswith("flows/deploy.yaml:14:3  ")
    assert report([WRONG], root=".").startswith("deploy.yaml:14:3  ")
    assert json.loads(report([WRONG], "json", root="flows"))[0]["file"] == "flows/deploy.yaml"


def test_json_is_an_array_of_problems():
    assert json.loads(report(TWO, "json"))[0] == {
        "severity": "error",
        "rule": "unknown-step",
        "file": "deploy.yaml",
        "line": 14,
        "column": 3,
        "message": 'needs "bulid"',
        "hint": 'did you mean "build"?',
    }
    assert json.loads(report((), "json")) == []


def test_github_annotates_one_line_a_problem():
    assert report(TWO, "github").splitlines() == [
        '::error file=deploy.yaml,line=14,col=3,title=unknown-step::needs "bulid"%0Adid you mean "build"?',
        "::warning file=a b%2Cc.yaml,line=2,col=1,title=raw-value::50%25 pasted:%0Aas it is",
    ]
    assert report((), "github") == ""


def test_sarif_has_rules_and_regions():
    log = json.loads(report(TWO, "sarif"))
    [run] = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["raw-value", "unknown-step"]
    for result, problem in zip(run["results"], TWO, strict=True):
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == problem.rule
        assert result["level"] == problem.severity.value
        place = result["locations"][0]["physicalLocation"]
        assert place["region"] == {"startLine": problem.line, "startColumn": problem.column}
    assert run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "a%20b%2Cc.yaml",
        "uriBaseId": "%SRCROOT%",
    }
    assert "%SRCROOT%" in run["originalUriBaseIds"]


@pytest.mark.parametrize(("root", "uri"), [
    ("", "a%23b/%C3%BC%3A.yaml"), ("/srv/x y", "file:///srv/x%20y/a%23b/%C3%BC%3A.yaml"),
    ("./f", "f/a%23b/%C3%BC%3A.yaml"),
])  # fmt: skip
def test_sarif_writes_files_as_uris(root: str, uri: str):
    [result] = json.loads(report([replace(WRONG, file="a#b/ü:.yaml")], "sarif", root=root))["runs"][0]["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == uri
    assert ("uriBaseId" in location) == (not root.startswith("/"))


def test_sarif_has_no_placeholders_in_messages():
    [result] = json.loads(report([replace(WRONG, hint="write {{ input.a }}")], "sarif"))["runs"][0]["results"]
    assert result["message"]["text"].endswith("write {{{{ input.a }}}}")


def test_sarif_leaves_out_the_place_of_what_stands_nowhere():
    [result] = json.loads(report([replace(WRONG, file="")], "sarif"))["runs"][0]["results"]
    assert result["locations"] == []


def test_junit_fails_for_errors_only():
    suites = ElementTree.fromstring(report(TWO, "junit"))
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    assert [suite.get("name") for suite in suites] == ["deploy.yaml", "a b,c.yaml"]
    failure = suites.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == 'needs "bulid"'
    assert suites.find("testsuite[2]/testcase/failure") is None


def test_junit_without_problems_is_one_case_that_passed():
    suites = ElementTree.fromstring(report((), "junit"))
    assert (suites.get("tests"), suites.get("failures")) == ("1", "0")
    assert len(suites.findall("testsuite/testcase")) == 1


PROBLEMS = st.builds(
    Problem,
    st.sampled_from([*Severity]),
    st.sampled_from(["a-b", "c"]),
    st.text(max_size=8),
    st.integers(1, 9),
    st.integers(1, 9),
    st.text(max_size=20),
    st.text(max_size=20),
)


@given(st.lists(PROBLEMS, max_size=4))
def test_whatever_a_problem_says_every_report_can_be_read(problems: list[Problem]):
    texts = {name: report(problems, name) for name in FORMATS}
    assert [found["message"] for found in json.loads(texts["json"])] == [problem.message for problem in problems]
    assert len(json.loads(texts["sarif"])["runs"][0]["results"]) == len(problems)
    assert texts["github"].count("\n") == len(problems)
    assert ElementTree.fromstring(texts["junit"]).get("failures") == str(sum(p.is_error for p in problems))

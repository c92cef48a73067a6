"""The results of workflow tests in each format: what a person reads, and what other tools accept."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitflow.cli.commands.definitions import TEST_FORMATS
from gitflow.cli.console.test_reports import FORMATS, Report
from gitflow.core.problems import Place
from gitflow.runtime.testing.coverage import Coverage, Missed
from gitflow.runtime.testing.expectations import Failure
from gitflow.runtime.testing.run import Result

FILE = ".workflows/a.test.yaml"
PASSED = Result(FILE, "it deploys", Place(FILE, 2, 3), virtual_s=93600.0, real_s=0.25)
FAILURE = Failure(Place(FILE, 14, 9), 'the output of step "build"', '"1"', "first\nsecond", "look again")
FAILED = Result(FILE, "it # fails", Place(FILE, 9, 3), (FAILURE, Failure(Place(FILE, 9, 3), "no mock")), real_s=1.5)
OTHER = Result("b.test.yaml", "other", Place("b.test.yaml", 1, 1))
COVERAGE = Coverage(
    {"step": (3, 4), "when": (1, 2), "loop": (0, 0), "hook": (1, 1)},
    (Missed("step", Place(".workflows/a.yaml", 7, 5), 'step "x" of task "t" never ran'),),
)


def report(form, *results, coverage=None, root=""):
    return "".join(f"{line}\n" for line in FORMATS[form](Report(len(results), iter(results), lambda: coverage, root)))


def test_text_says_what_was_expected_and_what_was_with_file_and_line():
    assert report("text", PASSED, FAILED, coverage=COVERAGE, root="flows") == (
        "ok      it deploys  (26h of virtual time)\n"
        "FAILED  it # fails\n"
        f'        flows/{FILE}:14:9  the output of step "build"\n'
        '          expected  "1"\n'
        "          actual    first\n"
        "                    second\n"
        "          look again\n"
        f"        flows/{FILE}:9:3  no mock\n"
        "coverage: 3 of 4 steps, 1 of 2 branches, 1 of 1 hooks\n"
        '  flows/.workflows/a.yaml:7:5  step "x" of task "t" never ran\n'
        "1 passed, 1 failed\n"
    )


def test_a_line_is_printed_as_soon_as_its_test_has_ended():
    def results():
        yield PASSED
        raise AssertionError("it asked for the next before it had printed the first")

    for form, lines in (("text", 1), ("tap", 3)):
        printed = FORMATS[form](Report(2, results(), lambda: None))
        assert "it deploys" in [next(printed) for _ in range(lines)][-1]


def test_json_has_all_of_it():
    told = json.loads(report("json", PASSED, FAILED, coverage=COVERAGE))
    assert told["summary"] == {"passed": 1, "failed": 1}
    assert told["tests"][0] == {
        "file": FILE,
        "line": 2,
        "name": "it deploys",
        "status": "passed",
        "duration_s": 0.25,
        "virtual_s": 93600.0,
        "failures": [],
    }
    assert told["tests"][1]["failures"][0] == {
        "file": FILE,
        "line": 14,
        "column": 9,
        "message": 'the output of step "build"',
        "expected": '"1"',
        "actual": "first\nsecond",
        "hint": "look again",
    }
    assert told["coverage"]["totals"]["when"] == {"covered": 1, "total": 2}
    assert told["coverage"]["missed"] == [
        {
            "kind": "step",
            "file": ".workflows/a.yaml",
            "line": 7,
            "column": 5,
            "message": 'step "x" of task "t" never ran',
        }
    ]
    assert "coverage" not in json.loads(report("json", PASSED))


#: The JUnit format as its readers (Jenkins, GitLab, GitHub) agree on it: (children, attributes needed, others known).
JUNIT = {
    "testsuites": ({"testsuite"}, {"name", "tests", "failures", "errors", "time"}, set()),
    "testsuite": ({"testcase", "system-out"}, {"name", "tests", "failures", "errors", "time"}, set()),
    "testcase": ({"failure"}, {"name", "classname", "time"}, set()),
    "failure": (set(), {"message", "type"}, set()),
    "system-out": (set(), set(), set()),
}


def check_junit(element):
    """The element and all below it have the form of the format, and the counts are those of the cases."""
    children, needed, known = JUNIT[element.tag]
    assert {child.tag for child in element} <= children, element.tag
    assert needed <= set(element.attrib) <= needed | known, element.tag
    if element.tag.startswith("testsuite"):
        assert int(element.get("tests")) == len(element.findall(".//testcase"))
        assert int(element.get("failures")) == len(element.findall(".//failure"))
        assert float(element.get("time")) >= 0
    for child in element:
        check_junit(child)


def test_junit_has_a_suite_a_file_and_a_failure_with_words():
    suites = ElementTree.fromstring(report("junit", PASSED, FAILED, OTHER, coverage=COVERAGE, root="flows"))
    check_junit(suites)
    assert [suite.get("name") for suite in suites] == [f"flows/{FILE}", "flows/b.test.yaml"]
    [failure] = suites.findall(".//failure")
    assert failure.get("message") == 'the output of step "build"; no mock'
    assert f"flows/{FILE}:14:9" in failure.text
    assert "coverage: 3 of 4 steps" in suites.find(".//system-out").text


def check_tap(text):
    """TAP 14: (ok, description, what the YAML block says) of each test; the plan agrees with the count."""
    lines = text.splitlines()
    assert lines[0] == "TAP version 14"
    found, block = [], None
    for line in lines[2:]:
        if line == "  ---":
            block = []
        elif line == "  ...":
            found[-1][2].update(yaml.safe_load("\n".join(block)))
            block = None
        elif block is not None:
            assert line.startswith("  ")
            block.append(line[2:])
        elif not line.startswith("#"):
            verdict, _, rest = line.partition(f"ok {len(found) + 1} - ")
            assert verdict in ("", "not "), line
            found.append((verdict == "", rest, {}))
    assert lines[1] == f"1..{len(found)}"
    assert block is None
    return found


def test_tap_has_a_plan_and_what_differs_in_a_block():
    first, second = check_tap(report("tap", PASSED, FAILED, coverage=COVERAGE))
    assert first == (True, f"{FILE}: it deploys", {})
    assert second[:2] == (False, f"{FILE}: it \\# fails")
    assert second[2]["failures"][0] == {
        "at": f"{FILE}:14:9",
        "message": 'the output of step "build"',
        "expected": '"1"',
        "actual": "first\nsecond",
        "hint": "look again",
    }
    assert report("tap", PASSED, coverage=COVERAGE).endswith('7:5  step "x" of task "t" never ran\n')


def test_the_command_offers_these_formats():
    assert tuple(FORMATS) == TEST_FORMATS


TEXT = st.text(max_size=20) | st.sampled_from(
    ["\x1b[2J", "a\nok 9 - forged", "]]>", "\x00", "\ud800", "  ...", "# SKIP"]
)


@given(TEXT, TEXT, st.none() | TEXT, st.none() | TEXT, TEXT)
def test_no_text_breaks_a_format(name, what, expected, actual, hint):
    failure = Failure(Place(FILE, 1, 1), what, expected, actual, hint)
    result = Result(FILE, name, Place(FILE, 1, 1), (failure,))
    told = json.loads(report("json", result))
    assert told["tests"][0]["name"] == name
    check_junit(ElementTree.fromstring(report("junit", result).encode("utf-8", "replace")))
    [(ok, _, _)] = check_tap(report("tap", result))
    assert not ok
    assert report("text", result).splitlines()[-1] == "1 failed" or report("text", result).endswith(
        "0 passed, 1 failed\n"
    )

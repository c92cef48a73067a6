"""Formats the results of workflow tests: as text for people, and in the formats that other tools read.

Each format is one function in the table at the end. It gives its lines as the results come.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as xml

from gitflow.cli.console.escape import indented, one_line
from gitflow.core.record import Record
from gitflow.runners.messages import duration
from gitflow.runtime.testing.coverage import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gitflow.core.problems import Place
    from gitflow.core.values import JsonObject
    from gitflow.runtime.testing.coverage import Coverage
    from gitflow.runtime.testing.expectations import Failure
    from gitflow.runtime.testing.run import Result


class Report(Record):
    """What a report is made from."""

    count: int
    results: Iterable[Result]  #: as they come
    coverage: Callable[[], Coverage | None]  #: to be asked for once they have all come; None where nobody wants it
    root: str = ""  #: stands before every file name

    def spot(self, where: Place) -> str:
        return one_line(f"{self.file(where.file)}:{where.line}:{where.column}")

    def file(self, path: str) -> str:
        return f"{self.root.rstrip('/')}/{path}" if self.root not in ("", ".") else path


def _text(report: Report) -> Iterator[str]:
    failed = 0
    for result in report.results:
        failed += not result.has_passed
        yield f"{'ok    ' if result.has_passed else 'FAILED'}  {one_line(result.name)}{_took(result)}"
        for failure in result.failures:
            yield from _failure(report, failure)
    yield from _covered(report, report.coverage())
    passed = report.count - failed
    yield ", ".join([f"{passed} passed", *([f"{failed} failed"] if failed else [])])


def _took(result: Result) -> str:
    return f"  ({duration(result.virtual_s)} of virtual time)" if result.virtual_s >= 1 else ""


def _failure(report: Report, failure: Failure) -> Iterator[str]:
    yield f"        {report.spot(failure.where)}  {indented(failure.what, ' ' * 10)}"
    for word, value in (("expected", failure.expected), ("actual", failure.actual)):
        if value is not None:
            yield f"          {word:8}  {indented(value, ' ' * 20)}"
    if failure.hint:
        yield f"          {indented(failure.hint, ' ' * 10)}"


def _covered(report: Report, coverage: Coverage | None) -> Iterator[str]:
    if coverage is None:
        return
    counted = [f"{done} of {total} {KINDS[kind][1]}" for kind, (done, total) in coverage.totals.items() if total]
    yield f"coverage: {', '.join(counted) or 'nothing to cover'}"
    for missed in coverage.missed:
        yield f"  {report.spot(missed.where)}  {one_line(missed.what)}"


def _json(report: Report) -> Iterator[str]:
    tests = [_described(result) for result in report.results]
    failed = sum(test["status"] == "failed" for test in tests)
    whole: JsonObject = {"tests": tests, "summary": {"passed": len(tests) - failed, "failed": failed}}
    coverage = report.coverage()
    if coverage is not None:
        whole["coverage"] = {
            "totals": {kind: {"covered": done, "total": total} for kind, (done, total) in coverage.totals.items()},
            "missed": [{"kind": one.kind, **_place(one.where), "message": one.what} for one in coverage.missed],
        }
    yield json.dumps(whole, indent=2, ensure_ascii=False)


def _described(result: Result) -> JsonObject:
    return {
        "file": result.file,
        "line": result.where.line,
        "name": result.name,
        "status": "passed" if result.has_passed else "failed",
        "duration_s": round(result.real_s, 6),
        "virtual_s": round(result.virtual_s, 6),
        "failures": [
            {
                **_place(failure.where),
                "message": failure.what,
                "expected": failure.expected,
                "actual": failure.actual,
                "hint": failure.hint,
            }
            for failure in result.failures
        ],
    }


def _place(where: Place) -> JsonObject:
    return {"file": where.file, "line": where.line, "column": where.column}


def _junit(report: Report) -> Iterator[str]:
    """A suite a file."""
    results = list(report.results)
    suites = xml.Element("testsuites", {"name": "gitflow test", **_totals(results)})
    for file in dict.fromkeys(result.file for result in results):
        here = [result for result in results if result.file == file]
        suite = xml.SubElement(suites, "testsuite", {"name": clean(report.file(file)), **_totals(here)})
        for result in here:
            attributes = {"name": clean(result.name), "classname": clean(report.file(file)), "time": _time(result)}
            case = xml.SubElement(suite, "testcase", attributes)
            if not result.has_passed:
                message = clean("; ".join(failure.what for failure in result.failures))
                words = [line.strip() for failure in result.failures for line in _failure(report, failure)]
                xml.SubElement(case, "failure", message=message, type="expectation").text = clean("\n".join(words))
    coverage = list(_covered(report, report.coverage()))
    if coverage and len(suites):
        xml.SubElement(suites[-1], "system-out").text = clean("\n".join(coverage))
    xml.indent(suites)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield xml.tostring(suites, encoding="unicode")


def _totals(results: list[Result]) -> dict[str, str]:
    failures = sum(not result.has_passed for result in results)
    seconds = sum(result.real_s for result in results)
    return {"tests": str(len(results)), "failures": str(failures), "errors": "0", "time": f"{seconds:.3f}"}


def _time(result: Result) -> str:
    return f"{result.real_s:.3f}"


def clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else "�" for c in text)


def _tap(report: Report) -> Iterator[str]:
    """TAP 14: what differs is in the YAML block of a test, whose values are written as JSON."""
    yield "TAP version 14"
    yield f"1..{report.count}"
    for number, result in enumerate(report.results, 1):
        verdict = "ok" if result.has_passed else "not ok"
        yield f"{verdict} {number} - {_literal(one_line(f'{report.file(result.file)}: {result.name}'))}"
        if not result.has_passed:
            yield from ("  ---", *_diagnostics(report, result), "  ...")
    for line in _covered(report, report.coverage()):
        yield f"# {line}"


def _diagnostics(report: Report, result: Result) -> Iterator[str]:
    yield "  failures:"
    for failure in result.failures:
        yield f"    - at: {json.dumps(report.spot(failure.where), ensure_ascii=False)}"
        shown = {"message": failure.what, "expected": failure.expected, "actual": failure.actual, "hint": failure.hint}
        for word, value in shown.items():
            if value:
                yield f"      {word}: {json.dumps(value)}"


def _literal(text: str) -> str:
    """A ``#`` would begin a directive, such as ``# SKIP``."""
    return text.replace("\\", "\\\\").replace("#", "\\#")


#: What ``--format`` takes.
FORMATS: Mapping[str, Callable[[Report], Iterator[str]]] = {
    "text": _text,
    "json": _json,
    "junit": _junit,
    "tap": _tap,
}

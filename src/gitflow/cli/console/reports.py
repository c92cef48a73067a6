"""Formats problems: as text for people, and in the formats that other tools read.

Each format is one function in the table at the end.
"""

from __future__ import annotations

import os.path

from gitflow import __version__
from gitflow.cli.console.escape import indented, one_line
from gitflow.core import json_codec
from gitflow.core.problems import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from gitflow.core.problems import Problem
    from gitflow.core.values import JsonObject

#: The name that SARIF readers use for the base folder of relative URIs.
_SOURCES = "%SRCROOT%"


def report(problems: Sequence[Problem], format: str = "text", *, root: str = "") -> str:
    """The whole report, ending with a newline. ``root`` stands before every file name.

    Raises KeyError for a format that is not in ``FORMATS``.
    """
    return FORMATS[format](problems, root)


def _text(problems: Sequence[Problem], root: str) -> str:
    lines: list[str] = []
    for problem in problems:
        message = problem.message if problem.is_error else f"warning: {problem.message}"
        lines += (
            f"{one_line(_spot(problem, root))}  {indented(message, '  ')}" if problem.file else indented(message, "  "),
            *(f"  {line}" for line in problem.hint.splitlines()),
        )
    return "".join(f"{line}\n" for line in (*lines, _count(problems)))


def _count(problems: Sequence[Problem]) -> str:
    errors = sum(problem.is_error for problem in problems)
    counts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (len(problems) - errors, "warning"))
        if count
    ]
    return ", ".join(counts) or "no problems"


def _json(problems: Sequence[Problem], root: str) -> str:
    listed = [
        {
            "severity": problem.severity.value,
            "rule": problem.rule,
            "file": _file(problem, root),
            "line": problem.line,
            "column": problem.column,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in problems
    ]
    return json_codec.dumps(listed, indent=2, ensure_ascii=False) + "\n"


def _github(problems: Sequence[Problem], root: str) -> str:
    """Workflow commands: an annotation at each place of a pull request."""
    return "".join(
        f"::{problem.severity.value} file={_property(_file(problem, root))},line={problem.line},"
        f"col={problem.column},title={_property(problem.rule)}::{_command(_sentence(problem))}\n"
        for problem in problems
    )


def _command(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _command(text).replace(":", "%3A").replace(",", "%2C")


def _gitlab(problems: Sequence[Problem], root: str) -> str:
    """A Code Quality report. A finding is known again by its fingerprint, which does not count lines."""
    from collections import Counter
    from hashlib import sha256

    seen = Counter[tuple[str, str, str]]()
    listed: list[JsonObject] = []
    for problem in problems:
        what = (problem.rule, _file(problem, root), problem.message)
        seen[what] += 1
        listed.append(
            {
                "description": _sentence(problem),
                "check_name": problem.rule,
                "fingerprint": sha256("\0".join((*what, str(seen[what]))).encode(errors="replace")).hexdigest(),
                "severity": "major" if problem.is_error else "minor",
                "location": {"path": _file(problem, root), "lines": {"begin": problem.line}},
            }
        )
    return json_codec.dumps(listed, indent=2, ensure_ascii=False) + "\n"


def _sarif(problems: Sequence[Problem], root: str) -> str:
    rules = sorted({problem.rule for problem in problems})
    driver: JsonObject = {
        "name": "gitflow",
        "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": rule.replace("-", " ")}} for rule in rules],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_SOURCES: {"description": {"text": "The top of the checkout."}}},
                "results": [_result(problem, rules.index(problem.rule), root) for problem in problems],
            }
        ],
    }
    return json_codec.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(problem: Problem, rule: int, root: str) -> JsonObject:
    region = {"startLine": problem.line, "startColumn": problem.column}
    artifact = _artifact(_file(problem, root))
    return {
        "ruleId": problem.rule,
        "ruleIndex": rule,
        "level": problem.severity.value,
        "message": {"text": _literal(_sentence(problem))},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}] if problem.file else [],
    }


def _literal(text: str) -> str:
    """SARIF 2.1.0, 3.11.5: a brace of a message is doubled, or it would begin a placeholder."""
    return text.replace("{", "{{").replace("}", "}}")


def _artifact(path: str) -> JsonObject:
    """The file as a URI: relative to the checkout, unless its path is absolute."""
    from urllib.parse import quote

    uri = quote(os.fsencode(os.path.normpath(path)))
    return {"uri": f"file://{uri}"} if os.path.isabs(path) else {"uri": uri, "uriBaseId": _SOURCES}


def _junit(problems: Sequence[Problem], root: str) -> str:
    """JUnit XML: a suite for each file; an error is a failed case, a warning a passed case with output."""
    from xml.etree import ElementTree as xml

    suites = xml.Element("testsuites", {"name": "gitflow validate"} | _totals(problems))
    for file in dict.fromkeys(problem.file for problem in problems) or ("definitions",):
        here = [problem for problem in problems if problem.file == file]
        suite = xml.SubElement(suites, "testsuite", {"name": _clean(_path(file, root))} | _totals(here))
        for problem in here:
            name = _clean(f"{problem.rule} at {problem.line}:{problem.column}")
            case = xml.SubElement(suite, "testcase", name=name, classname=_clean(_file(problem, root)))
            _verdict(case, problem, root)
        if not here:
            xml.SubElement(suite, "testcase", name="valid", classname="gitflow")
    xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(suites, encoding="unicode") + "\n"


def _verdict(case: Element, problem: Problem, root: str) -> None:
    from xml.etree import ElementTree as xml

    words = _clean(f"{_spot(problem, root)}  {_sentence(problem)}")
    if problem.is_error:
        xml.SubElement(case, "failure", message=_clean(problem.message), type=problem.rule).text = words
    else:
        xml.SubElement(case, "system-out").text = words


def _totals(problems: Sequence[Problem]) -> dict[str, str]:
    failures = sum(problem.severity is Severity.ERROR for problem in problems)
    return {"tests": str(max(len(problems), 1)), "failures": str(failures), "errors": "0"}


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else "�" for c in text)


def _sentence(problem: Problem) -> str:
    return f"{problem.message}\n{problem.hint}" if problem.hint else problem.message


def _spot(problem: Problem, root: str) -> str:
    return f"{_file(problem, root)}:{problem.line}:{problem.column}"


def _file(problem: Problem, root: str) -> str:
    return _path(problem.file, root)


def _path(file: str, root: str) -> str:
    return f"{root.rstrip('/')}/{file}" if root not in ("", ".") else file


#: Value of ``--format`` -> function.
FORMATS: Mapping[str, Callable[[Sequence[Problem], str], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "gitlab": _gitlab,
    "sarif": _sarif,
    "junit": _junit,
}

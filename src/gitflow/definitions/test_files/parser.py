"""From a ``*.test.yaml`` file that passed its schema to its cases."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gitflow.core.durations import moment, seconds
from gitflow.core.problems import Problem
from gitflow.core.values import is_object
from gitflow.definitions.source import schemas
from gitflow.definitions.source.locations import place_of
from gitflow.definitions.source.reader import read
from gitflow.definitions.test_files.case import DEFAULT_NOW, Case, Decision, Expected, LogLine, Mock, SentEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.language.sources import SourceFile
    from gitflow.core.problems import Place
    from gitflow.core.values import Json, JsonObject
    from gitflow.definitions.source.reader import Document

    Path = tuple[str | int, ...]


def parse_file(file: SourceFile) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """The cases of a file, and what is wrong with it; a test that breaks the schema is left out. Never raises."""
    document = read(file.path, file.data)
    findings = schemas.findings(document, "test")
    unread = {(problem.line, problem.column) for problem in document.problems}
    problems = [*document.problems]
    problems += [problem for _, problem in findings if (problem.line, problem.column) not in unread]
    if document.readable and document.value is None:
        problems.append(_empty(document))
    broken = {path[:2] for path, _ in findings}
    cases: list[Case] = []
    for name, written in _tests_of(document, broken):
        where = partial(_place, document, name)
        now = _moment(written.get("now", DEFAULT_NOW), where)
        if isinstance(now, Problem):
            problems.append(now)
        else:
            cases.append(_case(name, written, document.path, where, now))
    return tuple(cases), tuple(problems)


def _empty(document: Document) -> Problem:
    hint = "write `tests:` with a test below it, or remove the file"
    return Problem.at(place_of(document, ()), "missing-key", 'the file needs the key "tests"', hint)


def _tests_of(document: Document, broken: set[Path]) -> Iterator[tuple[str, JsonObject]]:
    tests = document.value.get("tests") if is_object(document.value) else None
    if not is_object(tests) or ("tests",) in broken or () in broken:
        return
    for name, written in tests.items():
        if ("tests", name) not in broken and is_object(written):
            yield name, written


def _place(document: Document, name: str, *path: str | int, key: bool = False) -> Place:
    return place_of(document, ("tests", name, *path), key)


def _moment(written: Json, at: Callable[..., Place]) -> float | Problem:
    """Text may have the form of a time and be none: a thirteenth month."""
    try:
        return moment(written)
    except ValueError as error:
        return Problem.at(at("now"), "bad-format", f'"now" cannot be "{written}"', str(error))


def _case(name: str, written: JsonObject, file: str, at: Callable[..., Place], now: float) -> Case:
    return Case(
        name=name,
        file=file,
        task=written["task"],
        at=at,
        input=written.get("input", {}),
        revision=written.get("revision"),
        mocks={key: _mock(mock) for key, mock in written.get("mocks", {}).items()},
        real=tuple(written.get("real", ())),
        events=tuple(map(_event, written.get("events", ()))),
        approvals={key: _decision(one) for key, one in written.get("approvals", {}).items()},
        now=now,
        secrets=written.get("secrets", {}),
        expect=_expected(written.get("expect", {})),
    )


def _mock(written: JsonObject) -> Mock:
    return Mock(
        written.get("output"),
        written.get("exit_code"),
        written.get("error"),
        seconds(written.get("delay", 0)),
        tuple(map(_mock, written.get("sequence", ()))),
    )


def _event(written: JsonObject) -> SentEvent:
    return SentEvent(written["type"], written.get("payload"), written.get("id"), written.get("after"))


def _decision(written: JsonObject) -> Decision:
    after_s = seconds(written.get("after", 0))
    return Decision(written["approved"], written.get("input"), written.get("reason", ""), after_s)


def _expected(written: JsonObject) -> Expected:
    return Expected(
        status=written.get("status", "completed"),
        steps={name: _expected_step(step) for name, step in written.get("steps", {}).items()},
        order=tuple(_order(text) for text in written.get("order", ())),
        output=written.get("output"),
        has_output="output" in written,
        logs=tuple(LogLine(log["step"], log.get("contains"), log.get("matches")) for log in written.get("logs", ())),
        not_run=tuple(written.get("not_run", ())),
    )


def _expected_step(written: Any) -> JsonObject:
    if isinstance(written, str):
        return {"status": written}
    return {key: value for key, value in written.items() if not key.startswith("x-")}


def _order(text: str) -> tuple[str, str]:
    first, _, second = text.split()
    return first, second

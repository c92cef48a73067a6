"""Compares what happened with what a test expects. Each difference is a Failure, at its place in the test's file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.matching.grammar import PatternReader
from gitflow.core.matching.linear import compiled
from gitflow.core.names import closest
from gitflow.core.record import Record
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.problems import Place
    from gitflow.core.values import Json
    from gitflow.definitions.test_files.case import Case, LogLine
    from gitflow.runtime.testing.course import Course

    Path = tuple[str | int, ...]

#: Of a value that differs in many places, so many are shown.
MAX_DIFFERENCES = 5
#: Of the lines of a step, so many are shown: the last.
MAX_LINES = 5
#: How much of a value is shown, in characters.
MAX_SHOWN = 500


class Failure(Record):
    """Why a test has failed. ``expected`` and ``actual`` are None for what is no comparison."""

    where: Place
    what: str
    expected: str | None = None
    actual: str | None = None
    hint: str = ""


def failures_of(case: Case, course: Course) -> Iterator[Failure]:
    """In the order of the test's file, by kind."""
    yield from _status(case, course.last)
    yield from _steps(case, course.last)
    yield from _order(case, course)
    if case.expect.has_output:
        yield from _value(case, ("expect", "output"), "the output of the job", case.expect.output, course.last.output)
    for index, line in enumerate(case.expect.logs):
        yield from _line(case, index, line, course)
    yield from _not_run(case, course)


def _status(case: Case, job: Job) -> Iterator[Failure]:
    if job.ended and job.status.value != case.expect.status:
        actual = _with_reason(job.status.value, job.error_message)
        yield Failure(case.at("expect", "status"), "the status of the job", case.expect.status, actual)


def _with_reason(status: str, reason: str | None) -> str:
    return f"{status} ({reason})" if reason else status


def _steps(case: Case, job: Job) -> Iterator[Failure]:
    for name, expected in case.expect.steps.items():
        run = job.steps.get(name)
        if run is None:
            yield Failure(
                case.at("expect", "steps", name, key=True),
                f'step "{name}"',
                "to be in the job",
                f'task "{job.task_name}" made no such step',
                closest(name, job.steps),
            )
            continue
        for key, value in expected.items():
            yield from _COMPARED[key](case, ("expect", "steps", name, key), run, value)


def _step_status(case: Case, path: Path, run: StepRun, expected: Json) -> Iterator[Failure]:
    if run.status.value != expected:
        actual = _with_reason(run.status.value, run.error_message or run.skip_reason)
        yield Failure(case.at(*path), f'the status of step "{run.name}"', str(expected), actual)


def _attempts(case: Case, path: Path, run: StepRun, expected: Json) -> Iterator[Failure]:
    if run.attempt != expected:
        yield Failure(case.at(*path), f'the attempts of step "{run.name}"', str(expected), str(run.attempt))


def _skip_reason(case: Case, path: Path, run: StepRun, expected: Json) -> Iterator[Failure]:
    if str(expected) not in (run.skip_reason or ""):
        actual = run.skip_reason or f"it was not skipped: it is {run.status.value}"
        yield Failure(case.at(*path), f'why step "{run.name}" was skipped', f"…{expected}…", actual)


def _step_output(case: Case, path: Path, run: StepRun, expected: Json) -> Iterator[Failure]:
    yield from _value(case, path, f'the output of step "{run.name}"', expected, run.output)


def _step_input(case: Case, path: Path, run: StepRun, expected: Json) -> Iterator[Failure]:
    yield from _value(case, path, f'the input of step "{run.name}"', expected, run.input)


#: By key of an expected step.
_COMPARED: Mapping[str, Callable[[Case, Path, StepRun, Json], Iterator[Failure]]] = {
    "status": _step_status,
    "attempts": _attempts,
    "skip_reason": _skip_reason,
    "output": _step_output,
    "input": _step_input,
}


def _order(case: Case, course: Course) -> Iterator[Failure]:
    for index, (first, second) in enumerate(case.expect.order):
        if not course.has_begun(second):
            actual = f'"{second}" never began'
        elif course.is_in_order(first, second):
            continue
        else:
            actual = f'"{second}" began before "{first}" had ended'
        yield Failure(case.at("expect", "order", index), "the order of the steps", f"{first} before {second}", actual)


def _line(case: Case, index: int, wanted: LogLine, course: Course) -> Iterator[Failure]:
    lines = course.lines(wanted.step)
    if wanted.contains is not None:
        where, expected = case.at("expect", "logs", index, "contains"), f"a line that contains {wanted.contains!r}"
        found = any(wanted.contains in line for line in lines)
    else:
        pattern = wanted.matches or ""
        where, expected = case.at("expect", "logs", index, "matches"), f"a line that matches {pattern!r}"
        found = any(map(_finder(pattern), lines))
    if not found:
        yield Failure(where, f'the log of step "{wanted.step}"', expected, _last(lines))


def _finder(pattern: str) -> Callable[[str], bool]:
    """Whether a part of a text matches, in linear time; the pattern was checked when the file was read."""
    return compiled(f"(?s:.)*(?:{PatternReader(pattern).read().text})(?s:.)*")


def _last(lines: list[str]) -> str:
    if not lines:
        return "it printed nothing"
    left_out = [f"… {len(lines) - MAX_LINES} lines before"] if len(lines) > MAX_LINES else []
    return "\n".join([*left_out, *(_cut(line) for line in lines[-MAX_LINES:])])


def _not_run(case: Case, course: Course) -> Iterator[Failure]:
    for index, name in enumerate(case.expect.not_run):
        if course.has_begun(name):
            run = course.last.steps.get(name)
            actual = f"it ran, and is {run.status.value}" if run else "it ran"
            yield Failure(case.at("expect", "not_run", index), f'step "{name}"', "not to run", actual)


def _value(case: Case, path: Path, what: str, expected: Json, actual: Json) -> Iterator[Failure]:
    for found, (inside, wanted, got) in enumerate(differences(expected, actual)):
        if found == MAX_DIFFERENCES:
            yield Failure(case.at(*path), f"{what} differs in more places")
            return
        shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in inside)
        yield Failure(case.at(*path, *inside), f"{what}{shown and f', at {shown}'}", _shown(wanted), _shown(got))


class Absent:
    """Stands for a missing value."""


ABSENT = Absent()


def differences(expected: Json, actual: Json, path: Path = ()) -> Iterator[tuple[Path, Json, Json]]:
    """Where two values differ, with both values there. Numbers are equal by value; true is not a number."""
    if is_object(expected) and is_object(actual):
        for key in dict.fromkeys((*expected, *actual)):
            yield from differences(expected.get(key, ABSENT), actual.get(key, ABSENT), (*path, key))
    elif is_list(expected) and is_list(actual) and len(expected) == len(actual):
        for index, (wanted, got) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(wanted, got, (*path, index))
    elif isinstance(expected, bool) is not isinstance(actual, bool) or expected != actual:
        yield path, expected, actual


def _shown(value: Json) -> str:
    return "nothing" if value is ABSENT else _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"

"""Formats the table of medians and ratios, for the terminal and for results.md."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measure import Sample
from benchmarks.rows import Row

HEAD = ("row", "program", "median", "min", "max", "to Dagu", "goal")

#: The peer that ratios are taken to.
MARK = "dagu"


@dataclass(frozen=True, slots=True)
class Result:
    row: Row
    samples: Mapping[str, Sequence[Sample]]  #: by program


def _values(row: Row, samples: Iterable[Sample]) -> list[float]:
    """Milliseconds, or for a row about memory, MB."""
    if row.memory:
        return [sample.peak_kib * 1024 / 1e6 for sample in samples]
    return [(sample.seconds - row.base_s) * 1000 for sample in samples]


def _figure(row: Row, value: float) -> str:
    rate = f" = {1000 / value:,.0f}/s" if row.rate else ""
    return f"{value:,.1f} {'MB' if row.memory else 'ms'}{rate}"


def _ratio(result: Result, program: str) -> str:
    if program == MARK or MARK not in result.samples:
        return ""
    own = statistics.median(_values(result.row, result.samples[program]))
    return f"{own / statistics.median(_values(result.row, result.samples[MARK])):.2f}"


def _goal(row: Row, program: str) -> str:
    if program != "gitflow":
        return ""
    return row.goal_text or (f"≤ {row.goal:.2f}" if row.goal is not None else "")


def lines(result: Result) -> list[tuple[str, ...]]:
    """One line for each program, in the order of HEAD."""
    found: list[tuple[str, ...]] = []
    for program, samples in result.samples.items():
        values = _values(result.row, samples)
        figures = (statistics.median(values), min(values), max(values))
        found.append(
            (
                result.row.name,
                program,
                *(_figure(result.row, value) for value in figures),
                _ratio(result, program),
                _goal(result.row, program),
            )
        )
    return found


def as_text(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in (HEAD, *rows)) for column in range(len(HEAD))]

    def line(cells: Sequence[str]) -> str:
        left = [cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True)]
        right = [cell.rjust(width) for cell, width in zip(cells[2:], widths[2:], strict=True)]
        return "  ".join([*left, *right]).rstrip()

    return "\n".join(line(row) for row in (HEAD, *rows))


def as_markdown(rows: Sequence[tuple[str, ...]]) -> str:
    ruler = ("---", "---", "--:", "--:", "--:", "--:", "--:")
    return "\n".join("| " + " | ".join(row) + " |" for row in (HEAD, ruler, *rows))

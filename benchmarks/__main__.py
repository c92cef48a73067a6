"""``python -m benchmarks [row…]``: runs the rows side by side with the peers and prints the table.

A run of all rows also keeps it, in results.md.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from pathlib import Path

from benchmarks import calibration, contenders, peers, servers, table
from benchmarks.measure import Command, Failed, interleaved, least_peak_kib, prove
from benchmarks.rows import ROWS, Row

RESULTS = Path(__file__).with_name("results.md")
WORK = peers.CACHE / "work"


def _command(row: Row, program: peers.Program) -> Command | None:
    folder = WORK / row.name / program.name
    folder.mkdir(parents=True)
    if row.flow is None:
        return contenders.special(row.name, program, folder)
    return contenders.FLOWS[program.name](program, row.flow, folder)


def _run(row: Row, programs: dict[str, peers.Program], notes: list[str]) -> table.Result:
    if row.served:
        return table.Result(row, servers.measured(row.name, programs, row.times, WORK, notes))
    commands: dict[str, Command] = {}
    for name, program in programs.items():
        try:
            if command := _command(row, program):
                prove(command, WORK / "errors")  # one that cannot do it must not stop the others
                commands[name] = command
        except Failed as error:
            notes.append(f"{row.name}: {name} is left out: {error}")
    return table.Result(row, interleaved(commands, row.times, WORK / "errors", of_memory=row.memory))


def _calibrated(row: Row, programs: dict[str, peers.Program], notes: list[str]) -> tuple[table.Result, str]:
    """The result, and how fast and how quiet the machine was."""
    speed = calibration.measure_speed()
    before = calibration.moment()
    result = _run(row, programs, notes)
    others = calibration.used_by_others(before, calibration.moment())
    return result, calibration.described(speed, others)


def _machine(programs: dict[str, peers.Program]) -> str:
    versions = ", ".join(f"{p.name} {p.version}".strip() for p in programs.values())
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}: {versions}; Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load} at the start; "
        f"the least that a peak can show is {least_peak_kib() * 1024 / 1e6:.0f} MB"
    )


def _chosen(names: list[str]) -> list[Row]:
    known = {row.name: row for row in ROWS}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no such row: {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in names] or list(ROWS)


def _keep(machine: str, rows: list[tuple[str, ...]], calibrations: dict[str, str], notes: list[str]) -> None:
    about = "\n".join(f"- `{row.name}`: {row.about}. {calibrations[row.name]}" for row in ROWS)
    parts = ["# The last measurement", machine + ".", table.as_markdown(rows), about, *notes]
    RESULTS.write_text("\n\n".join(parts) + "\n")


def _sweep() -> None:
    """Removes the work folder, so that no run starts with the files of an earlier one or leaves a gigabyte of logs."""
    for folder in (WORK, contenders.GITFLOW_HOME, peers.CACHE / "dagu-home"):
        shutil.rmtree(folder, ignore_errors=True)


def main(names: list[str]) -> None:
    chosen = _chosen(names)
    _sweep()
    programs, notes = peers.install()
    machine = _machine(programs)
    print(machine, file=sys.stderr)
    rows: list[tuple[str, ...]] = []
    calibrations: dict[str, str] = {}
    for row in chosen:
        result, calibrations[row.name] = _calibrated(row, programs, notes)
        print(f"{row.name}: {row.about}. {calibrations[row.name]}", file=sys.stderr)
        rows += table.lines(result)
    _sweep()
    print(table.as_text(rows))
    for note in notes:
        print(note, file=sys.stderr)
    if chosen == list(ROWS):  # a part of the table would not replace the whole
        _keep(machine, rows, calibrations, notes)


if __name__ == "__main__":
    main(sys.argv[1:])

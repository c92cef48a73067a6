"""The commands of docs/scaling.md measure what the page says: its rows exist, and the model gives its figures again."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scaling.md").read_text()
#: A command of the page -> what it is measured with here, and the form of each line that it then prints.
SMALL = {
    "benchmarks.links": (
        ["--seconds", "1", "2"],
        [r"2 agents: +[\d.]+% of a core, +-?[\d.]+ MB more, +[\d.]+ pings/s"],
    ),
    "benchmarks.engine": (
        ["--turns", "5", "1", "4"],
        [rf"{jobs} jobs a turn: +\d+ jobs/s, .* CPU a job [\d.]+ ms, trips a turn 0\.00" for jobs in (1, 4)],
    ),
}


def measured(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_rows_that_the_page_names_are_measured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.rows import ROWS

    named = set(re.findall(r"make bench ROWS=([\w-]+)", PAGE))
    assert named
    assert named - {row.name for row in ROWS} == set()


def test_every_command_of_the_page_is_followed_here():
    assert set(re.findall(r"python -m (benchmarks\.\w+)", PAGE)) == {*SMALL, "benchmarks.model"}


@pytest.mark.parametrize("command", SMALL)
def test_a_measurement_of_the_page_measures(command: str):
    words, lines = SMALL[command]
    printed = [line.strip() for line in measured(command, *words).splitlines() if not line.startswith("load ")]
    assert len(printed) == len(lines)
    assert all(re.fullmatch(form, line) for form, line in zip(lines, printed, strict=True)), printed


def test_the_model_gives_the_figures_of_the_page_again():
    """The busiest hour of a million jobs a day. The same words give the same figures, on every machine."""
    [row] = re.findall(r"^\| 1,000 \| 1 million \| the busiest hour \| `(.*?)` \| (.*) \|$", PAGE, re.MULTILINE)
    options, told = row
    words = ["--agents", "1000", "--jobs-a-day", "1000000", "--from", "13.5", "--hours", "1", *options.split()]
    printed = measured("benchmarks.model", *words)
    busy = re.search(r"core: ([\d.]+)% busy, ([\d.]+)% in the busiest minute", printed)
    late = re.search(r"decided: p50 ([\d.]+) ms, p99 ([\d.]+) ms, .*by schedules at most ([\d.]+) s", printed)
    assert busy is not None
    assert late is not None
    core = ", ".join(f"{float(each):.0f} %" for each in busy.groups())
    latency = ", ".join(f"{float(each):.0f} ms" for each in late.groups()[:2])
    assert told == f"{core} | {latency} | {late[3]} s | 0 s", printed

"""Which ids the processes of a step can have: after a long step it must be known that they have not wrapped around."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from gitflow.runners import pids

LONG_S = 3600.0


@pytest.fixture(autouse=True)
def few_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose ids can wrap around within a step, as those with the kernel's default of 32,768."""
    monkeypatch.setattr(pids, "_largest", 32_768)
    monkeypatch.setattr(pids, "_counted", (0.0, None))


@pytest.fixture
def step() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "1000"]) as process:
        yield process
        process.kill()


def start() -> None:
    subprocess.run(["true"], check=True)


def test_each_start_is_counted() -> None:
    before = pids._read_starts()
    start()
    after = pids._read_starts()
    assert before is not None
    assert after is not None
    assert after > before


def test_a_count_is_kept_for_a_moment_and_never_too_large() -> None:
    first = pids.count_starts()
    start()
    now = pids._read_starts()
    assert first is not None
    assert now is not None
    assert first <= (pids.count_starts() or 0) <= now


def test_where_ids_hardly_wrap_around_starts_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pids, "_largest", 4_194_304)
    assert pids.count_starts() is None


def test_after_a_long_step_whose_starts_were_counted_only_newer_ids_are_looked_at() -> None:
    starts = pids.count_starts()
    with subprocess.Popen(["sleep", "1000"]) as step:
        start()
        looked_at = pids.newer_than(step.pid, LONG_S, starts)
        have_wrapped = (pids.last_pid() or 0) < step.pid  # at this very moment
        assert have_wrapped or all(pid > step.pid for pid in looked_at)
        step.kill()


@pytest.mark.parametrize("starts", [None, -1_000_000])
def test_without_a_count_or_after_many_starts_all_are_looked_at(
    step: subprocess.Popen[bytes], starts: int | None
) -> None:
    counted = pids._read_starts()
    assert counted is not None
    known = None if starts is None else counted + starts
    assert 1 in pids.newer_than(step.pid, LONG_S, known)


def test_ids_that_the_counted_starts_do_not_explain_are_not_trusted() -> None:
    """A start that fails late uses up an id and is not counted."""
    last, counted = pids.last_pid(), pids._read_starts()
    assert last is not None
    assert 1 in pids.newer_than(max(2, last - 1000), LONG_S, counted)


def test_after_a_short_step_whose_id_is_larger_than_the_last_all_are_looked_at() -> None:
    last = pids.last_pid()
    assert last is not None
    assert 1 in pids.newer_than(last + 1000, 0.0)


def test_a_kernel_that_says_nothing_is_not_trusted(
    step: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pids, "_files", {"stat": None, "loadavg": None})
    assert pids.last_pid() is None
    assert pids.count_starts() is None
    assert 1 in pids.newer_than(step.pid, 0.0)

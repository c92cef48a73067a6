"""The measurements measure: times above the work itself, ratios of medians, and failures that are seen."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def measuring(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root))
    from benchmarks import contenders, measure, rows, table

    return contenders, measure, rows, table


def samples(measure, *seconds):
    return [measure.Sample(one, 1000) for one in seconds]


def test_a_ratio_is_of_medians_and_leaves_out_what_the_work_itself_takes(measuring):
    _, measure, rows, table = measuring
    row = rows.Row("nap", "", 3, base_s=1.0, goal=0.5)
    result = table.Result(row, {"dagu": samples(measure, 1.2, 1.1, 9), "gitflow": samples(measure, 1.1, 1.1, 1.1)})
    assert table.lines(result) == [
        ("nap", "dagu", "200.0 ms", "100.0 ms", "8,000.0 ms", "", ""),
        ("nap", "gitflow", "100.0 ms", "100.0 ms", "100.0 ms", "0.50", "≤ 0.50"),
    ]


def test_without_the_peer_there_is_no_ratio(measuring):
    _, measure, rows, table = measuring
    result = table.Result(rows.Row("nap", "", 1), {"gitflow": samples(measure, 1)})
    assert [line[5] for line in table.lines(result)] == [""]


def test_rounds_go_through_everybody_in_turn(measuring, tmp_path):
    _, measure, _, _ = measuring
    order = []
    commands = {
        name: measure.Command(["true"], tmp_path, {}, before=lambda name=name: order.append(name)) for name in "ab"
    }
    measure.interleaved(commands, 2, tmp_path / "errors")
    assert "".join(order) == "abab"


def test_a_command_that_fails_is_not_measured(measuring, tmp_path):
    _, measure, _, _ = measuring
    with pytest.raises(measure.Failed, match="ended with 3: no such thing"):
        measure.measure(
            measure.Command(["sh", "-c", "echo no such thing >&2; exit 3"], tmp_path),
            tmp_path / "errors",
        )


def test_every_program_can_be_told_every_flow_or_says_that_it_cannot(measuring, tmp_path):
    contenders, _, rows, _ = measuring
    from benchmarks.peers import Program

    for row in rows.ROWS:
        for name, write in contenders.FLOWS.items():
            folder = tmp_path / row.name / name
            folder.mkdir(parents=True)
            command = write(Program(name, folder / name, "0"), row.flow, folder) if row.flow else None
            assert command is None or any(folder.iterdir())


def test_a_peak_is_that_of_the_largest_process_and_not_of_the_one_that_measures(measuring, tmp_path):
    _, measure, _, _ = measuring
    ours = bytearray(64 << 20)
    small, large = (
        measure.measure(
            measure.Command([sys.executable, "-S", "-c", f"x = b'x' * ({mib} << 20)"], tmp_path),
            tmp_path / "errors",
            of_memory=True,
        ).peak_kib
        for mib in (1, 48)
    )
    assert measure.least_peak_kib() <= small < len(ours) >> 10
    assert large - small > 40 << 10


def test_every_row_of_a_server_is_measured_by_something(measuring):
    _, _, rows, _ = measuring
    from benchmarks import servers

    assert [row.name for row in rows.ROWS if row.served and row.name not in servers.MEASURES] == []
    assert servers.MEASURES.keys() <= {row.name for row in rows.ROWS}


def test_what_others_use_is_what_is_left_after_our_own_work(measuring):
    from benchmarks.calibration import Moment, used_by_others

    assert used_by_others(Moment(10, 100, 1), Moment(12, 103, 2)) == 1.0
    assert used_by_others(Moment(10, 100, 1), Moment(12, 102, 3)) == 0.0


def test_a_machine_that_others_use_is_not_quiet(measuring):
    from benchmarks.calibration import QUIET, Speed, described

    assert "NOT QUIET" in described(Speed(1, 2, 3), QUIET + 0.01)
    assert described(Speed(1, 2, 3), 0.0).startswith("Python 1.0 ms, 50 spawns 2.0 ms, a start of Python 3.0 ms")


def test_our_own_work_and_that_of_our_children_is_not_counted_as_that_of_others(measuring):
    import subprocess

    from benchmarks.calibration import moment

    before = moment()
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    after = moment()
    assert after.by_us > before.by_us
    assert after.by_all >= before.by_all


@pytest.fixture
def simulated(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root))
    from benchmarks import model

    def simulate(seed=1, costs=None, **load):
        given = {"agents": 40, "jobs_a_day": 40_000, "hours": 1.0, "first_hour": 14.0, **load}
        return model.Model(model.Load(**given), costs or model.Costs(), seed).run()

    return simulate


def test_the_model_of_a_server_gives_the_same_figures_for_the_same_seed(simulated):
    assert simulated(seed=7) == simulated(seed=7)
    assert simulated(seed=7) != simulated(seed=8)


def test_the_model_runs_each_step_once_unless_its_agent_dies(simulated):
    quiet = simulated(jobs_a_day=2_000, on_the_hour=0.0, step_s=1.0, days_to_death=1e9)
    assert quiet.attempts == 2 * quiet.jobs
    dying = simulated(days_to_death=0.01)
    assert dying.lost > 0
    assert dying.attempts <= 2 * dying.jobs + dying.lost


def test_the_core_of_the_model_is_busy_for_each_event_and_late_once_it_has_too_much(simulated):
    from benchmarks.model import Costs

    calm, late = simulated(slots=50), simulated(slots=50, costs=Costs(job_s=2.0))
    assert max(calm.decided_s) < max(late.decided_s)
    assert late.core_s > 0.95 * 3600


def test_jobs_of_schedules_that_are_spread_wait_for_nothing(simulated):
    assert simulated(jitter_s=600.0).scheduled_s < simulated().scheduled_s

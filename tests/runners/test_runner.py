from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from gitflow.actions.registry import prepare
from gitflow.core.logs import LogChunk
from gitflow.core.record import replace
from gitflow.runners import host
from gitflow.runners.runner import RUNNERS, Runner

#: So long no test waits; reaching it is a failure.
FOREVER_S = 60.0


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def number_in(path: Path) -> int:
    return int(path.read_text())


def python(code: str) -> dict[str, Any]:
    return {"fields": {"cmd": [sys.executable, "-Ic", code]}}


def test_a_step_ends_with_its_exit_code_and_its_lines(bench: Any) -> None:
    outcome = bench.run("echo one; echo two; echo three >&2")
    assert (outcome.exit_code, outcome.error, outcome.killed) == (0, None, False)
    assert bench.log() == b"one\ntwo\n"
    assert bench.log("stderr") == b"three\n"


def test_a_failure_tells_the_exit_code_and_the_end_of_stderr(bench: Any) -> None:
    outcome = bench.run("echo first >&2; echo last >&2; exit 3")
    assert outcome.exit_code == 3
    assert outcome.error == "Exit code: 3\nStderr: first\nlast"


def test_a_failure_tells_at_most_two_kibibytes_of_stderr(bench: Any) -> None:
    outcome = bench.run("i=0; while [ $i -lt 999 ]; do echo line $i >&2; i=$((i+1)); done; exit 1")
    assert outcome.error.endswith("line 998")
    assert len(outcome.error) <= 2048 + len("Exit code: 1\nStderr: ")


def test_a_death_by_signal_is_named(bench: Any) -> None:
    outcome = bench.run("kill -KILL $$")
    assert (outcome.exit_code, outcome.error, outcome.killed) == (-9, "killed by SIGKILL", False)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cmd": ["no-such-program"]}, "there is no program 'no-such-program'"),
        ({"cmd": ["/etc/passwd"]}, "no permission to execute"),
        ({"cmd": []}, "names no program"),
        ({"cmd": ["echo", "a\0b"]}, "NUL"),
        ({"script": "plain.txt"}, "#!/bin/sh"),
        ({"script": "gone-interpreter"}, "does not exist"),
        ({"cmd": ["true"], "runner": "docker"}, "no runner named"),
    ],
)
def test_what_cannot_start_is_an_outcome_with_a_sentence(bench: Any, fields: dict[str, Any], said: str) -> None:
    for name, text in (("plain.txt", "\0\0"), ("gone-interpreter", "#!/no/such/interpreter\n")):
        (bench.folder / "files" / name).write_text(text)
        (bench.folder / "files" / name).chmod(0o755)
    outcome = bench.run(fields=fields)
    assert outcome.exit_code is None
    assert said in outcome.error
    assert bench.runner.running == 0


def test_a_missing_working_copy_is_an_outcome(bench: Any) -> None:
    assert "working directory" in bench.run("true", workdir=str(bench.folder / "gone")).error


def test_stop_ends_the_whole_group(bench: Any) -> None:
    bench.runner.start(bench.context("sleep 1000 & echo $! >child; echo up; wait"))
    bench.await_line(b"up")
    bench.runner.stop(("job", "step", 1), 30.0)
    outcome = bench.outcome()
    assert outcome.killed
    assert outcome.error == "stopped"
    assert not is_alive(number_in(bench.folder / "work/child"))


def test_stop_twice_and_stop_of_the_unknown_change_nothing(bench: Any) -> None:
    bench.runner.start(bench.context("trap 'echo told; exit 0' TERM; echo up; while :; do sleep 0.01; done"))
    bench.await_line(b"up")
    bench.runner.stop(("job", "step", 1), 30.0)
    bench.runner.stop(("job", "step", 1), 30.0)
    bench.runner.stop(("job", "other", 1), 30.0)
    bench.runner.stop(("job", "step", 2), 30.0)
    assert bench.outcome().killed
    assert bench.log() == b"up\ntold\n"


def test_a_process_that_ignores_term_is_killed_after_its_grace(bench: Any) -> None:
    bench.runner.start(bench.context("trap '' TERM; echo up; while :; do sleep 0.01; done"))
    bench.await_line(b"up")
    bench.runner.stop(("job", "step", 1), 0.05)
    outcome = bench.outcome()
    assert (outcome.exit_code, outcome.killed) == (-9, True)


def test_stopped_a_second_time_it_ends_sooner_and_never_later(bench: Any) -> None:
    bench.runner.start(bench.context("trap '' TERM; echo up; while :; do sleep 0.01; done"))
    bench.await_line(b"up")
    for grace_s in (600.0, 0.0, 600.0):
        bench.runner.stop(("job", "step", 1), grace_s)
    assert bench.outcome().exit_code == -9


def test_a_child_that_ignores_term_is_killed_after_the_grace_also_when_its_parent_obeyed(bench: Any) -> None:
    bench.runner.start(bench.context("(trap '' TERM; echo up; while :; do sleep 0.01; done) & echo $! >child; wait"))
    bench.await_line(b"up")
    bench.runner.stop(("job", "step", 1), 0.1)
    assert bench.outcome().exit_code == -15
    assert not is_alive(number_in(bench.folder / "work/child"))


def test_a_child_that_cleans_up_has_its_grace_also_when_its_parent_ended_at_once(bench: Any) -> None:
    child = "trap 'sleep 0.2; echo cleaned; exit' TERM; echo up; while :; do sleep 0.01; done"
    bench.runner.start(bench.context(f"({child}) & wait"))
    bench.await_line(b"up")
    bench.runner.stop(("job", "step", 1), 30.0)
    assert bench.outcome().killed
    assert b"cleaned" in bench.log()


def test_a_child_without_output_has_its_grace_too(bench: Any) -> None:
    child = "trap 'sleep 0.2; echo cleaned >child; exit' TERM; : >up; while :; do sleep 0.01; done"
    bench.runner.start(bench.context(f"({child}) >&- 2>&- & exec >&- 2>&-; wait"))
    bench.wait_for((bench.folder / "work/up").exists)
    bench.runner.stop(("job", "step", 1), 30.0)
    assert bench.outcome().killed
    assert (bench.folder / "work/child").read_text() == "cleaned\n"


def test_a_stopped_process_is_woken_to_hear_term(bench: Any) -> None:
    bench.runner.start(bench.context("echo up; kill -STOP $$; echo never"))
    bench.await_line(b"up")
    bench.runner.stop(("job", "step", 1), 30.0)
    assert bench.outcome().exit_code == -15


def test_stop_finds_a_grandchild_that_made_a_session_of_its_own(bench: Any) -> None:
    script = "setsid sh -c 'echo $$ >child; echo up; exec sleep 1000' & wait"
    bench.runner.start(bench.context(script))
    bench.await_line(b"up")
    bench.runner.stop(("job", "step", 1), 30.0)
    assert bench.outcome().killed
    assert not is_alive(number_in(bench.folder / "work/child"))


DETACHED = (
    "setsid sh -c 'echo $$ >child; exec sleep 1000' </dev/null >/dev/null 2>&1 & while ! [ -s child ]; do :; done"
)


def test_a_step_that_ends_takes_a_detached_grandchild_with_it(bench: Any) -> None:
    outcome = bench.run(DETACHED)
    assert outcome.error is None
    assert not is_alive(number_in(bench.folder / "work/child"))


def test_a_background_child_in_the_group_does_not_outlive_its_step(bench: Any) -> None:
    assert bench.run("sleep 1000 >/dev/null 2>&1 & echo $! >child").error is None
    assert not is_alive(number_in(bench.folder / "work/child"))


def test_a_child_without_the_mark_is_found_by_its_group(bench: Any) -> None:
    assert bench.run("env -i sleep 1000 >/dev/null 2>&1 & echo $! >child; exit 4").exit_code == 4
    assert not is_alive(number_in(bench.folder / "work/child"))


def test_a_background_child_that_holds_stdout_does_not_hold_the_step(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitflow.runners.process.DRAIN_S", 0.1)
    assert bench.run("echo said; sleep 1000 & echo $! >child").error is None
    assert bench.log() == b"said\n"
    assert not is_alive(number_in(bench.folder / "work/child"))


def test_what_a_background_child_says_soon_after_the_end_is_kept(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitflow.runners.process.DRAIN_S", FOREVER_S)
    assert bench.run("(sleep 0.1; echo late) & echo early").error is None
    assert bench.log() == b"early\nlate\n"


def test_a_step_may_close_its_output_and_go_on(bench: Any) -> None:
    outcome = bench.run("echo before; exec >&- 2>&-; sleep 0.05; echo $? >after; exit 7")
    assert outcome.exit_code == 7
    assert bench.log() == b"before\n"
    assert (bench.folder / "work/after").exists()


def test_a_time_limit_ends_the_attempt(bench: Any) -> None:
    outcome = bench.run("sleep 1000 & wait", timeout_s=0.05, grace_s=30.0)
    assert (outcome.timed_out, outcome.killed) == (True, False)
    assert outcome.error == "timed out after 50ms"


def test_a_time_limit_kills_what_ignores_it(bench: Any) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the process ignores it from its first moment on
    try:
        bench.runner.start(bench.context("exec sleep 1000", timeout_s=0.05, grace_s=0.05))
    finally:
        signal.signal(signal.SIGTERM, before)
    outcome = bench.outcome()
    assert (outcome.timed_out, outcome.exit_code) == (True, -9)


def test_without_free_descriptors_a_step_fails_and_none_is_lost(bench: Any) -> None:
    bench.run("true")
    before = len(os.listdir("/proc/self/fd"))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    for free in range(1, 12):
        highest = max(int(name) for name in os.listdir("/proc/self/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + free, limits[1]))
        try:
            outcome = bench.run("true")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert outcome.exit_code == 0 or "Too many open files" in outcome.error
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_million_lines_arrive_all_and_in_order(bench: Any) -> None:
    count = [0, 0]

    def sink(chunk: LogChunk) -> None:
        first = int(chunk.data[: chunk.data.index(b"\n")])
        assert first == count[0]
        assert chunk.lines == chunk.data.count(b"\n")
        assert chunk.data.endswith(b"\n")
        count[0] += chunk.lines
        count[1] += len(chunk.data)

    runner = Runner(prepare, sink, lambda: 0.0)
    runner.start(bench.context(fields={"cmd": ["seq", "0", "999999"]}))
    assert runner.wait(60.0)[0].outcome.error is None
    runner.close()
    assert count == [1_000_000, len("0\n") + sum(9 * 10**digits * (digits + 2) for digits in range(6))]


def test_a_slow_sink_slows_the_process_and_nothing_piles_up(bench: Any) -> None:
    ended = bench.folder / "work/ended"
    seen = [0]

    def sink(chunk: LogChunk) -> None:
        seen[0] += len(chunk.data)
        if seen[0] < 10_000_000:
            assert not ended.exists()  # 12 MB fit into no pipe

    runner = Runner(prepare, sink, lambda: 0.0)
    runner.start(bench.context("yes | head -c 12000000; : >ended"))
    assert runner.wait(60.0)[0].outcome.error is None
    runner.close()
    assert seen[0] == 12_000_000


def test_bytes_that_are_not_utf8_become_replacement_characters(bench: Any) -> None:
    bench.run(**python(r"import os; os.write(1, b'good\xff\xfe caf\xc3\xa9\r\n\xe2\x82')"))
    assert bench.log().decode() == "good�� café\n�\n"


def test_a_huge_line_is_split_and_marked(bench: Any) -> None:
    bench.run(**python("print('x' * 200_000, end='')"))
    lines = bench.log().decode().splitlines()
    assert len(lines) == 4
    assert sum(line.count("x") for line in lines) == 200_000
    assert all("the line continues" in line for line in lines[:-1])


def test_a_log_over_its_limit_is_cut_once_and_the_step_goes_on(bench: Any) -> None:
    runner = Runner(prepare, bench.chunks.append, lambda: 0.0, log_limit=1000)
    runner.start(bench.context("seq 200000; seq 9 >&2; echo 'OUTPUT: {\"a\": 1}'"))
    outcome = runner.wait(60.0)[0].outcome
    runner.close()
    lines = bench.log().decode().splitlines()
    assert outcome.output == {"a": 1}
    assert [line for line in lines if "cut here" not in line] == [str(n) for n in range(1, len(lines))]
    assert sum("cut here" in line for line in (bench.log() + bench.log("stderr")).decode().splitlines()) == 1
    assert len(bench.log()) < 1200


def test_what_lies_in_the_pipe_when_patience_ends_is_still_read(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("runner", "process"):
        monkeypatch.setattr(f"gitflow.runners.{module}.READ_SIZE", 1000)
    monkeypatch.setattr("gitflow.runners.process.DRAIN_S", 0.0)
    runner = Runner(prepare, bench.chunks.append, lambda: 0.0)
    runner.start(bench.context("sleep 1000 & exec seq 10000"))
    assert runner.wait(60.0)[0].outcome.error is None
    runner.close()
    assert bench.log().split() == [str(n).encode() for n in range(1, 10001)]


def test_secrets_are_masked_in_the_log_and_in_the_error_but_not_in_the_output(bench: Any) -> None:
    script = """
        echo key=hunter22; printf hun; sleep 0.05; echo ter22; echo bad hunter22 >&2
        echo 'OUTPUT: {"k": "hunter22"}'; exit 1
    """
    outcome = bench.run(script, masks=("hunter22",))
    assert b"hunter22" not in bench.log() + bench.log("stderr")
    assert bench.log().startswith("key=••••••\n••••••\n".encode())
    assert outcome.error == "Exit code: 1\nStderr: bad ••••••"
    assert outcome.output == {"k": "hunter22"}


def test_fifty_steps_at_once_keep_apart(bench: Any) -> None:
    for number in range(50):
        bench.runner.start(bench.context(f"echo out {number}; exit {number}", step=f"s{number}"))
    assert bench.runner.running == 50
    ended: dict[str, int | None] = {}
    while len(ended) < 50:
        ended |= {finished.key[1]: finished.outcome.exit_code for finished in bench.runner.wait(60.0)}
    assert ended == {f"s{number}": number for number in range(50)}
    assert all(bench.log(step=f"s{number}") == f"out {number}\n".encode() for number in range(50))


def test_a_busy_step_does_not_starve_a_quiet_one(bench: Any) -> None:
    bench.runner.start(bench.context("exec yes", step="busy"))
    bench.runner.start(bench.context("echo done", step="quiet"))
    assert [finished.key[1] for finished in bench.runner.wait(60.0)] == ["quiet"]
    bench.runner.stop_all(0.0)
    assert bench.outcome().killed


def _children() -> set[str]:
    """The child processes of this process, zombies included; other tests may have some that live on."""
    return {pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


def test_descriptors_are_given_back_and_no_zombie_stays(bench: Any) -> None:
    bench.run("true")
    before, children = sorted(os.listdir("/proc/self/fd")), _children()
    for _ in range(5):
        bench.run("echo x; sleep 1000 >/dev/null 2>&1 &")
        bench.run(fields={"cmd": ["no-such-program"]})
        bench.run("exec >&- 2>&-")
    assert sorted(os.listdir("/proc/self/fd")) == before
    assert _children() == children


def test_an_attempt_that_runs_is_not_started_twice(bench: Any) -> None:
    context = bench.context("echo once")
    bench.runner.start(context)
    bench.runner.start(context)
    bench.outcome()
    assert bench.runner.running == 0
    assert bench.log() == b"once\n"


def test_wake_ends_a_wait_also_from_another_thread_and_also_beforehand(bench: Any) -> None:
    bench.runner.wake()
    assert bench.runner.wait(None) == []
    bench.runner.start(bench.context("sleep 1000"))
    threading.Timer(0.05, bench.runner.wake).start()
    assert bench.runner.wait(None) == []
    assert bench.runner.running == 1


def test_wake_ends_a_wait_from_a_signal_handler(bench: Any) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: bench.runner.wake())
    try:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        assert bench.runner.wait(None) == []
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_wait_without_anything_ends_in_time(bench: Any) -> None:
    assert bench.runner.wait(0.0) == []
    assert bench.runner.wait(0.01) == []


def test_others_may_have_their_descriptors_watched(bench: Any) -> None:
    read, write = os.pipe()
    seen: list[bytes] = []
    bench.runner.register(read, lambda: (seen.append(os.read(read, 10)), bench.runner.wake()))
    os.write(write, b"ping")
    bench.runner.wait(None)
    bench.runner.unregister(read)
    os.close(read)
    os.close(write)
    assert seen == [b"ping"]


def test_a_descriptor_given_up_by_a_callback_is_not_called_any_more(bench: Any) -> None:
    pipes = [os.pipe(), os.pipe()]
    called: list[int] = []

    def callback(own: int, other: int) -> None:
        called.append(own)
        bench.runner.unregister(other)
        bench.runner.wake()

    for (own, write), (other, _) in zip(pipes, reversed(pipes), strict=True):
        os.write(write, b"x")
        bench.runner.register(own, lambda own=own, other=other: callback(own, other))
    bench.runner.wait(None)
    bench.runner.unregister(called[0])
    for end in (end for pipe in pipes for end in pipe):
        os.close(end)
    assert len(called) == 1


def test_an_error_of_the_sink_reaches_the_loop_and_leaves_the_runner_usable(bench: Any) -> None:
    def sink(chunk: LogChunk) -> None:
        raise OSError("the disk is full")

    runner = Runner(prepare, sink, lambda: 0.0)
    runner.start(bench.context("echo x"))
    with pytest.raises(OSError, match="full"):
        runner.wait(60.0)
    assert runner.wait(60.0)[0].outcome.exit_code == 0
    runner.close()


def test_without_a_handle_on_exits_they_are_looked_for(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(pid: int) -> int:
        raise OSError("not implemented")

    monkeypatch.setattr("gitflow.runners.process.os.pidfd_open", missing)
    assert bench.run("echo x; exit 5").exit_code == 5


#: How a step's processes are looked for: a few new ids one by one; all of /proc; in another thread.
WAYS: dict[str, dict[str, float]] = {
    "a short step": {},
    "a long step": {"_STARTS_PER_S": 1e12},
    "a long step on a machine with few ids": {"_largest": 0},
    "among many": {"_largest": 0, "_MANY": -1},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_long_step_is_swept_like_a_short_one(bench: Any, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    for name, value in WAYS[way].items():
        monkeypatch.setattr(f"gitflow.runners.pids.{name}", value)
    assert bench.run(DETACHED).error is None
    assert not is_alive(number_in(bench.folder / "work/child"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
def test_stopped_what_left_the_group_ends_however_it_is_looked_for(
    bench: Any, monkeypatch: pytest.MonkeyPatch, way: str, trap: str
) -> None:
    for name, value in WAYS[way].items():
        monkeypatch.setattr(f"gitflow.runners.pids.{name}", value)
    script = f"setsid sh -c '{trap}echo $$ >child; echo up; while :; do sleep 0.01; done' & wait"
    bench.runner.start(bench.context(script))
    bench.await_line(b"up")
    bench.runner.stop(("job", "step", 1), 0.2)
    assert bench.outcome().killed
    assert not is_alive(number_in(bench.folder / "work/child"))


def test_many_steps_that_end_at_once_share_a_search(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WAYS["among many"].items():
        monkeypatch.setattr(f"gitflow.runners.pids.{name}", value)
    for number in range(20):
        child = f"setsid sh -c 'echo $$ >child{number}; exec sleep 1000' </dev/null >/dev/null 2>&1 &"
        script = f"{child} while ! [ -s child{number} ]; do :; done"
        bench.runner.start(bench.context(script, step=f"s{number}"))
    ended = []
    while len(ended) < 20:
        ended += bench.runner.wait(FOREVER_S)
    assert {each.outcome.error for each in ended} == {None}
    assert not [number for number in range(20) if is_alive(number_in(bench.folder / f"work/child{number}"))]


@pytest.mark.parametrize("way", ["a short step", "a long step on a machine with few ids"])
def test_processes_of_other_steps_are_not_asked_for_their_mark(
    bench: Any, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    from gitflow.runners import child, process_tree

    for name, value in WAYS[way].items():
        monkeypatch.setattr(f"gitflow.runners.pids.{name}", value)
    real, asked = process_tree._environment_of, set[int]()
    monkeypatch.setattr(process_tree, "_environment_of", lambda pid: (asked.add(pid), real(pid))[1])
    bench.runner.start(bench.context("while ! [ -s others ]; do :; done", step="first"))
    bench.runner.start(bench.context("sleep 1000 & echo $$ $! >mine; mv mine others; wait", step="second"))
    assert [finished.key[1] for finished in bench.runner.wait(FOREVER_S)] == ["first"]
    others = {int(pid) for pid in (bench.folder / "work/others").read_text().split()}
    assert others & child.leaders
    assert not asked & others
    bench.runner.stop(("job", "second", 1), 0.0)
    assert bench.outcome().killed
    assert not others & child.leaders


def test_output_that_closes_during_a_search_does_not_end_it(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipe is held open by the very process that is looked for, which closes it meanwhile."""
    from gitflow.runners import process_tree

    for name, value in {**WAYS["among many"], "process.DRAIN_S": 0.0, "process.VANISH_S": FOREVER_S}.items():
        monkeypatch.setattr(f"gitflow.runners.{'' if '.' in name else 'pids.'}{name}", value)
    searching, go_on = threading.Event(), threading.Event()
    real = process_tree.left_behind

    def slow(steps: Any) -> Any:
        searching.set()
        go_on.wait(FOREVER_S)
        return real(steps)

    monkeypatch.setattr(process_tree, "left_behind", slow)
    child = "echo $$ >child; while ! [ -e close ]; do sleep 0.01; done; exec >&- 2>&-; echo >closed; exec sleep 1000"
    bench.runner.start(bench.context(f"setsid sh -c '{child}' & while ! [ -s child ]; do :; done"))
    bench.wait_for(searching.is_set)
    (bench.folder / "work/close").touch()
    bench.wait_for((bench.folder / "work/closed").exists)
    assert not bench.runner.wait(0.05)
    go_on.set()
    assert bench.outcome().error is None
    assert not is_alive(number_in(bench.folder / "work/child"))


def test_an_attempt_runs_where_its_action_says(bench, monkeypatch):
    class Elsewhere:
        @staticmethod
        def start(context, patterns, loop):
            return host.start(replace(context, env={**context.env, "WHERE": "elsewhere"}), patterns, loop)

    monkeypatch.setitem(RUNNERS, "elsewhere", Elsewhere)
    bench.run('echo "$WHERE"', fields={"runner": "elsewhere"})
    bench.run('echo "$WHERE"', step="other", fields={"runner": "local"}, env={"WHERE": "here"})
    assert bench.log() == b"elsewhere\nhere\n"
    assert "no runner named" in (bench.run("true", step="third", fields={"runner": "nowhere"}).error or "")

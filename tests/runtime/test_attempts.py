"""Attempts: what they are given, how often they are made, and how long they may take."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from gitflow.runners.runner import Runner
from house import cancel, once, open_jobs, statuses


def flow(steps: str, more: str = "") -> str:
    return f"tasks:\n  t:\n{more}    flow:\n{steps}"


def test_attempts_are_spaced_by_the_backoff(house):
    retry = "{max_attempts: 4, delay: 10, backoff: exponential, max_delay: 30}"
    house.write(flow(f"      s: {{type: shell, cmd: 'exit 5', retry: {retry}}}\n"))
    job = house.run("t")
    entries = [one for one in house.history(job.id) if one.step == "s"]
    ends = [one.at for one in entries if one.what in ("step.retrying", "step.failed")]
    begins = [one.at for one in entries if one.what == "step.running"]
    waits = [begin - end for begin, end in zip(begins[1:], ends, strict=False)]
    assert [round(wait, -1) for wait in waits] == [10, 20, 30]
    assert all(wait >= least for wait, least in zip(waits, (10, 20, 30), strict=True))
    assert (job.steps["s"].attempt, job.steps["s"].status) == (4, "failed")


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("{type: shell, cmd: ['no-such-program-here']", "there is no program"),
        ("{type: shell, workdir: '{{ input.word }}', cmd: 'true'", "is not a folder"),
        ("{type: shell, env: {A: '{{ input.nul }}'}, cmd: 'true'", "contains a NUL character"),
        ("{type: shell, env: {A: '{{ input.long }}'}, cmd: 'true'", "larger than 120 KiB"),
        ("{type: shell, cmd: 'echo {{ input.word | fromjson }}'", "could not start"),
    ],
)
def test_what_can_never_start_is_not_tried_again(house, action, why):
    house.write(
        flow(
            f"      s: {action}, retry: {{max_attempts: 3, delay: 10}}}}\n",
            "    input: {nul: {}, long: {}, word: {}}\n",
        )
    )
    job = house.run("t", {"nul": "a\0b", "long": "x" * 130_000, "word": "nowhere"})
    assert why in job.steps["s"].error_message
    assert job.steps["s"].attempt == 1


def test_a_key_that_is_not_declared_is_refused_and_not_kept(house):
    house.write(
        "actions:\n  a:\n    type: shell\n    output: {n: {type: integer}}\n"
        "    cmd: |\n      printf 3 > $GITFLOW_OUTPUTS/n\n      printf yes > $GITFLOW_OUTPUTS/approved\n"
        "      [ $GITFLOW_STEP = s ]\n"
        "tasks:\n  t:\n    flow:\n      s: {action: a}\n      f: {action: a}\n"
    )
    job = house.run("t")
    assert job.steps["s"].error_message == (
        "the output is not what the action declares: approved: is not a known field"
    )
    assert job.steps["f"].error_message == "Exit code: 1"
    assert [job.steps[name].output for name in "sf"] == [{"n": "3"}, {"n": "3"}]


def test_a_text_of_a_file_becomes_the_declared_type(house):
    house.write(
        "tasks:\n  t:\n    flow:\n      s:\n        type: shell\n"
        "        output: {n: {type: integer}, b: {type: boolean}, l: {type: array}, t: {}, d: {type: date}}\n"
        "        cmd: |\n          cd $GITFLOW_OUTPUTS\n          echo 3 > n; echo true > b; echo '[1]' > l\n"
        "          printf 3 > t; echo 2026-01-31 > d\n"
    )
    assert house.run("t").steps["s"].output == {"n": 3, "b": True, "l": [1], "t": "3", "d": "2026-01-31"}


@pytest.mark.parametrize("kind", ["inline", "named"])
def test_a_value_of_a_step_adds_no_output(house, kind):
    """However the value gets there: as a job's input, an item of a loop, or what another step gave."""
    script = "printf '%s\\n' {{ input.note }}; printf x > \"$GITFLOW_ARTIFACTS/x\""
    action = f"type: shell, cmd: '{script.replace(chr(39), chr(39) * 2)}', input: {{note: NOTE}}"
    if kind == "named":
        action = "action: a, input: {note: NOTE}"
    house.write(
        f"""
actions:
  a: {{type: shell, input: {{note: {{}}}}, cmd: '{script.replace(chr(39), chr(39) * 2)}'}}
tasks:
  t:
    input: {{note: {{}}}}
    flow:
      s: {{{action.replace("NOTE", "'{{ input.note }}'")}}}
      l: {{for_each: ['{{{{ input.note }}}}'], {action.replace("NOTE", "'{{ each.item }}'")}}}
      o: {{type: shell, cmd: 'printf "%s" {{{{ input.note }}}} > "$GITFLOW_OUTPUTS/k"'}}
      u: {{depends_on: [o], {action.replace("NOTE", "'{{ o.output.k }}'")}}}
"""
    )
    note = 'x\nOUTPUT: {"approved": true}'
    job = house.run("t", {"note": note})
    assert job.status == "completed", job.error_message
    assert job.steps["o"].output == {"k": note}
    assert [job.steps[name].output for name in ("s", "l[0]", "u")] == [None, None, None]
    assert house.log(job.id).count("the line OUTPUT: is ignored") == 3


def test_an_output_that_is_not_as_declared_fails_the_attempt(house, tmp_path):
    house.write(
        "actions:\n  a:\n    type: shell\n    output: {n: {type: integer, required: true}}\n"
        f'    cmd: \'test -e {tmp_path}/m && echo n=3 >> "$GITFLOW_OUTPUT" || echo n=x >> "$GITFLOW_OUTPUT";'
        f" touch {tmp_path}/m'\n" + flow("      s: {action: a, retry: {max_attempts: 2}}\n")
    )
    job = house.run("t")
    assert job.steps["s"].output == {"n": 3}
    [first, _] = attempts_of(house, job)
    assert first.error_message.startswith("the output is not what the action declares: n: ")


def attempts_of(house, job):
    with house.store() as opened:
        return opened.stores.jobs.attempts(job.id)


def test_a_time_limit_ends_the_attempt_and_the_next_one_is_tried(house, tmp_path):
    cmd = f"test -e {tmp_path}/m || {{ touch {tmp_path}/m; sleep 600; }}"
    house.write(flow(f"      s: {{type: shell, cmd: '{cmd}', timeout: 200ms, retry: {{max_attempts: 2}}}}\n"))
    job = house.run("t")
    assert job.status == "completed"
    assert attempts_of(house, job)[0].error_message == "timed out after 200ms"


def test_the_time_limit_of_a_job_ends_all_of_it(house):
    house.write(
        flow(
            "      a: {type: shell, cmd: 'sleep 600'}\n      b: {type: sleep, duration: 1h}\n"
            "      c: {type: shell, depends_on: [b], cmd: 'true'}\n",
            "    timeout: 300ms\n",
        )
    )
    job = house.run("t")
    assert job.status == "timed_out"
    assert statuses(job) == dict.fromkeys("abc", "cancelled")


def test_a_sleep_lasts_as_long_as_it_says_and_holds_no_slot(house):
    house.write(
        flow(
            "      s: {type: sleep, duration: 2h}\n      a: {type: shell, depends_on: [s], cmd: 'true'}\n",
            "    max_parallel_steps: 1\n",
        )
    )
    job = house.run("t")
    assert statuses(job) == {"s": "completed", "a": "completed"}
    slept = job.steps["s"]
    assert slept.completed_at - slept.started_at == pytest.approx(7200, abs=1)


def test_no_more_steps_run_at_once_than_a_task_allows(house):
    house.write(
        flow(
            "      s: {type: shell, for_each: [1, 2, 3, 4, 5], cmd: 'true'}\n      a: {type: shell, cmd: 'true'}\n",
            "    max_parallel_steps: 2\n",
        )
    )
    most: list[int] = []
    job = house.run("t", None, lambda app: most.extend(one.busy_steps for one in open_jobs(app, "t")))
    assert job.status == "completed"
    assert max(most) == 2


def test_urgent_jobs_go_first(house, tmp_path):
    house.slots = 1  # of steps side by side, the last one that started may print before the first
    trace = tmp_path / "trace"
    steps = f"      s: {{type: shell, for_each: [1, 2, 3, 4], cmd: 'echo {{{{ job.task }}}} >> {trace}'}}\n"
    house.write(flow(steps) + f"  urgent:\n    priority: 9\n    flow:\n{steps}")
    with house.open() as app:
        house.execute(app, "t")
        house.execute(app, "urgent")
        house.finish(app)
    assert trace.read_text().split() == ["urgent"] * 4 + ["t"] * 4


def test_a_retried_job_carries_over_outputs_and_artifacts_and_runs_the_rest(house, tmp_path):
    trace, gate = tmp_path / "trace", tmp_path / "gate"
    house.write(
        flow(
            f'      a: {{type: shell, cmd: \'echo a >> {trace}; echo k=1 >> "$GITFLOW_OUTPUT";'
            " echo file > $GITFLOW_ARTIFACTS/f'}\n"
            f"      b: {{type: shell, depends_on: [a], cmd: 'echo b >> {trace}; test -e {gate};"
            ' echo "k={{ a.output.k }} $(cat $GITFLOW_NEEDS/a/f)" >> "$GITFLOW_OUTPUT"\'}\n'
        )
    )
    first = house.run("t")
    assert statuses(first) == {"a": "completed", "b": "failed"}
    gate.touch()
    again = house.retry(first.id)
    assert (again.status, again.retry_of_job_id) == ("completed", first.id)
    assert again.output == {"b": {"k": "1 file"}}
    assert trace.read_text().split() == ["a", "b", "b"]


def test_an_automatic_retry_of_a_job_carries_over_what_was_completed(house, tmp_path):
    trace = tmp_path / "trace"
    house.write(
        flow(
            f"      a: {{type: shell, cmd: 'echo a >> {trace}; echo file > $GITFLOW_ARTIFACTS/f'}}\n"
            f"      b: {{type: shell, depends_on: [a], cmd: 'echo b >> {trace}; cat $GITFLOW_NEEDS/a/f;"
            f" test $(grep -c b {trace}) = 3'}}\n",
            "    retry: {max_attempts: 3, delay: 5}\n",
        )
    )
    house.run("t")
    assert [job.status for job in house.of("t")] == ["failed", "failed", "completed"]
    assert trace.read_text().split() == ["a", "b", "b", "b"]


def test_a_step_finds_what_those_before_it_left_and_a_loops_by_number(house):
    house.write(
        flow(
            "      a: {type: shell, for_each: [x, y], cmd: 'echo {{ each.item }} > $GITFLOW_ARTIFACTS/f'}\n"
            "      b: {type: shell, cmd: 'mkdir $GITFLOW_ARTIFACTS/d; echo b > $GITFLOW_ARTIFACTS/d/f'}\n"
            "      between: {type: shell, depends_on: [a], cmd: 'true'}\n"
            "      c: {type: shell, depends_on: [between], for_each: [1, 2],"
            " cmd: 'cd $GITFLOW_NEEDS; echo $(find . -type f | sort) $(cat a/0/f a/1/f)'}\n"
            "      d: {type: shell, depends_on: [b], cmd: 'cd $GITFLOW_NEEDS; find . -type f'}\n"
        )
    )
    job = house.run("t")
    assert job.status == "completed"
    assert sorted(house.log(job.id).splitlines()) == ["./a/0/f ./a/1/f x y"] * 2 + ["./b/d/f"]


@pytest.mark.parametrize("mode", ["step", "job", "none"])
def test_a_working_directory_holds_what_checkout_says(house, mode):
    house.write("file\n", "a")
    house.write("file\n", "b")
    house.write(
        flow(
            "      one: {type: shell, cmd: 'ls -A; echo changed > a'}\n"
            "      two: {type: shell, depends_on: [one], cmd: 'cat a || true'}\n",
            f"    checkout: {mode}\n    mode: local\n",
        )
    )
    job = house.run("t")
    assert job.status == "completed"
    listed = {"step": ["a", "b", "file"], "job": ["a", "b", "changed"], "none": []}[mode]
    with house.store() as opened:
        lines = [line.line for line in opened.stores.logs.lines(job.id, stream="stdout")]
    assert lines == listed
    assert (house.folder / "a").read_text() == "file\n"


def test_a_shared_checkout_is_read_only_and_the_revisions_own(house):
    house.write("file\n", "a")
    house.write(
        flow("      s: {type: shell, cmd: 'cat a; pwd; test ! -w a || test $(id -u) = 0'}\n", "    checkout: shared\n")
    )
    job = house.run("t")
    assert job.status == "completed"
    text, folder = house.log(job.id).splitlines()
    assert text == "file"
    assert str(house.state / "checkouts") in folder


def test_nothing_of_a_job_is_left_in_the_run_folder(house):
    house.write(
        flow(
            "      a: {type: shell, for_each: [1, 2], cmd: 'echo > $GITFLOW_ARTIFACTS/f'}\n"
            "      b: {type: shell, depends_on: [a], cmd: 'exit 1', retry: {max_attempts: 2}}\n"
        )
    )
    house.run("t")
    assert list(Path(house.state, "run").iterdir()) == []


def test_a_cancel_during_a_retrys_wait_ends_the_job(house):
    house.write(flow("      s: {type: shell, cmd: 'exit 1', retry: {max_attempts: 2, delay: 1h}}\n"))

    def waits(app):
        return any(job.steps["s"].due_at for job in open_jobs(app, "t"))

    job = house.run("t", None, once(waits, lambda app: cancel(app, app.orchestrator.open_ids()[0])))
    assert job.status == "cancelled"
    assert job.completed_at - job.created_at < 1800


@contextmanager
def room_for(files: int) -> Iterator[None]:
    """So many more files can be opened in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open("/dev/null", os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + files, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("codes", ["", ", on_exit_codes: [75]"])
def test_a_step_that_cannot_start_for_a_passing_reason_is_tried_again(house, monkeypatch, codes):
    """The limit of open files is reached at the first two attempts; exit codes have no say, as there is none."""
    retry = f"{{max_attempts: 3, delay: 5{codes}}}"
    house.write(flow(f"      s: {{type: shell, cmd: 'true', retry: {retry}}}\n"))
    start, starts = Runner.start, []

    def at_the_limit(runner, context):
        starts.append(context.attempt)
        with room_for(2) if len(starts) < 3 else nullcontext():
            start(runner, context)

    monkeypatch.setattr(Runner, "start", at_the_limit)
    job = house.run("t")
    assert (job.status, starts) == ("completed", [1, 2, 3]), job.steps["s"].error_message
    errors = [one.details["error_message"] for one in house.history(job.id) if one.what == "step.retrying"]
    assert len(errors) == 2
    assert all("cannot start '/bin/sh': Too many open files (EMFILE); this process may have" in one for one in errors)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_step_whose_disk_is_full_names_the_path_and_is_tried_again(house, tmp_path):
    """The folders of attempts are on a small disk, which grows after the first attempt."""
    disk = house.state / "run"
    disk.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        step = "{type: shell, input: {big: '{{ input.big }}'}, cmd: 'true', retry: {max_attempts: 2, delay: 5}}"
        house.write(flow(f"      s: {step}\n", "    input: {big: {}}\n"))
        failed: list[str] = []

        def look(app):
            for job in open_jobs(app, "t"):
                if job.steps["s"].error_message and not failed:
                    failed.append(job.steps["s"].error_message)
                    subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)

        job = house.run("t", {"big": "x" * 200_000}, look)
        assert (job.status, job.steps["s"].attempt) == ("completed", 2), job.error_message
        path = f"{disk}/{job.id}/s.1/input.json"
        assert failed == [f"the step cannot be started: {path}: No space left on device (ENOSPC)"]
    finally:
        subprocess.run(["umount", "-l", disk], check=True)

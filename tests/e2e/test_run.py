"""``gitflow run``, from YAML to a finished job."""

import json
import os
import re
import signal
from pathlib import Path

FLOW = """
actions:
  greet:
    type: shell
    input: {name: {type: string, required: true}}
    cmd: |
      echo "Hello {{ input.name }}"
      echo 'OUTPUT: {"greeting": "Hello World"}'
tasks:
  hello:
    input: {name: {type: string, default: World}, times: {type: integer, default: 1}}
    flow:
      say-hello: {action: greet, input: {name: "{{ input.name }}"}}
      shout:
        type: shell
        depends_on: [say-hello]
        cmd: echo {{ say_hello.output.greeting }} | tr a-z A-Z
  broken:
    flow:
      bad: {type: shell, cmd: "echo one >&2; echo two >&2; exit 3"}
      after: {type: shell, depends_on: [bad], cmd: echo never}
      anyway: {type: shell, depends_on: [{step: bad, accept: any}], cmd: echo cleaned up}
  loop:
    input: {items: {type: array, default: [a, b, c]}}
    flow:
      each: {type: shell, for_each: "{{ input.items }}", cmd: 'printf "item=%s" {{ each.item }} > "$GITFLOW_OUTPUT"'}
      sum: {type: shell, depends_on: [each], cmd: 'echo {{ each.output | length }}'}
"""
FLOW = FLOW.replace(
    "      sum: {type: shell, depends_on: [each], cmd: 'echo {{ each.output | length }}'}\n", ""
).replace("      each: {type: shell, for_each", "      work: {type: shell, for_each")

WAITS_FOR_THE_LOG = """
tasks:
  prints:
    flow:
      line: {type: shell, cmd: echo line}
  waits:
    flow:
      seen:
        type: shell
        cmd: |
          tried=0
          until ls -l /proc/$PPID/fd | grep -q '/logs/.*-wal'; do
            [ $((tried += 1)) -lt 1000 ]
            sleep 0.02
          done
"""


def is_running(pid: str) -> bool:
    """A zombie, which only waits to be reaped by the machine, runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def statuses(job: dict) -> dict[str, str]:
    return {step["step_name"]: step["status"] for step in job["steps"]}


def test_a_flow_runs_and_passes_its_outputs_on(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    done = gitflow("run", "hello", "--input", "name=World")
    assert done.returncode == 0, done.stderr
    assert "say-hello | Hello World" in done.stdout
    assert "shout | HELLO WORLD" in done.stdout


def test_the_second_run_of_a_revision_does_the_same(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    first, second = gitflow.job("hello"), gitflow.job("hello")
    assert first["revision"] == second["revision"]
    assert [statuses(first), first["output"]] == [statuses(second), second["output"]]


def test_the_log_is_open_before_the_first_step_has_printed(gitflow):
    """Its first line is stored sooner then. Task ``waits`` ends once the parent of its step has opened the log."""
    gitflow.write(".workflows/a.yaml", WAITS_FOR_THE_LOG)
    assert gitflow("run", "prints").returncode == 0
    done = gitflow("run", "waits")
    assert done.returncode == 0, done.stderr


def test_a_value_arrives_as_it_is_and_runs_nothing(gitflow, tmp_path: Path):
    gitflow.write(".workflows/a.yaml", FLOW)
    canary = tmp_path / "canary"
    hostile = f"$(touch {canary}) `touch {canary}` ; touch {canary} \" ' \\ *"
    done = gitflow("run", "hello", "-i", f"name={hostile}")
    assert f"Hello {hostile}" in done.stdout
    assert not canary.exists()


def test_a_failing_step_says_why_and_what_was_skipped(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    done = gitflow("run", "broken")
    assert done.returncode == 1
    assert "Exit code: 3" in done.stderr
    assert "Stderr: one\n    two" in done.stderr
    assert "after  skipped" in done.stderr
    assert "bad" in done.stderr.split("after  skipped")[1].splitlines()[0]
    job = json.loads(gitflow("run", "broken", "--json").stdout)
    assert statuses(job) == {"bad": "failed", "after": "skipped", "anyway": "completed"}
    assert job["steps"][0]["error_message"] == "Exit code: 3\nStderr: one\ntwo"


def test_a_loop_gives_its_outputs_in_order(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    job = gitflow.job("loop", "-i", 'items=["x", "y z", "$(no)"]')
    assert [step["step_name"] for step in job["steps"]] == ["work", "work[0]", "work[1]", "work[2]"]
    assert job["output"] == {"work": [{"item": "x"}, {"item": "y z"}, {"item": "$(no)"}]}


def test_every_wrong_input_is_named_and_nothing_is_run(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    done = gitflow("run", "hello", "-i", "times=many", "-i", "nam=x")
    assert done.returncode == 2
    assert "times" in done.stderr
    assert "nam" in done.stderr
    assert gitflow.jobs() == []


def test_an_unknown_task_is_named_with_a_near_one(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    done = gitflow("run", "helo")
    assert done.returncode == 2
    assert "helo" in done.stderr
    assert "hello" in done.stderr


def test_broken_definitions_are_refused_with_every_problem(gitflow):
    gitflow.write(
        ".workflows/a.yaml",
        FLOW + "  extra:\n    flow:\n      x: {action: gret}\n      y: {depends_on: [z], action: greet}\n",
    )
    done = gitflow("run", "hello")
    assert done.returncode == 2
    assert '"gret"' in done.stderr or "'gret'" in done.stderr
    assert 'did you mean "greet"?' in done.stderr
    assert gitflow("validate").returncode == 1


def test_logs_are_json_lines_in_order(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    job = gitflow.job("hello")
    lines = [json.loads(line) for line in gitflow("logs", job["job_id"]).stdout.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert list(lines[0])[:4] == ["ts", "stream", "step", "line"]
    assert [line["line"] for line in lines if line["step"] == "shout"] == ["HELLO WORLD"]
    server = gitflow("logs", job["job_id"][:13], "--step", "_server").stdout
    assert "job.completed" in server


def test_a_log_is_followed_until_the_job_has_ended(gitflow, tmp_path: Path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    gitflow.write(
        ".workflows/a.yaml",
        f"tasks:\n  slow:\n    flow:\n      s: {{type: shell, cmd: 'echo first; cat {gate}; echo last'}}\n",
    )
    run = gitflow.start("run", "slow")
    assert run.stdout is not None
    assert "first" in run.stdout.readline()
    follower = gitflow.start("logs", "-f", "--format", "text", gitflow.jobs()[0]["job_id"])
    assert follower.stdout is not None
    assert follower.stdout.readline() == "first\n"
    gate.write_text("middle\n")
    assert follower.communicate(timeout=30)[0] == "middle\nlast\n"
    assert follower.returncode == 0
    run.communicate(timeout=30)


def test_ctrl_c_cancels_and_leaves_nothing_running(gitflow, tmp_path: Path):
    pids = tmp_path / "pids"
    gitflow.write(
        ".workflows/a.yaml",
        f"tasks:\n  slow:\n    flow:\n      s: {{type: shell, cmd: 'sleep 600 & echo $! > {pids}; echo up; wait'}}\n"
        "      t: {type: shell, depends_on: [s], cmd: echo never}\n",
    )
    run = gitflow.start("run", "slow")
    assert run.stdout is not None
    assert "up" in run.stdout.readline()
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=30) == 130
    run.communicate()
    assert not is_running(pids.read_text().strip())
    job = json.loads(gitflow("job", gitflow.jobs()[0]["job_id"], "-o", "json").stdout)
    assert job["status"] == "cancelled"
    assert statuses(job) == {"s": "cancelled", "t": "cancelled"}


def test_ten_runs_at_once_on_one_store_all_succeed(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    runs = [gitflow.start("run", "hello", "-q") for _ in range(10)]
    ends = [(run.communicate(timeout=60)[1], run.returncode) for run in runs]
    assert [status for _, status in ends] == [0] * 10, ends
    assert [job["status"] for job in gitflow.jobs()] == ["completed"] * 10


def test_a_job_that_is_tried_again_says_so(gitflow):
    gitflow.write(
        ".workflows/again.yaml",
        "tasks: {again: {retry: {max_attempts: 2}, flow: {s: {type: shell, cmd: 'exit 1'}}}}\n",
    )
    told = gitflow("run", "again").stderr
    [_, second] = [job["job_id"] for job in reversed(gitflow.jobs())]
    assert f"again  attempt 2 of 2 now  (job {second})" in told
    assert told.count("attempt 2 of 2") == 1


def test_a_run_that_waits_for_its_turn_says_in_which_group(gitflow):
    gitflow.write(
        ".workflows/narrow.yaml",
        "tasks:\n  narrow:\n    concurrency: {group: one, limit: 1}\n"
        "    flow: {ask: {type: approval, message: 'Go on?'}}\n",
    )
    first = gitflow.start("run", "narrow")
    assert first.stderr.readline().startswith(("…", "~"))
    [holder] = gitflow.jobs()
    second = gitflow.start("run", "narrow")
    told = second.stderr.readline()
    assert 'narrow  waits for concurrency group "one", which runs 1 at once' in told
    assert gitflow("cancel", holder["job_id"]).returncode == 0
    assert "waits for gitflow approve" in second.stderr.readline()
    second.send_signal(signal.SIGINT)
    assert [run.wait(20) for run in (first, second)] == [1, 130]


def test_a_dry_run_shows_the_plan_and_runs_nothing(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    done = gitflow("run", "hello", "--dry-run", "--json")
    plan = json.loads(done.stdout)
    assert [step["step_name"] for step in plan["steps"]] == ["say-hello", "shout"]
    assert plan["steps"][0]["input"] == {"name": "World"}
    assert gitflow.jobs() == []


def test_init_makes_a_workspace_that_runs(gitflow):
    (gitflow.folder / ".workflows").rmdir()
    assert gitflow("init").returncode == 0
    assert gitflow("validate").returncode == 0
    assert "HELLO YOU" in gitflow("run", "hello-world", "-i", "name=you").stdout
    assert gitflow("init").returncode == 1


def test_a_retry_says_which_attempt_follows_of_how_many_and_when(gitflow):
    flow = "retry: {max_attempts: 3, delay: 20ms}, flow: {bad: {type: shell, cmd: exit 3}}"
    gitflow.write(".workflows/a.yaml", f"tasks: {{whole: {{{flow}}}}}\n")
    said = gitflow("run", "whole").stderr
    assert re.findall(r"whole  attempt (\d of \d) (?:in \d+ ms|now)  \(job ", said) == ["2 of 3", "3 of 3"], said
    step = "{type: shell, retry: {max_attempts: 3, delay: 20ms}, cmd: exit 3}"
    gitflow.write(".workflows/a.yaml", f"tasks: {{flaky: {{flow: {{bad: {step}}}}}}}\n")
    said = gitflow("run", "flaky").stderr
    assert re.findall(r"bad  attempt (.*)\n    Exit code: 3\n", said) == ["2 of 3 in 20 ms", "3 of 3 in 20 ms"], said

"""What is printed, and what becomes of a command when it cannot be."""

import json
import subprocess
import sys

import pytest

from terminal import on_terminal

HELLO = """
tasks:
  hello:
    input: {name: {type: string, default: World}}
    flow:
      say: {type: shell, cmd: 'echo "Hello {{ input.name }}"; echo after'}
"""


def shell(gitflow, line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A line as a person types it; ``gitflow`` in it is the command."""
    script = f'gitflow() {{ "{sys.executable}" -m gitflow.cli.main "$@"; }}\n{line}'
    return subprocess.run(
        ["bash", "-c", script],
        cwd=gitflow.folder, env=gitflow.environ | env, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def hello(gitflow):
    gitflow.write(".workflows/a.yaml", HELLO)


def test_a_reader_that_leaves_does_not_end_the_job(gitflow):
    done = shell(gitflow, "gitflow run hello | true; exit ${PIPESTATUS[0]}")
    assert done.returncode == 0, done.stderr
    assert [job["status"] for job in gitflow.jobs()] == ["completed"]


def test_output_that_gets_lost_is_told_and_the_job_goes_on(gitflow):
    done = shell(gitflow, "gitflow run hello > /dev/full")
    assert done.returncode == 1
    [job] = gitflow.jobs()
    assert job["status"] == "completed"
    assert "standard output: No space left on device" in done.stderr
    assert f"gitflow logs {job['job_id']}" in done.stderr


@pytest.mark.parametrize("command", ["run hello --json", "jobs", "tasks", "validate", "--help", "schema workspace"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_behind_stdout_is_one_sentence(gitflow, command, unbuffered):
    done = shell(gitflow, f"gitflow {command} > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "gitflow: standard output: No space left on device"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-", "2> /dev/full"])
def test_streams_that_are_closed_change_nothing(gitflow, closed):
    assert shell(gitflow, f"gitflow run hello {closed}").returncode == 0
    assert [job["status"] for job in gitflow.jobs()] == ["completed"]


def raw(gitflow, *words: bytes, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Bytes in, bytes out."""
    return subprocess.run(
        [sys.executable, "-m", "gitflow.cli.main", *words],
        cwd=gitflow.folder, env=gitflow.environ | env, capture_output=True, timeout=60,
    )  # fmt: skip


def test_data_is_utf8_whatever_the_locale_is(gitflow):
    words = (b"run", b"hello", b"-i", "name=ü→🎉".encode(), b"--json")
    done = raw(gitflow, *words, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode())["input"] == {"name": "ü→🎉"}
    assert b"+ say  completed" in done.stderr


@pytest.mark.parametrize("words", [(b"run", b"hello", b"-i", b"name=\xff"), (b"job", b"\xff\xfe345678")])
def test_bytes_that_are_no_text_are_refused_by_name(gitflow, words):
    done = raw(gitflow, *words)
    assert done.returncode == 2
    assert b"\\udcff" in done.stderr
    assert b"is not UTF-8 text" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_environment_without_anything_will_do(gitflow):
    kept = {name: gitflow.environ[name] for name in ("GITFLOW_STATE", "GITFLOW_CACHE")}
    done = subprocess.run(
        [sys.executable, "-m", "gitflow.cli.main", "run", "hello", "--json"],
        cwd=gitflow.folder, env=kept, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_quiet_says_only_what_went_wrong(gitflow):
    gitflow.write(".workflows/b.yaml", "tasks:\n  bad:\n    flow:\n      b: {type: shell, cmd: 'echo x; exit 3'}\n")
    good, bad = gitflow("run", "hello", "--quiet"), gitflow("run", "bad", "-q")
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "Exit code: 3" in bad.stderr


def test_values_arrive_with_line_ends_and_at_length(gitflow):
    long = "x" * 100_000
    job = gitflow.job("hello", "-i", f"name=a\nb=c\n{long}")
    assert job["input"]["name"] == f"a\nb=c\n{long}"
    assert gitflow("logs", job["job_id"], "--format", "text").stdout.startswith("Hello a\nb=c\nxxx")


def test_a_value_too_long_for_a_command_fails_its_step_and_says_what_to_do(gitflow):
    gitflow.write("input.json", json.dumps({"name": "x" * 200_000}))
    done = gitflow("run", "hello", "--input-file", "input.json")
    assert done.returncode == 1
    assert "$GITFLOW_INPUT" in done.stderr


def test_a_log_shows_its_steps_on_a_terminal_and_is_data_elsewhere(gitflow):
    job_id = gitflow.job("hello", "-i", "name=Ada")["job_id"]
    step = json.loads(gitflow("logs", job_id).stdout.splitlines()[0])["step"]
    on_screen = on_terminal(gitflow, "logs", job_id[-8:]).decode()
    assert f"{step} │" in on_screen
    assert "Hello Ada" in on_screen
    assert gitflow("logs", job_id, "--format", "steps").stdout.startswith(f"{step} | Hello Ada\n")
    assert on_terminal(gitflow, "logs", "last", "--format", "jsonl").startswith(b'{"ts":')

"""What steps, inputs and callers wrote reaches a terminal as text: every byte that a command prints is harmless."""

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from terminal import on_terminal

#: Moves up and clears, sets a title, asks for the clipboard, turns text round, hides what follows, fakes a line.
HOSTILE = r"\033[1A\033[2Kfake\033]0;title\007\302\2332J\302\205\342\200\256txt\342\201\246"
HOSTILE += r"\033[8mhidden\rgood | done\033c\b\b"
TASKS = """
tasks:
  noisy:
    input: {text: {type: string, required: true}}
    flow:
      good: {type: shell, cmd: "printf 'fine\\n'"}
      evil: {type: shell, depends_on: [good], cmd: "printf 'BYTES\\n'; printf 'BYTES\\n' >&2; exit 3"}
      after: {type: shell, depends_on: [evil], cmd: "true"}
"""
COLOR = re.compile(rb"\x1b\[[0-9;:]*m")
#: As text of UTF-8: control characters but tab and line feed, C1, and what turns text round.
ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
INPUT = "\x1b[2J\x9b1A\u202e\r✔ good completed\n+ good  completed"


@pytest.fixture
def noisy(gitflow):
    gitflow.write(".workflows/a.yaml", TASKS.replace("BYTES", HOSTILE.replace("\\", "\\\\")))
    return gitflow


def assert_harmless(data, colors):
    text = (COLOR.sub(b"", data) if colors else data).decode()
    assert ACTIVE.findall(text) == [], text


READING = [
    ("job",), ("job", "-o", "json"), ("job", "-o", "yaml"), ("logs",), ("logs", "--format", "text"), ("explain",),
    ("history",), ("history", "-o", "json"), ("logs", "--step", "_server"),
]  # fmt: skip


def test_a_run_and_all_that_reads_it_print_nothing_that_moves_the_cursor(noisy):
    done = noisy("run", "noisy", "-i", f"text={INPUT}")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert "evil | good | done\\u001bc\\u0008\\u0008" in lines  # a carriage return began a line of the same step
    assert "good | done" not in "\n".join(line for line in lines if not line.startswith("evil | "))
    assert_harmless((done.stdout + done.stderr).encode(), False)
    job = noisy.jobs()[0]["job_id"]
    for words in [(command, job, *more) for command, *more in READING] + [("jobs",), ("jobs", "-o", "json")]:
        done = noisy(*words)
        assert done.returncode == 0, done.stderr
        assert_harmless((done.stdout + done.stderr).encode(), False)
    (line,) = [
        line
        for line in map(json.loads, noisy("logs", job).stdout.splitlines())
        if "fake" in line["line"] and line["stream"] == "stdout"
    ]
    assert "\x1b[1A\x1b[2Kfake" in line["line"]  # JSON says exactly what was printed


def test_on_a_terminal_colours_alone_pass_and_none_outlives_its_line(noisy):
    noisy("run", "noisy", "-i", f"text={INPUT}")
    job = noisy.jobs()[0]["job_id"]
    for words in (
        ("run", "noisy", "-i", f"text={INPUT}"),
        ("job", job),
        ("logs", job, "--format", "text"),
        ("logs", job),
    ):
        got = on_terminal(noisy, *words)
        assert b"hidden" in got
        assert_harmless(got, True)
        for line in got.split(b"\n"):
            assert COLOR.findall(line)[-1:] in ([], [b"\x1b[0m"])


def test_errors_plans_and_problems_are_harmless(noisy):
    noisy.write("bad/.workflows/b.yaml", 'tasks: {x: {flow: {a: {type: "\\e[2J\\u009b\\u202e\\nerror"}}}}\n')
    for words in (
        ("run", "noisy", "-i", f"text={INPUT}", "--dry-run"),
        ("run", "noisy", "-i", f"nope={INPUT}"),
        ("run", f"noisy{INPUT}"),
        ("job", INPUT),
        ("run", "noisy", f"--{INPUT}"),
        ("validate", "bad"),
        ("validate", "bad", "--format", "github"),
        ("show", INPUT),
    ):
        done = noisy(*words)
        assert_harmless((done.stdout + done.stderr).encode(), False)
        assert "\n+ good  completed" not in done.stderr


def test_the_audit_and_the_log_of_a_server_are_harmless(noisy, tmp_path):
    state = str(noisy.state)
    config = {
        "listen": "127.0.0.1:0",
        "state_dir": state,
        "auth": {"initial_user": {"email": "a@b.example", "password": "long enough for it"}},
        "workspaces": {"w": {"type": "folder", "path": str(noisy.folder)}},
    }
    path = tmp_path / "server-config.yaml"
    path.write_text(json.dumps(config))
    command = [sys.executable, "-m", "gitflow.cli.main", "server", "--config", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=noisy.environ)
    try:
        address = process.stdout.readline().split()[-1].decode()
        body = json.dumps({"email": f"{INPUT}@b.example", "password": INPUT}).encode()
        request = urllib.request.Request(f"{address}/api/auth/login", body, {"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=30)
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    assert_harmless(log, False)
    done = noisy("audit", "--state-dir", state)
    assert "b.example" in done.stdout, done.stderr
    assert_harmless(done.stdout.encode(), False)
    assert len([line for line in done.stdout.splitlines() if "good completed" in line]) == 1

"""The commands for incidents, on a server."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from gitflow.cli import main
from gitflow.cli.console.exits import run_guarded

FLOW = """\
tasks:
  greet:
    input: {name: {type: string, default: World}, count: {type: integer, default: 1}}
    flow: {say: {type: shell, cmd: "echo Hello {{ input.name }} {{ input.count }}"}}
  outer: {flow: {inner: {type: task, task: greet}}}
triggers:
  yearly: {type: scheduler, cron: "@yearly", task: greet}
  weekly: {type: scheduler, cron: "@weekly", task: greet}
"""


@pytest.fixture
def server(serve):
    return serve(FLOW)


class Said:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def gitflow(server, monkeypatch, capfd, tmp_path) -> Callable[..., Said]:
    """A command, in this process, on the server of the test."""
    monkeypatch.setenv("GITFLOW_SERVER", server.url)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
        capfd.readouterr()
        status = run_guarded(lambda: main.run_click(list(words)))
        sys.stdout.flush()
        return Said(status, *capfd.readouterr())

    return run


def test_a_rerun_is_made_on_the_server_and_jobs_are_named_without_ids(gitflow, server):
    job_id = server.execute("outer")
    server.finished(job_id)
    child = server.get(f"/api/jobs?parent_job_id={job_id}").json[0]["job_id"]
    assert job_id in gitflow("job", "last").out
    assert child in gitflow("job", "@greet").out
    assert child[-8:] in gitflow("jobs", "--parent", "last").out
    made = gitflow("rerun", "@greet", "-i", "count=3")
    assert made.status == 0, made.err
    assert server.finished(made.out.strip())["input"] == {"name": "World", "count": 3}
    assert made.out.strip() in gitflow("job", "last").out
    refused = gitflow("rerun", "@nobody")
    assert (refused.status, "there is no job of a task named 'nobody' yet" in refused.err) == (2, True)


def test_triggers_are_suspended_shown_and_let_go(gitflow, server):
    done = gitflow("suspend", "yearly", "--reason", "the disk is full")
    assert (done.status, done.err) == (0, "suspend: default/yearly\n")
    listed = gitflow("triggers", "--server", server.url).out
    assert "by api at 2" in listed
    assert "the disk is full" in listed
    assert (
        gitflow("suspend", "--all", "--reason", "all of it").err == "suspend: default/yearly\nsuspend: default/weekly\n"
    )
    assert gitflow("unsuspend", "-w", "default").status == 0
    assert "SUSPENDED" not in gitflow("triggers", "--server", server.url).out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("suspend", "yearly"), "--reason"),
        (("suspend", "--reason", "r"), "name triggers, or a workspace"),
        (("suspend", "yearly", "--all", "--reason", "r"), "name triggers, or a workspace"),
        (("suspend", "yearli", "--reason", "r"), "did you mean"),
    ],
)
def test_wrong_words_are_refused(gitflow, words, message):
    refused = gitflow(*words)
    assert refused.status == 2
    assert message in refused.err


def test_a_backfill_shows_its_times_makes_its_jobs_and_says_how_they_are_cancelled(gitflow, server):
    words = ("backfill", "weekly", "--from", "2026-01-01", "--to", "2026-02-01")
    tried = gitflow(*words, "--dry-run")
    assert tried.out.splitlines()[0] == "2026-01-04T00:00:00+00:00"
    assert server.get("/api/jobs").json == []
    made = gitflow(*words, "--limit", "2", "--at-once", "2")
    assert made.status == 0, made.err
    assert "there are more times than 2" in made.err
    label = made.err.rpartition("label.")[2].strip().replace("=", "%3D")
    listed = server.get(f"/api/jobs?label={label}").json
    assert {row["job_id"] for row in listed} == set(made.out.split())
    assert "did you mean" in gitflow("backfill", "weekli", "--from", "2026-01-01", "--to", "2026-02-01").err

"""A night with docs/how-to/incidents.md: a deployment that worked yesterday fails. The commands are those of the page,
in its order, in a repository with a history and on a server."""

from __future__ import annotations

import json
import re
import shlex
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from committing import commit, git, init

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "incidents.md").read_text()
TASKS = """
tasks:
  deploy:
    input: {site: {type: string, default: prod}, target: {type: string, default: eu-1}}
    flow:
      build: {type: shell, cmd: 'true'}
      ship: {type: shell, cmd: 'sh tools/ship.sh {{ input.site }}', depends_on: [build]}
  other: {flow: {a: {type: shell, cmd: 'echo 0'}}}
triggers:
  nightly: {type: scheduler, cron: '0 3 * * *', task: deploy}
"""
WORKS = 'echo "shipping to $1"\n'
FAILS = 'echo "shipping to $1" && test "$1" = nowhere\n'


def commands(title: str) -> list[list[str]]:
    """The commands below a heading, without their comments."""
    part = re.split(r"\n##+ ", PAGE.partition(f"# {title}\n")[2], maxsplit=1)[0]
    lines = "".join(re.findall(r"```sh\n(.*?)```", part, re.DOTALL)).splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith("gitflow")]


#: What one wants to do -> the first command for it, from the table at the top of the page.
WANTED = {
    title: shlex.split(re.findall("`gitflow ([^`]*)`", cell)[0])
    for title, cell in re.findall(r"^\| ([^|`]+) \| (.*) \|$", PAGE.partition("## Name a job")[0], re.MULTILINE)
    if "`gitflow" in cell
}


def is_ready(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/readyz", timeout=60).close()
    except urllib.error.HTTPError:
        return False
    return True


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def history(gitflow) -> dict[str, str]:
    """A tag at which the task worked, and a culprit between commits that have nothing to do with it."""
    init(gitflow.folder)
    gitflow.write("tools/ship.sh", WORKS)
    commit(gitflow.folder, TASKS, "first")
    git(gitflow.folder, "tag", "v1.4")
    found = {}
    for number in range(1, 7):
        gitflow.write("README.md", f"page {number}\n")
        commit(gitflow.folder, TASKS.replace("echo 0", f"echo {number}"), f"other work {number}")
        if number == 3:
            commit(gitflow.folder, FAILS, "look where we ship", "tools/ship.sh")
            found["culprit"] = git(gitflow.folder, "rev-parse", "HEAD")
        if number in (2, 4):
            commit(
                gitflow.folder, WORKS * number if number == 2 else FAILS + "# why\n", f"ship {number}", "tools/ship.sh"
            )
    return found


def test_the_page_leads_from_the_failed_job_to_the_commit(gitflow, history):
    good = gitflow.job("deploy", "-i", "site=staging", "--rev", "v1.4")["job_id"]
    bad = gitflow.job("deploy", "-i", "site=staging", status=1)["job_id"]

    def follow(title: str) -> list[str]:
        """What each command prints."""
        found = []
        for words in commands(title):
            done = gitflow(*[{"ID": bad, "OTHER": good}.get(word, word) for word in words[1:]])
            assert done.returncode == 0, (words, done.stdout, done.stderr)
            found.append(done.stdout)
        return found

    listed, shown, explained, logged = follow("Find the job")
    assert [line.split()[1] for line in listed.splitlines()[1:]] == ["failed"]
    assert "other work 6" in shown
    assert "ship" in explained
    assert logged == "shipping to staging\n"
    *texts, as_json, versions, earlier, task, blamed = follow("See what changed")
    assert all("tools/ship.sh" in text for text in texts)
    assert [each["name"] for each in json.loads(as_json)["definition"]] == ["tools/ship.sh"]
    assert re.findall(r"(?m)^\d{4}.*>  (.*)$", versions) == ["ship 4", "look where we ship", "ship 2", "first"]
    assert re.findall(r"(?m)^\d{4}.*>  (.*)$", earlier) == ["first"]
    assert "sh tools/ship.sh" in task
    assert "ship 4" in blamed
    [found] = follow("Find the commit")
    assert f"first bad: {history['culprit']} look where we ship" in found
    assert len(re.findall(r"(?m)^ *(?:good|bad) ", found)) <= 2, found


def test_the_page_stops_runs_again_and_drains_a_server(gitflow, history):
    gitflow.write("server-config.yaml", "workspaces: {shop: {type: git, url: ., ref: main}}\n")
    config = ("server", "--config", "server-config.yaml", "--listen", "127.0.0.1:0")

    def serve():
        process = gitflow.start(*config)
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        until(lambda: is_ready(address))  # it listens before it has looked at its workspaces
        return process, {"GITFLOW_SERVER": address}

    process, server = serve()
    address = server["GITFLOW_SERVER"]

    def do(wanted: str) -> str:
        words = [word.replace("URL", address) for word in WANTED[wanted]]
        done = gitflow(*words, env=server)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    assert gitflow("trigger", "deploy", "--wait", env=server).returncode == 1
    assert do("stop all triggers") == "suspend: shop/nightly\n"
    assert "database is down" in do("see who stopped what, and why")
    assert "failed" in do("see one job")
    assert len(do("see which jobs wait, and for what").splitlines()) == 1
    before = json.loads(gitflow("job", "last", "-o", "json", env=server).stdout)
    again = do("run a job again with another input").strip()
    assert before["job_id"] != again
    after = json.loads(gitflow("job", again, "-o", "json", env=server).stdout)
    assert (after["revision"], after["input"]) == (before["revision"], {**before["input"], "target": "eu-2"})
    do("stop a server without losing work")
    assert process.wait(timeout=60) == 0
    process, server = serve()
    address = server["GITFLOW_SERVER"]
    assert "database is down" in do("see who stopped what, and why")
    assert do("let triggers fire again") == "unsuspend: shop/nightly\n"
    missed = do("start jobs for missed times of a schedule")
    assert missed == "2026-11-29T03:00:00+00:00\n"

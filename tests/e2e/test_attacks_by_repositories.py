"""The commands and a server, used on a repository that names programs wherever git would run one: none runs."""

import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from committing import commit_all, git, init

TASK = """
tasks:
  hello: {checkout: step, flow: {say: {type: shell, cmd: cat words.txt}}}
"""
#: Git runs what these name in the ordinary use of a repository; tests/workspaces has all of them.
PLANTED = ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "filter.any.clean", "filter.any.smudge")
PLANTED += ("filter.talks.process", "diff.any.textconv", "gpg.program", "gpg.ssh.program", "credential.helper")
PLANTED += ("uploadpack.packObjectsHook", "remote.origin.uploadpack", "core.alternateRefsCommand", "core.editor")


@pytest.fixture
def sang(gitflow, tmp_path):
    """Where canaries leave their names; the folder of ``gitflow`` is a repository that is full of them."""
    sang = tmp_path / "sang"
    sang.mkdir()
    init(gitflow.folder)
    gitflow.write(".workflows/a.yaml", TASK)
    gitflow.write("words.txt", "one\n")
    gitflow.write(".gitattributes", "* filter=any diff=any\n*.yaml filter=talks\n")
    commit_all(gitflow.folder, "first")
    gitflow.write("words.txt", "two\n")
    for name in PLANTED:
        program = tmp_path / f"canary-{name}"
        program.write_text(f"#!/bin/sh\ntouch '{sang}/{name}'\ncat\n")
        program.chmod(0o755)
        git(gitflow.folder, "config", "--file", ".git/config", name, str(program))
    hooks = gitflow.folder / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-index-change", "post-checkout"):
        hook = hooks / name
        hook.write_text(f"#!/bin/sh\ntouch '{sang}/{name}'\n")
        hook.chmod(0o755)
    return sang


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("validate",), ""),
        (("run", "hello"), "two"),
        (("run", "hello", "--rev", "HEAD"), "one"),
        (("run", "hello", "--dry-run"), "say"),
        (("tasks",), "hello"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_command_runs_nothing_of_the_repository(gitflow, sang, words, said):
    for name in ("words.txt", ".workflows/a.yaml"):
        os.utime(gitflow.folder / name, ns=(1, 1))
    done = gitflow(*words)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert list(sang.iterdir()) == []


def test_a_server_follows_fetches_and_runs_and_nothing_of_the_repository_runs(gitflow, sang, tmp_path):
    places = {
        "folder": {"type": "folder", "path": str(gitflow.folder)},
        "path": {"type": "git", "url": str(gitflow.folder), "ref": "main"},
        "mirror": {"type": "git", "url": f"file://{gitflow.folder}", "ref": "main"},
    }
    config = {"listen": "127.0.0.1:0", "state_dir": str(tmp_path / "state"), "workspaces": places}
    path = tmp_path / "server-config.yaml"
    path.write_text(json.dumps(config))
    command = [sys.executable, "-m", "gitflow.cli.main", "server", "--config", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = process.stdout.readline().split()[-1]

        def ask(path, body=None):
            data = None if body is None else json.dumps(body).encode()
            request = urllib.request.Request(address + path, data, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())

        for name in places:
            ask(f"/api/workspaces/{name}/refresh", {})
            assert ask(f"/api/workspaces/{name}/tasks/hello/versions")
            job = ask(f"/api/workspaces/{name}/tasks/hello/execute", {"input": {}})["job_id"]
            with urllib.request.urlopen(f"{address}/api/jobs/{job}/logs", timeout=30) as answer:
                assert answer.status == 200
        gitflow.write("words.txt", "six\n")
        ask("/api/workspaces/folder/refresh", {})
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert list(sang.iterdir()) == []

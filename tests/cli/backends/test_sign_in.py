"""``gitflow login`` and ``logout``: what a person sees, what the file of tokens holds, and what a thief or a kill makes
of it."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gitflow.cli import main
from gitflow.cli.backends.client import Client
from gitflow.cli.backends.sign_in import Session
from gitflow.cli.console.exits import run_guarded

FLOW = "tasks: {greet: {flow: {say: {type: shell, cmd: 'true'}}}}"
EMAIL, PASSWORD = "root@example.com", "correct horse battery"
AUTH = {
    "providers": {"internal": {"provider_type": "internal"}},
    "initial_user": {"email": EMAIL, "password": PASSWORD},
}


@pytest.fixture
def server(serve):
    return serve(FLOW, {"auth": AUTH})


@pytest.fixture
def environ(server, tmp_path, monkeypatch) -> dict[str, str]:
    given = {"GITFLOW_SERVER": server.url, "XDG_CONFIG_HOME": str(tmp_path / "config"), "GITFLOW_TOKEN": ""}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return {**os.environ}


@pytest.fixture
def tokens(tmp_path) -> Path:
    return tmp_path / "config" / "gitflow" / "tokens.json"


@pytest.fixture
def gitflow(environ, capfd):
    def run(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        status = run_guarded(lambda: main.run_click(list(words)))
        sys.stdout.flush()
        return status, *capfd.readouterr()

    return run


def begin(environ: dict[str, str], *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gitflow.cli.main", *words]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def login(server, environ: dict[str, str], approved: bool = True) -> tuple[int, str]:
    """Types the code that the command shows into the browser of a person who has signed in there."""
    root = server.post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}).json["access_token"]
    with begin(environ, "login") as process:
        line = process.stderr.readline()
        (code,) = re.findall(r"/device in a browser and type the code  (\S+)\n$", line)
        decision = {"user_code": code, "approved": approved}
        assert server.post("/api/auth/device/decision", decision, {"Authorization": f"Bearer {root}"}).status == 204
        _, rest = process.communicate(timeout=60)
    return process.returncode, rest


@pytest.fixture
def signed_in(server, environ, tokens) -> Path:
    """The file of tokens of a person who has signed in a while ago: the access token has expired."""
    session = server.post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}).json
    tokens.parent.mkdir(parents=True, mode=0o700)
    entry = {"email": EMAIL, "access_token": "x.y.z", "expires_at": 1.0, "refresh_token": session["refresh_token"]}
    tokens.touch(0o600)
    tokens.write_text(json.dumps({"servers": {Client(server.url).server: entry}}))
    return tokens


def refreshes(server) -> int:
    """How often the server was asked for other tokens."""
    found = re.findall(
        r'requests_total\{method="POST",route="/api/auth/refresh",.* (\d+)', server.get("/metrics").body.decode()
    )
    return sum(map(int, found))


def test_a_person_signs_in_once_and_commands_act_for_them_until_they_sign_out(server, environ, gitflow, tokens):
    assert gitflow("jobs")[0] == 1
    status, said = login(server, environ)
    assert status == 0, said
    assert said.endswith(f"signed in at {server.url} as {EMAIL}\n")
    assert tokens.stat().st_mode & 0o777 == 0o600
    status, _, said = gitflow("trigger", "greet", "--wait", "-q")
    assert status == 0, said
    assert json.loads(gitflow("jobs", "-o", "json")[1])[0]["created_by"] == EMAIL
    kept = json.loads(tokens.read_text())["servers"][Client(server.url).server]["refresh_token"]
    assert gitflow("logout") == (0, "", f"{EMAIL} is signed out at {server.url}\n")
    assert json.loads(tokens.read_text()) == {"servers": {}}
    assert server.post("/api/auth/refresh", {"refresh_token": kept}).status == 401
    status, _, said = gitflow("jobs")
    assert (status, "sign in with gitflow login" in said) == (1, True)
    assert gitflow("logout")[0] == 2


def test_what_a_person_refuses_in_the_browser_is_said_and_nothing_is_kept(server, environ, tokens):
    status, said = login(server, environ, approved=False)
    assert (status, said.splitlines()[-1]) == (1, "gitflow: the sign-in was refused in the browser")
    assert not tokens.exists()


def test_processes_that_find_an_expired_token_at_once_refresh_once(server, environ, signed_in):
    running = [begin(environ, "jobs") for _ in range(4)]
    ended = [(process.communicate(timeout=60), process.returncode) for process in running]
    assert [status for _, status in ended] == [0] * 4, ended
    assert refreshes(server) == 1


#: Kills its process at one of the places between the request and the file. ``{place}``: a name below.
KILLED = """
import os, signal
from gitflow.cli.backends import client, sign_in, token_file
calls = []
def dies_at(kind, name, before, number):
    real = getattr(kind, name)
    def call(*given, **more):
        calls.append(name)
        if before and calls.count(name) == number: os.kill(os.getpid(), signal.SIGKILL)
        found = real(*given, **more)
        if calls.count(name) == number: os.kill(os.getpid(), signal.SIGKILL)
        return found
    setattr(kind, name, call)
dies_at(*{place})
sign_in.Session(client.Client(os.environ["GITFLOW_SERVER"]), os.environ).access_token()
"""
PLACES = {
    "before the next token is written": "(token_file.TokenFile, 'replace', True, 1)",
    "while it is written": "(token_file.os, 'rename', True, 1)",
    "after it was written": "(token_file.TokenFile, 'replace', False, 1)",
    "when the server has answered": "(client.Client, 'post', False, 1)",
    "while the answer is written": "(token_file.os, 'rename', True, 2)",
    "after the answer was written": "(token_file.os, 'rename', False, 2)",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_kill_while_it_refreshes_loses_nothing(server, environ, signed_in, gitflow, place):
    killed = subprocess.run([sys.executable, "-c", KILLED.format(place=place)], env=environ, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert gitflow("jobs")[0] == 0
    with sqlite3.connect(server.state / "gitflow.db") as database:  # the next token was issued once
        assert database.execute("SELECT count(*) FROM refresh_token").fetchone() == (2,)
    assert sorted(os.listdir(signed_in.parent)) == ["tokens.json", "tokens.lock"]
    assert signed_in.stat().st_mode & 0o777 == 0o600


def test_a_token_that_the_server_refuses_before_its_time_is_renewed(server, environ, signed_in, gitflow):
    entry = json.loads(signed_in.read_text())
    entry["servers"][Client(server.url).server]["expires_at"] = 1e12
    signed_in.write_text(json.dumps(entry))
    assert gitflow("jobs")[0] == 0
    assert refreshes(server) == 1


def test_a_session_that_was_ended_elsewhere_is_forgotten_and_said(server, environ, signed_in, gitflow):
    kept = json.loads(signed_in.read_text())["servers"][Client(server.url).server]["refresh_token"]
    server.post("/api/auth/logout", {"refresh_token": kept})
    status, _, said = gitflow("jobs")
    assert (status, said) == (
        1,
        f"gitflow: you are no longer signed in at {server.url}; sign in with: gitflow login --server {server.url}\n",
    )
    assert json.loads(signed_in.read_text()) == {"servers": {}}


def test_the_tokens_of_one_server_are_sent_to_no_other(server, environ, signed_in):
    for other in (
        "http://127.0.0.1:1",
        server.url.replace("http:", "https:"),
        f"{server.url}/below",
        "http://127.0.0.2:80",
    ):
        assert Session(Client(other), environ).access_token() is None
    assert Client("HTTPS://Example.COM:443/x/").server == Client("https://example.com/x").server


def test_a_file_that_others_may_read_is_not_used(environ, signed_in, gitflow):
    signed_in.chmod(0o644)
    status, _, said = gitflow("jobs")
    assert (status, f"chmod 600 {signed_in}" in said, "mode 0644" in said) == (2, True, True)


def test_a_file_that_others_may_replace_is_not_used(environ, signed_in, gitflow):
    signed_in.parent.chmod(0o777)
    status, _, said = gitflow("jobs")
    assert (status, f"chmod 700 {signed_in.parent}" in said) == (2, True)


def test_a_link_or_a_pipe_in_the_place_of_the_file_is_not_followed(environ, signed_in, gitflow, tmp_path):
    signed_in.rename(tmp_path / "elsewhere.json")
    signed_in.symlink_to(tmp_path / "elsewhere.json")
    assert gitflow("jobs")[0] == 2
    signed_in.unlink()
    os.mkfifo(signed_in, 0o600)
    assert gitflow("jobs")[0] == 2


def test_a_file_that_holds_something_else_is_said(environ, signed_in, gitflow):
    signed_in.write_text('{"servers": {"x": 1}}')
    status, _, said = gitflow("jobs")
    assert (status, said) == (2, f"gitflow: {signed_in} holds no tokens; remove it and sign in again\n")


def test_tokens_do_not_go_over_a_way_that_others_can_read(gitflow):
    status, _, said = gitflow("login", "--server", "http://gitflow.example.com")
    assert (status, "is not encrypted" in said) == (2, True)


def test_a_server_without_accounts_signs_nobody_in(serve, gitflow):
    open_server = serve(FLOW, name="open")
    status, _, said = gitflow("login", "--server", open_server.url)
    assert (status, "has no accounts" in said) == (2, True)

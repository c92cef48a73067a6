"""No command sends a token where others could read it: to another machine, without TLS."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gitflow.cli import main
from gitflow.cli.backends.client import Client
from gitflow.cli.commands.examples import EXAMPLES
from gitflow.cli.commands.root import cli
from gitflow.cli.console.exits import run_guarded
from gitflow.core.errors import InvalidInput

OPEN = "http://gitflow.invalid"
REFUSED = f"{OPEN} is not encrypted"
#: What these send before there is a token, or only where there is one.
ABOUT_SESSIONS = {"login", "logout"}


def with_server(group: click.Group, before: str = "") -> Iterator[str]:
    """The names of the commands whose ``--server`` takes an address."""
    cli.sections()  # imports the commands
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from with_server(command, f"{name} ")
        elif any(
            isinstance(each, click.Option) and each.name == "server" and not each.is_flag for each in command.params
        ):
            yield before + name


COMMANDS = sorted({*with_server(cli)} - ABOUT_SESSIONS)


@pytest.fixture
def gitflow(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("GITFLOW_TOKEN", "")

    def run(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        status = run_guarded(lambda: main.run_click([*words, f"--server={OPEN}"]))
        sys.stdout.flush()
        return status, capfd.readouterr().err

    return run


@pytest.fixture
def tokens(gitflow, tmp_path) -> Path:
    """The file of tokens of somebody who had signed in at the address all the same."""
    path = tmp_path / "config" / "gitflow" / "tokens.json"
    path.parent.mkdir(parents=True, mode=0o700)
    entry = {"email": "a@example.com", "access_token": "a", "expires_at": time.time() + 900, "refresh_token": "gfr_r"}
    path.write_text(json.dumps({"servers": {Client(OPEN).server: entry}}))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_sends_the_token_of_the_environment(command, gitflow, monkeypatch):
    monkeypatch.setenv("GITFLOW_TOKEN", "gfk_secret")
    (typed, _), *_ = EXAMPLES[command]
    status, said = gitflow(*shlex.split(typed))
    assert (status, said.count(REFUSED), "gfk_secret" in said) == (2, 1, False)


@pytest.mark.parametrize("expires_in_s", [900.0, -900.0])
def test_no_token_of_a_sign_in_is_sent_nor_renewed(gitflow, tokens, expires_in_s):
    whole = json.loads(tokens.read_text())
    whole["servers"][Client(OPEN).server]["expires_at"] = time.time() + expires_in_s
    tokens.write_text(json.dumps(whole))
    status, said = gitflow("jobs")
    assert (status, said) == (
        2,
        f"gitflow: {REFUSED}: tokens, keys and passwords could be read on the way; use https://\n",
    )


def test_signing_out_forgets_the_tokens_and_sends_none(gitflow, tokens):
    status, said = gitflow("logout")
    assert (status, "the session at the server goes on until it expires: " + REFUSED in said) == (0, True)
    assert json.loads(tokens.read_text()) == {"servers": {}}


def test_signing_in_is_refused_before_a_code_is_asked_for(gitflow):
    status, said = gitflow("login")
    assert (status, said) == (
        2,
        f"gitflow: {REFUSED}: tokens, keys and passwords could be read on the way; use https://\n",
    )


def test_without_a_token_an_open_server_may_be_asked(gitflow):
    status, said = gitflow("jobs")
    assert (status, said) == (1, f"gitflow: cannot reach {OPEN}: there is no host 'gitflow.invalid'\n")


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://example.com"])
def test_loopback_and_tls_get_the_token(url):
    assert Client(url, "t").host


@pytest.mark.parametrize("url", ["http://10.0.0.1:8080", "HTTP://EXAMPLE.com", "http://127.0.0.1.example.com"])
def test_a_client_with_a_token_refuses_every_other_address(url):
    with pytest.raises(InvalidInput, match="tokens, keys and passwords could be read on the way"):
        Client(url, "t")

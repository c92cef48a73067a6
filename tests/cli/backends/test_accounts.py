"""Accounts and keys of a server, from the command line of an administrator."""

from __future__ import annotations

import io
import json
import sys

import pytest

from gitflow.cli import main
from gitflow.cli.console.exits import run_guarded

EMAIL, PASSWORD = "root@example.com", "correct horse battery"
AUTH = {
    "providers": {"internal": {"provider_type": "internal"}},
    "initial_user": {"email": EMAIL, "password": PASSWORD},
}


@pytest.fixture
def server(serve):
    return serve("tasks: {t: {flow: {a: {type: shell, cmd: 'true'}}}}", {"auth": AUTH})


@pytest.fixture
def gitflow(server, monkeypatch, capfd, tmp_path):
    token = server.post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}).json["access_token"]
    monkeypatch.setenv("GITFLOW_TOKEN", token)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, stdin: str = "", server: str = server.url) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capfd.readouterr()
        status = run_guarded(lambda: main.run_click([*words, "--server", server]))
        sys.stdout.flush()
        return status, *capfd.readouterr()

    return run


def rows(gitflow, *words: str):
    return json.loads(gitflow(*words, "-o", "json")[1])


def test_accounts_of_a_server_are_added_listed_changed_and_disabled(gitflow, server):
    added = gitflow("user", "add", "Ann@example.com", "--group", "ops", "--password-stdin", stdin="open sesame 1\n")
    assert added == (0, "", "ann@example.com has an account now\n")
    assert {row["email"]: row["groups"] for row in rows(gitflow, "user", "list")} == {
        EMAIL: [],
        "ann@example.com": ["ops"],
    }
    said = gitflow("user", "passwd", "ann@example.com", "--password-stdin", stdin="open sesame 2\n")
    assert said == (0, "", "the password of ann@example.com is changed; all its sessions have ended\n")
    assert server.post("/api/auth/login", {"email": "ann@example.com", "password": "open sesame 2"}).status == 200
    assert gitflow("user", "disable", "ann@example.com")[2] == "ann@example.com is disabled\n"
    assert gitflow("user", "enable", "ann@example.com")[2] == "ann@example.com is enabled\n"
    status, _, said = gitflow("user", "disable", "nobody@example.com")
    assert (status, "there is no user named 'nobody@example.com'" in said) == (2, True)


def test_keys_of_a_server_are_made_listed_and_revoked_with_those_that_they_made(gitflow, server):
    status, text, said = gitflow("key", "create", "ci", "--scope", "admin")
    assert (status, said) == (0, "the key 'ci'; store it, it is not shown again:\n")
    headers = {"Authorization": f"Bearer {text.strip()}"}
    made = {"name": "below", "scopes": ["workflows:read"], "standalone": True}
    assert server.post("/api/auth/api-keys", made, headers).status == 201
    assert [(row["name"], row["user_id"]) for row in rows(gitflow, "key", "list")] == [("ci", None), ("below", None)]
    assert gitflow("key", "revoke", "ci")[2] == "the key 'ci' is revoked\nso are the keys that it created: below\n"
    assert server.get("/api/auth/me", headers).status == 401


def test_a_key_acts_for_the_person_who_makes_it_and_for_nobody_else(gitflow):
    mine = rows(gitflow, "key", "create", "mine", "--user", EMAIL)
    assert mine["user_id"] is not None
    status, _, said = gitflow("key", "create", "hers", "--user", "ann@example.com")
    assert (status, "only ann@example.com makes a key for ann@example.com" in said) == (2, True)


def test_a_server_and_a_state_directory_are_not_named_together(gitflow):
    status, _, said = gitflow("user", "list", "--state-dir", "x")
    assert (status, "cannot be used together" in said) == (2, True)


@pytest.mark.parametrize(
    "words", [("user", "add", "a@example.com"), ("user", "passwd", "a@example.com"), ("key", "list")]
)
def test_passwords_and_keys_do_not_go_over_a_way_that_others_can_read(words, gitflow):
    """It is said before a password is asked for."""
    status, _, said = gitflow(*words, server="http://gitflow.example.com")
    assert (status, "is not encrypted: tokens, keys and passwords could be read on the way" in said) == (2, True)

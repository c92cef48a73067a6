"""Accounts and keys of a server, from the shell of its machine."""

from __future__ import annotations

import json
import subprocess


def typed(gitflow, text, *words):
    """The command, with what somebody types into it."""
    process = gitflow.start(*words, stdin=subprocess.PIPE)
    stdout, stderr = process.communicate(text, timeout=60)
    return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)


def test_an_account_is_made_listed_disabled_and_enabled(gitflow):
    made = typed(gitflow, "open sesame 1\n", "user", "add", "Ann@example.com", "--group", "ops", "--password-stdin")
    assert made.returncode == 0, made.stderr
    gitflow("user", "add", "root@example.com", "--admin", "--no-password")
    listed = json.loads(gitflow("user", "list", "-o", "json").stdout)
    assert [(user["email"], user["groups"], user["auth_methods"]) for user in listed] == [
        ("ann@example.com", ["ops"], ["internal"]),
        ("root@example.com", [], []),
    ]
    assert "open sesame" not in json.dumps(listed)
    disabled = json.loads(gitflow("user", "disable", "ann@example.com", "-o", "json").stdout)
    assert disabled["disabled"] is True
    assert gitflow("user", "enable", "ann@example.com").returncode == 0
    alone = gitflow("user", "disable", "root@example.com")
    assert alone.returncode == 1
    assert "the only administrator" in alone.stderr


def test_wrong_words_are_told_in_a_sentence_and_change_nothing(gitflow):
    for words, stdin, told in (
        (("user", "add", "nobody", "--password-stdin"), "long enough\n", "not an email address"),
        (("user", "add", "a@b.org", "--password-stdin"), "short\n", "8 to 1024 characters"),
        (("user", "add", "a@b.org"), "", "no terminal"),
        (("user", "passwd", "a@b.org", "--password-stdin"), "long enough\n", "no user named"),
        (("key", "create", "a b"), "", "name must begin"),
        (("key", "create", "ci", "--scope", "all"), "", "scopes all"),
        (("key", "revoke", "ci"), "", "no API key named"),
    ):
        refused = typed(gitflow, stdin, *words)
        assert refused.returncode == 2, (words, refused)
        assert told in refused.stderr
        assert "Traceback" not in refused.stderr
    assert json.loads(gitflow("user", "list", "-o", "json").stdout) == []
    assert json.loads(gitflow("audit", "-o", "json").stdout) == []


def test_a_key_is_printed_alone_once_and_revoked_by_name(gitflow):
    gitflow.write("server-config.yaml", "workspaces: {default: {type: folder, path: .}}\n")
    made = gitflow("key", "create", "ci", "--scope", "workflows:read", "--workspace", "default")
    key = made.stdout.strip()
    assert key.startswith("gfk_")
    assert "\n" not in key
    listed = gitflow("key", "list", "-o", "json").stdout
    assert key not in listed
    assert json.loads(listed)[0]["scopes"] == ["workflows:read"]
    assert made.stderr == "the key 'ci'; store it, it is not shown again:\n"
    assert gitflow("key", "revoke", "ci").stderr == "the key 'ci' is revoked\n"
    assert json.loads(gitflow("key", "list", "-o", "json").stdout)[0]["revoked_at"] is not None
    trail = json.loads(gitflow("audit", "-o", "json").stdout)
    assert [event["what"] for event in trail] == ["key.revoked", "key.created"]
    assert json.loads(gitflow("audit", "--what", "key.created", "-o", "json").stdout) == trail[1:]


def test_a_key_for_a_workspace_that_does_not_exist_is_refused_by_name(gitflow):
    unknown = gitflow("key", "create", "ci", "--workspace", "prod")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "there is no workspace named 'prod'; none is known here" in unknown.stderr
    gitflow.write("server-config.yaml", "workspaces: {production: {type: folder, path: .}}\n")
    near = gitflow("key", "create", "ci", "--workspace", "produktion")
    assert near.returncode == 2
    assert "there is no workspace named 'produktion'; did you mean \"production\"?" in near.stderr
    assert json.loads(gitflow("key", "list", "-o", "json").stdout) == []

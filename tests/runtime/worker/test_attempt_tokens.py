"""Tokens of attempts: one for each attempt of each worker, the same for every server of a store."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitflow.dispatch.sealed import NotSealed, seal, unseal
from gitflow.runtime.worker.attempt_tokens import AttemptTokens

KEY = ("job", "step", 1)


def test_a_token_is_that_of_one_attempt_of_one_worker(tmp_path: Path) -> None:
    tokens = AttemptTokens(str(tmp_path))
    known = tokens.token(KEY, "worker")
    others = [tokens.token(key, "worker") for key in (("job", "step", 2), ("job", "other", 1), ("job2", "step", 1))]
    assert len({known, tokens.token(KEY, "another"), *others}) == 5


def test_the_next_server_knows_it_again_and_the_secret_is_private(tmp_path: Path) -> None:
    known = AttemptTokens(str(tmp_path)).token(KEY, "worker")
    assert AttemptTokens(str(tmp_path)).token(KEY, "worker") == known
    [secret] = tmp_path.iterdir()
    assert secret.stat().st_mode & 0o077 == 0


def test_servers_with_the_same_configured_secret_need_no_file(tmp_path: Path) -> None:
    one, other = (AttemptTokens(str(tmp_path / name), "s" * 32) for name in "ab")
    assert one.token(KEY, "worker") == other.token(KEY, "worker")
    assert list(tmp_path.iterdir()) == []


def test_another_key_makes_an_agent_another_worker(tmp_path: Path) -> None:
    tokens = AttemptTokens(str(tmp_path))
    assert tokens.worker_id("agent", "key 1") != tokens.worker_id("agent", "key 2")


def test_a_report_opens_only_with_its_key_and_for_its_attempt(tmp_path: Path) -> None:
    tokens = AttemptTokens(str(tmp_path))
    token = tokens.token(KEY, "worker")
    sealed = seal("open sesame \udcff", tokens.key_of(token), token)
    assert "sesame" not in sealed
    assert unseal(sealed, tokens.key_of(token), token) == "open sesame \udcff"
    for key, of in ((tokens.key_of("x"), token), (tokens.key_of(token), "x")):
        with pytest.raises(NotSealed):
            unseal(sealed, key, of)
    with pytest.raises(NotSealed):
        unseal("no base64", tokens.key_of(token), token)

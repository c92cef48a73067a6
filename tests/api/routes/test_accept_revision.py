"""An administrator lets a server serve one revision that breaks the policy in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from running import Running

from signing import Repository, SshKey, needs_signing

POLICY = "rules: {short: {max_timeout: 1h}}\n"
TASK = "tasks: {hello: {timeout: %s, flow: {say: {type: shell, cmd: 'echo %s'}}}}\n"
BROKEN = "tasks: {hello: {flow: {say: {action: nobody-knows}}}}\n"
ONE = "/api/workspaces/shop"
REASON = {"reason": "the disks are slow until Friday"}


class Shop:
    """A repository with a policy, and the servers that follow it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = Repository(folder / "repository")
        self.tip = ""
        self.started: list[Running] = []

    def push(self, text: str, key: SshKey | None = None) -> str:
        files = {".workflows/policy.yaml": POLICY, ".workflows/a.yaml": text}
        payload = self.repository.payload(files, "a change", (self.tip,) if self.tip else ())
        self.tip = self.repository.commit(payload, key.sign(payload) if key else b"")
        return self.tip

    def start(self, **more: object) -> Running:
        shop = {"type": "git", "url": f"file://{self.repository.path}", "poll_interval_secs": 3600, **more}
        running = Running(self.folder / "server", "", {"workspaces": {"shop": shop}}, {}).start()
        self.started.append(running)
        running.refresh("shop")
        return running


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    found = Shop(tmp_path)
    yield found
    for running in found.started:
        running.stop()


def accept(server: Running, revision: str) -> Any:
    return server.post(f"{ONE}/revisions/{revision}/accept", REASON)


def test_an_accepted_revision_is_served_shown_audited_and_stays_so_after_a_restart(shop: Shop) -> None:
    first = shop.push(TASK % ("1m", 1))
    server = shop.start()
    slow = shop.push(TASK % ("2h", 2))
    assert server.post(f"{ONE}/refresh").json["refreshed"] is False
    assert server.get(ONE).json["candidate"]["acceptable"] is True
    reply = accept(server, slow[:10])
    assert (reply.status, reply.json) == (200, {"workspace": "shop", "revision": slow, "refreshed": True}), reply
    assert server.get(ONE).json["candidate"] is None
    listed = server.get(f"{ONE}/revisions").json
    verdicts = [(row["revision"], row["accepted"], row["verdict"]) for row in listed]
    assert verdicts == [(slow, True, "accepted"), (slow, False, "policy"), (first, True, "accepted")]
    given = [row["acceptance"] for row in listed]
    assert given[0]["reason"] == REASON["reason"]
    assert given == [given[0], given[0], None]
    audited = [(row["what"], row["workspace"], row["subject"], row["details"]) for row in server.get("/api/audit").json]
    assert ("workspaces.accept_revision", "shop", slow[:10], {"revision": slow, **REASON}) in audited
    server.stop()
    again = shop.start()
    assert again.get(ONE).json["revision"] == slow
    assert again.get(f"{ONE}/revisions").json[0]["acceptance"] == given[0]
    other = shop.push(TASK % ("3h", 3))
    again.post(f"{ONE}/refresh")
    assert (again.get(ONE).json["revision"], again.get(ONE).json["candidate"]["revision"]) == (slow, other)


def test_an_acceptance_that_a_crash_outlives_counts_at_the_next_start(shop: Shop) -> None:
    shop.push(TASK % ("1m", 1))
    server = shop.start()
    slow = shop.push(TASK % ("2h", 2))
    server.post(f"{ONE}/refresh")
    server.post(f"{ONE}/pause-sync", {"reason": "so that it is accepted, and not served yet"})
    assert accept(server, slow).json["refreshed"] is False
    server.stop()
    again = shop.start()
    assert again.post(f"{ONE}/resume-sync", {"reason": "go on"}).json["revision"] == slow


def withdraw(server: Running, revision: str, reason: str = "the disks are new") -> Any:
    return server.post(f"{ONE}/revisions/{revision}/withdraw-acceptance", {"reason": reason})


def force_back(shop: Shop, server: Running, revision: str) -> Any:
    """The branch comes back to an older commit; the workspace as it is then."""
    shop.repository.git("update-ref", "refs/heads/main", revision)
    shop.tip = revision
    server.post(f"{ONE}/refresh")
    return server.get(ONE).json


def test_an_acceptance_ends_when_another_revision_becomes_active(shop: Shop) -> None:
    shop.push(TASK % ("1m", 1))
    server = shop.start()
    slow = shop.push(TASK % ("2h", 2))
    server.post(f"{ONE}/refresh")
    accept(server, slow)
    assert server.get(ONE).json["acceptance"]["by"] == server.get(f"{ONE}/revisions").json[0]["acceptance"]["by"]
    quick = shop.push(TASK % ("1m", 3))
    server.post(f"{ONE}/refresh")
    found = server.get(ONE).json
    assert (found["revision"], found["acceptance"]) == (quick, None)
    assert withdraw(server, slow).status == 409  # the engine has committed the end: it does one thing after the other
    [ended] = [row["acceptance"] for row in server.get(f"{ONE}/revisions").json if row["revision"] == slow][:1]
    assert (ended["ended_by"], ended["ended_reason"]) == ("engine", None)
    assert ended["ended_at"] > ended["at"]
    found = force_back(shop, server, slow)
    assert (found["revision"], found["candidate"]["revision"]) == (quick, slow)
    assert found["candidate"]["acceptable"] is True
    assert withdraw(server, slow).status == 409
    assert accept(server, slow).json["revision"] == slow
    assert server.get(ONE).json["acceptance"]["ended_at"] is None


def test_a_withdrawn_acceptance_leaves_the_active_revision_and_counts_no_more(shop: Shop) -> None:
    first = shop.push(TASK % ("1m", 1))
    server = shop.start()
    slow = shop.push(TASK % ("2h", 2))
    server.post(f"{ONE}/refresh")
    accept(server, slow)
    reply = withdraw(server, slow[:10])
    assert (reply.status, reply.json["ended_reason"]) == (200, "the disks are new"), reply
    assert server.get(ONE).json["acceptance"] == reply.json
    audited = [(row["what"], row["subject"], row["details"]) for row in server.get("/api/audit").json]
    wanted = {"revision": slow, "reason": "the disks are new"}
    assert ("workspaces.withdraw_acceptance", slow[:10], wanted) in audited
    assert withdraw(server, slow).status == 409
    server.stop()
    again = shop.start()
    assert (again.get(ONE).json["revision"], again.get(ONE).json["acceptance"]) == (slow, reply.json)
    assert force_back(shop, again, first)["revision"] == first
    assert force_back(shop, again, slow)["revision"] == first


def test_an_acceptance_that_is_withdrawn_before_it_took_effect_takes_none(shop: Shop) -> None:
    first = shop.push(TASK % ("1m", 1))
    server = shop.start()
    slow = shop.push(TASK % ("2h", 2))
    server.post(f"{ONE}/refresh")
    server.post(f"{ONE}/pause-sync", {"reason": "so that it is not served yet"})
    accept(server, slow)
    assert withdraw(server, slow).status == 200
    server.post(f"{ONE}/resume-sync", {"reason": "go on"})
    assert (server.get(ONE).json["revision"], server.get(ONE).json["candidate"]["revision"]) == (first, slow)


def test_an_acceptance_counts_no_longer_than_it_was_given_for(shop: Shop) -> None:
    first = shop.push(TASK % ("1m", 1))
    server = shop.start()
    slow = shop.push(TASK % ("2h", 2))
    server.post(f"{ONE}/refresh")
    for wrong in ("soon", "0s", "-1h", ""):
        reply = server.post(f"{ONE}/revisions/{slow}/accept", {**REASON, "lasts": wrong})
        assert (reply.status, "lasts" in reply.json["error"]) == (400, True), reply
    server.post(f"{ONE}/pause-sync", {"reason": "so that it is not served yet"})
    server.post(f"{ONE}/revisions/{slow}/accept", {**REASON, "lasts": "1ms"})
    server.post(f"{ONE}/resume-sync", {"reason": "go on"})
    assert server.get(ONE).json["revision"] == first
    assert server.post(f"{ONE}/revisions/{slow}/accept", {**REASON, "lasts": "2d"}).json["revision"] == slow
    given = server.get(ONE).json["acceptance"]
    assert given["expires_at"] > given["at"]
    assert server.get("/api/audit").json[0]["details"]["expires_at"] == given["expires_at"]


def test_errors_are_not_accepted_nor_is_a_revision_that_is_not_refused_now(shop: Shop) -> None:
    first = shop.push(TASK % ("1m", 1))
    server = shop.start()
    for revision in (first, "abc", "f" * 40):
        assert accept(server, revision).status == 409, revision
    assert server.post("/api/workspaces/nowhere/revisions/abc/accept", REASON).status == 404
    broken = shop.push(BROKEN)
    server.post(f"{ONE}/refresh")
    reply = accept(server, broken)
    assert (reply.status, "has errors" in reply.json["error"]) == (409, True), reply
    assert server.get(f"{ONE}/revisions").json[0]["verdict"] == "errors"
    slow = shop.push(TASK % ("2h", 2))
    server.post(f"{ONE}/refresh")
    assert accept(server, slow[:6]).status == 409
    assert str(slow) in accept(server, broken).json["error"]
    for body in ({}, {"reason": ""}, {"reason": "x", "more": 1}):
        assert server.post(f"{ONE}/revisions/{slow}/accept", body).status == 400, body
    assert server.get(ONE).json["revision"] == first


@needs_signing
def test_a_missing_signature_is_never_accepted(shop: Shop, tmp_path: Path) -> None:
    ann = SshKey(tmp_path, "ann")
    (tmp_path / "allowed").write_text(ann.allowed())
    (tmp_path / "allowed").chmod(0o600)
    first = shop.push(TASK % ("1m", 1), ann)
    server = shop.start(verify={"allowed_signers": str(tmp_path / "allowed")})
    unsigned = shop.push(TASK % ("2h", 2))
    server.post(f"{ONE}/refresh")
    assert server.get(ONE).json["candidate"]["acceptable"] is False
    assert server.get(f"{ONE}/revisions").json[0]["verdict"] == "signature"
    reply = accept(server, unsigned)
    assert (reply.status, "no valid signature" in reply.json["error"]) == (409, True), reply
    slow = shop.push(TASK % ("2h", 3), ann)
    server.post(f"{ONE}/refresh")
    assert server.get(ONE).json["revision"] == first
    assert accept(server, slow).json["revision"] == slow

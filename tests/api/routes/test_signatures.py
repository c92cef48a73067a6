"""A server that requires signatures: what it serves, runs and shows, and that it remembers what it saw when."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from running import Reply, Running

from signing import DAY_S, Repository, SshKey, needs_signing, stamp

pytestmark = needs_signing

HELLO = "tasks: {hello: {flow: {say: {type: shell, cmd: 'echo %s'}}}}\n"


class Signed:
    """A repository, Ann's key and the servers of it; each start is a new server on the same state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = Repository(folder / "repository")
        self.ann = SshKey(folder, "ann")
        self.started: list[Running] = []
        self.allow(self.ann.allowed())

    def allow(self, text: str) -> None:
        (self.folder / "allowed").write_text(text)
        (self.folder / "allowed").chmod(0o600)

    def push(self, key: SshKey | None, number: int, ref: str = "refs/heads/main") -> str:
        payload = self.repository.payload({".workflows/a.yaml": HELLO % number}, f"number {number}")
        return self.repository.commit(payload, key.sign(payload) if key else b"", ref=ref)

    def start(self, signatures: str = "required", name: str = "server") -> Running:
        verify = {"signatures": signatures, "allowed_signers": str(self.folder / "allowed")}
        url = f"file://{self.repository.path}"
        shop = {"type": "git", "url": url, "poll_interval_secs": 3600, "verify": verify}
        running = Running(self.folder / name, "", {"workspaces": {"shop": shop}}, {}).start()
        self.started.append(running)
        running.refresh("shop")
        return running

    def stop(self) -> None:
        for running in self.started:
            running.stop()


@pytest.fixture
def signed(tmp_path: Path) -> Any:
    found = Signed(tmp_path)
    yield found
    found.stop()


def execute(server: Running, revision: str | None = None, **query: str) -> Reply:
    path = "/api/workspaces/shop/tasks/hello/execute" + ("?dry_run=true" if query else "")
    return server.post(path, {} if revision is None else {"revision": revision})


def test_what_was_refused_is_shown_with_its_reason_beside_what_is_served(signed: Signed) -> None:
    good = signed.push(signed.ann, 1)
    server = signed.start()
    bad = signed.push(None, 2)
    server.refresh("shop")
    row = server.get("/api/workspaces/shop").json
    assert (row["revision"], row["candidate"]["revision"]) == (good, bad)
    seen_at = row["signature"].pop("seen_at")
    assert seen_at.startswith("20")
    assert row["signature"] == {
        "verdict": "valid",
        "signed": "commit",
        "object": good,
        "signer": "ann@example.com",
        "key": signed.ann.fingerprint,
        "reason": None,
    }
    assert row["candidate"]["signature"]["verdict"] == "unsigned"
    [problem] = row["candidate"]["problems"]
    assert (problem["rule"], problem["message"]) == ("signature", "no valid signature: the commit is not signed")
    rows = server.get("/api/workspaces/shop/revisions").json
    found = [(row["revision"], row["accepted"], row["signature"]["verdict"]) for row in rows]
    assert found == [(bad, False, "unsigned"), (good, True, "valid")]


def test_a_revision_that_is_named_for_a_job_must_be_signed_too(signed: Signed) -> None:
    signed.push(signed.ann, 1)
    server = signed.start()
    unsigned = signed.push(None, 2, "refs/heads/feature")
    fine = signed.push(signed.ann, 3, "refs/heads/other")
    assert execute(server, "other").status == 200
    assert execute(server, fine).status == 200
    for reply in (execute(server, "feature"), execute(server, unsigned), execute(server, unsigned, dry_run="true")):
        assert (reply.status, reply.json["code"]) == (422, "invalid_definitions"), reply
        assert reply.json["error"].endswith("has no valid signature: the commit is not signed")
        assert [problem["rule"] for problem in reply.json["problems"]] == ["signature"]
    payload = signed.repository.tag_payload("v1", unsigned)
    signed.repository.tag("v1", payload, signed.ann.sign(payload))
    reply = execute(server, "v1")
    assert reply.status == 200, reply
    assert server.finished(reply.json["job_id"])["revision"] == unsigned


def test_nothing_runs_while_nothing_that_is_signed_was_ever_there(signed: Signed) -> None:
    signed.push(None, 1)
    server = signed.start()
    row = server.get("/api/workspaces/shop").json
    assert (row["revision"], row["signature"], row["candidate"]["signature"]["verdict"]) == (None, None, "unsigned")
    assert execute(server).status == 422


def test_a_job_of_a_withdrawn_revision_can_be_retried_and_no_new_one_made(signed: Signed) -> None:
    signed.push(signed.ann, 1)
    server = signed.start()
    job_id = execute(server).json["job_id"]
    server.finished(job_id)
    signed.allow("")
    server.refresh("shop")
    assert execute(server).status == 422
    reply = server.post(f"/api/jobs/{job_id}/retry", {"from": "start"})
    assert reply.status == 201, reply


def test_where_nobody_looks_nothing_is_said_of_signatures(signed: Signed) -> None:
    sha = signed.push(None, 1)
    server = signed.start("off")
    row = server.get("/api/workspaces/shop").json
    assert (row["revision"], row["signature"]) == (sha, None)
    [loaded] = server.get("/api/workspaces/shop/revisions").json
    assert loaded["signature"] is None


def test_where_signatures_are_only_looked_at_the_log_of_revisions_has_a_warning(signed: Signed) -> None:
    sha = signed.push(None, 1)
    server = signed.start("warn")
    [loaded] = server.get("/api/workspaces/shop/revisions").json
    assert (loaded["revision"], loaded["accepted"], loaded["signature"]["verdict"]) == (sha, True, "unsigned")
    assert [(problem["severity"], problem["rule"]) for problem in loaded["problems"]] == [("warning", "signature")]


def test_when_a_revision_was_first_seen_is_remembered_across_restarts(signed: Signed) -> None:
    """Both tables say when it was seen; the older one counts, and neither is the date of the commit."""
    sha = signed.push(signed.ann, 1)
    server = signed.start()
    job_id = execute(server).json["job_id"]  # what was noted aside is stored before this
    server.finished(job_id)
    server.stop()
    now = time.time()
    with sqlite3.connect(server.state / "gitflow.db") as store:
        [(seen_at,)] = store.execute("SELECT seen_at FROM first_seen WHERE object = ?", (sha,)).fetchall()
        assert abs(seen_at - now) < DAY_S / 2
        store.execute("UPDATE first_seen SET seen_at = seen_at - ?", (2 * DAY_S,))
    store.close()
    signed.allow(signed.ann.allowed(f'valid-before="{stamp(now - DAY_S)}"'))
    again = signed.start()
    assert again.get("/api/workspaces/shop").json["revision"] == sha
    fresh = signed.start(name="another")
    row = fresh.get("/api/workspaces/shop").json
    assert (row["revision"], row["candidate"]["signature"]["verdict"]) == (None, "expired")

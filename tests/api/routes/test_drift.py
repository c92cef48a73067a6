"""A server that tells how it stands to a remote branch, and that can be stopped from following it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from running import Running

from signing import Repository

HELLO = "tasks: {hello: {flow: {say: {type: shell, cmd: 'echo %s'}}}}\n"
ONE = "/api/workspaces/shop"


class Shop:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = Repository(folder / "repository")
        self.tip = ""
        self.started: list[Running] = []

    def push(self, number: int) -> str:
        files = {".workflows/a.yaml": HELLO % number}
        parents = (self.tip,) if self.tip else ()
        self.tip = self.repository.commit(self.repository.payload(files, f"number {number}", parents))
        return self.tip

    def start(self) -> Running:
        url = f"file://{self.repository.path}"
        shop = {"type": "git", "url": url, "poll_interval_secs": 3600}
        (self.folder / "folder/.workflows").mkdir(parents=True, exist_ok=True)
        workspaces = {"shop": shop, "here": {"type": "folder", "path": str(self.folder / "folder")}}
        running = Running(self.folder / "server", "", {"workspaces": workspaces}, {}).start()
        self.started.append(running)
        running.refresh("shop")
        return running


@pytest.fixture
def shop(tmp_path: Path) -> Any:
    found = Shop(tmp_path)
    yield found
    for running in found.started:
        running.stop()


def test_a_workspace_that_is_paused_says_so_stays_where_it_is_and_goes_on_when_it_is_resumed(shop: Shop) -> None:
    first = shop.push(1)
    server = shop.start()
    assert server.get(f"{ONE}/drift").json == {
        "status": "synced",
        "behind": 0,
        "ahead": 0,
        "revision": first,
        "remote": first,
        "unreachable_since": None,
        "reason": None,
        "message": None,
        "pause": None,
    }
    reply = server.post(f"{ONE}/pause-sync", {"reason": "the shop is on fire"})
    assert (reply.status, reply.json["status"]) == (200, "synced"), reply
    assert reply.json["pause"]["reason"] == "the shop is on fire"
    second = shop.push(2)
    assert server.post(f"{ONE}/refresh").json["refreshed"] is False
    server.stop()
    again = shop.start()
    drift = again.get(f"{ONE}/drift").json
    found = {name: drift[name] for name in ("status", "behind", "ahead", "revision", "remote", "reason")}
    assert found == {
        "status": "behind",
        "behind": 1,
        "ahead": 0,
        "revision": first,
        "remote": second,
        "reason": "paused",
    }
    assert again.get(ONE).json["drift"] == drift
    job_id = again.post(f"{ONE}/tasks/hello/execute", {}).json["job_id"]
    assert again.finished(job_id)["revision"] == first
    reply = again.post(f"{ONE}/resume-sync", {"reason": "it is out"})
    assert (reply.json["status"], reply.json["revision"], reply.json["pause"]) == ("synced", second, None), reply
    audited = [(row["what"], row["workspace"], row["details"]) for row in again.get("/api/audit").json]
    assert ("workspaces.pause_sync", "shop", {"reason": "the shop is on fire"}) in audited
    assert ("workspaces.resume_sync", "shop", {"reason": "it is out"}) in audited


def test_what_cannot_be_paused_or_resumed_is_refused_in_a_sentence(shop: Shop) -> None:
    shop.push(1)
    server = shop.start()
    reason = {"reason": "why not"}
    assert server.post(f"{ONE}/resume-sync", reason).status == 409
    assert server.post("/api/workspaces/here/pause-sync", reason).status == 409
    assert server.post("/api/workspaces/nowhere/pause-sync", reason).status == 404
    for body in ({}, {"reason": ""}, {"reason": 1}, {"reason": "x", "more": 1}):
        assert server.post(f"{ONE}/pause-sync", body).status == 400, body
    assert server.post(f"{ONE}/pause-sync", reason).status == 200
    reply = server.post(f"{ONE}/pause-sync", reason)
    assert reply.status == 409
    assert reply.json["error"].endswith(": why not")

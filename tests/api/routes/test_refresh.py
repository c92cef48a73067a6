"""A refresh that was asked for is answered once its revision is stored."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from running import TIMEOUT_S, Reply, Running

from committing import commit, commit_all, init

ONE = "/api/workspaces/shop"
TASK = "tasks: {hello: {flow: {say: {type: shell, cmd: 'echo %s'}}}}\n"


@contextmanager
def no_commit(server: Running) -> Iterator[None]:
    """Nothing that is submitted in the block is committed before its end."""
    held, released = threading.Event(), threading.Event()

    def hold(transaction: Any) -> None:
        held.set()
        released.wait(TIMEOUT_S)

    submitted = server.service.commit_queue.submit(hold)
    try:
        assert held.wait(TIMEOUT_S)
        yield
    finally:
        released.set()
        submitted.result(TIMEOUT_S)


def test_a_refresh_is_answered_after_its_commit(serve: Callable[..., Running], tmp_path: Path) -> None:
    """Of a repository: a folder is watched, so that its change could be loaded before the refresh is asked for."""
    remote = init(tmp_path / "remote")
    commit(remote, TASK % 1)
    shop = {"type": "git", "url": f"file://{remote}", "poll_interval_secs": 3600}
    server = serve(settings={"workspaces": {"shop": shop}})
    served = threading.Event()
    server.service.served.observers.append(lambda change: served.set())
    commit(remote, TASK % 2)
    with ThreadPoolExecutor(1) as pool:
        with no_commit(server):
            answer: Future[Reply] = pool.submit(server.post, f"{ONE}/refresh")
            assert served.wait(TIMEOUT_S)
            assert not wait([answer], timeout=0.3).done
        reply = answer.result(TIMEOUT_S)
    assert reply.json["refreshed"] is True
    assert server.get(f"{ONE}/revisions").json[0]["revision"] == reply.json["revision"]


@pytest.mark.parametrize("text", [TASK % 2, "tasks: []\n"], ids=["accepted", "refused"])
def test_what_was_loaded_before_it_was_committed_gets_the_name_of_its_commit(
    serve: Callable[..., Running], tmp_path: Path, text: str
) -> None:
    folder = init(tmp_path / "shop")
    commit(folder, TASK % 1)
    server = serve(settings={"workspaces": {"shop": {"type": "folder", "path": str(folder)}}})
    (folder / ".workflows" / "a.yaml").write_text(text)
    server.post(f"{ONE}/refresh")
    [loaded, first] = server.get(f"{ONE}/revisions").json
    assert loaded["dirty"]
    commit_all(folder, "Say 2")
    server.post(f"{ONE}/refresh")
    named = server.get(f"{ONE}/revisions").json
    assert named == [{**loaded, "dirty": False, "commit": named[0]["commit"]}, first]
    assert named[0]["commit"]["message"] == "Say 2"

"""A refresh that was asked for is answered once its revision is stored."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from running import TIMEOUT_S, Reply, Running

from committing import commit, init

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

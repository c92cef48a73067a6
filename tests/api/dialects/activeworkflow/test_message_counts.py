"""Counting that takes its time is not done at every request."""

from __future__ import annotations

from collections.abc import Callable

from running import Running

from gitflow.api.dialects.activeworkflow import message_counts

DEFINITIONS = """\
tasks: {one: {flow: {say: {type: shell, cmd: 'echo "OUTPUT: {}"'}}}}
"""


def counts(server: Running) -> list[int]:
    return [agent["messages_count"] for agent in server.get("/api/v1/agents").json]


def test_slow_counts_are_kept_for_a_while_and_quick_ones_never(serve: Callable[..., Running], monkeypatch) -> None:
    server = serve(DEFINITIONS)
    server.finished(server.execute("one"))
    assert counts(server) == [1]
    monkeypatch.setattr(message_counts, "SLOW_S", -1.0)
    monkeypatch.setattr(message_counts, "PAUSE_FACTOR", 1e9)
    server.finished(server.execute("one"))
    assert counts(server) == [2]
    server.finished(server.execute("one"))
    assert counts(server) == [2]

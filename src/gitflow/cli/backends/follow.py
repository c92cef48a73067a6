"""Follows a job of a server to its end, also while the server is unreachable for a short time."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from gitflow.cli.backends.client import Client, Unreachable, path_of
from gitflow.cli.backends.websocket import read_messages
from gitflow.core.logs import SERVER_STEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.values import JsonObject

#: How long to wait for an unreachable server, and the pause between attempts, in seconds.
RETURN_S, PAUSE_S = 60.0, 0.5
#: The first and the longest pause between two polls of a job, in seconds.
POLL_S, MAX_POLL_S = 0.05, 1.0


def follow_logs(client: Client, job_id: str, since_seq: int = 0) -> Iterator[JsonObject]:
    """Yields each line of a job's log once, in order, until the job has ended; reconnects when a connection breaks."""
    gone_since: float | None = None
    while True:
        try:
            for message in read_messages(client, path_of("jobs", job_id, "logs", "stream"), {"since_seq": since_seq}):
                gone_since = None
                for text in message.splitlines():
                    line = json.loads(text)
                    since_seq = line["seq"]
                    yield line
            return
        except Unreachable:
            gone_since = _pause_or_raise(gone_since)


def poll_server_log(client: Client, job_id: str, since_seq: int = 0) -> Iterator[JsonObject]:
    """Yields the engine's notes about a job until it has ended. The server does not stream them, so this polls."""
    gone_since, has_ended = None, False
    while not has_ended:
        try:
            # Asked before the lines are read, so that none is missed.
            has_ended = client.get(path_of("jobs", job_id))["completed_at"] is not None
            path = path_of("jobs", job_id, "steps", SERVER_STEP, "logs")
            lines = list(client.stream(path, {"since_seq": since_seq}, "application/x-ndjson"))
            gone_since = None
        except Unreachable:
            gone_since, has_ended = _pause_or_raise(gone_since), False
            continue
        for line in map(json.loads, lines):
            since_seq = line["seq"]
            yield line
        if not has_ended:
            time.sleep(MAX_POLL_S)


def wait_for_end(client: Client, job_id: str) -> JsonObject:
    """Returns the job's detail once it has ended."""
    pause, gone_since = POLL_S, None
    while True:
        try:
            detail = client.get(path_of("jobs", job_id))
            gone_since = None
            if detail["completed_at"] is not None:
                return detail
        except Unreachable:
            gone_since = _pause_or_raise(gone_since)
        time.sleep(pause)
        pause = min(MAX_POLL_S, pause * 1.5)


def _pause_or_raise(gone_since: float | None) -> float:
    """When the server became unreachable. Raises the error that is being handled once that was RETURN_S ago."""
    now = time.monotonic()
    if gone_since is not None and now - gone_since > RETURN_S:
        raise
    time.sleep(PAUSE_S)
    return now if gone_since is None else gone_since

"""The row ``trigger-to-end``: from the request that starts a job of one step until a client sees that it has ended."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.measure import Failed, Sample
from benchmarks.peers import Program
from benchmarks.running import DAGU_FLOW, SERVERS, TIMEOUT_S, ask, execute

#: Jobs in a round, one after the other; the first is not counted.
JOBS = 30
#: The pause between two questions whether the job has ended.
POLL_S = 0.001
UNKNOWN = "unknown"


def _start_gitflow(connection: http.client.HTTPConnection) -> str:
    return f"/api/jobs/{execute(connection)}"


def _start_dagu(connection: http.client.HTTPConnection) -> str:
    started = json.loads(ask(connection, "POST", "/api/v2/dags/hello/start", {})[0])
    return f"/api/v2/dag-runs/hello/{started['dagRunId']}"


#: Program -> (starts a job and returns its path, the status in the answer about it, the status of one that succeeded,
#: those of one that has not ended).
WAYS: Mapping[
    str,
    tuple[Callable[[http.client.HTTPConnection], str], Callable[[dict[str, dict[str, str]]], object], str, set[str]],
] = {
    "gitflow": (_start_gitflow, lambda job: job["status"], "completed", {"pending", "running"}),
    "dagu": (
        _start_dagu,
        lambda job: job["dagRunDetails"]["statusLabel"],
        "succeeded",
        {UNKNOWN, "not_started", "queued", "running"},
    ),
}


def trigger_to_end(name: str, program: Program, folder: Path) -> list[Sample]:
    if name == "dagu":
        dags = folder / "home" / "dags"
        dags.mkdir(parents=True)
        (dags / "hello.yaml").write_text(DAGU_FLOW)
    with SERVERS[name](program, folder) as server:
        connection = server.connection()
        times = [_one(name, connection) for _ in range(JOBS + 1)]
        connection.close()
    return [Sample(took, 0) for took in times[1:]]


def _one(name: str, connection: http.client.HTTPConnection) -> float:
    start, _, success, lasting = WAYS[name]
    began = time.perf_counter()
    path = start(connection)
    while (status := _status(name, connection, path)) in lasting:
        if time.perf_counter() - began > TIMEOUT_S:
            raise Failed(f"{path} did not end")
        time.sleep(POLL_S)
    if status != success:
        raise Failed(f"{path} ended as {status}")
    return time.perf_counter() - began


def _status(name: str, connection: http.client.HTTPConnection, path: str) -> object:
    connection.request("GET", path)
    response = connection.getresponse()
    answer = response.read()
    if response.status == 404:
        return UNKNOWN  # dagu knows a job only once the process that it has started for it has written its first file
    if response.status != 200:
        raise Failed(f"GET {path} was answered {response.status}: {answer[:200]!r}")
    return WAYS[name][1](json.loads(answer))

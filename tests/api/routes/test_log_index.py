"""Logs by place: by line and byte, what a log holds, its first error, and lines that match."""

from __future__ import annotations

import json
from typing import Any

import pytest
from running import Running

from gitflow.api.routes import log_places

FLOW = """\
tasks:
  noisy:
    flow:
      say: {type: shell, cmd: "for i in $(seq 300); do echo line $i; done"}
      break:
        type: shell
        depends_on: [say]
        cmd: |
          echo "trying"
          echo "just a note" >&2
          sleep 0.1
          echo "Error: no such thing $GITFLOW_ATTEMPT" >&2
          echo "bye" >&2
          exit 3
        retry: {max_attempts: 2, delay: 1ms}
  quietly:
    flow:
      break: {type: shell, cmd: "echo one; echo two; exit 1"}
  mumbling:
    flow:
      break: {type: shell, cmd: "echo one >&2; echo two >&2; exit 1"}
  loop:
    flow:
      every: {type: shell, for_each: [a, b], sequential: true, cmd: "echo {{ each.item }}"}
  tolerant:
    flow:
      lint: {type: shell, cmd: "echo 'error: a line is too long' >&2; exit 1", continue_on_failure: true}
      wait: {type: shell, cmd: "sleep 0.1"}  # so that `lint` prints first
      test: {type: shell, cmd: "echo 'error: 1 test failed' >&2; exit 3", depends_on: [wait]}
  only-tolerant:
    flow:
      lint: {type: shell, cmd: "echo 'error: a line is too long' >&2; exit 1", continue_on_failure: true}
  fine:
    flow:
      say: {type: shell, cmd: "echo 'Error: none' >&2"}
"""


@pytest.fixture(scope="module")
def server(share: Any) -> Running:
    return share(FLOW)


@pytest.fixture(scope="module")
def noisy(server: Running) -> str:
    job_id = server.execute("noisy")
    server.finished(job_id)
    return job_id


def lines(server: Running, path: str) -> list[dict[str, Any]]:
    reply = server.get(path)
    assert reply.status == 200, reply
    return [json.loads(line) for line in reply.json["logs"].splitlines()]


def ended(server: Running, task: str) -> str:
    job_id = server.execute(task)
    server.finished(job_id)
    return job_id


@pytest.mark.parametrize(("first", "limit"), [(1, 1), (1, 300), (299, 5), (150, 10), (301, 1), (10_000, 5)])
def test_lines_are_read_by_their_number_in_the_log_of_a_step(
    server: Running, noisy: str, first: int, limit: int
) -> None:
    found = lines(server, f"/api/jobs/{noisy}/steps/say/logs?from_line={first}&limit={limit}")
    assert [line["line"] for line in found] == [f"line {n}" for n in range(first, min(first + limit, 301))]


def test_lines_of_an_attempt_are_those_of_that_attempt(server: Running, noisy: str) -> None:
    whole = lines(server, f"/api/jobs/{noisy}/steps/break/logs")
    for attempt in (1, 2):
        own = [line for line in whole if line["attempt"] == attempt]
        path = f"/api/jobs/{noisy}/steps/break/logs?attempt={attempt}"
        assert lines(server, path) == own
        assert lines(server, f"{path}&from_line=2&limit=2") == own[1:3]
        assert lines(server, f"{path}&tail=2") == own[-2:]
        assert lines(server, f"{path}&stream=stderr&tail=1") == [one for one in own if one["stream"] == "stderr"][-1:]


def test_places_and_ends_do_not_mix(server: Running, noisy: str) -> None:
    for query in ("from_line=1&tail=2", "limit=3&since_seq=2", "limit=0", "from_line=0"):
        assert server.get(f"/api/jobs/{noisy}/logs?{query}").status == 400


def test_the_index_counts_what_the_log_has(server: Running, noisy: str) -> None:
    index = server.get(f"/api/jobs/{noisy}/logs/index").json
    whole = lines(server, f"/api/jobs/{noisy}/logs")
    text = server.get(f"/api/jobs/{noisy}/logs", {"Accept": "text/plain"}).body
    assert (index["lines"], index["bytes"]) == (len(whole), len(text))
    assert [(part["step"], part["attempt"]) for part in index["by_step"]] == [("say", 1), ("break", 1), ("break", 2)]
    for part in index["by_step"]:
        own = [one for one in whole if (one["step"], one["attempt"]) == (part["step"], part["attempt"])]
        assert (part["first"], part["last"], part["lines"]) == (own[0]["seq"], own[-1]["seq"], len(own))
    of_step = server.get(f"/api/jobs/{noisy}/steps/say/logs/index").json
    assert of_step["by_step"] == index["by_step"][:1]
    assert of_step["first_error"] is None
    assert server.get(f"/api/jobs/{noisy}/steps/sya/logs/index").status == 404


def test_the_first_error_is_the_line_of_the_last_attempt_that_looks_like_one(server: Running, noisy: str) -> None:
    place = server.get(f"/api/jobs/{noisy}/logs/index").json["first_error"]
    assert (place["step"], place["attempt"]) == ("break", 2)
    path = f"/api/jobs/{noisy}/steps/break/logs?attempt=2"
    (line,) = lines(server, f"{path}&from_line={place['line']}&limit=1")
    assert line["seq"] == place["seq"]
    assert line["line"].startswith("Error: no such thing")


@pytest.mark.parametrize(("task", "expected"), [("mumbling", "two"), ("quietly", "two"), ("fine", None)])
def test_without_such_a_line_it_is_the_last_one_and_none_if_no_step_failed(
    server: Running, task: str, expected: str | None
) -> None:
    job_id = ended(server, task)
    place = server.get(f"/api/jobs/{job_id}/logs/index").json["first_error"]
    if expected is None:
        assert place is None
    else:
        (line,) = lines(server, f"/api/jobs/{job_id}/logs?from_line={place['line']}&limit=1")
        assert (line["seq"], line["line"]) == (place["seq"], expected)


@pytest.mark.parametrize(("task", "step"), [("tolerant", "test"), ("only-tolerant", "lint")])
def test_the_first_error_is_of_the_step_that_failed_the_job_not_of_one_that_may_fail(
    server: Running, task: str, step: str
) -> None:
    job_id = ended(server, task)
    assert server.get(f"/api/jobs/{job_id}/logs/index").json["first_error"]["step"] == step
    steps = server.get(f"/api/jobs/{job_id}").json["steps"]
    assert {each["step_name"]: each["tolerated"] for each in steps}["lint"] is True
    assert not any(each["tolerated"] for each in steps if each["step_name"] == "test")


def found(server: Running, job_id: str, query: str, step: str = "") -> dict[str, Any]:
    reply = server.get(f"/api/jobs/{job_id}{step and f'/steps/{step}'}/logs/search?{query}")
    assert reply.status == 200, reply
    return reply.json


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=line+15", ["line 15", *(f"line 15{n}" for n in range(10))]),
        ("q=LINE+300&ignore_case=1", ["line 300"]),
        ("q=LINE+300", []),
        ("regex=^line+2.7$", [f"line 2{n}7" for n in range(10)]),
        ("regex=LINE+29[89]&ignore_case=1", ["line 298", "line 299"]),
        ("regex=e+300|e+1$", ["line 1", "line 300"]),
        ("q=.", []),
    ],
)
def test_a_search_finds_the_lines_that_a_reader_would(
    server: Running, noisy: str, query: str, expected: list[str]
) -> None:
    hits = found(server, noisy, query, "say")
    assert [line["line"] for line in hits["lines"]] == expected
    assert hits["complete"]
    whole = {line["seq"]: line for line in lines(server, f"/api/jobs/{noisy}/logs")}
    assert all(whole[line["seq"]] == line for line in hits["lines"])


def test_a_search_goes_on_where_it_ended(server: Running, noisy: str) -> None:
    seen, since = [], 0
    for _ in range(200):
        hits = found(server, noisy, f"q=line&limit=7&since_seq={since}")
        seen += [line["line"] for line in hits["lines"]]
        since = hits["last_seq"]
        if hits["complete"]:
            break
    assert seen == [f"line {n}" for n in range(1, 301)]


def test_a_search_is_over_once_its_time_is_up_and_says_so(
    server: Running, noisy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_places, "SEARCH_S", 0.0)
    hits = found(server, noisy, "regex=nothing+at+all")
    assert (hits["lines"], hits["complete"]) == ([], False)


@pytest.mark.parametrize("query", ["", "q=a&regex=b", "regex=(", "regex=a)(b", "q=a%0Ab", "limit=0&q=a", "q="])
def test_what_cannot_be_searched_for_is_refused(server: Running, noisy: str, query: str) -> None:
    assert server.get(f"/api/jobs/{noisy}/logs/search?{query}").status == 400


def test_the_instances_of_a_loop_are_in_the_log_of_the_loop(server: Running) -> None:
    job_id = ended(server, "loop")
    assert [line["line"] for line in lines(server, f"/api/jobs/{job_id}/steps/every/logs?from_line=2&limit=9")] == ["b"]
    index = server.get(f"/api/jobs/{job_id}/steps/every/logs/index").json
    assert [part["step"] for part in index["by_step"]] == ["every[0]", "every[1]"]


TEXT = {"Accept": "text/plain"}


def test_head_has_the_size_of_the_text(server: Running, noisy: str) -> None:
    for path in (f"/api/jobs/{noisy}/logs", f"/api/jobs/{noisy}/steps/break/logs?attempt=1"):
        head = server.request("HEAD", path, headers=TEXT)
        assert (head.status, head.headers["Accept-Ranges"]) == (200, "bytes")
        assert int(head.headers["Content-Length"]) == len(server.get(path, TEXT).body)


@pytest.mark.parametrize("wanted", ["0-0", "0-", "5-2000", "-10", "-99999999", "1000-1001", "17-99999999"])
def test_a_range_is_that_part_of_the_text(server: Running, noisy: str, wanted: str) -> None:
    path = f"/api/jobs/{noisy}/logs"
    whole = server.get(path, TEXT).body
    reply = server.get(path, {**TEXT, "Range": f"bytes={wanted}"})
    first, last = wanted.split("-")
    expected = whole[-int(last) :] if not first else whole[int(first) : int(last) + 1 if last else None]
    assert (reply.status, reply.body) == (206, expected)
    begin = whole.index(expected) if len(expected) > 20 else int(first or len(whole) - int(last))
    assert reply.headers["Content-Range"] == f"bytes {begin}-{begin + len(expected) - 1}/{len(whole)}"


@pytest.mark.parametrize(
    "wanted", ["bytes=99999999-", "bytes=5-2", "lines=1-2", "bytes=-", "bytes=0-1,5-6", "bytes=-0"]
)
def test_a_range_that_is_not_there_is_refused_with_the_size(server: Running, noisy: str, wanted: str) -> None:
    reply = server.get(f"/api/jobs/{noisy}/logs", {**TEXT, "Range": wanted})
    size = server.request("HEAD", f"/api/jobs/{noisy}/logs", headers=TEXT).headers["Content-Length"]
    assert (reply.status, reply.headers["Content-Range"]) == (416, f"bytes */{size}")

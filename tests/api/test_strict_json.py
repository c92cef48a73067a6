"""Every door of the server refuses what would make its own answers unreadable, with 400 and in words."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from running import Running

from gitflow.api.http.response import encode

DEFINITIONS = """
tasks:
  any:
    input: {name: {}, number: {type: number}, whole: {type: integer}, list: {type: array}, map: {type: object}}
    flow:
      s: {type: shell, cmd: 'true'}
      gate: {type: approval, message: go on?, input: {note: {}}}
  hooked:
    input: {body: {type: object}, headers: {type: object}, query: {type: object}, method: {}}
    flow: {s: {type: shell, cmd: 'true'}}
  caught:
    input: {data: {type: object}}
    flow: {s: {type: shell, cmd: 'true'}}
  waits:
    flow: {s: {type: wait, event: go}}
triggers:
  called: {type: webhook, task: hooked, input: {body: '{{ input.body }}'}}
  reacts: {type: event, task: caught, on: {type: made}, input: {data: '{{ event.data }}'}}
"""

BAD = {
    "too large": "1e999",
    "very small": "-1e999",
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "digits": "9" * 4301,
    "surrogate": '"\\ud800"',
    "key": '{"\\udfff": 1}',
    "deep": "[" * 150 + "]" * 150,
    "very deep": "[" * 100_000 + "]" * 100_000,
}

EVENT = '{"specversion":"1.0","id":"1","source":"s","type":"made","data":{"x":@}}'
#: Path, content type, body with a place for the value.
DOORS: dict[str, tuple[str, str, str]] = {
    "execute": ("/api/workspaces/default/tasks/any/execute", "application/json", '{"input":{"map":{"x":@}}}'),
    "labels": ("/api/workspaces/default/tasks/any/execute", "application/json", '{"labels":{"x":@}}'),
    "bulk": ("/api/jobs/bulk", "application/json", '{"operation":"cancel","ids":[@]}'),
    "webhook": ("/hooks/called", "application/json", '{"x":@}'),
    "event": ("/api/events", "application/cloudevents+json", EVENT),
    "batch": ("/api/events", "application/cloudevents-batch+json", f"[{EVENT}]"),
    "data": ("/api/events", "application/json", '{"x":@}'),
    "workflow run": ("/v1/workflows/default/any/trigger", "application/json", '{"payload":{"map":{"x":@}}}'),
    "instance": (
        "/client/v4/accounts/default/workflows/any/instances",
        "application/json",
        '{"params":{"map":{"x":@}}}',
    ),
    "batch of instances": (
        "/client/v4/accounts/default/workflows/any/instances/batch",
        "application/json",
        '[{"params":{"map":{"x":@}}}]',
    ),
    "v2 event": ("/v2/workflows/any/events", "application/json", '{"map":{"x":@}}'),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("strict"), DEFINITIONS, {}, {}).start()
    try:
        yield running
    finally:
        running.stop()


def strict(body: bytes) -> Any:
    """As readers read it that are not Python's."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} in {body[:200]!r}")

    return json.loads(body.decode(), parse_constant=refuse)


def jobs(server: Running) -> int:
    return len(strict(server.get("/api/jobs?limit=100").body))


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_json_is_refused_with_400_and_starts_nothing(server: Running, door: str, kind: str) -> None:
    path, media, body = DOORS[door]
    headers = {"Content-Type": media}
    if door == "data":
        headers |= {"ce-specversion": "1.0", "ce-id": kind, "ce-source": "s", "ce-type": "made"}
    before = jobs(server)
    reply = server.request("POST", path, None, headers, raw=body.replace("@", BAD[kind]).encode())
    assert reply.status == 400, reply
    strict(reply.body)
    assert len(reply.body) < 1500
    assert b"int_max_str_digits" not in reply.body
    assert b"recursion" not in reply.body.lower()
    assert jobs(server) == before


@pytest.mark.parametrize("door", sorted(DOORS.keys() - {"bulk", "labels"}))
def test_a_good_value_passes_each_of_these_doors(server: Running, door: str) -> None:
    path, media, body = DOORS[door]
    headers = {"Content-Type": media}
    if door == "data":
        headers |= {"ce-specversion": "1.0", "ce-id": "good", "ce-source": "s", "ce-type": "made"}
    value = '[1.5e308, -12345678901234567890, "\\ud83d\\ude00", ' + "[" * 50 + "]" * 50 + "]"
    reply = server.request("POST", path, None, headers, raw=body.replace("@", value).encode())
    assert reply.status < 300, reply
    strict(reply.body)


@pytest.mark.parametrize("kind", sorted(BAD.keys() - {"key", "very deep", "deep"}))
@pytest.mark.parametrize("what", ["approve", "event", "complete", "input as text"])
def test_what_is_given_to_a_job_is_refused_too(server: Running, what: str, kind: str) -> None:
    job_id = server.execute("any" if what != "event" else "waits")
    path, body = {
        "approve": (f"/api/jobs/{job_id}/steps/gate/approve", '{"input":{"note":@}}'),
        "complete": (f"/api/jobs/{job_id}/steps/gate/complete", '{"output":{"x":@}}'),
        "event": (f"/api/jobs/{job_id}/events/go", '{"x":@}'),
        "input as text": ("/api/workspaces/default/tasks/any/execute", '{"input":{"number":"@"}}'),
    }[what]
    value = BAD[kind].strip('"') if what == "input as text" else BAD[kind]
    reply = server.request("POST", path, raw=body.replace("@", value).encode())
    assert reply.status == 400, reply
    strict(reply.body)
    assert b"int_max_str_digits" not in reply.body
    server.post(f"/api/jobs/{job_id}/cancel")


@pytest.mark.parametrize("raw", [b"\xff", b"\xed\xa0\x80", b"%ff", b"%ed%a0%80"])
def test_bytes_that_are_no_text_never_make_an_answer_unreadable(server: Running, raw: bytes) -> None:
    """In headers, query and path, which a webhook hands on to its job."""
    host, port = server.address
    with socket.create_connection((host, port), timeout=20) as client:
        query = raw if raw.startswith(b"%") else b"x"
        client.sendall(
            b"POST /hooks/called?a=" + query + b" HTTP/1.1\r\nHost: localhost\r\nX-Note: " + raw + b"\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\nConnection: close\r\n\r\nb=%ff"
        )
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"200", b"202", b"400"), answer
    strict(body)
    for one in strict(server.get("/api/jobs?limit=5").body):
        strict(server.get(f"/api/jobs/{one['job_id']}").body)


def test_what_an_older_version_stored_is_answered_as_null() -> None:
    assert encode({"a": [float("inf"), 1.5], "b": {"c": float("nan")}}) == b'{"a":[null,1.5],"b":{"c":null}}'


@pytest.mark.parametrize(
    "output",
    ["1e999", "-1e999", "NaN", "9" * 4301, '"\\ud800"', "[" * 150 + "]" * 150],
)
def test_an_output_of_a_step_is_refused_too_and_the_answers_stay_readable(server: Running, output: str) -> None:
    server.write(
        DEFINITIONS.replace(
            "  any:\n",
            "  gives:\n    input: {text: {}}\n    flow:\n"
            "      file: {type: shell, cmd: 'printf ''{\"x\": %s}'' {{ input.text }} > \"$GITFLOW_OUTPUT\"'}\n"
            "      line: {type: shell, cmd: 'printf ''OUTPUT: {\"x\": %s}\\n'' {{ input.text }}'}\n"
            "      folder:\n        type: shell\n        output: {x: {type: array}, n: {type: number}}\n"
            "        cmd: 'printf ''[%s]'' {{ input.text }} > \"$GITFLOW_OUTPUTS/x\"'\n"
            "      number:\n        type: shell\n        output: {n: {type: number}}\n"
            "        cmd: 'printf ''%s'' {{ input.text }} > \"$GITFLOW_OUTPUTS/n\"'\n"
            "      template: {type: shell, cmd: 'true', input: {x: '{{ input.text | fromjson }}'}}\n"
            "  any:\n",
            1,
        )
    )
    server.refresh()
    job_id = server.execute("gives", {"text": output})
    server.finished(job_id)
    detail = strict(server.get(f"/api/jobs/{job_id}").body)
    for step in detail["steps"]:
        assert step["status"] == "failed", step
        assert step["output"] is None or step["output"] == {"n": output}, step
        assert "int_max_str_digits" not in step["error_message"]
        assert len(step["error_message"]) < 500
    strict(server.get("/api/jobs?limit=100").body)

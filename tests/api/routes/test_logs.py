"""The logs of jobs and steps: in one object, or as lines; whole, whatever their size."""

from __future__ import annotations

import http.client
import json

import pytest

from gitflow.api.routes import log_pages
from gitflow.core.logs import LogChunk

FLOW = """\
tasks:
  chatty:
    flow:
      first: {type: shell, cmd: "echo one; echo two >&2; echo 'three \\"quoted\\" ☃'"}
      every:
        type: shell
        depends_on: [first]
        for_each: [a, b]
        cmd: "echo item"
  quiet:
    flow:
      nothing: {type: shell, cmd: "true"}
"""
NDJSON = {"Accept": "application/x-ndjson"}


@pytest.fixture
def server(serve):
    return serve(FLOW)


@pytest.fixture
def chatty(server) -> str:
    job_id = server.execute("chatty")
    assert server.finished(job_id)["status"] == "completed"
    return f"/api/jobs/{job_id}"


def lines(reply) -> list[dict]:
    assert reply.status == 200, reply
    return [json.loads(line) for line in reply.json["logs"].splitlines()]


def test_the_log_of_a_job_is_one_text_of_json_lines(server, chatty):
    found = lines(server.get(f"{chatty}/logs"))
    assert list(found[0]) == ["ts", "stream", "step", "line", "seq", "attempt"]
    assert [line["seq"] for line in found] == [1, 2, 3, 4, 5]
    assert {(line["step"], line["line"]) for line in found} == {
        ("first", "one"),
        ("first", "two"),
        ("first", 'three "quoted" ☃'),
        ("every[0]", "item"),
        ("every[1]", "item"),
    }
    assert list(server.get(f"{chatty}/logs").json) == ["logs"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/logs?stream=stderr", ["two"]),
        ("/logs?since_seq=3", ["item", "item"]),
        ("/logs?since_seq=99", []),
        ("/logs?tail=2", ["item", "item"]),
        ("/logs?tail=0", []),
        ("/logs?tail=1&stream=stderr", ["two"]),
        ("/steps/first/logs?stream=stdout", ["one", 'three "quoted" ☃']),
        ("/steps/every/logs", ["item", "item"]),
        ("/steps/every%5B1%5D/logs", ["item"]),
        ("/steps/every[0]/logs", ["item"]),
    ],
)
def test_a_log_is_narrowed_as_asked(server, chatty, path, expected):
    assert [line["line"] for line in lines(server.get(chatty + path))] == expected


def test_what_the_engine_noted_is_a_log_of_its_own(server, chatty):
    noted = lines(server.get(f"{chatty}/steps/_server/logs"))
    assert noted[0]["line"].startswith("job.created")
    assert noted[-1]["line"].startswith("job.completed")
    assert [line["seq"] for line in noted] == list(range(1, len(noted) + 1))
    last = lines(server.get(f"{chatty}/steps/_server/logs?tail=1"))
    assert last == noted[-1:]
    assert "_server" not in {line["step"] for line in lines(server.get(f"{chatty}/logs"))}


def test_who_accepts_lines_gets_lines(server, chatty):
    whole = server.get(f"{chatty}/logs").json["logs"]
    plain = server.get(f"{chatty}/logs", NDJSON)
    assert plain.headers["Content-Type"].startswith("application/x-ndjson")
    assert plain.body.decode() == whole
    text = server.get(f"{chatty}/steps/first/logs?stream=stdout", {"Accept": "text/plain"})
    assert text.headers["Content-Type"].startswith("text/plain")
    assert text.body.decode() == 'one\nthree "quoted" ☃\n'
    assert server.get(f"{chatty}/steps/first/logs?format=text&tail=1").json["logs"] in ('three "quoted" ☃\n', "two\n")


def test_a_job_that_printed_nothing_has_an_empty_log(server):
    job_id = server.execute("quiet")
    server.finished(job_id)
    assert server.get(f"/api/jobs/{job_id}/logs").json == {"logs": ""}
    assert server.get(f"/api/jobs/{job_id}/steps/nothing/logs", NDJSON).body == b""


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/api/jobs/00000000-0000-7000-8000-000000000000/logs", 404, "no job"),
        ("/api/jobs/00000000-0000-7000-8000-000000000000/steps/first/logs", 404, "no job"),
        ("/api/jobs/00000000-0000-7000-8000-000000000000/steps/_server/logs", 404, "no job"),
        ("/api/jobs/x/logs", 400, "UUID"),
        ("{chatty}/steps/frist/logs", 404, "no step named 'frist'; did you mean"),
        ("{chatty}/steps/every[7]/logs", 404, "no step"),
        ("{chatty}/logs?since_seq=-1", 400, "since_seq"),
        ("{chatty}/logs?tail=many", 400, "tail"),
        ("{chatty}/logs?stream=stdin", 400, "stream"),
        ("{chatty}/logs?format=xml", 400, "format"),
    ],
)
def test_a_wrong_question_is_refused_in_words(server, chatty, path, status, expected):
    reply = server.get(path.replace("{chatty}", chatty))
    assert reply.status == status
    assert expected in reply.json["error"]


def put_large(server, job_id: str, lines: int) -> None:
    """As its owner would have written it: the job has ended, so nobody else writes."""
    data = b'a "line" of text that goes on for a while, so that there is much to send \xe2\x98\x83\n' * 1000
    stores = server.service.open_reader()
    try:
        for _ in range(lines // 1000):
            stores.logs.append([LogChunk(job_id, "nothing", 1, "stdout", 2e9, 1000, data)])
    finally:
        stores.close()


def test_a_large_log_is_sent_as_it_is_read_and_nothing_is_cut(server):
    job_id = server.execute("quiet")
    server.finished(job_id)
    put_large(server, job_id, 30_000)
    path = f"/api/jobs/{job_id}/logs"
    plain = server.get(path, NDJSON)
    assert len(plain.body) > 3 * log_pages.PAGE_BYTES
    assert plain.headers["Transfer-Encoding"] == "chunked"
    whole = server.get(path)
    assert whole.json["logs"] == plain.body.decode()
    numbers = [json.loads(line)["seq"] for line in plain.body.splitlines()]
    assert numbers == list(range(1, 30_001))
    assert len(lines(server.get(f"{path}?tail=20000"))) == 20_000
    assert server.request("HEAD", path).status == 200


def test_a_reader_who_leaves_in_the_middle_leaves_nothing_behind(server):
    job_id = server.execute("quiet")
    server.finished(job_id)
    put_large(server, job_id, 100_000)
    for _ in range(5):
        connection = http.client.HTTPConnection(*server.address, timeout=20)
        connection.request("GET", f"/api/jobs/{job_id}/logs", headers=NDJSON)
        assert connection.getresponse().read(1000)
        connection.close()
    assert len(server.get(f"/api/jobs/{job_id}/logs?tail=1").json["logs"].splitlines()) == 1


def test_a_log_is_as_long_as_the_configuration_allows(serve):
    flow = "tasks:\n  t:\n    flow:\n      s: {type: shell, cmd: 'seq 100000; echo last >&2'}\n"
    server = serve(flow, {"logs": {"max_step_bytes": 65536}})
    job_id = server.execute("t")
    assert server.finished(job_id)["status"] == "completed"
    text = server.get(f"/api/jobs/{job_id}/logs?format=text").json["logs"]
    assert text.startswith("1\n2\n3\n")
    assert len(text) < 70_000
    assert "100000" not in text

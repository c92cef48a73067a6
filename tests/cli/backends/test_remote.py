"""The command line on a server: as on the jobs of this machine, and plain about what cannot be reached."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
import pytest
from click.shell_completion import ShellComplete

from gitflow.cli import main
from gitflow.cli.backends import follow, remote, remote_operations, websocket
from gitflow.cli.backends.client import Client, ServerRefused, Unreachable, path_of
from gitflow.cli.backends.ids import find_id
from gitflow.cli.backends.remote import RemoteBackend
from gitflow.cli.commands import operations
from gitflow.cli.commands.root import cli
from gitflow.cli.console.exits import run_guarded
from gitflow.core.errors import InvalidInput, NotFound
from gitflow.stores.protocols.jobs import JobFilter

FLOW = """\
tasks:
  greet:
    input:
      name: {type: string, default: World}
      count: {type: integer, default: 1}
      loud: {type: boolean, default: false}
      tags: {type: array, default: []}
    flow:
      say: {type: shell, cmd: "printf 'Hello %s\\\\n' {{ input.name }} {{ input.count }} {{ input.loud }}"}
  failing:
    flow:
      break: {type: shell, cmd: "echo no >&2; exit 3"}
  asking:
    flow:
      ask: {type: approval, message: "May it go on?"}
      go: {type: shell, cmd: "echo going", depends_on: [ask]}
  awaiting:
    flow:
      hold: {type: wait, event: go}
  slow:
    flow:
      say: {type: shell, cmd: "for i in $(seq 40); do echo line $i; sleep 0.01; done"}
triggers:
  yearly: {type: scheduler, cron: "@yearly", task: greet}
"""


@pytest.fixture
def server(serve):
    return serve(FLOW)


class Said:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def gitflow(server, monkeypatch, capfd, tmp_path) -> Callable[..., Said]:
    """A command, in this process, on the server of the test."""
    monkeypatch.setenv("GITFLOW_SERVER", server.url)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
        capfd.readouterr()
        status = run_guarded(lambda: main.run_click(list(words)))
        sys.stdout.flush()
        return Said(status, *capfd.readouterr())

    return run


def trigger(gitflow, *words: str) -> str:
    said = gitflow("trigger", *words)
    assert said.status == 0, said.err
    return said.out.strip()


def test_a_task_is_executed_and_followed_to_its_end(gitflow):
    said = gitflow("trigger", "greet", "-i", "name=Ada", "-i", "count=3", "-i", "loud=yes", "--follow")
    assert (said.status, said.out) == (0, "say | Hello Ada\nsay | Hello 3\nsay | Hello true\n")
    assert "greet completed" in said.err
    said = gitflow("trigger", "failing", "--follow")
    assert (said.status, said.out) == (1, "break | no\n")
    assert "failing failed" in said.err
    assert "Exit code: 3" in said.err


def test_waiting_says_by_its_status_how_the_job_ended(gitflow):
    assert gitflow("trigger", "greet", "--wait", "-q").status == 0
    said = gitflow("trigger", "failing", "--wait", "-o", "json")
    assert (said.status, said.json["status"]) == (1, "failed")


def test_what_is_given_as_text_becomes_what_the_task_declares(gitflow, server):
    job_id = trigger(gitflow, "greet", "-i", "count=7", "-i", "loud=off", "-i", "tags=a,b", "--label", "team=core")
    detail = server.finished(job_id)
    assert detail["input"] == {"name": "World", "count": 7, "loud": False, "tags": ["a", "b"]}
    assert detail["labels"] == {"team": "core"}


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("trigger", "gret"), 2, "there is no task named 'gret'; did you mean"),
        (("trigger", "greet", "-i", "count=many"), 2, "count"),
        (("trigger", "greet", "-w", "nowhere"), 2, "no workspace named 'nowhere'"),
        (("job", "00000000-0000-7000-8000-000000000000"), 2, "there is no job named"),
        (("job", "0000"), 2, "too short"),
        (("job", "deadbeef"), 2, "there is no job named"),
        (("logs", "00000000-0000-7000-8000-000000000000"), 2, "there is no job named"),
        (("logs", "-f", "00000000-0000-7000-8000-000000000000"), 2, "there is no job named"),
        (("cancel", "00000000-0000-7000-8000-000000000000"), 2, "there is no job named"),
        (("refresh", "nowhere"), 2, "no workspace named 'nowhere'"),
        (("jobs", "--status", "odd"), 2, "status"),
    ],
)
def test_what_is_not_there_is_said_in_the_servers_words(gitflow, words, status, told):
    said = gitflow(*words)
    assert (said.status, said.out) == (status, "")
    assert said.err.startswith("gitflow: ")
    assert told in said.err


def test_jobs_and_one_job_are_shown(gitflow, server):
    job_id = trigger(gitflow, "greet")
    server.finished(job_id)
    listed = gitflow("jobs", "-o", "json").json
    assert listed == server.get("/api/jobs").json
    assert gitflow("jobs", "--status", "failed").out.count("\n") == 1
    assert gitflow("job", job_id, "-o", "json").json == server.get(f"/api/jobs/{job_id}").json
    shown = gitflow("job", job_id[:23]).out
    assert f"job_id:       {job_id}" in shown
    assert shown.splitlines()[0] == server.get(f"/api/jobs/{job_id}/explain").json["summary"]
    assert "✔ say  completed" in shown
    history = gitflow("history", job_id, "-o", "json").json
    assert [history[0]["what"], history[-1]["what"]] == ["job.created", "job.completed"]


def test_logs_are_printed_and_followed(gitflow, server):
    job_id = trigger(gitflow, "slow")
    followed = gitflow("logs", "-f", job_id, "--format", "text")
    assert followed.out == "".join(f"line {number}\n" for number in range(1, 41))
    stored = server.get(f"/api/jobs/{job_id}/logs").json["logs"]
    assert gitflow("logs", job_id).out == stored
    assert gitflow("logs", "-f", job_id).out == stored
    assert gitflow("logs", job_id, "--tail", "1", "--format", "text").out == "line 40\n"
    assert gitflow("logs", "-f", job_id, "--tail", "2", "--format", "text").out == "line 39\nline 40\n"
    assert gitflow("logs", job_id, "--step", "say", "--since-seq", "39", "--format", "text").out == "line 40\n"
    assert "job.completed" in gitflow("logs", job_id, "--step", "_server", "--tail", "1").out
    assert gitflow("logs", job_id, "--step", "odd").status == 2
    assert gitflow("logs", "-f", job_id, "--step", "odd").status == 2


def test_every_operation_reaches_the_job(gitflow, server):
    asking = trigger(gitflow, "asking")
    server.until(asking, lambda job: job.steps["ask"].status == "suspended")
    said = gitflow("approve", asking, "ask")
    assert said.status == 0, said.err
    assert server.finished(asking)["status"] == "completed"
    refused = trigger(gitflow, "asking")
    server.until(refused, lambda job: job.steps["ask"].status == "suspended")
    assert gitflow("reject", refused, "ask", "--reason", "not today").status == 0
    assert server.finished(refused)["status"] == "failed"
    awaiting = trigger(gitflow, "awaiting")
    assert gitflow("event", awaiting, "go", "--payload", '{"a": 1}').status == 0
    assert server.finished(awaiting)["status"] == "completed"
    held = [trigger(gitflow, "awaiting") for _ in range(2)]
    assert gitflow("pause", held[0]).status == 0
    assert gitflow("resume", held[0]).status == 0
    assert gitflow("complete", held[1], "hold", "--result", '{"by": "hand"}').status == 0
    said = gitflow("cancel", *held)
    assert said.status == 1  # the one has ended already
    assert server.finished(held[0])["status"] == "cancelled"
    assert gitflow("cancel", held[0]).status == 1
    failing = trigger(gitflow, "failing")
    server.finished(failing)
    again = gitflow("retry", failing)
    assert again.status == 0, again.err
    assert server.finished(again.out.strip())["retry_of_job_id"] == failing
    assert gitflow("delete", failing).status == 0
    assert gitflow("job", failing).status == 2


def test_workspaces_and_what_they_define_are_listed(gitflow, server):
    assert [row["name"] for row in gitflow("workspaces", "-o", "json").json] == ["default"]
    listed = gitflow("tasks", "--server", server.url, "-o", "json").json
    assert listed == server.get("/api/workspaces/default/tasks").json
    triggers = server.get("/api/workspaces/default/triggers").json
    assert gitflow("triggers", "--server", server.url, "-o", "json").json == triggers
    assert gitflow("triggers", "--server", server.url).out.split()[-1] == triggers[0]["next_runs"][0]


def test_jobs_of_a_task_are_listed_without_the_name_of_its_workspace(serve, tmp_path):
    folders = {
        "a": "tasks: {one: &t {flow: {s: {type: shell, cmd: ls}}}, both: *t}\n",
        "b": "tasks: {both: {flow: {s: {type: shell, cmd: ls}}}}\n",
    }
    for name, text in folders.items():
        (tmp_path / name / ".workflows").mkdir(parents=True)
        (tmp_path / name / ".workflows/a.yaml").write_text(text)
    server = serve(
        "", {"workspaces": {name: {"type": "folder", "path": str(tmp_path / name)} for name in folders}}, name="s"
    )
    job_id = server.post("/api/workspaces/a/tasks/one/execute", {}).json["job_id"]
    backend = RemoteBackend(Client(server.url))
    assert [row["job_id"] for row in backend.list_jobs(JobFilter(task_name="one"), 9, 0)] == [job_id]
    with pytest.raises(InvalidInput, match=r"task 'both' is in several workspaces; name one with -w: a, b"):
        backend.list_jobs(JobFilter(task_name="both"), 9, 0)
    with pytest.raises(InvalidInput, match=r"task 'gone' is in no workspace now; name one with -w: a, b"):
        backend.list_jobs(JobFilter(task_name="gone"), 9, 0)


def test_jobs_of_a_task_that_is_gone_are_those_of_the_only_workspace(gitflow, server):
    job_id = trigger(gitflow, "greet")
    assert [row["job_id"] for row in gitflow("jobs", "--task", "greet", "-o", "json").json] == [job_id]
    assert gitflow("jobs", "--task", "gone", "-o", "json").json == []


def test_every_remote_command_has_a_request_and_every_name_is_a_command():
    assert {command.name for command in operations.COMMANDS} == set(remote_operations.PATHS)
    assert set(remote_operations.PATHS) <= set(cli.list_commands(click.Context(cli)))


def test_a_state_directory_means_this_machine(gitflow, tmp_path):
    assert gitflow("jobs", "--state-dir", str(tmp_path / "state"), "-o", "json").json == []
    said = gitflow("jobs", "--state-dir", "x", "--server", "http://localhost:1")
    assert said.status == 2
    assert "cannot be used together" in said.err


def test_commands_that_need_a_server_say_so(gitflow, monkeypatch):
    monkeypatch.delenv("GITFLOW_SERVER")
    said = gitflow("workspaces")
    assert said.status == 2
    assert "GITFLOW_SERVER" in said.err


def test_an_interrupted_wait_leaves_the_job_alone(server):
    environ = {**os.environ, "GITFLOW_SERVER": server.url}
    command = [sys.executable, "-m", "gitflow.cli.main", "trigger", "awaiting", "--wait"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        while not (jobs := server.get("/api/jobs").json):
            pass
        server.until(jobs[0]["job_id"], lambda job: job.steps["hold"].status == "suspended")
        while process.poll() is None:
            process.send_signal(2)
            try:
                process.wait(0.3)
            except subprocess.TimeoutExpired:
                continue
        assert process.returncode == 130
    assert server.get(f"/api/jobs/{jobs[0]['job_id']}").json["completed_at"] is None


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """Somebody who answers each connection with the next of these bytes, whatever is asked."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                asked = b""
                while b"\r\n\r\n" not in asked and (more := connection.recv(65536)):
                    asked += more
                connection.sendall(answer)
        listener.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        thread.join(10)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n",
            "redirects to https://evil",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", "is not a gitflow server"),
        (b"HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", "status 502 with text"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP"),
        (b"", "does not speak HTTP|closed|reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[", "ended early"),
    ],
)
def test_what_is_no_gitflow_server_is_told_in_a_sentence(answer, told):
    with answering(answer) as url, pytest.raises(Unreachable) as refused:
        Client(url, "secret").get(path_of("jobs"))
    assert any(part in str(refused.value) for part in told.split("|")), refused.value
    assert "secret" not in str(refused.value)


def test_a_refusal_keeps_its_status_and_code():
    body = b'{"error":"who are you?","code":"unauthorized"}'
    with answering(b"HTTP/1.1 401 No\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)) as url:
        with pytest.raises(ServerRefused, match=r"who are you.*GITFLOW_TOKEN") as refused:
            Client(url).get(path_of("jobs"))
        assert (refused.value.status, refused.value.code) == (401, "unauthorized")


def test_a_port_where_nobody_listens_and_a_host_that_is_none_are_told():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port}: no server listens there"):
        Client(f"http://127.0.0.1:{port}").get(path_of("jobs"))
    with pytest.raises(Unreachable, match=r"there is no host 'no\.such\.host\.invalid'"):
        Client("http://no.such.host.invalid").get(path_of("jobs"))


def test_a_server_that_says_nothing_is_not_waited_for_for_ever():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unreachable, match="has sent nothing"):
            Client(url, timeout_s=0.1).get(path_of("jobs"))


def test_a_server_without_tls_is_told(server):
    with pytest.raises(Unreachable, match="TLS"):
        Client(server.url.replace("http:", "https:")).get(path_of("jobs"))


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://x", "http://", "http://a:b@c", "http://x:port", "http://x?y=1"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(InvalidInput):
        Client(url)


def test_names_are_single_segments_of_a_path():
    assert path_of("workspaces", "a/b", "tasks", "c d%?#") == "/api/workspaces/a%2Fb/tasks/c%20d%25%3F%23"


HELLO = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def line(seq: int) -> bytes:
    return b'{"ts":"t","stream":"stdout","step":"s","line":"x","seq":%d,"attempt":1}\n' % seq


def framed(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
    return bytes([opcode | (0x80 if final else 0)]) + size + payload


DONE = framed(8, (1000).to_bytes(2, "big"))


def test_a_connection_that_breaks_is_made_again_where_it_was(monkeypatch):
    monkeypatch.setattr(follow, "PAUSE_S", 0.0)
    both = line(1) + line(2)
    with answering(
        HELLO + framed(1, both) + framed(1, line(3))[:20],
        HELLO + framed(9, b"ping") + framed(1, line(3)) + framed(8, (1001).to_bytes(2, "big")),
        b"HTTP/1.1 503 No\r\nContent-Length: 5\r\n\r\nproxy",
        HELLO + framed(1, line(4)[:10], final=False) + framed(10, b"") + framed(0, line(4)[10:]) + DONE,
    ) as url:
        assert [found["seq"] for found in follow.follow_logs(Client(url), "job")] == [1, 2, 3, 4]


def test_a_server_that_stays_away_is_given_up(monkeypatch):
    monkeypatch.setattr(follow, "PAUSE_S", 0.0)
    monkeypatch.setattr(follow, "RETURN_S", 0.05)
    with answering(HELLO + framed(1, line(1))) as url:
        found = follow.follow_logs(Client(url), "job")
        assert next(found)["seq"] == 1
        with pytest.raises(Unreachable):
            list(found)


@pytest.mark.parametrize("frame", [b"\x81\xff" + b"x" * 200, b"\x81\x7f" + b"\xff" * 8, b"\x81", b""])
def test_what_is_no_websocket_breaks_the_connection_and_nothing_else(frame):
    with answering(HELLO + frame) as url, pytest.raises(websocket.Broken):
        list(websocket.read_messages(Client(url), "/x", {}))


def test_a_proxy_that_does_not_let_websockets_through_is_told():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with answering(answer) as url, pytest.raises(Unreachable, match="WebSocket"):
        list(websocket.read_messages(Client(url), "/x", {}))


def test_an_id_may_be_shortened_as_long_as_it_means_one_job(server):
    client = Client(server.url)
    ids = [server.execute("greet") for _ in range(2)]
    assert find_id(client, ids[0][:-1]) == ids[0]
    assert [find_id(client, each[-8:].upper()) for each in ids] == ids
    with pytest.raises(InvalidInput, match="part of the ids of several jobs"):
        find_id(client, ids[0][:8])
    with pytest.raises(NotFound):
        find_id(client, "ffffffff")


def test_what_jobs_are_narrowed_by_and_why_they_stand_as_they_do_comes_from_the_server(gitflow, server):
    failing = trigger(gitflow, "failing")
    server.finished(failing)
    again = gitflow("retry", failing).out.strip()
    server.finished(again)
    greeted = trigger(gitflow, "greet")
    server.finished(greeted)

    def listed(*words: str) -> list[str]:
        return [row["job_id"] for row in gitflow("jobs", *words, "-o", "json").json]

    assert listed("--retry-of", failing) == [again]
    assert listed("--parent", failing) == []
    assert set(listed("--status", "failed", "--status", "completed")) == {failing, again, greeted}
    assert listed("--status", "completed", "--status", "cancelled") == [greeted]
    explained = gitflow("explain", failing, "-o", "json").json
    [row] = explained["steps"]
    assert (row["step_name"], row["status"], row["exit_code"]) == ("break", "failed", 3)
    assert explained["summary"].startswith("Failed: `break` exited 3")
    assert explained["summary"] in gitflow("explain", failing).out
    assert "attempt 1 failed: Exit code: 3" in row["explanation"]
    assert "attempt 1 failed" in gitflow("explain", failing).out


@pytest.fixture
def three(serve, tmp_path, monkeypatch):
    """A server of three workspaces: two that have tasks, and one that was never good."""
    folders = {name: {"type": "folder", "path": str(tmp_path / name)} for name in ("one", "two", "broken")}
    texts = {
        "one": "tasks: {only: {flow: {a: {type: shell, cmd: 'true'}}}, both: {flow: {a: {type: shell, cmd: 'true'}}}}"
    }
    texts |= {"two": "tasks: {both: {flow: {a: {type: shell, cmd: 'true'}}}}", "broken": "tasks: ["}
    for name, text in texts.items():
        (tmp_path / name / ".workflows").mkdir(parents=True)
        (tmp_path / name / ".workflows/a.yaml").write_text(text)
    server = serve(FLOW, {"workspaces": folders})
    monkeypatch.setenv("GITFLOW_SERVER", server.url)
    return server


def test_a_workspace_that_cannot_be_read_stands_in_the_way_of_no_other(three, gitflow, monkeypatch):
    monkeypatch.setenv("GITFLOW_SERVER", three.url)
    said = gitflow("trigger", "only", "--wait")
    assert said.status == 0, said.err
    assert "workspace 'broken' is skipped: it has no active revision" in said.err
    said = gitflow("trigger", "both")
    assert (said.status, said.out) == (2, "")
    assert "several workspaces have the task 'both'; name one with -w: one, two" in said.err
    said = gitflow("trigger", "onyl")
    assert (said.status, said.out) == (2, "")
    assert "there is no task named 'onyl'; did you mean \"only\"?" in said.err
    assert "-w" not in said.err


def test_a_trigger_that_is_suspended_is_not_shown_as_enabled(gitflow, server):
    assert "yes" in gitflow("triggers", "--server", server.url).out
    server.post("/api/workspaces/default/triggers/yearly/suspend", {})
    said = gitflow("triggers", "--server", server.url)
    assert "suspended" in said.out
    assert "yes" not in said.out
    [row] = gitflow("triggers", "--server", server.url, "-o", "json").json
    assert (row["enabled"], row["suspended"]) == (True, True)


def test_warnings_are_not_counted_among_what_refuses_a_revision(gitflow, server):
    warned = "x: {input: {v: {type: string}}, flow: {a: {type: shell, cmd: 'echo {{ input.v | raw }}'}}}"
    server.write(f"tasks: {{{warned}, y: {{flow: {{a: {{action: nothing}}}}}}}}\n")
    said = gitflow("refresh", "default")
    assert " is refused: 1 error\n" in said.err
    assert "  warning: " in said.err
    assert " is refused: 1 error" in gitflow("workspaces").out


def test_a_dry_run_shows_which_jobs_are_meant_and_touches_none(gitflow, server, monkeypatch):
    job_id = trigger(gitflow, "awaiting")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    said = gitflow("cancel", "--filter", "task=awaiting")
    assert (said.status, said.out) == (2, "")
    assert "see which jobs match with --dry-run, then say --yes" in said.err
    for words in (("--filter", "task=awaiting"), (job_id,)):
        assert gitflow("cancel", *words, "--dry-run").out == f"{job_id}\n"
        shown = gitflow("cancel", *words, "--dry-run", "-o", "json").json
        assert shown == {"results": [], "remaining": 0, "job_ids": [job_id]}
    assert server.get(f"/api/jobs/{job_id}").json["status"] == "running"


def test_a_filter_means_all_jobs_that_match_on_the_server(gitflow, server):
    awaiting = [trigger(gitflow, "awaiting", "--label", f"n={number}") for number in range(3)]
    said = gitflow("cancel", "--filter", "task=awaiting,label.n=1", "-y", "--reason", "enough")
    assert said.status == 0, said.err
    assert said.err == f"cancel: job {awaiting[1]}\n"
    assert server.finished(awaiting[1])["status"] == "cancelled"
    said = gitflow("cancel", "--filter", "status=running,status=pending", "-y", "-o", "json")
    assert {result["job_id"] for result in said.json["results"]} == {awaiting[0], awaiting[2]}
    assert "no job matches" in gitflow("cancel", "--filter", "task=awaiting", "-y").err
    made = gitflow("retry", "--filter", "task=awaiting,label.n=0", "-y").out.strip()
    assert server.get(f"/api/jobs/{made}").json["retry_of_job_id"] == awaiting[0]
    assert gitflow("cancel", made).status == 0
    assert gitflow("delete", "--filter", f"retry-of={awaiting[0]}", "-y").status == 0
    assert gitflow("job", made).status == 2
    for words in (("cancel",), ("cancel", made, "--filter", "task=greet"), ("cancel", "--filter", "tusk=greet")):
        assert gitflow(*words).status == 2


class Terminal:
    """Somebody who is asked, and what happens before they answer."""

    def __init__(self, answer: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.answer, self.meanwhile = answer, meanwhile

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        self.meanwhile()
        return self.answer


def test_a_person_is_asked_how_many_jobs_and_no_other_is_touched(gitflow, server, monkeypatch):
    first = [trigger(gitflow, "awaiting") for _ in range(2)]
    later: list[str] = []
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    said = gitflow("cancel", "--filter", "task=awaiting")
    assert (said.status, said.err) == (1, "cancel 2 jobs? [y/N] ")
    assert server.get(f"/api/jobs/{first[0]}").json["status"] == "running"
    come = lambda: later.append(server.post("/api/workspaces/default/tasks/awaiting/execute", {}).json["job_id"])  # noqa: E731
    monkeypatch.setattr(sys, "stdin", Terminal("y\n", come))
    assert gitflow("cancel", "--filter", "task=awaiting").status == 0
    assert [server.finished(job_id)["status"] for job_id in first] == ["cancelled"] * 2
    assert server.get(f"/api/jobs/{later[0]}").json["status"] == "running"
    assert gitflow("cancel", later[0]).status == 0
    said = gitflow("cancel", "--filter", "task=awaiting", "-o", "json")
    assert (said.err, said.json) == ("", {"results": [], "remaining": 0})


def test_what_is_sent_along_arrives_as_it_was_given(gitflow, server):
    job_id = trigger(gitflow, "awaiting")
    payload = {"note": "", "none": None, "empty": {}, "list": [0, False]}
    assert gitflow("event", job_id, "go", "--payload", json.dumps(payload)).status == 0
    assert server.finished(job_id)["steps"][0]["output"] == payload
    job_id = trigger(gitflow, "awaiting")
    assert gitflow("event", job_id, "go", "--payload", "[1, 2]").status == 0
    assert server.finished(job_id)["steps"][0]["output"] == [1, 2]


def test_definitions_of_a_server_are_shown_on_demand(gitflow, server):
    shown = gitflow("show", "greet", "--server", server.url, "-o", "json").json
    assert shown == server.get("/api/workspaces/default/tasks/greet").json
    said = gitflow("show", "gret", "--server", server.url)
    assert (said.status, "did you mean" in said.err) == (2, True)
    assert gitflow("actions", "--server", server.url, "-o", "json").json == []
    assert gitflow("actions", "--server", server.url, "--rev", "main").status == 2


def test_what_the_engine_notes_is_followed_to_the_end(gitflow):
    job_id = trigger(gitflow, "slow")
    noted = gitflow("logs", "-f", job_id, "--step", "_server").out.splitlines()
    assert "job.created" in noted[0]
    assert "job.completed" in noted[-1]
    assert noted == gitflow("logs", job_id, "--step", "_server").out.splitlines()


def test_the_audit_trail_of_a_server_is_listed(gitflow, server, monkeypatch):
    ids = [trigger(gitflow, "greet") for _ in range(3)]
    assert server.finished(ids[-1])
    monkeypatch.setattr(remote, "PAGE_SIZE", 2)
    rows = gitflow("audit", "--what", "tasks.execute", "-o", "json").json
    assert len(rows) == 3
    assert rows == server.get("/api/audit?what=tasks.execute").json
    assert len(gitflow("audit", "--limit", "1", "--after", "2020-01-01", "-o", "json").json) == 1


def test_a_shell_completes_what_a_server_has(gitflow, server):
    job_id = server.execute("greet")
    server.finished(job_id)

    def complete(*words: str) -> list[str]:
        *args, incomplete = words
        return [item.value for item in ShellComplete(cli, {}, "gitflow", "X").get_completions(args, incomplete)]

    assert complete("trigger", "gr") == ["greet"]
    assert complete("trigger", "greet", "-i", "lo") == ["loud="]
    assert complete("trigger", "greet", "-i", "loud=") == ["loud=true", "loud=false"]
    assert complete("suspend", "y") == ["yearly"]
    assert complete("refresh", "") == ["default"]
    assert complete("job", "") == ["last", job_id[-8:], "@greet"]
    assert complete("retry-step", job_id, "") == ["say"]
    assert complete("rerun", job_id, "-i", "co") == ["count="]
    assert complete("job", "--server", "http://127.0.0.1:1", "") == []

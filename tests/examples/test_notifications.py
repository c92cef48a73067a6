"""The recipes for notifications tell Slack, Teams, PagerDuty and a mail server of a job: here, servers of the test."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

WORKSPACE = "examples/notifications"
#: Path -> the status that the service answers with.
SERVICES = {"/slack": 200, "/teams": 202, "/v2/enqueue": 202}


class _Service(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, body))
        self.send_response(SERVICES[self.path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class _Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP as a letter needs (RFC 5321)."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                self.server.seen.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 fine\r\n")
            if line.upper().startswith(b"QUIT"):
                return


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[int]:
    """Its port."""
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with server:
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def told(gitflow) -> Iterator[object]:
    """Runs the task; returns what each service and the mail server got."""
    services = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mailbox)
    with running(services) as port, running(mail) as mail_port:
        address = f"http://127.0.0.1:{port}"
        given = {
            "SLACK_WEBHOOK": f"{address}/slack",
            "TEAMS_WEBHOOK": f"{address}/teams",
            "PAGERDUTY_EVENTS": address,
            "PAGERDUTY_KEY": "a-key-of-pagerduty",
            "SMTP_SERVER": f"smtp://127.0.0.1:{mail_port}",
        }

        def run(*words: str) -> tuple[dict[str, dict[str, object]], list[str]]:
            ran = gitflow("run", "backup", "-w", WORKSPACE, *words, "--json", **given)
            hooks = [job for job in gitflow("jobs", "-o", "json").json if job["source_type"] == "hook"]
            assert {job["status"] for job in hooks} == {"completed"}, ran.stderr
            return dict(services.seen), mail.seen

        yield run


def test_each_service_is_told_of_a_job_that_failed_in_its_own_form(told):
    seen, letters = told("-i", "fails=true")
    text = 'backup: step "dump" failed: Exit code: 1\nStderr: disk "full"'
    assert seen["/slack"] == {"text": text}
    (card,) = seen["/teams"]["attachments"]
    assert card["content"]["body"][0]["text"] == text
    page = seen["/v2/enqueue"]
    assert (page["routing_key"], page["event_action"]) == ("a-key-of-pagerduty", "trigger")
    assert page["dedup_key"].endswith("/backup")
    assert page["payload"]["summary"] == text
    (letter,) = letters
    mail = message_from_string(letter, policy=policy.default)
    assert (mail["To"], mail["Subject"]) == ("ops@example.com", "backup failed")
    assert 'Stderr: disk "full"' in mail.get_content()


def test_a_success_closes_the_incident_and_tells_nobody_else(told):
    seen, letters = told()
    assert list(seen) == ["/v2/enqueue"]
    assert (seen["/v2/enqueue"]["event_action"], letters) == ("resolve", [])

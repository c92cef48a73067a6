"""Every example is valid, and does what it says: one line a task, with what must come of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from podman_part import needs_podman, podman

__all__ = ["podman"]

ROOT = Path(__file__).resolve().parent.parent.parent

WORKSPACES = sorted(path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("*/*/.workflows"))

HOSTILE = "$(touch /tmp/never) `id` \"both\" 'kinds' * ; rm -rf ~ # \\"
TOKEN = "tok-0123456789"

DONE, FAILED, SKIPPED = "completed", "failed", "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    workspace: str
    task: str
    input: Mapping[str, str] = field(default_factory=dict[str, str])
    status: str = DONE
    output: Mapping[str, Any] = field(default_factory=dict[str, Any])  #: among the job's output
    steps: Mapping[str, str] = field(default_factory=dict[str, str])  #: among the steps' statuses
    env: Mapping[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        return "-".join([self.workspace, self.task, *self.input.values()])


CASES = (
    Case(
        "workspaces/default",
        "hello-world",
        {"name": "World"},
        output={"shout-it": {"text": "HELLO WORLD"}},
        steps={"say-hello": DONE, "shout-it": DONE},
    ),
    Case("workspaces/default", "data-pipeline", output={"report": {"largest": "Japan", "rows": "12"}}),
    Case("workspaces/default", "data-pipeline", {"orders": "1"}, output={"report": {"largest": "Chile", "rows": "1"}}),
    Case(
        "workspaces/default",
        "failing-flow",
        status=FAILED,
        steps={"build": DONE, "lint": FAILED, "test": FAILED, "ship": SKIPPED, "report": DONE},
    ),
    Case("workspaces/default", "greet-everyone", output={"count": {"people": "3"}}),
    Case("workspaces/default", "greet-everyone", {"people": '["Ada"]'}, output={"count": {"people": "1"}}),
    Case("workspaces/default", "with-hooks"),
    Case("workspaces/default", "with-hooks", {"fail": "true"}, status=FAILED),
    Case("workspaces/default", "flaky", output={"call-a-service": {"attempts": "3"}}),
    Case(
        "examples/workflow-tests",
        "release",
        output={"version": "1.4.2"},
        steps={"confirm": SKIPPED, "roll-out": DONE},
        env={"DEPLOY_KEY": TOKEN},
    ),
    Case("examples/outputs", "outputs", output={"sum": 7, "title": "Three and four"}),
    Case("examples/artifacts", "artifacts", output={"publish": {"version": "1.4.0"}}),
    Case("examples/loops", "together", output={"show": {"lengths": "3 5 4"}}, steps={"measure[2]": DONE}),
    Case("examples/loops", "one-after-another", status=FAILED, steps={"migrate[0]": DONE, "migrate[1]": FAILED}),
    Case("examples/retries", "patient", output={"fetch-it": {"attempts": "3"}}),
    Case("examples/retries", "impatient", status=FAILED),
    Case("examples/retries", "picky", status=FAILED),
    Case(
        "examples/conditions",
        "conditions",
        output={"deploy": {"environment": "staging"}},
        steps={"ask-first": SKIPPED, "deploy": DONE},
    ),
    Case("examples/conditions", "conditions", {"environment": "production"}, steps={"ask-first": DONE, "deploy": DONE}),
    Case(
        "examples/accept",
        "accept",
        output={"tidy-up": {"test": FAILED, "ship": SKIPPED}},
        steps={"test": FAILED, "ship": SKIPPED, "explain": DONE, "near-mirror": FAILED, "unpack": DONE},
    ),
    Case("examples/child-tasks", "deploy", {"service": "shop"}, output={"address": "https://shop.example.com"}),
    Case(
        "examples/child-tasks",
        "release",
        output={"announce": {"shop": "https://shop.example.com", "blog": "https://blog.example.com"}},
    ),
    Case("examples/hooks", "good"),
    Case("examples/hooks", "bad", status=FAILED),
    Case("examples/hooks", "reported", status=FAILED),
    Case("examples/python", "python", output={"text": {"total": 108}, "file": {"mean": 18}}),
    Case("examples/timeouts", "slow-step", status=FAILED, steps={"wait-for-it": FAILED}),
    Case("examples/timeouts", "slow-job", status="timed_out", steps={"wait-for-it": "cancelled"}),
    Case("examples/timeouts", "in-time"),
    Case("examples/safe-values", "safe-values", output={"echo-it": {"text": HOSTILE}}),
    Case("examples/checkout", "fresh", output={"look": {"found": "from the revision"}}),
    Case("examples/checkout", "one-copy", output={"look": {"found": "changed"}}),
    Case("examples/checkout", "read-only", output={"look": {"found": "from the revision"}}),
    Case("examples/checkout", "empty", output={"look": {"found": "0 files"}}),
    Case("examples/secrets", "secrets", output={"call-the-shop": {"length": "14"}}, env={"SHOP_TOKEN": TOKEN}),
    Case("examples/connections", "connections", output={"count": {"host": "db.staging.example.com", "port": "5432"}}),
    Case(
        "examples/connections",
        "connections",
        {"database": "production"},
        output={"count": {"host": "db.example.com", "port": "6432"}},
    ),
    Case("examples/limits", "limits", output={"crawl": [{"page": 1}, {"page": 2}, {"page": 3}, {"page": 4}]}),
    Case("examples/pull-request", "publish", output={"pages": {"pages": "1"}}),
    Case("examples/triggers", "backup", {"target": "usb"}),
    Case("examples/triggers", "react", {"method": "GET"}),
    Case("examples/triggers", "alarm"),
    Case("examples/gitops", "smoke-test", output={"seen": "/"}),
)

#: Run by a test of their own, or only checked: what they wait for needs a person or a sender.
ELSEWHERE = {
    ("examples/http", "http"),
    ("examples/notifications", "backup"),
    ("examples/approval", "approval"),
    ("workspaces/default", "release"),  # tests/browser/test_make_server.py
    ("examples/gitops", "release"),
    ("examples/containers", "containers"),
}
SCHEMAS = {".test.yaml": "test.json", "policy.yaml": "policy.json"}


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_every_workspace_is_valid(gitflow, workspace):
    checked = gitflow("validate", workspace, "--format", "json")
    assert (checked.exit_code, checked.json) == (0, []), checked.stderr


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_task_does_what_it_says(gitflow, case):
    given = [word for name, value in case.input.items() for word in ("-i", f"{name}={value}")]
    ran = gitflow("run", case.task, "-w", case.workspace, *given, "--json", **case.env)
    job = ran.json
    assert (job["status"], ran.exit_code) == (case.status, 0 if case.status == DONE else 1), ran.stderr
    steps = {step["step_name"]: step["status"] for step in job["steps"]}
    assert {name: steps.get(name) for name in case.steps} == dict(case.steps)
    assert {name: (job["output"] or {}).get(name) for name in case.output} == dict(case.output)


def test_no_task_was_forgotten():
    written = {
        (workspace, task)
        for workspace in WORKSPACES
        for path in (ROOT / workspace / ".workflows").rglob("*.yaml")
        for task in yaml.safe_load(path.read_text()).get("tasks", {})
    }
    assert written == {(case.workspace, case.task) for case in CASES} | ELSEWHERE


def test_every_definition_file_names_its_schema():
    for workspace in WORKSPACES:
        for path in (ROOT / workspace / ".workflows").rglob("*.yaml"):
            first = path.read_text().splitlines()[0]
            assert first.startswith("# yaml-language-server: $schema="), path
            schema = next((SCHEMAS[end] for end in SCHEMAS if path.name.endswith(end)), "workspace.json")
            assert (path.parent / first.partition("=")[2]).resolve() == ROOT / "schemas" / schema


def test_a_value_was_not_run(gitflow):
    marker = Path("/tmp/never")
    assert not marker.exists()
    gitflow("run", "safe-values", "-w", "examples/safe-values")
    assert not marker.exists()


def test_a_failure_says_its_exit_code_its_last_words_and_what_was_skipped(gitflow):
    job = gitflow("run", "failing-flow", "-w", "workspaces/default", "--json").json
    steps = {step["step_name"]: step for step in job["steps"]}
    assert steps["test"]["error_message"].splitlines() == [
        "Exit code: 3",
        "Stderr: 1 of 3 tests failed: expected 4, got 5",
    ]
    assert "test" in steps["ship"]["skip_reason"]


def test_a_secret_is_in_no_output_and_no_log(gitflow):
    ran = gitflow("run", "secrets", "-w", "examples/secrets", "--json", SHOP_TOKEN=TOKEN)
    assert TOKEN not in ran.stdout + ran.stderr
    lines = [json.loads(line)["line"] for line in gitflow("logs", ran.json["job_id"]).stdout.splitlines()]
    assert lines == ["the token is ••••••"]


@pytest.mark.parametrize(
    ("task", "hook_task", "message"),
    [
        ("good", "_hook:tell", "good completed"),
        ("bad", "_hook:tell", "bad of "),
        ("reported", "_hook:report", "to ops: reported failed, failed: work"),
    ],
)
def test_a_hook_is_a_job_of_its_own(gitflow, task, hook_task, message):
    job = gitflow("run", task, "-w", "examples/hooks", "--json").json
    jobs = gitflow("jobs", "-o", "json").json
    [hook] = [one for one in jobs if one["source_type"] == "hook"]
    assert (hook["task_name"], hook["source_id"], hook["status"]) == (hook_task, job["job_id"], DONE)
    assert message in gitflow("logs", hook["job_id"]).stdout


class _People(BaseHTTPRequestHandler):
    """Knows everybody, and takes letters."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        self._answer(200, b'{"name": "Ada Lovelace"}')

    def do_POST(self) -> None:
        self.server.seen.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer(201, b'{"kept": true}')

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def people() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _People) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_http_passes_a_value_and_reads_the_answer(gitflow, people):
    ran = gitflow("run", "http", "-w", "examples/http", "-i", f"port={people.server_port}", "--json")
    assert ran.exit_code == 0, ran.stderr
    assert people.seen[0] == "/people/Ada%20Lovelace"
    assert yaml.safe_load(people.seen[1]) == {
        "to": "Ada Lovelace",
        "lines": ["Dear Ada Lovelace", "how are you?"],
    }
    sent = ran.json["output"]["send-it"]
    assert (sent["status"], sent["body"]) == (201, {"kept": True})


@needs_podman
def test_containers_run_with_an_image_of_this_machine(gitflow, podman):
    ran = gitflow("run", "containers", "-w", "examples/containers", "-i", f"image={podman.image}", "--json")
    assert ran.exit_code == 0, ran.stderr
    assert ran.json["output"] == {"words": 5}
    assert podman.containers() == []


TESTED = sorted({path.relative_to(ROOT).parts[:2] for path in ROOT.glob("*/*/.workflows/**/*.test.yaml")})


@pytest.mark.parametrize("workspace", ["/".join(parts) for parts in TESTED])
def test_the_tests_of_an_example_pass_and_reach_all_of_it(gitflow, workspace):
    ran = gitflow("test", workspace, "--format", "json", "--coverage")
    assert ran.exit_code == 0, ran.stdout + ran.stderr
    assert (ran.json["summary"]["failed"], ran.json["coverage"]["missed"]) == (0, [])

"""What a collector is sent of a server's jobs, and what becomes of them where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from running import TIMEOUT_S, Running

from gitflow.config import ConfigError
from gitflow.runtime.telemetry import service

ASKED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
DEFINITIONS = """\
actions: {hold: {type: approval, message: go?}}
tasks:
  telling: {flow: {one: {type: shell, cmd: 'echo "OUTPUT: {\\"trace\\": \\"$TRACEPARENT\\"}"'}}}
  failing: {flow: {break: {type: shell, cmd: "exit 3"}}}
  asking: {flow: {ask: {action: hold}}}
triggers:
  called: {type: webhook, task: telling}
"""


class Collector:
    """Takes OTLP over HTTP, and remembers what it was sent."""

    def __init__(self) -> None:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.take(self.path, dict(self.headers), body)
                self.send_response(collector.status)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.status = 200
        self.headers: dict[str, str] = {}
        self.spans: list[Any] = []
        self.resources: list[dict[str, Any]] = []
        self.metrics: dict[str, Any] = {}
        self.requests = 0
        self.moved = threading.Condition()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/otel"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        with self.moved:
            self.requests += 1
            self.headers = headers
            if self.status == 200:
                {"/otel/v1/traces": self._take_traces, "/otel/v1/metrics": self._take_metrics}[path](body)
            self.moved.notify_all()

    def _take_traces(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(attributes(resource.resource))
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]

    def _take_metrics(self, body: bytes) -> None:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope in resource.scope_metrics:
                self.metrics.update({metric.name: metric for metric in scope.metrics})

    def wait_for(self, holds: Any) -> Any:
        with self.moved:
            assert self.moved.wait_for(lambda: bool(holds()), TIMEOUT_S)
            return holds()

    def job_span(self, job_id: str) -> Any:
        def found() -> Any:
            named = [span for span in self.spans if span.name.startswith("RUN ")]
            return next((one for one in named if attributes(one)["cicd.pipeline.run.id"] == job_id), None)

        return self.wait_for(found)

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def attributes(item: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in item.attributes}


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.stop()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SPANS_S", "METRICS_S", "AGAIN_S"):
        monkeypatch.setattr(service, name, 0.02)


def settings(endpoint: str, **more: Any) -> dict[str, Any]:
    return {"telemetry": {"otlp_endpoint": endpoint, "headers": {"x-api-key": "hush"}, **more}}


def traced(server: Running, task: str) -> str:
    path = f"/api/workspaces/default/tasks/{task}/execute"
    return server.post(path, {}, {"traceparent": ASKED}).json["job_id"]


def test_a_job_that_was_requested_in_a_trace_continues_it(serve, collector: Collector) -> None:
    server = serve(DEFINITIONS, settings(collector.url, service_name="flows"))
    job_id = traced(server, "telling")
    given = server.finished(job_id)["output"]["one"]["trace"]
    job = collector.job_span(job_id)
    (step,) = [span for span in collector.spans if span.name == "one"]
    _, trace_id, caller, _ = ASKED.split("-")
    assert {job.trace_id.hex(), step.trace_id.hex()} == {trace_id}
    assert (job.parent_span_id.hex(), step.parent_span_id) == (caller, job.span_id)
    assert given == f"00-{trace_id}-{step.span_id.hex()}-01"
    assert attributes(job)["cicd.pipeline.result"] == "success"
    assert collector.resources[0]["service.name"] == "flows"
    assert collector.headers["x-api-key"] == "hush"


def test_a_webhook_goes_on_with_its_callers_trace(serve, collector: Collector) -> None:
    server = serve(DEFINITIONS, settings(collector.url))
    job_id = server.post("/hooks/called", {}, {"traceparent": ASKED}).json["job_id"]
    assert collector.job_span(job_id).trace_id.hex() == ASKED.split("-")[1]


@pytest.mark.parametrize("given", ["", "x", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", ASKED + "-more"])
def test_a_trace_that_is_none_is_overlooked(serve, collector: Collector, given: str) -> None:
    server = serve(DEFINITIONS, settings(collector.url))
    reply = server.post("/api/workspaces/default/tasks/telling/execute", {}, {"traceparent": given})
    job = collector.job_span(reply.json["job_id"])
    assert (job.trace_id.hex(), job.parent_span_id) == (reply.json["job_id"].replace("-", ""), b"")


def test_a_job_of_a_repository_names_its_commit_and_no_credentials(
    serve, collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ann@example.com")

    def git(*command: str) -> str:
        return subprocess.run(["git", *command], cwd=work, check=True, capture_output=True, text=True).stdout.strip()

    work = tmp_path / "shop"
    (work / ".workflows").mkdir(parents=True)
    (work / ".workflows" / "a.yaml").write_text(DEFINITIONS)
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    shop = {"type": "git", "url": str(work), "ref": "main"}
    server = serve(DEFINITIONS, settings(collector.url) | {"workspaces": {"shop": shop}})
    reply = server.post("/api/workspaces/shop/tasks/telling/execute", {})
    span = attributes(collector.job_span(reply.json["job_id"]))
    assert span["vcs.ref.head.revision"] == git("rev-parse", "HEAD")
    assert (span["vcs.ref.head.name"], span["vcs.ref.head.type"]) == ("main", "branch")
    assert span["vcs.repository.url.full"] == f"file://{work}"
    assert span["vcs.repository.name"] == "shop"
    assert service.plain("https://ann:hush@git.example.com/shop.git") == "https://git.example.com/shop.git"


def test_counts_are_those_of_the_conventions(serve, collector: Collector) -> None:
    server = serve(DEFINITIONS, settings(collector.url))
    server.finished(server.execute("telling"))
    server.finished(server.execute("failing"))
    waiting = server.execute("asking")
    server.until(waiting, lambda job: any(step.status == "suspended" for step in job.steps.values()))

    def points(name: str) -> list[dict[str, Any]]:
        metric = collector.metrics.get(name)
        return [attributes(one) for one in getattr(metric, metric.WhichOneof("data")).data_points] if metric else []

    ended = {"cicd.pipeline.name": "failing", "cicd.pipeline.run.state": "executing", "cicd.pipeline.result": "failure"}
    collector.wait_for(lambda: ended in points("cicd.pipeline.run.duration"))
    assert {"cicd.pipeline.name": "failing", "error.type": "failure"} in points("cicd.pipeline.run.errors")
    active = {"cicd.pipeline.name": "asking", "cicd.pipeline.run.state": "executing"}
    collector.wait_for(lambda: active in points("cicd.pipeline.run.active"))
    assert collector.metrics["cicd.pipeline.run.duration"].unit == "s"


def test_the_trace_of_a_job_outlives_a_restart(serve, collector: Collector) -> None:
    server = serve(DEFINITIONS, settings(collector.url))
    job_id = traced(server, "asking")
    server.until(job_id, lambda job: job.steps["ask"].status == "suspended")
    server.stop()
    again = serve(DEFINITIONS, settings(collector.url))
    assert again.post(f"/api/jobs/{job_id}/steps/ask/approve", {"approved": True}).status == 200
    job = collector.job_span(job_id)
    assert job.trace_id.hex() == ASKED.split("-")[1]
    (step,) = [span for span in collector.spans if span.name == "ask"]
    assert step.parent_span_id == job.span_id
    assert step.start_time_unix_nano < step.end_time_unix_nano


def test_a_collector_that_is_not_there_costs_no_job_and_nothing_is_lost_once_it_is(serve, collector: Collector) -> None:
    collector.status = 503
    server = serve(DEFINITIONS, settings(collector.url))
    job_id = server.execute("telling")
    assert server.finished(job_id)["status"] == "completed"
    collector.wait_for(lambda: collector.requests >= 2)
    assert collector.spans == []
    collector.status = 200
    assert collector.job_span(job_id)


def test_what_does_not_fit_is_dropped_and_counted(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_WAITING", 3)
    found: list[service.Telemetry] = []
    stop = service.Telemetry.stop
    monkeypatch.setattr(service.Telemetry, "stop", lambda self: (found.append(self), stop(self))[1])
    server = serve(DEFINITIONS, settings("http://127.0.0.1:1"))
    for _ in range(3):
        assert server.finished(server.execute("telling"))["status"] == "completed"
    assert b"gitflow_telemetry_dropped_total 3" in server.get("/metrics").body
    server.stop()
    assert found[0].dropped == 6


def test_a_collector_that_sends_on_is_not_followed(serve, collector: Collector) -> None:
    collector.status = 307
    server = serve(DEFINITIONS, settings(collector.url))
    server.finished(server.execute("telling"))
    collector.wait_for(lambda: collector.requests >= 1)


def test_the_last_spans_are_sent_when_the_server_stops(serve, collector: Collector, monkeypatch) -> None:
    monkeypatch.setattr(service, "SPANS_S", 3600.0)
    server = serve(DEFINITIONS, settings(collector.url))
    job_id = server.execute("telling")
    server.finished(job_id)
    server.stop()
    assert collector.job_span(job_id)


def test_without_the_setting_a_step_is_given_the_callers_trace_as_it_is(serve) -> None:
    server = serve(DEFINITIONS)
    assert server.finished(traced(server, "telling"))["output"]["one"]["trace"] == ASKED
    assert server.finished(server.execute("telling"))["output"]["one"]["trace"] == ""


@pytest.mark.parametrize("endpoint", ["localhost:4318", "ftp://collector", "http://"])
def test_an_endpoint_that_is_none_is_refused_at_the_start(serve, endpoint: str) -> None:
    with pytest.raises(ConfigError, match="otlp_endpoint"):
        serve(DEFINITIONS, settings(endpoint))


@pytest.mark.parametrize("missing", ["opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http", "requests"])
def test_without_the_extra_the_setting_is_refused_in_words(serve, monkeypatch: pytest.MonkeyPatch, missing) -> None:
    for module in ("exporter", "session"):
        monkeypatch.delitem(sys.modules, f"gitflow.runtime.telemetry.{module}", raising=False)
        monkeypatch.delattr(f"gitflow.runtime.telemetry.{module}", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigError, match=r"pip install 'gitflow-runner\[otel\]'"):
        serve(DEFINITIONS, settings("http://127.0.0.1:1"))


@pytest.mark.parametrize(("given", "expected"), [(ASKED, ASKED), ("nonsense", ""), (None, "")])
def test_a_command_goes_on_with_the_trace_it_was_called_in(tmp_path: Path, given: str | None, expected: str) -> None:
    (tmp_path / ".workflows").mkdir()
    (tmp_path / ".workflows" / "a.yaml").write_text(DEFINITIONS)
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]} | ({"TRACEPARENT": given} if given else {})
    command = [sys.executable, "-m", "gitflow.cli.main", "run", "telling", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["output"]["one"]["trace"] == expected


@pytest.mark.parametrize("status", [307, 400])
def test_what_a_collector_refuses_is_dropped_and_counted(serve, collector: Collector, status: int) -> None:
    collector.status = status
    server = serve(DEFINITIONS, settings(collector.url))
    assert server.finished(server.execute("telling"))["status"] == "completed"
    collector.wait_for(lambda: b"gitflow_telemetry_dropped_total 2\n" in server.get("/metrics").body)


#: What the extra brings with it.
FOREIGN = ("opentelemetry", "requests", "urllib3", "google.protobuf")


def test_nothing_of_it_is_imported_without_the_setting() -> None:
    code = "import sys, gitflow.app, gitflow.api.serve; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "gitflow.api.serve" in done.stdout.splitlines()
    assert [name for name in done.stdout.splitlines() if name.startswith(FOREIGN)] == []


def test_a_command_imports_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / ".workflows").mkdir()
    (tmp_path / ".workflows" / "a.yaml").write_text(DEFINITIONS)
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "TRACEPARENT": ASKED}
    command = [sys.executable, "-X", "importtime", "-m", "gitflow.cli.main", "run", "telling"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "gitflow.runtime.worker.worker" in imported
    assert [name for name in imported if name.startswith((*FOREIGN, "gitflow.runtime.telemetry"))] == []

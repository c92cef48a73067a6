"""What leaves the server for a collector, and what a collector can do to it; each test sends to one on loopback."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2

from gitflow.runtime.telemetry.exporter import Exporter, Refused
from gitflow.runtime.telemetry.metrics import BOUNDS, Durations, Series
from gitflow.runtime.telemetry.spans import Span

TRACE, SPAN, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "0000000000000001"
SOURCE = {"service.name": "flows", "service.version": "1.2.3", "process.pid": 7}
HEADERS = {"X-Api-Key": "hush"}
#: More than any collector has to say.
ENDLESS = 64 * 1024 * 1024
WAIT_S = 30


class Collector:
    """Answers every POST with ``status`` and ``answered``, and remembers what it was sent."""

    def __init__(self, status: int = 200, answered: dict[str, str] | None = None, *, is_endless: bool = False) -> None:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.requests.append((self.path, dict(self.headers), body))
                self.send_response(status)
                for name, value in (answered or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(ENDLESS if is_endless else 0))
                self.end_headers()
                if is_endless:
                    collector.write_endlessly(self.wfile)

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.was_cut_off = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.handle_error = lambda *_: None  # what a client that goes away leaves behind
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def write_endlessly(self, stream: Any) -> None:
        try:
            for _ in range(ENDLESS // 65536):
                stream.write(bytes(65536))
        except OSError:
            self.was_cut_off.set()

    def spans(self) -> list[trace_pb2.Span]:
        bodies = [body for path, _, body in self.requests if path.endswith("/v1/traces")]
        found = [ExportTraceServiceRequest.FromString(body) for body in bodies]
        return [
            span for one in found for part in one.resource_spans for scope in part.scope_spans for span in scope.spans
        ]


@pytest.fixture
def collect() -> Iterator[Any]:
    started: list[Collector] = []

    def start(*given: Any, **options: Any) -> Collector:
        started.append(Collector(*given, **options))
        return started[-1]

    yield start
    for one in started:
        one.http.shutdown()
        one.http.server_close()
        one.thread.join()


@pytest.fixture
def exporter_to() -> Iterator[Any]:
    made: list[Exporter] = []

    def make(endpoint: str, headers: dict[str, str] = HEADERS) -> Exporter:
        made.append(Exporter(endpoint, headers, SOURCE, 1.0))
        return made[-1]

    yield make
    for one in made:
        one.close()


def span(**given: Any) -> Span:
    known = {"trace_id": TRACE, "span_id": SPAN, "parent_id": None, "name": "one", "began_at": 1.5, "ended_at": 2.25}
    return Span(**known | {"attributes": {"cicd.pipeline.name": "good"}} | given)


def test_a_span_is_sent_as_it_was_made(collect, exporter_to) -> None:
    collector = collect()
    made = span(
        parent_id=PARENT,
        parent_is_remote=True,
        is_server=True,
        error="Exit code: 3",
        moments=((1.75, "started"),),
        linked=(TRACE, PARENT),
        attributes={"cicd.pipeline.name": "good", "gitflow.step.attempt": 2},
    )
    exporter_to(collector.url + "/otel/").send_spans([made])
    ((path, _, body),) = collector.requests
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    (sent,) = collector.spans()
    assert path == "/otel/v1/traces"
    assert {one.key: one.value.string_value or one.value.int_value for one in resource.resource.attributes} == SOURCE
    assert (resource.scope_spans[0].scope.name, resource.scope_spans[0].scope.version) == ("gitflow", "1.2.3")
    assert (sent.trace_id.hex(), sent.span_id.hex(), sent.parent_span_id.hex()) == (TRACE, SPAN, PARENT)
    assert (sent.name, sent.kind) == ("one", trace_pb2.Span.SPAN_KIND_SERVER)
    assert (sent.start_time_unix_nano, sent.end_time_unix_nano) == (1_500_000_000, 2_250_000_000)
    assert (sent.status.code, sent.status.message) == (trace_pb2.Status.STATUS_CODE_ERROR, "Exit code: 3")
    assert [(event.name, event.time_unix_nano) for event in sent.events] == [("started", 1_750_000_000)]
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in sent.links] == [(TRACE, PARENT)]
    values = {one.key: one.value.string_value or one.value.int_value for one in sent.attributes}
    assert values == {"cicd.pipeline.name": "good", "gitflow.step.attempt": 2}
    assert sent.flags & trace_pb2.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK


def test_a_span_without_an_error_has_no_status_and_no_parent(collect, exporter_to) -> None:
    collector = collect()
    exporter_to(collector.url).send_spans([span()])
    (sent,) = collector.spans()
    assert (sent.status.code, sent.parent_span_id) == (trace_pb2.Status.STATUS_CODE_UNSET, b"")
    assert sent.kind == trace_pb2.Span.SPAN_KIND_INTERNAL


def test_text_that_is_no_utf8_costs_no_span(collect, exporter_to) -> None:
    collector = collect()
    exporter_to(collector.url).send_spans([span(name="a\udcff", attributes={"k": "b\udcff"}, error="c\udcff"), span()])
    assert [one.name for one in collector.spans()] == ["a?", "one"]


def test_counts_and_durations_are_cumulative_sums_and_a_histogram(collect, exporter_to) -> None:
    collector = collect()
    took = Durations()
    for seconds in (0.25, 20.0):
        took.add(seconds)
    key = (("cicd.pipeline.name", "good"),)
    series = (
        Series("up", "{one}", {key: 3}),
        Series("both", "{one}", {(): 2}, falls=True),
        Series("none", "{one}", {}),
    )
    exporter_to(collector.url).send_metrics({key: took}, series, 9.0)
    ((path, _, body),) = collector.requests
    (resource,) = ExportMetricsServiceRequest.FromString(body).resource_metrics
    sent = {metric.name: metric for metric in resource.scope_metrics[0].metrics}
    assert (path, sent.keys()) == ("/v1/metrics", {"cicd.pipeline.run.duration", "up", "both"})
    (point,) = sent["cicd.pipeline.run.duration"].histogram.data_points
    assert (point.count, point.sum, tuple(point.explicit_bounds)) == (2, 20.25, BOUNDS)
    assert (list(point.bucket_counts), point.min, point.max) == (took.buckets, 0.25, 20.0)
    assert (point.start_time_unix_nano, point.time_unix_nano) == (1_000_000_000, 9_000_000_000)
    assert (sent["up"].sum.is_monotonic, sent["both"].sum.is_monotonic) == (True, False)
    assert sent["up"].sum.aggregation_temporality == sent["both"].sum.aggregation_temporality == 2
    assert [point.as_int for point in sent["up"].sum.data_points] == [3]


def test_only_the_configuration_decides_what_is_sent_and_where(collect, exporter_to, monkeypatch, tmp_path) -> None:
    other, collector = collect(), collect()
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password hush\n")
    (tmp_path / ".netrc").chmod(0o600)
    environment = {
        "HOME": str(tmp_path),
        "NETRC": str(tmp_path / ".netrc"),
        "OTEL_EXPORTER_OTLP_CERTIFICATE": "/nonexistent",
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "/nonexistent",
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": "/nonexistent",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_EXPORTER_OTLP_ENDPOINT": other.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-other=1,content-type=text/plain,x-api-key=2",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": other.url,
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=other",
        "OTEL_SDK_DISABLED": "true",
        "OTEL_SERVICE_NAME": "other",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    exporter = exporter_to(collector.url)
    exporter.send_spans([span()])
    exporter.send_metrics({}, (Series("up", "{one}", {(): 3}),), 9.0)
    assert other.requests == []
    assert [path for path, _, _ in collector.requests] == ["/v1/traces", "/v1/metrics"]
    for _, headers, body in collector.requests:
        assert headers == {
            "Host": collector.url.removeprefix("http://"),
            "User-Agent": "gitflow/1.2.3",
            "Accept-Encoding": "identity",
            "X-Api-Key": "hush",
            "Connection": "close",
            "Content-Type": "application/x-protobuf",
            "Content-Length": str(len(body)),
        }
    (resource,) = ExportTraceServiceRequest.FromString(collector.requests[0][2]).resource_spans
    assert {one.key: one.value.string_value or one.value.int_value for one in resource.resource.attributes} == SOURCE
    (counted,) = ExportMetricsServiceRequest.FromString(collector.requests[1][2]).resource_metrics[0].scope_metrics
    assert counted.metrics[0].sum.aggregation_temporality == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("is_endless", [False, True])
def test_no_redirect_is_followed_and_what_was_sent_is_refused(collect, exporter_to, status, is_endless) -> None:
    other = collect()
    collector = collect(status, {"Location": other.url + "/v1/traces"}, is_endless=is_endless)
    with pytest.raises(Refused, match=str(status)):
        exporter_to(collector.url).send_spans([span()])
    assert (len(collector.requests), other.requests) == (1, [])
    assert not is_endless or collector.was_cut_off.wait(WAIT_S)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_response_without_end_is_not_read(collect, exporter_to, encoding: str) -> None:
    collector = collect(200, {"Content-Encoding": encoding}, is_endless=True)
    exporter = exporter_to(collector.url)
    exporter.send_spans([span()])
    assert collector.was_cut_off.wait(WAIT_S)
    exporter.send_spans([span()])
    assert len(collector.requests) == 2


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_collector_that_is_busy_is_asked_once_and_not_kept_waiting_for(collect, exporter_to, status: int) -> None:
    collector = collect(status, {"Retry-After": "1"})
    with pytest.raises(OSError, match=str(status)):
        exporter_to(collector.url).send_spans([span()])
    assert len(collector.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_what_a_collector_refuses_is_refused(collect, exporter_to, status: int) -> None:
    collector = collect(status)
    exporter = exporter_to(collector.url)
    with pytest.raises(Refused, match=str(status)):
        exporter.send_spans([span()])
    with pytest.raises(Refused, match=str(status)):
        exporter.send_metrics({}, (Series("up", "{one}", {(): 3}),), 9.0)
    assert len(collector.requests) == 2


def test_a_collector_that_is_not_there_is_named_by_the_systems_error_and_nothing_else_is_logged(exporter_to, caplog):
    with caplog.at_level(logging.DEBUG), pytest.raises(ConnectionRefusedError, match="refused"):
        exporter_to("http://127.0.0.1:1").send_spans([span()])
    assert [one for one in caplog.records if one.levelno >= logging.INFO] == []


def test_a_collector_sets_no_cookies(collect, exporter_to) -> None:
    collector = collect(200, {"Set-Cookie": "id=1; Path=/"})
    exporter = exporter_to(collector.url)
    exporter.send_spans([span()])
    exporter.send_spans([span()])
    assert ["Cookie" in headers for _, headers, _ in collector.requests] == [False, False]


def test_a_header_that_http_does_not_allow_is_not_shown(collect, exporter_to) -> None:
    collector = collect()
    with pytest.raises(OSError, match=r"telemetry\.headers") as raised:
        exporter_to(collector.url, {"x-api-key": "hu\nsh"}).send_spans([span()])
    assert "sh" not in str(raised.value).replace("not allow", "")
    assert collector.requests == []


@pytest.mark.parametrize("wrong", [{"began_at": -1.0}, {"trace_id": "none"}])
def test_spans_that_cannot_be_encoded_are_refused_and_block_no_others(collect, exporter_to, wrong) -> None:
    collector = collect()
    exporter = exporter_to(collector.url)
    with pytest.raises(Refused, match="encode"):
        exporter.send_spans([span(**wrong)])
    exporter.send_spans([span()])
    assert len(collector.requests) == 1


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate that signs itself, for 127.0.0.1, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "collector")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1)).add_extension(address, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "collector.pem"
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem) + secret)
    return path


@pytest.mark.parametrize(("is_trusted", "host"), [(True, "127.0.0.1"), (False, "127.0.0.1"), (True, "localhost")])
def test_the_authorities_of_the_machine_are_trusted_for_the_host_they_name_and_no_others(
    collect, exporter_to, authority: Path, tmp_path: Path, monkeypatch, is_trusted: bool, host: str
) -> None:
    collector = collect()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    collector.http.socket = context.wrap_socket(collector.http.socket, server_side=True)
    (tmp_path / "none.pem").write_bytes(b"")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority if is_trusted else tmp_path / "none.pem"))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(authority))
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(authority))  # certifi's
    exporter = exporter_to(f"https://{host}:{collector.http.server_port}")
    is_accepted = is_trusted and host == "127.0.0.1"
    if is_accepted:
        exporter.send_spans([span()])
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            exporter.send_spans([span()])
    assert len(collector.requests) == is_accepted

"""Spans and counts in the words of OTLP, and how they reach a collector: protobuf over HTTP.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2 as traces

from gitflow.core.record import record
from gitflow.runtime.telemetry.metrics import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitflow.runtime.telemetry.metrics import Durations, Key
    from gitflow.runtime.telemetry.spans import Attributes, Span

TRACES, METRICS = "/v1/traces", "/v1/metrics"
#: How long a collector may take for a request, in seconds.
TIMEOUT_S = 10.0
_SAMPLED = 1
_CUMULATIVE = metrics.AGGREGATION_TEMPORALITY_CUMULATIVE


class Refused(Exception):
    """The collector does not take it, and would not the next time."""


@record
class Counted:
    """A family of sums: each of its series goes up only, unless it ``falls`` too."""

    name: str
    unit: str
    values: Mapping[Key, int]
    falls: bool = False


@record
class Source:
    """Who tells."""

    attributes: Attributes  #: ``service.name`` and what else is known of this process
    version: str
    began_at: float

    @property
    def resource(self) -> Resource:
        return Resource(attributes=_attributes(self.attributes))

    @property
    def scope(self) -> InstrumentationScope:
        return InstrumentationScope(name="gitflow", version=self.version)


def encoded_spans(source: Source, spans: Iterable[Span]) -> bytes:
    scoped = traces.ScopeSpans(scope=source.scope, spans=map(_span, spans))
    told = traces.ResourceSpans(resource=source.resource, scope_spans=[scoped])
    return ExportTraceServiceRequest(resource_spans=[told]).SerializeToString()


def encoded_metrics(source: Source, durations: Mapping[Key, Durations], counted: Sequence[Counted], at: float) -> bytes:
    found = [_durations(source, durations, at)] if durations else []
    found += [_sum(source, one, at) for one in counted if one.values]
    scoped = metrics.ScopeMetrics(scope=source.scope, metrics=found)
    told = metrics.ResourceMetrics(resource=source.resource, scope_metrics=[scoped])
    return ExportMetricsServiceRequest(resource_metrics=[told]).SerializeToString()


def send(endpoint: str, path: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Never to another address than the one that is configured, whatever the collector answers.

    Raises OSError or http.client.HTTPException where it may work later, and Refused where it will not.
    """
    parts = urlsplit(endpoint)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_S)
    try:
        sent = {**headers, "Content-Type": "application/x-protobuf"}
        connection.request("POST", parts.path.rstrip("/") + path, body, sent)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status in (408, 429) or answer.status >= 500:
        raise OSError(f"the collector answers {answer.status}")
    if answer.status >= 300:
        raise Refused(f"the collector answers {answer.status}")


def _span(span: Span) -> traces.Span:
    failed = traces.Status(code=traces.Status.STATUS_CODE_ERROR, message=span.error or "")
    return traces.Span(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        parent_span_id=bytes.fromhex(span.parent_id or ""),
        flags=_SAMPLED,
        name=span.name,
        kind=traces.Span.SPAN_KIND_SERVER if span.is_server else traces.Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=_nano(span.began_at),
        end_time_unix_nano=_nano(span.ended_at),
        attributes=_attributes(span.attributes),
        events=[traces.Span.Event(time_unix_nano=_nano(at), name=name) for at, name in span.moments],
        links=[_link(*span.linked)] if span.linked else [],
        status=failed if span.error is not None else traces.Status(),
    )


def _link(trace_id: str, span_id: str) -> traces.Span.Link:
    return traces.Span.Link(trace_id=bytes.fromhex(trace_id), span_id=bytes.fromhex(span_id))


def _durations(source: Source, durations: Mapping[Key, Durations], at: float) -> metrics.Metric:
    points = [
        metrics.HistogramDataPoint(
            attributes=_attributes(dict(key)),
            start_time_unix_nano=_nano(source.began_at),
            time_unix_nano=_nano(at),
            count=found.count,
            sum=found.sum_s,
            bucket_counts=found.buckets,
            explicit_bounds=BOUNDS,
        )
        for key, found in durations.items()
    ]
    told = metrics.Histogram(data_points=points, aggregation_temporality=_CUMULATIVE)
    return metrics.Metric(name="cicd.pipeline.run.duration", unit="s", histogram=told)


def _sum(source: Source, counted: Counted, at: float) -> metrics.Metric:
    points = [
        metrics.NumberDataPoint(
            attributes=_attributes(dict(key)),
            start_time_unix_nano=_nano(source.began_at),
            time_unix_nano=_nano(at),
            as_int=value,
        )
        for key, value in counted.values.items()
    ]
    told = metrics.Sum(data_points=points, aggregation_temporality=_CUMULATIVE, is_monotonic=not counted.falls)
    return metrics.Metric(name=counted.name, unit=counted.unit, sum=told)


def _attributes(given: Mapping[str, str | int]) -> list[KeyValue]:
    return [
        KeyValue(key=name, value=AnyValue(int_value=value) if isinstance(value, int) else _text(value))
        for name, value in given.items()
    ]


def _text(value: str) -> AnyValue:
    """Protobuf takes nothing that UTF-8 cannot hold."""
    return AnyValue(string_value=value.encode("utf-8", "replace").decode())


def _nano(at: float) -> int:
    return int(at * 1_000_000) * 1000

"""Passes spans and metrics to the exporters of the OpenTelemetry SDK, which encode and send them (OTLP over HTTP).

Only this module and ``session`` import the packages of the extra ``otel``. Spans are made as ``ReadableSpan`` and not
by a tracer, because their ids follow from the job's and their times from its history. What the SDK reads from the
``OTEL_*`` variables is overridden here and in ``session``: the configuration of the server is the only one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import export as sdk
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from gitflow.runtime.telemetry.metrics import BOUNDS
from gitflow.runtime.telemetry.session import CollectorSession, NotSent, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.runtime.telemetry.metrics import Durations, Key, Series
    from gitflow.runtime.telemetry.spans import Attributes, Span

__all__ = ["Exporter", "Refused"]

_CUMULATIVE = sdk.AggregationTemporality.CUMULATIVE
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class Exporter:
    """Sends to one collector; used by one thread."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], source: Attributes, began_at: float) -> None:
        """``source``: the resource attributes, ``service.name`` among them. ``began_at``: the start of all counts."""
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)  # the caller logs what raises, once
        version = str(source["service.version"])
        self._resource = Resource(_encodable(source))
        self._scope = InstrumentationScope("gitflow", version)
        self._began_at = began_at
        parts = urlsplit(endpoint)
        self._session = CollectorSession(headers, f"gitflow/{version}")
        base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/v1/"
        plain, session = Compression.NoCompression, self._session
        self._spans = OTLPSpanExporter(base + "traces", compression=plain, session=session)
        self._metrics = OTLPMetricExporter(base + "metrics", compression=plain, session=session)

    def send_spans(self, spans: Sequence[Span]) -> None:
        """Raises Refused if the collector will never accept them, and another exception if a later try may succeed."""
        self._deliver(lambda: self._spans.export([self._span(span) for span in spans]))

    def send_metrics(self, durations: Mapping[Key, Durations], series: Sequence[Series], at: float) -> None:
        """Raises like ``send_spans``."""
        found = [self._durations(durations, at)] if durations else []
        found += [self._sum(one, at) for one in series if one.values]
        scoped = sdk.ScopeMetrics(scope=self._scope, metrics=found, schema_url="")
        of_resource = sdk.ResourceMetrics(resource=self._resource, scope_metrics=[scoped], schema_url="")
        data = sdk.MetricsData(resource_metrics=[of_resource])
        self._deliver(lambda: self._metrics.export(data))  # pyright: ignore[reportUnknownMemberType]

    def close(self) -> None:
        self._spans.shutdown()
        self._metrics.shutdown()  # pyright: ignore[reportUnknownMemberType]

    def _deliver(self, export: Callable[[], object]) -> None:
        self._session.expect_request()
        try:
            export()
        except NotSent:  # releases of the SDK before 1.44 let it through
            pass
        except Exception as error:
            raise Refused(f"the SDK cannot encode it: {error}") from error
        self._session.raise_failure()

    def _span(self, span: Span) -> ReadableSpan:
        failed = Status(StatusCode.ERROR, _text(span.error or ""))
        return ReadableSpan(
            name=_text(span.name),
            context=_context(span.trace_id, span.span_id),
            parent=_context(span.trace_id, span.parent_id, span.parent_is_remote) if span.parent_id else None,
            resource=self._resource,
            attributes=_encodable(span.attributes),
            events=[Event(name, timestamp=_nano(at)) for at, name in span.moments],
            links=[Link(_context(*span.linked))] if span.linked else [],
            kind=SpanKind.SERVER if span.is_server else SpanKind.INTERNAL,
            status=failed if span.error is not None else Status(StatusCode.UNSET),
            start_time=_nano(span.began_at),
            end_time=_nano(span.ended_at),
            instrumentation_scope=self._scope,
        )

    def _durations(self, durations: Mapping[Key, Durations], at: float) -> sdk.Metric:
        points = [
            sdk.HistogramDataPoint(
                attributes=_encodable(dict(key)),
                start_time_unix_nano=_nano(self._began_at),
                time_unix_nano=_nano(at),
                count=found.count,
                sum=found.sum_s,
                bucket_counts=found.buckets,
                explicit_bounds=BOUNDS,
                min=found.min_s,
                max=found.max_s,
            )
            for key, found in durations.items()
        ]
        data = sdk.Histogram(data_points=points, aggregation_temporality=_CUMULATIVE)
        return sdk.Metric(name="cicd.pipeline.run.duration", description="", unit="s", data=data)

    def _sum(self, series: Series, at: float) -> sdk.Metric:
        points = [
            sdk.NumberDataPoint(
                attributes=_encodable(dict(key)),
                start_time_unix_nano=_nano(self._began_at),
                time_unix_nano=_nano(at),
                value=value,
            )
            for key, value in series.values.items()
        ]
        data = sdk.Sum(data_points=points, aggregation_temporality=_CUMULATIVE, is_monotonic=not series.falls)
        return sdk.Metric(name=series.name, description="", unit=series.unit, data=data)


def _context(trace_id: str, span_id: str, is_remote: bool = False) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote, _SAMPLED)


def _encodable(given: Attributes) -> dict[str, str | int]:
    return {name: value if isinstance(value, int) else _text(value) for name, value in given.items()}


def _text(value: str) -> str:
    """Replaces what UTF-8 cannot encode: protobuf refuses it."""
    return value.encode("utf-8", "replace").decode()


def _nano(at: float) -> int:
    return int(at * 1_000_000) * 1000

"""A log in pages is the log: nothing is cut, nothing comes twice, and no page is large."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.api.routes import log_pages
from gitflow.api.routes.log_pages import LogFilter, before_tail, read_page
from gitflow.core.logs import LogChunk
from gitflow.core.record import replace
from gitflow.stores.registry import Stores, open_stores
from gitflow.views.logs import log_line

LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), max_size=40)
CHUNKS = st.lists(
    st.tuples(
        st.sampled_from(["build", 'te"st', "loop[0]", "loop[1]", "looper"]),
        st.sampled_from(["stdout", "stderr"]),
        st.lists(LINE, min_size=1, max_size=6),
    ),
    max_size=8,
)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with open_stores(str(tmp_path), synchronous="normal") as opened:
        yield opened


def put(stores: Stores, job: str, chunks) -> None:
    stores.logs.append(
        LogChunk(job, step, 1, stream, 1e9 + n / 7, len(lines), "".join(f"{line}\n" for line in lines).encode())
        for n, (step, stream, lines) in enumerate(chunks)
    )


def pages(stores: Stores, asked: LogFilter) -> list[log_pages.LogPage]:
    found = [read_page(stores, asked)]
    while not found[-1].is_last:
        found.append(read_page(stores, replace(asked, since_seq=found[-1].last_seq)))
    return found


def text(found: list[log_pages.LogPage]) -> str:
    return b"".join(piece for page in found for piece in page.pieces).decode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    CHUNKS,
    st.integers(0, 15),
    st.none() | st.integers(0, 12),
    st.sampled_from([None, "build", 'te"st', "loop", "loop[1]"]),
    st.sampled_from([None, "stdout", "stderr"]),
    st.tuples(st.integers(1, 300), st.integers(1, 300), st.integers(1, 300)),
)
def test_pages_joined_are_the_lines_as_the_api_writes_them(stores, chunks, since, tail, step, stream, bounds):
    job = os.urandom(16).hex()
    put(stores, job, chunks)
    expected = list(stores.logs.lines(job, step=step, stream=stream, since_seq=since, tail=tail))
    before = log_pages.PIECE_BYTES, log_pages.PAGE_BYTES, log_pages.SCAN_BYTES
    log_pages.PIECE_BYTES, log_pages.PAGE_BYTES, log_pages.SCAN_BYTES = bounds
    try:
        asked = LogFilter(job, step, stream, since)
        if tail is not None:
            asked = replace(asked, since_seq=before_tail(stores, asked, tail))
        found = pages(stores, asked)
        plain = pages(stores, replace(asked, form="text"))
    finally:
        log_pages.PIECE_BYTES, log_pages.PAGE_BYTES, log_pages.SCAN_BYTES = before
    assert [json.loads(line) for line in text(found).split("\n")[:-1]] == [log_line(line) for line in expected]
    assert text(plain) == "".join(f"{line.line}\n" for line in expected)
    for piece in (piece for page in found for piece in page.pieces):
        assert piece.endswith(b"\n")
        assert len(piece) <= bounds[0] or piece.count(b"\n") == 1


def test_the_fields_of_a_line_stand_in_the_documented_order(stores):
    put(stores, "job", [("say", "stdout", ["Hello World"])])
    [page] = pages(stores, LogFilter("job"))
    [piece] = page.pieces
    assert piece == (
        b'{"ts":"2001-09-09T01:46:40Z","stream":"stdout","step":"say","line":"Hello World","seq":1,"attempt":1}\n'
    )


def test_a_log_that_is_empty_is_one_page_without_pieces(stores):
    assert read_page(stores, LogFilter("job", since_seq=7)) == log_pages.LogPage((), 7, True)


def test_a_million_lines_are_read_in_little_memory(stores):
    lines = 1_000_000
    data = (b"x" * 99 + b"\n") * 10_000
    for _ in range(lines // 10_000):
        stores.logs.append([LogChunk("job", "s", 1, "stdout", 1e9, 10_000, data)])
    asked, seen, largest = LogFilter("job"), 0, 0
    tracemalloc.start()
    try:
        for _ in range(20):  # tracing slows it down; the pages after these are no different
            page = read_page(stores, asked)
            seen += sum(piece.count(b"\n") for piece in page.pieces)
            largest = max(largest, *map(len, page.pieces))
            asked = replace(asked, since_seq=page.last_seq)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    seen += sum(piece.count(b"\n") for page in pages(stores, asked) for piece in page.pieces)
    assert seen == lines
    assert largest <= log_pages.PIECE_BYTES
    assert peak < 16 * 1024 * 1024

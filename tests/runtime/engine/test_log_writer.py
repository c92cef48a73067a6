# ruff: noqa: PT012
"""Batches of log lines, and a store that refuses them."""

from __future__ import annotations

import pytest

from gitflow.core.errors import StoreError
from gitflow.core.logs import LogChunk
from gitflow.runtime.clock import Clock
from gitflow.runtime.engine import log_writer
from gitflow.runtime.engine.log_writer import LogWriter


class Shelf:
    """Where batches go; it refuses as many as it is told to."""

    def __init__(self) -> None:
        self.kept: list[LogChunk] = []
        self.refusals = 0
        self.prepared = 0

    def prepare(self, ts: float) -> None:
        self.prepared += 1
        if self.refusals:
            self.refusals -= 1
            raise StoreError("the disk is full")

    def append(self, chunks) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreError("the disk is full")
        self.kept.extend(chunks)


def chunk(number: int, size: int = 10) -> LogChunk:
    return LogChunk("job", "s", 1, "stdout", float(number), 1, b"x" * (size - 1) + b"\n")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def book(shelf, monkeypatch) -> LogWriter:
    monkeypatch.setattr(log_writer, "PAUSE_S", 0.0)
    return LogWriter(shelf, Clock())


def test_the_log_is_opened_once_and_a_refusal_is_left_to_the_first_batch(book, shelf):
    shelf.refusals = 2
    book.prepare()
    book.prepare()
    assert shelf.prepared == 1
    book.take(chunk(0))
    with pytest.raises(StoreError):
        book.flush()
    book.flush()
    assert shelf.kept == [chunk(0)]


def test_a_batch_that_was_refused_is_kept_for_the_next_try_in_order(book, shelf):
    chunks = [chunk(number) for number in range(4)]
    for one in chunks[:2]:
        book.take(one)
    shelf.refusals = 1
    with pytest.raises(StoreError):
        book.flush()
    for one in chunks[2:]:
        book.take(one)
    book.flush()
    book.flush()
    assert shelf.kept == chunks


def test_a_large_batch_does_not_wait(book, shelf):
    book.take(chunk(0, log_writer.BATCH_BYTES))
    assert len(shelf.kept) == 1


def test_who_prints_waits_for_the_store_once_memory_would_grow(book, shelf):
    shelf.refusals = 40
    for number in range(20):
        book.take(chunk(number, log_writer.BATCH_BYTES))
    assert [one.ts for one in shelf.kept] == [float(number) for number in range(len(shelf.kept))]
    assert shelf.refusals == 0


def test_who_prints_does_not_wait_for_ever(book, shelf, monkeypatch):
    monkeypatch.setattr(log_writer, "TIMEOUT_S", 0.0)
    shelf.refusals = 1000
    with pytest.raises(StoreError):
        for number in range(20):
            book.take(chunk(number, log_writer.BATCH_BYTES))
    book.abandon()
    book.take(chunk(99))
    book.flush()
    assert shelf.kept == []

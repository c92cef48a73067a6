"""What every store of logs does. ``stores`` is one of every registered kind."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.core.errors import StoreError
from gitflow.core.logs import LogChunk
from gitflow.stores import log_chunks as packing
from gitflow.stores.ids import new_id

DAY = 86_400.0
LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), max_size=30)
CHUNKS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["build", "test", "loop[0]", "loop[1]", "looper"]),
        st.sampled_from(["stdout", "stderr"]),
        st.floats(0, 3 * DAY),
        st.lists(LINE, min_size=1, max_size=5),
    ),
    max_size=8,
)


def texts(lines):
    return [line.line for line in lines]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHUNKS, max_size=3), st.integers(0, 12), st.none() | st.integers(0, 12))
def test_lines_are_numbered_without_gaps_and_read_as_they_came(stores, batches, since, tail):
    """Whatever the chunks, the batches and the days; and a filter leaves what a filter over the list leaves."""
    run = os.urandom(8).hex()
    expected = {"a": [], "b": []}
    for batch in batches:
        stores.logs.append(
            LogChunk(run + job, step, 1, stream, ts, len(lines), "".join(f"{line}\n" for line in lines).encode())
            for job, step, stream, ts, lines in batch
        )
        for job, step, stream, ts, lines in batch:
            expected[job] += [(ts, stream, step, line) for line in lines]
    for job, whole in expected.items():
        found = list(stores.logs.lines(run + job))
        assert [(one.ts, one.stream, one.step, one.line) for one in found] == whole
        assert [one.seq for one in found] == list(range(1, len(whole) + 1))
        assert stores.logs.last_seq(run + job) == len(whole)
        for step, stream in ((None, None), ("build", None), ("loop", "stderr"), (None, "stdout")):
            wanted = [
                one
                for one in found
                if one.seq > since
                and (step is None or one.step == step or one.step.startswith(step + "["))
                and (stream is None or one.stream == stream)
            ]
            wanted = wanted if tail is None else wanted[len(wanted) - min(tail, len(wanted)) :]
            got = stores.logs.lines(run + job, step=step, stream=stream, since_seq=since, tail=tail)
            assert list(got) == wanted


def test_lines_are_stored_alike_where_the_log_was_opened_before(stores, chunk):
    job = os.urandom(8).hex()
    for number in range(2):
        stores.logs.prepare(1000.0)
        stores.logs.append([chunk(job, f"line {number}", ts=1000.0)])
    stores.logs.sync()
    assert texts(stores.logs.lines(job)) == ["line 0", "line 1"]


def test_large_chunks_are_cut_between_lines_and_packed(stores, chunk):
    lines = [f"{number} " + "x" * 5000 for number in range(300)] + ["y" * (packing.JOIN_BYTES * 2)]
    stores.logs.append([chunk("job", *lines)])
    assert texts(stores.logs.lines("job")) == lines
    assert texts(stores.logs.lines("job", tail=2)) == lines[-2:]
    assert all(len(part.data) <= packing.JOIN_BYTES for _, part in list(stores.logs.chunks("job"))[:-1])


def test_what_is_packed_by_another_codec_reads_the_same(stores, chunk, monkeypatch):
    lines = [f"line {number}" for number in range(2000)]
    stores.logs.append([chunk("job", *lines)])
    monkeypatch.setattr(packing, "MANY_BYTES", 0)
    stores.logs.append([chunk("job", *lines)])
    stores.logs.append([chunk("job", "short")])
    assert texts(stores.logs.lines("job")) == [*lines, *lines, "short"]


def test_chunks_come_as_they_were_given(stores, chunk):
    given_chunks = [
        chunk("job", "a", "b", ts=1.0),
        chunk("job", "c", ts=2.0),
        chunk("job", "d", stream="stderr", ts=3.0),
    ]
    stores.logs.append(given_chunks)
    assert list(stores.logs.chunks("job")) == list(zip([1, 3, 4], given_chunks, strict=True))
    assert list(stores.logs.chunks("job", since_seq=2)) == [(3, given_chunks[1]), (4, given_chunks[2])]
    assert list(stores.logs.chunks("job", since_seq=4)) == []


def test_a_reader_that_goes_on_misses_and_repeats_nothing(stores, chunk):
    seen = []
    for number in range(5):
        stores.logs.append([chunk("job", f"{number}a", f"{number}b", ts=number * DAY / 2)])
        seen += stores.logs.lines("job", since_seq=len(seen))
    assert texts(seen) == [f"{number}{half}" for number in range(5) for half in "ab"]


def test_a_clock_that_goes_back_does_not_disturb_the_order(stores, chunk):
    stores.logs.append([chunk("job", "first", ts=5 * DAY)])
    stores.logs.append([chunk("job", "second", ts=1 * DAY), chunk("other", "alone", ts=1 * DAY)])
    assert texts(stores.logs.lines("job")) == ["first", "second"]
    assert texts(stores.logs.lines("other")) == ["alone"]


def test_lines_older_than_their_job_are_found(stores, chunk, random_bytes):
    job_id = new_id(9 * DAY, random_bytes())
    stores.logs.append([chunk(job_id, "early", ts=2 * DAY)])
    assert texts(stores.logs.lines(job_id)) == ["early"]


def test_logs_go_with_their_job(stores, chunk):
    stores.logs.append([chunk("job", "a", ts=1.0), chunk("other", "b", ts=1.0)])
    stores.logs.append([chunk("job", "c", ts=DAY)])
    stores.logs.delete(["job"])
    assert list(stores.logs.lines("job")) == []
    assert texts(stores.logs.lines("other")) == ["b"]
    stores.logs.append([chunk("job", "again", ts=DAY)])
    assert [(line.seq, line.line) for line in stores.logs.lines("job")] == [(1, "again")]


def test_days_are_dropped_whole(stores, chunk):
    for day in range(3):
        stores.logs.append([chunk("job", f"day {day}", ts=day * DAY)])
    assert stores.logs.drop_before("1970-01-03") == ["1970-01-01", "1970-01-02"]
    assert [(line.seq, line.line) for line in stores.logs.lines("job")] == [(3, "day 2")]
    assert stores.logs.drop_before("1970-01-03") == []


def test_an_unknown_job_has_no_lines(stores):
    assert list(stores.logs.lines("nobody", tail=5)) == []
    assert stores.logs.last_seq("nobody") == 0


def test_nothing_to_append_is_fine(stores):
    stores.logs.append([])
    stores.logs.append([LogChunk("job", "build", 1, "stdout", 1.0, 0, b"")])
    assert stores.logs.last_seq("job") == 0


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_damaged_data_is_a_sentence(codec):
    with pytest.raises(StoreError, match="damaged"):
        packing.UNPACK[codec](b"not packed")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHUNKS, max_size=3), st.sampled_from([None, "build", "loop[1]"]))
def test_parts_tell_what_is_kept_without_its_text(stores, batches, only):
    run = os.urandom(8).hex()
    for batch in batches:
        stores.logs.append(
            LogChunk(run + job, step, 1, stream, ts, len(lines), "".join(f"{line}\n" for line in lines).encode())
            for job, step, stream, ts, lines in batch
        )
    parts = list(stores.logs.parts(run + "a"))
    lines = list(stores.logs.lines(run + "a"))
    numbered = [(seq, part.step, part.stream) for part in parts for seq in range(part.first_seq, part.last_seq + 1)]
    assert numbered == [(line.seq, line.step, line.stream) for line in lines]
    assert sum(part.bytes for part in parts) == sum(len(line.line.encode()) + 1 for line in lines)
    wanted = stores.logs.chunks(run + "a", 0, lambda part: only in (None, part.step))
    seen = [first + number for first, chunk in wanted for number in range(chunk.lines)]
    assert seen == [line.seq for line in lines if only in (None, line.step)]


@pytest.mark.parametrize("packed_before", [0, packing.MANY_BYTES])
def test_the_size_of_a_part_is_known_however_it_is_packed(stores, packed_before):
    """Small, compressed by zlib, and compressed by zstd once the store has much to take; joined or not."""
    job = new_id(0.0, os.urandom(10))
    sizes = []
    for text in (b"x\n" * (packed_before // 2 + 1), b"short\n", b"some line\n" * 500, b"another\n" * 60_000):
        stores.logs.append([LogChunk(job, "a", 1, "stdout", 1.0, text.count(b"\n"), text)])
        sizes.append(len(text))
    joined = [LogChunk(job, "b", 1, "stderr", float(n), 1, b"of several\n") for n in range(100)]
    stores.logs.append(joined)
    parts = list(stores.logs.parts(job))
    assert sum(part.bytes for part in parts if part.step == "a") == sum(sizes)
    assert [part.bytes for part in parts if part.step == "b"] == [1100]

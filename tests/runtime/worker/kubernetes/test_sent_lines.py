"""Lines of a stream are counted, and those that an earlier server stored are dropped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitflow.dispatch import frames
from gitflow.runtime.worker.kubernetes.sent_lines import Lines

CHUNKS = st.lists(st.lists(st.sampled_from([b"a", b"bb", b"", b"c\rd"]), min_size=1, max_size=5), max_size=6)


@given(CHUNKS, st.integers(0, 12))
def test_the_lines_after_the_stored_ones_are_sent_with_their_numbers(chunks, stored):
    lines, sent, at = Lines(drop=stored), [], stored
    for chunk in chunks:
        for after, count, data in lines.new(len(chunk), b"".join(line + b"\n" for line in chunk)):
            assert (after, count) == (at, data.count(b"\n"))
            at += count
            sent += data[:-1].split(b"\n")
    assert sent == [line for chunk in chunks for line in chunk][stored:]


def test_notes_of_an_earlier_server_are_counted_on():
    assert Lines(sent=3).new(1, b"note\n") == [(3, 1, b"note\n")]


def test_more_than_a_frame_can_hold_is_sent_in_pieces(monkeypatch):
    monkeypatch.setattr(frames, "MAX_LOG_BYTES", 5)
    assert Lines().new(3, b"aa\nbb\ncc\n") == [(0, 1, b"aa\n"), (1, 1, b"bb\n"), (2, 1, b"cc\n")]

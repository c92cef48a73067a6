from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from gitflow.runners.lines import MAX_LINE_BYTES, SPLIT_MARK, LineCutter

pieces = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"\n", b"\r\n", b"\r", b"\xff", "é€𝄞".encode(), b"x" * MAX_LINE_BYTES, "€".encode() * 30_000]),
)


def whole(stream: bytes) -> bytes:
    cutter = LineCutter()
    return cutter.feed(stream) + cutter.flush()


@given(st.lists(pieces, max_size=8), st.lists(st.integers(0, 300_000), max_size=6))
@example([b"x" * MAX_LINE_BYTES, b"\r\n"], [MAX_LINE_BYTES, MAX_LINE_BYTES + 1])
@example(["€".encode() * 30_000], [MAX_LINE_BYTES, MAX_LINE_BYTES + 1, MAX_LINE_BYTES + 2])
def test_how_a_stream_is_cut_changes_nothing(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    cutter = LineCutter()
    given = [cutter.feed(stream[a:b]) for a, b in itertools.pairwise(places)]
    assert b"".join(given) + cutter.flush() == whole(stream)
    assert all(not lines or lines.endswith(b"\n") for lines in given)


@given(st.lists(pieces, max_size=8))
def test_lines_are_valid_text_of_bounded_length(parts: list[bytes]) -> None:
    for line in whole(b"".join(parts)).decode().split("\n"):
        assert len(line.encode()) <= 3 * MAX_LINE_BYTES + len(SPLIT_MARK)  # a bad byte becomes three


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=50))
def test_text_is_kept_as_it_is(text: str) -> None:
    assert whole(f"{text}\nlast".encode()) == f"{text}\nlast\n".encode()


def test_nothing_gives_no_line() -> None:
    assert whole(b"") == b""
    assert whole(b"\n\n") == b"\n\n"


def test_only_the_line_feed_after_a_carriage_return_ends_a_line() -> None:
    assert whole(b"10%\r20%\r\ndone\r\n") == b"10%\r20%\ndone\n"


def test_a_long_line_among_short_ones_is_split_alone() -> None:
    long = b"x" * (MAX_LINE_BYTES + 5)
    assert whole(b"a\n" + long + b"\nb\n") == b"a\n" + long[:-5] + SPLIT_MARK + b"\nxxxxx\nb\n"


def test_a_line_of_exactly_the_limit_is_not_split() -> None:
    assert whole(b"x" * MAX_LINE_BYTES + b"\n" * 3) == b"x" * MAX_LINE_BYTES + b"\n" * 3


@given(st.integers(0, 3), st.sampled_from(["é", "€", "𝄞"]))
def test_a_long_line_is_not_split_inside_a_character(before: int, character: str) -> None:
    text = whole(b"x" * before + character.encode() * 40_000).decode()
    assert "\ufffd" not in text
    assert text.count(character) == 40_000


def test_an_unfinished_line_waits() -> None:
    cutter = LineCutter()
    assert cutter.feed(b"one\ntw") == b"one\n"
    assert cutter.feed(b"o\n") == b"two\n"

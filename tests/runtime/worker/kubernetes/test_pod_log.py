"""Lines of a container's log are taken once, whatever breaks in between."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gitflow.runtime.worker.kubernetes.pod_log import LineCounter, normal

#: How much later than the one before each line was printed, in nanoseconds: often not at all.
STEPS = st.lists(st.sampled_from([0, 0, 1, 400_000_000, 1_000_000_000]), min_size=1, max_size=30)


def stamp(at: int) -> bytes:
    seconds, rest = divmod(at, 1_000_000_000)
    return f"2026-11-30T13:{seconds // 60:02}:{seconds % 60:02}.{rest:09}Z".encode()


@given(STEPS, st.data())
def test_every_line_is_taken_once_over_any_breaks(steps, data):
    at, log = 0, []
    for number, step in enumerate(steps):
        at += step
        log.append((stamp(at), b"line %d" % number))
    counter, taken = LineCounter(), b""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=4)))
    for upto in [*cuts, len(log)]:
        counter.begin()
        since = counter.since
        given_again = [line for line in log[:upto] if since is None or line[0][:19] + b"Z" >= since.encode()]
        text = b"".join(b"%s %s\n" % line for line in given_again)
        broken = data.draw(st.integers(0, len(text))) if upto < len(log) else len(text)
        for start, end in pairwise(sorted({0, data.draw(st.integers(0, broken)), broken})):
            taken += counter.feed(text[start:end])
    taken += counter.end()
    assert taken.splitlines() == [line for _, line in log]


def test_the_last_line_may_lack_its_end():
    counter = LineCounter()
    assert counter.feed(stamp(0) + b" one\n" + stamp(1) + b" tw") == b"one\n"
    assert counter.end() == b"tw"


def test_stamps_of_another_zone_are_compared_by_their_time():
    assert normal(b"2026-11-30T15:00:00.5+02:00") == b"2026-11-30T13:00:00.500000000Z"
    assert normal(b"2026-11-30T13:00:00.123456789Z") == b"2026-11-30T13:00:00.123456789Z"
    assert normal(b"2026-11-30T13:00:00Z") == b"2026-11-30T13:00:00.000000000Z"
    assert normal(b"no stamp") == b"no stamp"

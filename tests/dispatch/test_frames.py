"""Frames: what one side writes the other reads, and what is no frame is refused without an accident."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.dispatch import frames
from gitflow.dispatch.frame_fields import FrameError
from gitflow.dispatch.frames import dump, read_from_agent, read_from_server

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
whole = st.integers(0, 1 << 53)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
names = st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5}){0,2}", fullmatch=True)
held = st.builds(frames.Held, texts, texts, whole, texts)
left = st.builds(frames.LeftFile, names, whole, st.integers(0, 0o777), digests)
many = st.lists
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 60), 1 << 60) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def tuples(one: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(one, max_size=3).map(tuple)


@st.composite
def logs(draw: st.DrawFn) -> frames.Log:
    lines = draw(
        st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n")), min_size=1, max_size=4)
    )
    data = "".join(f"{line}\n" for line in lines).encode()
    stream = draw(st.sampled_from(["stdout", "stderr"]))
    return frames.Log(draw(texts), stream, draw(whole), draw(st.integers(0, 1 << 33)) / 2, len(lines), data)


FROM_AGENT = st.one_of(
    st.builds(frames.Hello, whole, texts, texts, texts, texts, whole, tuples(texts), tuples(held)),
    st.builds(frames.Started, texts),
    logs(),
    st.builds(frames.Report, texts, st.none() | texts, st.none() | texts, tuples(left)),
    st.builds(frames.Refuse, texts, texts, st.booleans()),
    st.builds(frames.Slots, whole),
    st.builds(frames.Ping, whole),
)
FROM_SERVER = st.one_of(
    st.builds(
        frames.Welcome,
        whole,
        whole,
        texts,
        st.integers(0, 1000).map(float),
        tuples(st.builds(frames.Known, texts, whole, whole)),
        tuples(texts),
    ),
    st.builds(frames.Assign, texts, texts, st.booleans(), st.dictionaries(texts, values, max_size=3)),
    st.builds(frames.Stop, texts, st.integers(0, 100).map(float)),
    st.builds(frames.Stored, texts, st.sampled_from(["stdout", "stderr"]), whole),
    st.builds(frames.Kept, texts, st.booleans()),
    st.builds(frames.Ended, texts),
    st.builds(frames.Missing, texts, tuples(digests)),
    st.builds(frames.Pong),
    st.builds(frames.Goodbye, texts, st.booleans()),
)


@given(FROM_AGENT)
def test_what_an_agent_writes_the_server_reads(frame: object) -> None:
    assert read_from_agent(dump(frame)) == frame


@given(FROM_SERVER)
def test_what_a_server_writes_the_agent_reads(frame: object) -> None:
    assert read_from_server(dump(frame)) == frame


@given(st.binary(max_size=200) | texts | values.map(json.dumps))
def test_anything_else_is_refused_and_nothing_worse(message: str | bytes) -> None:
    for read in (read_from_agent, read_from_server):
        with pytest.raises(FrameError):
            read(message)


@given(FROM_AGENT, st.data())
def test_a_frame_that_was_changed_is_read_or_refused(frame: object, data: st.DataObject) -> None:
    message = dump(frame)
    if isinstance(message, bytes):
        at = data.draw(st.integers(0, len(message) - 1))
        changed: str | bytes = message[:at] + data.draw(st.binary(max_size=3)) + message[at + 1 :]
    else:
        fields = json.loads(message)
        fields[data.draw(st.sampled_from(sorted(fields)))] = data.draw(values)
        changed = json.dumps(fields)
    with suppress(FrameError):
        read_from_agent(changed)


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "a/./b", "", "a\0b"])
def test_a_file_with_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(FrameError):
        read_from_agent(dump(frames.Report("t", "x", None, (frames.LeftFile(name, 1, 0o644, "0" * 64),))))


def test_a_refusal_quotes_no_value() -> None:
    secret = "open sesame"
    with pytest.raises(FrameError) as refused:
        read_from_server(
            json.dumps({"type": "assign", "token": "t", "key": [secret], "may_retry": False, "assignment": {}})
        )
    assert secret not in str(refused.value)

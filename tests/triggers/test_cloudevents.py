"""Events in the three forms that CloudEvents 1.0 has over HTTP."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.errors import InvalidInput
from gitflow.triggers import cloudevents
from gitflow.triggers.cloudevents import BATCH, STRUCTURED, CloudEvent, parse

EVENT = {"specversion": "1.0", "id": "1", "source": "/a", "type": "t", "subject": "s", "tenant": "x", "data": {"n": 1}}


def structured(event, media=STRUCTURED):
    return parse({"content-type": media}, json.dumps(event).encode())


def test_the_three_forms_say_the_same():
    in_headers = {f"ce-{name}": str(value) for name, value in EVENT.items() if name != "data"}
    (binary,) = parse({**in_headers, "content-type": "application/json"}, b'{"n": 1}')
    (whole,) = structured({**EVENT, "datacontenttype": "application/json"})
    (member,) = structured([{**EVENT, "datacontenttype": "application/json"}], BATCH)
    assert binary == whole == member
    assert whole == CloudEvent(
        "1", "/a", "t", {"subject": "s", "tenant": "x", "datacontenttype": "application/json"}, {"n": 1}
    )


def test_templates_see_attributes_extensions_and_data_and_null_for_what_is_not_there():
    (event,) = structured(EVENT)
    seen = event.scope()["event"]
    assert (seen["id"], seen["subject"], seen["tenant"], seen["data"], seen["time"]) == ("1", "s", "x", {"n": 1}, None)


def test_headers_are_percent_encoded_and_binary_data_is_read_by_its_type():
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/%C3%A9",
        "ce-type": "t",
        "content-type": "text/plain",
    }
    (event,) = parse(headers, b"hello")
    assert (event.source, event.data) == ("/é", "hello")
    encoded = base64.b64encode(b'{"n": 2}').decode()
    bare = {name: value for name, value in EVENT.items() if name != "data"}
    (event,) = structured({**bare, "data_base64": encoded, "datacontenttype": "application/json"})
    assert event.data == {"n": 2}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id"),
        ({"id": 5}, "id"),
        ({"source": None}, "source"),
        ({"type": "a\nb"}, "type"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-01-01T00:00:00"}, "time"),
        ({"Upper": "x"}, "Upper"),
        ({"ext": {"a": 1}}, "ext"),
        ({"subject": "x" * 1025}, "subject"),
    ],
)
def test_what_is_wrong_is_named(change, field):
    with pytest.raises(InvalidInput) as refused:
        structured({**EVENT, **change})
    assert [name for name, _ in refused.value.details] == [field]


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (STRUCTURED, b"[]"),
        (STRUCTURED, b"{"),
        (BATCH, b"{}"),
        (BATCH, b"[1]"),
        ("application/cloudevents+avro", b""),
        ("application/json", b"{}"),
        ("", b""),
        (STRUCTURED, json.dumps({**EVENT, "data_base64": "x"}).encode()),
        (BATCH, json.dumps([EVENT] * 1001).encode()),
    ],
)
def test_what_is_no_event_is_refused(media, body):
    with pytest.raises(InvalidInput):
        parse({"content-type": media}, body)


NAMES = st.sampled_from(["specversion", "id", "source", "type", "time", "data", "data_base64", "ext", "Ä"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("1.0"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.sampled_from([STRUCTURED, BATCH]), st.one_of(st.dictionaries(NAMES, VALUES), st.lists(VALUES), VALUES))
def test_any_json_is_events_or_is_refused(media, value):
    check(lambda: parse({"content-type": media}, json.dumps(value).encode()))


@given(st.dictionaries(st.one_of(NAMES.map("ce-{}".format), st.just("content-type")), st.text()), st.binary())
def test_any_request_is_an_event_or_is_refused(headers, body):
    check(lambda: parse(headers, body))


def check(read):
    try:
        events = read()
    except InvalidInput:
        return
    for event in events:
        assert isinstance(event, cloudevents.CloudEvent)
        assert event.id
        assert event.source
        assert event.type
        json.dumps(event.scope(), ensure_ascii=False).encode()

"""CloudEvents 1.0 over HTTP: in headers (binary), as one JSON object (structured), or as a list (batch)."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from gitflow.core.errors import InvalidInput
from gitflow.core.record import Record, field
from gitflow.core.strict_json import NotJson, read_json
from gitflow.core.values import is_list, is_object
from gitflow.triggers.bodies import read_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json, JsonObject

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

#: How many events a batch may have.
MAX_EVENTS = 1000

#: The longest value of an attribute: attributes are stored.
MAX_LENGTH = 1024

REQUIRED = ("id", "source", "type")
OPTIONAL = ("subject", "time", "datacontenttype", "dataschema")

_ATTRIBUTE = re.compile(r"[a-z0-9]{1,64}")
_DATA = frozenset({"data", "data_base64"})


class CloudEvent(Record):
    id: str
    source: str
    type: str
    attributes: JsonObject = field(default_factory=dict[str, "Json"])  #: all others, extensions too
    data: Json = None

    def scope(self) -> JsonObject:
        """The names that templates can use: ``event.type``, ``event.data``, ``event.subject`` and so on."""
        own: JsonObject = {**dict.fromkeys(OPTIONAL), **self.attributes}
        return {"event": {**own, "id": self.id, "source": self.source, "type": self.type, "data": self.data}}


def parse(headers: Mapping[str, str], body: bytes) -> list[CloudEvent]:
    """The events of one request; header names are in lower case. Raises InvalidInput."""
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == BATCH:
        return _batch(_read_json(body))
    if media == STRUCTURED:
        return [_structured(_read_json(body), "the event")]
    if media.startswith("application/cloudevents"):
        raise InvalidInput(f"events are read as JSON; {media!r} is another format")
    return [_binary(headers, body)]


def _batch(given: Json) -> list[CloudEvent]:
    if not is_list(given):
        raise InvalidInput("a batch is a list of events")
    if len(given) > MAX_EVENTS:
        raise InvalidInput(f"a batch holds {MAX_EVENTS} events at most, this one has {len(given)}")
    return [_structured(member, f"event {index}") for index, member in enumerate(given)]


def _structured(given: Json, what: str) -> CloudEvent:
    if not is_object(given):
        raise InvalidInput(f"{what} is not an object")
    if len(_DATA & given.keys()) > 1:
        raise InvalidInput(f"{what} has both data and data_base64")
    attributes = {name: value for name, value in given.items() if name not in _DATA and value is not None}
    return _event(attributes, _structured_data(given, what), what)


def _structured_data(given: JsonObject, what: str) -> Json:
    if given.get("data_base64") is None:
        return given.get("data")
    encoded = given["data_base64"]
    try:
        data = base64.b64decode(encoded if isinstance(encoded, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"{what}: data_base64 is not base64") from None
    return read_body(str(given.get("datacontenttype", "")), data)


def _binary(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    attributes: JsonObject = {
        name[3:]: _header_text(value) for name, value in headers.items() if name.startswith("ce-") and len(name) > 3
    }
    if not attributes:
        raise InvalidInput(f"an event has ce- headers, or the content type {STRUCTURED} or {BATCH}")
    media = headers.get("content-type")
    if media:
        attributes["datacontenttype"] = media
    return _event(attributes, read_body(media or "", body), "the event")


def _event(attributes: JsonObject, data: Json, what: str) -> CloudEvent:
    wrong = list(_wrong(attributes))
    if wrong:
        message = "; ".join(f"{name} {why}" for name, why in wrong)
        raise InvalidInput(f"{what} is not a valid CloudEvent: {message}", wrong)
    rest = {name: value for name, value in attributes.items() if name not in (*REQUIRED, "specversion")}
    return CloudEvent(attributes["id"], attributes["source"], attributes["type"], rest, data)


def _wrong(attributes: JsonObject) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    if attributes.get("specversion") != "1.0":
        wrong.append(("specversion", 'must be "1.0"'))
    wrong += [(name, "is required") for name in REQUIRED if not attributes.get(name)]
    for name, value in attributes.items():
        if not _ATTRIBUTE.fullmatch(name):
            wrong.append((name[:64], "is not the name of an attribute: lower-case letters and digits"))
        elif name in (*REQUIRED, *OPTIONAL) and not isinstance(value, str):
            wrong.append((name, "must be a text"))
        elif not isinstance(value, str | int | bool):
            wrong.append((name, "must be a text, a whole number or a boolean"))
        elif isinstance(value, str) and (len(value) > MAX_LENGTH or not value.isprintable()):
            wrong.append((name, f"must be printable, and have {MAX_LENGTH} characters at most"))
    if isinstance(attributes.get("time"), str) and not _is_time(attributes["time"]):
        wrong.append(("time", "must be a time such as 2026-01-31T12:00:00Z"))
    return wrong


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _header_text(value: str) -> str:
    """Header values are percent-encoded UTF-8."""
    return unquote_to_bytes(value).decode("utf-8", "replace")


def _read_json(body: bytes) -> Json:
    try:
        return read_json(body.decode())
    except NotJson as error:
        raise InvalidInput(f"the body is not JSON: {error}") from None
    except UnicodeError:
        raise InvalidInput("the body is not UTF-8 text") from None

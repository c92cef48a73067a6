"""The frames of the link between a server and an agent, and how they are sent.

A frame is a text message with a JSON object, whose ``type`` is the kind of frame. Output of a step is a binary message:
the length of its JSON in two bytes, the JSON, and the bytes. Only this module reads frames, for both sides. It returns
a frozen record whose fields have the right types, or raises FrameError.

The frame that begins an attempt holds secrets in clear: it is never written to a file or a log.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.plain import plain
from gitflow.core.record import Record, names_of
from gitflow.core.strict_json import NotJson, read_json
from gitflow.core.values import is_object
from gitflow.dispatch.frame_fields import (
    NONE,
    FrameError,
    digest,
    file_name,
    flag,
    json_object,
    long_text,
    many,
    mode,
    number,
    optional,
    read_fields,
    record,
    stream,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from gitflow.core.values import Json, JsonObject
    from gitflow.dispatch.frame_fields import Reader

#: It is raised with every frame that older versions would not understand. If the two sides differ by one, they speak
#: the older protocol: the newer side sends no frame that the older does not know.
PROTOCOL = 1
#: A standby refuses links; this header of its answer has the address of the active server.
ACTIVE = "Gitflow-Active"
#: The largest message, in bytes, and the most output in one frame.
MAX_BYTES, MAX_LOG_BYTES = 16 << 20, 1 << 20
#: The largest JSON of a frame with bytes, in bytes.
MAX_HEAD_BYTES = 4096


class Held(Record):
    """An attempt that an agent has: it runs, or the server has not stored its report yet."""

    job: str
    step: str
    attempt: int
    token: str
    #: its container ended while the agent was away: the agent needs ``Known.action`` and ``Known.key`` to report it
    has_ended: bool = False


class LeftFile(Record):
    """A file that a step left: an artifact."""

    name: str
    size: int
    mode: int
    digest: str  #: SHA-256 of the content, in hex


# From an agent to its server.


class Hello(Record):
    """The first frame that an agent sends."""

    protocol: int
    agent: str  #: a UUID that is kept in the agent's state directory
    boot: str  #: random; a new one for each process
    name: str
    version: str
    slots: int
    tags: tuple[str, ...]
    holding: tuple[Held, ...]
    exclusive: bool = False  #: it takes only steps that need one of its tags


class Started(Record):
    """The attempt has begun: its file is in the spool."""

    token: str


class Log(Record):
    """Output of a step. ``after``: how many lines of this stream the attempt had printed before."""

    token: str
    stream: str
    after: int
    ts: float
    lines: int
    data: bytes


class Report(Record):
    """The end of an attempt. ``sealed`` is its outcome, encrypted for the server (``attempt_tokens``). If the outcome
    is not known, ``lost`` says why."""

    token: str
    sealed: str | None = None
    lost: str | None = None
    artifacts: tuple[LeftFile, ...] = ()


class Refuse(Record):
    """The agent does not begin the attempt, neither now nor later. ``killed``: it was to be ended before it began."""

    token: str
    reason: str
    killed: bool = False


class Slots(Record):
    """How many steps the agent may run at once from now on: 0 while it drains or its disk is full."""

    slots: int


class Ping(Record):
    """Sent every few seconds, so that the server knows that the agent is alive."""

    running: int


# From a server to an agent.


class Welcome(Record):
    """The answer to Hello. ``end`` has the tokens of attempts that do not count any more: the agent ends them without a
    report."""

    protocol: int
    epoch: int
    worker: str  #: the id of the agent in the server's list of workers
    lease_s: float
    known: tuple[Known, ...]
    end: tuple[str, ...]


class Known(Record):
    """An attempt that the agent holds and that still counts, with how many lines of its output are stored."""

    token: str
    stdout: int
    stderr: int
    key: str | None = None  #: seals the report, in hex; for an attempt that ``has_ended``
    action: JsonObject | None = None  #: as the definition has it; set if ``key`` is


class Assign(Record):
    """An attempt to begin. ``assignment`` is read by ``runtime.worker.wire``."""

    token: str
    key: str  #: seals the report, in hex; never stored
    may_retry: bool  #: another attempt may follow if this one is lost
    assignment: JsonObject


class Stop(Record):
    token: str
    grace_s: float


class Stored(Record):
    """The first ``lines`` lines of a stream are stored, so they need not be sent again."""

    token: str
    stream: str
    lines: int


class Kept(Record):
    """The report is stored, or the attempt does not count any more (``stale``): the agent forgets the attempt."""

    token: str
    stale: bool = False


class Ended(Record):
    """A job whose steps share a working copy has ended: the agent removes the copy."""

    job: str


class Missing(Record):
    """The report names files that the server does not have. The agent uploads them and sends the report again."""

    token: str
    digests: tuple[str, ...]


class Pong(Record):
    """The answer to Ping."""


class Goodbye(Record):
    """The server refuses the link; the reason is a sentence. The agent ends, unless it may try again."""

    reason: str
    may_try_again: bool


_HELD: Mapping[str, Reader] = {"job": text, "step": text, "attempt": whole, "token": text}
_LEFT_FILE: Mapping[str, Reader] = {"name": file_name, "size": whole, "mode": mode, "digest": digest}
_KNOWN: Mapping[str, Reader] = {"token": text, "stdout": whole, "stderr": whole}
_KNOWN_MORE: Mapping[str, Reader] = {"key": optional(text), "action": optional(json_object)}

#: Kind of frame -> its record, and how each field is read.
_FROM_AGENT: Mapping[str, tuple[type, Mapping[str, Reader]]] = {
    "hello": (
        Hello,
        {
            "protocol": whole,
            "agent": text,
            "boot": text,
            "name": text,
            "version": text,
            "slots": whole,
            "tags": many(text),
            "holding": many(record(Held, _HELD, {"has_ended": flag})),
        },
    ),
    "started": (Started, {"token": text}),
    "report": (
        Report,
        {
            "token": text,
            "sealed": optional(long_text),
            "lost": optional(text),
            "artifacts": many(record(LeftFile, _LEFT_FILE)),
        },
    ),
    "refuse": (Refuse, {"token": text, "reason": text, "killed": flag}),
    "slots": (Slots, {"slots": whole}),
    "ping": (Ping, {"running": whole}),
}
_FROM_SERVER: Mapping[str, tuple[type, Mapping[str, Reader]]] = {
    "welcome": (
        Welcome,
        {
            "protocol": whole,
            "epoch": whole,
            "worker": text,
            "lease_s": number,
            "known": many(record(Known, _KNOWN, _KNOWN_MORE)),
            "end": many(text),
        },
    ),
    "assign": (Assign, {"token": text, "key": text, "may_retry": flag, "assignment": json_object}),
    "stop": (Stop, {"token": text, "grace_s": number}),
    "stored": (Stored, {"token": text, "stream": stream, "lines": whole}),
    "kept": (Kept, {"token": text, "stale": flag}),
    "ended": (Ended, {"job": text}),
    "missing": (Missing, {"token": text, "digests": many(digest)}),
    "pong": (Pong, {}),
    "goodbye": (Goodbye, {"reason": text, "may_try_again": flag}),
}
_LOG: Mapping[str, Reader] = {"token": text, "stream": stream, "after": whole, "ts": number, "lines": whole}

#: Kind of frame -> the fields that frames of other versions may lack.
OPTIONAL: Mapping[str, Mapping[str, Reader]] = {"hello": {"exclusive": flag}}

_KINDS = {kind: name for table in (_FROM_AGENT, _FROM_SERVER) for name, (kind, _) in table.items()}

if TYPE_CHECKING:
    FromAgent = Hello | Started | Log | Report | Refuse | Slots | Ping
    FromServer = Welcome | Assign | Stop | Stored | Kept | Ended | Missing | Pong | Goodbye


def agreed_protocol(other: int) -> int | None:
    """The protocol to speak with a side that speaks this one; None if the two differ by more than one."""
    return min(PROTOCOL, other) if abs(PROTOCOL - other) <= 1 else None


def dump(frame: FromAgent | FromServer) -> str | bytes:
    """The message of a frame: bytes for output of a step, text for all others."""
    if isinstance(frame, Log):
        head = {name: getattr(frame, name) for name in names_of(Log) if name != "data"}
        return dump_log_head(head) + frame.data
    given: Any = plain(frame)
    return json.dumps({"type": _KINDS[type(frame)], **given})


def dump_log_head(head: Mapping[str, Json]) -> bytes:
    text = json.dumps(head).encode()
    return len(text).to_bytes(2, "big") + text


def read_from_agent(message: str | bytes) -> FromAgent:
    """Raises FrameError."""
    return _read_log(message) if isinstance(message, bytes) else _read(message, _FROM_AGENT)


def read_from_server(message: str | bytes) -> FromServer:
    """Raises FrameError."""
    if isinstance(message, bytes):
        raise FrameError("a server sends no bytes")
    return _read(message, _FROM_SERVER)


def _read(message: str, table: Mapping[str, tuple[type, Mapping[str, Reader]]]) -> Any:
    given = _parsed(message)
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in table:
        raise FrameError("its type is unknown")
    return read_fields(*table[kind], given, OPTIONAL.get(kind, NONE))


def _read_log(message: bytes) -> Log:
    size = int.from_bytes(message[:2], "big")
    if len(message) < 2 + size or size > MAX_HEAD_BYTES:
        raise FrameError("its length does not fit")
    try:
        head = _parsed(message[2 : 2 + size].decode())
    except UnicodeDecodeError:
        raise FrameError("it is not UTF-8 text") from None
    data = message[2 + size :]
    read: Log = read_fields(_log_of(data), _LOG, head)
    return read


def _log_of(data: bytes) -> Any:
    if len(data) > MAX_LOG_BYTES or not data.endswith(b"\n"):
        raise FrameError("its bytes are not whole lines, or too many")
    try:
        data.decode()
    except UnicodeDecodeError:
        raise FrameError("its bytes are not UTF-8 text") from None

    def log(**fields: Any) -> Log:
        if fields["lines"] != data.count(b"\n"):
            raise FrameError("lines: must be how many lines it has")
        return Log(**fields, data=data)

    return log


def _parsed(text: str) -> JsonObject:
    try:
        value = read_json(text)
    except NotJson as error:
        raise FrameError(f"it is not JSON: {error}") from None
    if not is_object(value):
        raise FrameError("it is not an object")
    return value

"""``type: http``: one request; the output is ``{status, headers, body}``.

This module builds and checks the request of an action; http_client.py sends it in a thread.
"""

from __future__ import annotations

from gitflow.actions.addresses import address, refuse_other_origin, refuse_ways_up
from gitflow.actions.http_client import Exchange, Request, basic
from gitflow.core.errors import InvalidInput
from gitflow.core.values import is_list, is_object
from gitflow.runners.base import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.values import Json, JsonObject
    from gitflow.runners.base import StepContext

#: How long the server may send nothing if the step has no time limit of its own, in seconds.
RESPONSE_TIMEOUT_S = 300.0
#: The credentials of a connection (a password counts only with a user name).
CREDENTIALS = ("token", "username", "headers")
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def percent_encode(value: str) -> str:
    """The value percent-encoded, so that it is safe inside any part of a URL."""
    from urllib.parse import quote

    return quote(value, safe="", errors="replace")


#: Field -> the encoding of values that are inserted into it. The renderer applies it to every inserted value.
RENDER: Mapping[str, Callable[[str], str]] = {"url": percent_encode}


def prepare(context: StepContext) -> Call:
    """The call that sends the request. Raises InvalidInput for a request that must not or cannot be sent."""
    exchange = Exchange(request_of(context.fields, context.timeout_s))
    return Call(exchange.run, exchange.stop)


def request_of(fields: JsonObject, timeout_s: float | None = None) -> Request:
    """The request that an action's rendered fields describe. Raises InvalidInput."""
    connection = _connection(fields.get("connection"))
    body, content_type = _body(fields)
    headers = {
        "User-Agent": "gitflow",
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        **({"Content-Type": content_type} if content_type else {}),
    }
    for given in (_credentials(connection), connection.get("headers"), fields.get("headers")):
        headers = _with_headers(headers, given or {})
    return Request(
        method=_method(fields.get("method")),
        url=_url(str(fields.get("url") or ""), connection),
        headers=headers,
        body=body,
        expect=_statuses(fields.get("expect")),
        timeout_s=RESPONSE_TIMEOUT_S
        + (timeout_s or 0.0),  # the step's own limit, which the runner enforces, is reached first
    )


def _url(given: str, connection: JsonObject) -> str:
    """Checks that a connection's credentials are sent only to the origin of its ``base_url``."""
    base = str(connection.get("base_url") or "")
    url = address(given, base)
    refuse_ways_up(url)
    if has_credentials(connection):
        if not base:
            raise InvalidInput(
                "the connection has credentials but no base_url that says where they may be sent; add one"
            )
        refuse_other_origin(url, address(base))
    return url


def has_credentials(connection: Mapping[str, Json]) -> bool:
    """Whether the connection adds anything to a request; any header may be a credential."""
    return any(connection.get(key) for key in CREDENTIALS)


def _connection(value: Json) -> JsonObject:
    if value is not None and not is_object(value):
        raise InvalidInput("connection must be the name of a connection")
    return value or {}


def _credentials(connection: JsonObject) -> JsonObject:
    if token := connection.get("token"):
        return {"Authorization": f"Bearer {token}"}
    if username := connection.get("username"):
        return {"Authorization": basic(f"{username}:{connection.get('password') or ''}")}
    return {}


def _with_headers(headers: Mapping[str, str], given: JsonObject) -> dict[str, str]:
    """Merges headers. A given header replaces one of the same name in any case; null removes it."""
    names = {name.lower() for name in given}
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    return {**kept, **{name: _header(name, value) for name, value in given.items() if value is not None}}


def _header(name: str, value: Json) -> str:
    from gitflow.core.templates.render import to_text

    text = value if isinstance(value, str) else to_text(value)
    if not name or not _TOKEN.issuperset(name):
        raise InvalidInput(f"{name!r} is not a valid name for a header")
    if any(character in text for character in "\r\n\0"):
        raise InvalidInput(f"the value of header {name!r} contains a line end or a NUL character")
    return text.strip()


def _method(value: Json) -> str:
    method = str(value or "GET").upper()
    if not _TOKEN.issuperset(method):
        raise InvalidInput(f"{method!r} is not a valid HTTP method")
    return method


def _statuses(value: Json) -> frozenset[int]:
    listed = value if is_list(value) else [] if value is None else [value]
    try:
        return frozenset(int(status) for status in listed)
    except (TypeError, ValueError):
        raise InvalidInput("expect must list statuses, such as [200, 404]") from None


def _body(fields: JsonObject) -> tuple[bytes | None, str | None]:
    """The body as bytes, and its content type."""
    import json

    if fields.get("json") is not None:
        return json.dumps(fields["json"]).encode(), "application/json"
    body = fields.get("body")
    if body is None:
        return None, None
    if isinstance(body, str):
        return body.encode("utf-8", "surrogateescape"), "text/plain; charset=utf-8"
    return json.dumps(body).encode(), "application/json"

"""``type: webhook``: authenticates the caller, and passes the request to a job without the credentials."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.triggers.bodies import flat, read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import JsonObject

SOURCE = "webhook"
ALLOWED_EXTRA_INPUT = frozenset({"body", "headers", "method", "query"})
USES_WALL_CLOCK = False

#: How far the time of a signed request may be from ours, in seconds (Standard Webhooks).
TOLERANCE_S = 300.0

SECRET_PARAMETER = "secret"

#: Headers with credentials, for gitflow or other systems: they are not passed to jobs.
CREDENTIALS = frozenset(
    {
        *("authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token", "x-gitlab-token"),
        *("x-hub-signature", "x-hub-signature-256", "x-gitea-signature", "x-gogs-signature"),
        *("webhook-signature", "svix-signature", "stripe-signature", "x-slack-signature"),
        *("x-amz-security-token", "x-forwarded-access-token"),
    }
)

_WHSEC = "whsec_"


class Webhook(Record):
    """A webhook as its author wrote it."""

    address: str  #: the last part of the URL
    secret: str | None = None  #: a template
    signature: str = "none"  #: github, standard-webhooks or none
    is_sync: bool = False
    timeout_s: float = 30.0
    methods: tuple[str, ...] = ("GET", "POST")


class WebhookRequest(Record):
    """Names of headers are in lower case; values of a header that came twice are joined with commas."""

    method: str
    headers: Mapping[str, str]
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def webhook_of(trigger: Trigger) -> Webhook:
    given = trigger.fields
    return Webhook(
        address(trigger),
        given.get("secret"),
        str(given.get("signature", "none")),
        given.get("mode") == "sync",
        float(given.get("timeout_secs", 30)),
        tuple(given.get("methods", ("GET", "POST"))),
    )


def address(trigger: Trigger) -> str:
    return str(trigger.fields.get("name") or trigger.name)


def shape(trigger: Trigger) -> str | None:
    return None


def is_authenticated(hook: Webhook, secret: str | None, request: WebhookRequest, now: float) -> bool:
    """Whether the caller is authenticated, in constant time. ``secret``: the rendered template; None: it has none."""
    if secret is None:
        return hook.secret is None
    return bool(secret) and SIGNATURES[hook.signature](secret, request, now)


def knows_secret(secret: str | None, request: WebhookRequest) -> bool:
    """Whether the request has the secret itself, in the query or as a Bearer token: for reading a job's result."""
    return secret is None or (bool(secret) and _has_secret(secret, request, 0.0))


def key_of(hook: Webhook, request: WebhookRequest) -> str | None:
    """The id of a message, if it is signed: the message counts once, however often it is sent."""
    signed_id = request.headers.get("webhook-id") if hook.signature == "standard-webhooks" else None
    return None if signed_id is None else f"message:{signed_id}"


def given_by(request: WebhookRequest) -> JsonObject:
    """``body``, ``headers``, ``method`` and ``query``. Raises InvalidInput if the body does not match its type."""
    headers = {name: value for name, value in request.headers.items() if name not in CREDENTIALS}
    query = [(name, value) for name, value in request.query if name != SECRET_PARAMETER]
    return {
        "body": read_body(request.headers.get("content-type", ""), request.body),
        "headers": headers,
        "method": request.method,
        "query": flat(query),
    }


def scope_of(given: JsonObject) -> JsonObject:
    """The names that the trigger's input can use: ``input.body`` and so on, or ``body`` alone."""
    return {**given, "input": given}


def _has_secret(secret: str, request: WebhookRequest, now: float) -> bool:
    return any(_same(secret, offered) for offered in _offered(request))


def _offered(request: WebhookRequest) -> Iterator[str]:
    yield from (value for name, value in request.query if name == SECRET_PARAMETER)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()


def _is_signed_as_github(secret: str, request: WebhookRequest, now: float) -> bool:
    signature = hmac.new(_bytes(secret), request.body, "sha256").hexdigest()
    return _same(f"sha256={signature}", request.headers.get("x-hub-signature-256", ""))


def _is_standard_webhook(secret: str, request: WebhookRequest, now: float) -> bool:
    id, sent_at = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    if not id or not (sent_at.isascii() and sent_at.isdecimal() and len(sent_at) <= 12):
        return False
    if abs(int(sent_at) - now) > TOLERANCE_S:
        return False
    signed = b".".join((_bytes(id), sent_at.encode(), request.body))
    offered = [part.removeprefix("v1,") for part in request.headers.get("webhook-signature", "").split(" ")]
    wanted = [base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in _keys(secret)]
    return any(_same(one, other) for one in wanted for other in offered)


def _keys(secret: str) -> Iterator[bytes]:
    """The standard's form is ``whsec_`` and base64; a text without this prefix may also be the key itself."""
    if not secret.startswith(_WHSEC):
        yield _bytes(secret)
    try:
        key = base64.b64decode(secret.removeprefix(_WHSEC), validate=True)
    except (binascii.Error, ValueError):
        return
    if key:
        yield key


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


#: Type of signature -> the check that the caller knows the secret.
SIGNATURES: Mapping[str, Callable[[str, WebhookRequest, float], bool]] = {
    "none": _has_secret,
    "github": _is_signed_as_github,
    "standard-webhooks": _is_standard_webhook,
}

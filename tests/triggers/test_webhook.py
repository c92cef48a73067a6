"""Who may call a webhook, and what of a request reaches a job."""

import base64
import hashlib
import hmac
import json

from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.errors import InvalidInput
from gitflow.core.language.definition import Trigger
from gitflow.core.strict_json import MAX_DEPTH, read_json
from gitflow.triggers import bodies, webhook
from gitflow.triggers.webhook import Webhook, WebhookRequest

NOW = 1_780_000_000.0


def request(body=b"", query=(), method="POST", **headers):
    return WebhookRequest(
        method, {name.replace("_", "-"): value for name, value in headers.items()}, tuple(query), body
    )


def test_a_webhook_has_the_address_its_author_names_or_its_own_name():
    assert webhook.address(Trigger("t", "webhook", "x")) == "t"
    assert webhook.address(Trigger("t", "webhook", "x", fields={"name": "u"})) == "u"


def test_a_webhook_without_a_secret_lets_everybody_in():
    assert webhook.is_authenticated(Webhook("a"), None, request(), NOW)


def test_a_secret_that_was_not_had_lets_nobody_in():
    for secret in (None, ""):
        assert not webhook.is_authenticated(
            Webhook("a", "{{ secret.X }}"), secret, request(query=[("secret", "")]), NOW
        )


@given(st.text(min_size=1), st.text())
def test_only_the_secret_itself_lets_in(secret, offered):
    hook = Webhook("a", "x")
    assert webhook.is_authenticated(hook, secret, request(query=[("secret", offered)]), NOW) == (secret == offered)
    assert webhook.is_authenticated(hook, secret, request(query=[("secret", secret)]), NOW)


@given(st.text(min_size=1), st.binary(), st.binary())
def test_a_signature_is_of_this_body_and_this_secret(secret, body, other):
    hook = Webhook("a", "x", "github")
    key = secret.encode("utf-8", "surrogatepass")
    signed = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    assert webhook.is_authenticated(hook, secret, request(body, x_hub_signature_256=signed), NOW)
    assert webhook.is_authenticated(hook, secret, request(other, x_hub_signature_256=signed), NOW) == (body == other)
    assert not webhook.is_authenticated(hook, secret + "x", request(body, x_hub_signature_256=signed), NOW)


def test_the_example_of_the_standard_is_let_in():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    at = 1614265330
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = base64.b64encode(hmac.digest(key, b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + body, "sha256")).decode()
    assert signed == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    headers = {
        "webhook_id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook_timestamp": str(at),
        "webhook_signature": f"v2,other v1,{signed}",
    }
    hook = Webhook("a", "x", "standard-webhooks")
    assert webhook.is_authenticated(hook, secret, request(body, **headers), at + 299)
    assert not webhook.is_authenticated(hook, secret, request(body, **headers), at + 301)
    assert not webhook.is_authenticated(hook, secret, request(body, **headers), at - 301)
    assert webhook.key_of(hook, request(body, **headers)) == "message:msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_a_signature_by_an_empty_key_lets_nobody_in():
    signed = base64.b64encode(hmac.digest(b"", f"i.{NOW:.0f}.".encode(), "sha256")).decode()
    headers = {"webhook_id": "i", "webhook_timestamp": f"{NOW:.0f}", "webhook_signature": f"v1,{signed}"}
    assert not webhook.is_authenticated(Webhook("a", "x", "standard-webhooks"), "whsec_", request(**headers), NOW)


def test_no_credential_reaches_the_job():
    credentials = dict.fromkeys(webhook.CREDENTIALS, "hidden")
    given = webhook.given_by(WebhookRequest("GET", {**credentials, "x-kind": "a"}, (("secret", "hidden"), ("a", "b"))))
    assert given == {"body": None, "headers": {"x-kind": "a"}, "method": "GET", "query": {"a": "b"}}


HEADERS = st.dictionaries(
    st.sampled_from(["authorization", "webhook-id", "webhook-timestamp", "webhook-signature", "x-hub-signature-256"]),
    st.text(),
)


@given(
    st.sampled_from(sorted(webhook.SIGNATURES)),
    HEADERS,
    st.lists(st.tuples(st.sampled_from(["secret", "a"]), st.text())),
    st.binary(),
)
def test_no_request_that_does_not_know_the_secret_is_let_in_or_breaks_anything(signature, headers, query, body):
    secret = "this is known to nobody else"
    assert not webhook.is_authenticated(
        Webhook("a", "x", signature), secret, WebhookRequest("POST", headers, tuple(query), body), NOW
    )


MEDIA = st.sampled_from(
    ["", "application/json", "application/x-www-form-urlencoded", "text/plain", "text/plain; charset=utf-16", "a/b"]
)
BODIES = st.one_of(
    st.binary(),
    st.text().map(lambda text: text.encode("utf-8", "replace")),
    st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
    .map(json.dumps)
    .map(str.encode),
)


@given(st.one_of(MEDIA, st.text()), BODIES)
def test_any_body_becomes_a_value_that_can_be_kept_or_is_refused(media, body):
    try:
        value = bodies.read_body(media, body)
    except InvalidInput:
        return
    assert json.loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) == value


def test_what_is_nested_too_deep_is_refused():
    deep = MAX_DEPTH
    assert read_json("[" * deep + "]" * deep)
    for text in ("[" * (deep + 1) + "]" * (deep + 1), "[" * 100_000):
        try:
            read_json(text)
        except ValueError:
            continue
        raise AssertionError(text[:20])

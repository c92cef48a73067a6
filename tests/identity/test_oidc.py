"""An ID token counts only from this provider, for this server, for this sign-in, and in time."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from gitflow.identity.oidc import (
    PENDING_S,
    OidcClient,
    PendingSignIn,
    Provider,
    SignInFailed,
    SignIns,
    challenge_of,
    local_path,
)

ISSUER = "https://sso.example.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PENDING = PendingSignIn("sso", "state-1", "nonce-1", "verifier-1", "https://flows/cb", "/", 0.0)
CLAIMS = {
    "iss": ISSUER,
    "sub": "s-1",
    "aud": "gitflow",
    "exp": 2000,
    "iat": 1000,
    "nonce": "nonce-1",
    "email": "Ann@X.org",
    "email_verified": True,
    "name": "Ann",
    "groups": ["ops"],
}


class World:
    """A provider as the network shows it."""

    def __init__(self, token: str, **description: Any) -> None:
        self.description = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?a=b",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            **description,
        }
        self.answer: Any = {"id_token": token, "access_token": "at"}
        self.keys = [public_jwk(KEY, "k1")]
        self.userinfo: Any = {}
        self.asked: list[Any] = []

    async def get(self, url: str, headers: Any) -> Any:
        self.asked.append((url, headers))
        if url.endswith("openid-configuration"):
            return self.description
        return {"keys": self.keys} if url.endswith("keys") else self.userinfo

    async def post(self, url: str, fields: Any, headers: Any) -> Any:
        self.asked.append((url, fields, headers))
        return self.answer


def public_jwk(key: rsa.RSAPrivateKey, kid: str) -> Any:
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"}


def token(key: Any = KEY, kid: str = "k1", algorithm: str = "RS256", **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


def vouched(world: World, at: float = 1500.0, secret: str | None = "s:e"):
    client = OidcClient(Provider("sso", "SSO", ISSUER, "gitflow", secret), world.get, world.post)
    return asyncio.run(client.fetch_identity("code-1", PENDING, at))


def test_a_good_token_vouches_for_a_person():
    found = vouched(World(token()))
    assert (found.subject, found.email, found.email_is_verified, found.name, found.groups) == (
        "s-1",
        "ann@x.org",
        True,
        "Ann",
        ("ops",),
    )


def test_the_person_is_sent_there_with_pkce_state_and_nonce():
    world = World(token())
    client = OidcClient(Provider("sso", "SSO", ISSUER, "gitflow"), world.get, world.post)
    url = asyncio.run(client.address(PENDING, 0.0))
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(f"{ISSUER}/authorize?a=b&")
    assert query == {
        "a": "b",
        "response_type": "code",
        "client_id": "gitflow",
        "redirect_uri": "https://flows/cb",
        "scope": "openid email profile",
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": challenge_of("verifier-1"),
        "code_challenge_method": "S256",
    }


def test_the_challenge_is_that_of_the_rfc():
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("methods", "secret", "fields", "header"),
    [
        (None, "s:e", set(), "Basic " + base64.b64encode(b"gitflow:s%3Ae").decode()),
        (["client_secret_post"], "s:e", {"client_secret"}, None),
        (
            ["client_secret_post", "client_secret_basic"],
            "s:e",
            set(),
            "Basic " + base64.b64encode(b"gitflow:s%3Ae").decode(),
        ),
        (None, None, set(), None),
    ],
)
def test_this_server_shows_who_it_is_as_the_provider_wants(methods, secret, fields, header):
    world = World(token(), token_endpoint_auth_methods_supported=methods)
    vouched(world, secret=secret)
    _, sent, headers = next(asked for asked in world.asked if asked[0].endswith("/token"))
    plain = {"grant_type", "code", "redirect_uri", "client_id", "code_verifier"}
    assert set(sent) == plain | fields
    assert sent["code_verifier"] == "verifier-1"
    assert headers.get("Authorization") == header


PUBLIC_PEM = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def signed_by_the_public_key() -> str:
    """Made by hand: the library refuses to make it."""
    import hashlib
    import hmac

    def part(value: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    head = part({"alg": "HS256", "kid": "k1"}) + b"." + part(CLAIMS)
    signature = base64.urlsafe_b64encode(hmac.digest(PUBLIC_PEM, head, hashlib.sha256)).rstrip(b"=")
    return (head + b"." + signature).decode()


@pytest.mark.parametrize(
    "bad",
    [
        token(OTHER_KEY),
        token(kid="unknown"),
        token(iss="https://evil.example"),
        token(aud="somebody else"),
        token(aud=["gitflow", "other"]),
        token(azp="other"),
        token(nonce="nonce-2"),
        token(nonce=None),
        token(exp=1000),
        token(iat=9000),
        token(exp="soon"),
        token(exp=None),
        token(sub=None),
        jwt.encode(CLAIMS, "x" * 40, algorithm="HS256", headers={"kid": "k1"}),
        jwt.encode(CLAIMS, None, algorithm="none", headers={"kid": "k1"}),
        signed_by_the_public_key(),
        "not a token",
        "",
    ],
)
def test_a_token_that_is_wrong_in_one_thing_does_not_count(bad):
    with pytest.raises(SignInFailed):
        vouched(World(bad))


@pytest.mark.parametrize("answer", [None, [], {}, {"id_token": 1}, "text"])
def test_an_answer_without_a_token_is_a_failed_sign_in(answer):
    world = World("")
    world.answer = answer
    with pytest.raises(SignInFailed):
        vouched(world)


@pytest.mark.parametrize(
    "description", [{"issuer": "https://evil.example"}, {"token_endpoint": "file:///etc/passwd"}, {"jwks_uri": None}]
)
def test_a_provider_that_describes_itself_wrongly_is_not_asked(description):
    with pytest.raises(SignInFailed):
        vouched(World(token(), **description))


def test_the_clocks_may_differ_by_a_minute():
    assert vouched(World(token(exp=1450)), 1500.0)
    assert vouched(World(token(iat=1550)), 1500.0)


def test_new_keys_are_fetched_when_a_token_names_one():
    world = World(token())
    client = OidcClient(Provider("sso", "SSO", ISSUER, "gitflow"), world.get, world.post)
    asyncio.run(client.fetch_identity("c", PENDING, 1500.0))
    world.keys = [public_jwk(OTHER_KEY, "k2")]
    world.answer = {"id_token": token(OTHER_KEY, "k2")}
    assert asyncio.run(client.fetch_identity("c", PENDING, 1501.0)).subject == "s-1"


def test_an_email_may_stand_elsewhere_and_must_be_of_the_same_person():
    world = World(token(email=None, email_verified=None), userinfo_endpoint=f"{ISSUER}/me")
    world.userinfo = {"sub": "s-1", "email": "ann@x.org", "email_verified": "true"}
    found = vouched(world)
    assert (found.email, found.email_is_verified) == ("ann@x.org", True)
    assert (f"{ISSUER}/me", {"Authorization": "Bearer at"}) in world.asked
    world.userinfo["sub"] = "s-2"
    with pytest.raises(SignInFailed, match="another person"):
        vouched(world)


def test_what_is_told_elsewhere_never_overrules_the_token():
    world = World(token(), userinfo_endpoint=f"{ISSUER}/me")
    world.userinfo = {"sub": "s-1", "email": "root@x.org"}
    assert vouched(world).email == "ann@x.org"


SECRET = "s" * 32


def test_a_sign_in_ends_in_the_browser_and_at_the_provider_it_began_with_and_in_time():
    sign_ins = SignIns(SECRET)
    begun, sealed = sign_ins.begin("sso", "uri", "/x", 0.0)
    other, _ = sign_ins.begin("sso", "uri", "/", 0.0)
    for kept, state, provider, at in (
        ("", begun.state, "sso", 1.0),
        (sealed, other.state, "sso", 1.0),
        (sealed, "", "sso", 1.0),
        (sealed, begun.state, "else", 1.0),
        (sealed, begun.state, "sso", PENDING_S + 1),
        (sealed, begun.state, "sso", -100.0),
        (sealed[:-8] + "AAAAAAA=", begun.state, "sso", 1.0),
        (sealed[:10], begun.state, "sso", 1.0),
        ("é", begun.state, "sso", 1.0),
    ):
        with pytest.raises(SignInFailed, match="begin again"):
            sign_ins.end(kept, state, provider, at)
    assert sign_ins.end(sealed, begun.state, "sso", PENDING_S) == begun


def test_no_sign_in_pushes_out_another_and_a_restart_ends_none():
    sign_ins = SignIns(SECRET)
    first, sealed = sign_ins.begin("sso", "uri", "/", 0.0)
    for _ in range(2000):
        sign_ins.begin("sso", "uri", "/", 0.0)
    assert sign_ins.end(sealed, first.state, "sso", 1.0) == first
    assert SignIns(SECRET).end(sealed, first.state, "sso", 1.0) == first
    with pytest.raises(SignInFailed):
        SignIns("t" * 32).end(sealed, first.state, "sso", 1.0)


def test_the_browser_does_not_learn_what_it_keeps():
    begun, sealed = SignIns(SECRET).begin("sso", "uri", "/", 0.0)
    kept = base64.urlsafe_b64decode(sealed)
    for text in (begun.verifier, begun.nonce, begun.state):
        assert text.encode() not in kept


@given(st.text(max_size=3000))
def test_any_path_fits_into_a_cookie(text):
    goes_to = local_path("/" + text)
    _, sealed = SignIns(SECRET).begin("sso", "https://flows.example.com/api/auth/oidc/sso/callback", goes_to, 1e9)
    assert len(sealed) < 3500


def test_a_path_that_is_too_long_for_a_cookie_leads_to_the_start():
    assert local_path("/" + "x" * 1499) == "/" + "x" * 1499
    assert local_path("/" + "x" * 1500) == "/"


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        (None, "/"),
        ("/jobs?x=1", "/jobs?x=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
    ],
)
def test_nobody_is_led_to_another_site(wanted, path):
    assert local_path(wanted) == path


@given(st.text(max_size=30))
def test_any_token_text_is_refused_in_words(text):
    with pytest.raises(SignInFailed):
        vouched(World(text))

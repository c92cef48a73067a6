"""Sign-in with an OpenID Connect provider: the authorization code flow with PKCE.

OpenID Connect Core 1.0, Discovery 1.0 and RFC 7636. Two functions for network access are passed in; this module has
the rules: addresses, parameters, and the checks of an ID token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from gitflow.core.errors import GitflowError
from gitflow.core.record import Record, names_of
from gitflow.core.values import is_list, is_object
from gitflow.identity.tokens import same

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from gitflow.core.values import Json, JsonObject

    #: (address, headers) -> the JSON response.
    Get = Callable[[str, Mapping[str, str]], Awaitable[Json]]
    #: (address, form fields, headers) -> the JSON response.
    Post = Callable[[str, Mapping[str, str], Mapping[str, str]], Awaitable[Json]]

#: How long a person may take at the provider, in seconds.
PENDING_S = 600.0
#: The longest path for the redirect after the sign-in, in bytes: a browser keeps no cookie over 4096.
MAX_PATH_BYTES = 1500
#: How far the provider's clock may be off, in seconds.
LEEWAY_S = 60.0
_NONCE_BYTES = 12
#: How long the provider's description and keys are cached, in seconds.
KEPT_S = 3600.0
#: Only asymmetric algorithms: nobody but the provider can sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


class SignInFailed(GitflowError):
    """The provider refused the sign-in, or its response is not valid."""

    code = "sign_in_failed"


class Provider(Record):
    id: str
    display_name: str
    issuer_url: str
    client_id: str
    client_secret: str | None = None


class PendingSignIn(Record):
    """A sign-in that has begun. The browser keeps it, encrypted; the server stores nothing."""

    provider: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    goes_to: str  #: the path for the redirect after the sign-in
    begun_at: float


class ProviderIdentity(Record):
    """The person whom the provider authenticated."""

    provider: str
    subject: str
    email: str | None
    email_is_verified: bool
    name: str
    groups: tuple[str, ...]


class SignIns:
    """Keeps each sign-in that has begun in an encrypted cookie (AES-256-GCM) of its browser.

    So a sign-in can end only in the browser that began it, and any number can be under way at the same time.
    """

    def __init__(self, secret: str) -> None:
        """``secret``: the secret that signs access tokens; the key for cookies is derived from it."""
        self._key = hmac.digest(secret.encode(), b"gitflow sign-in cookie", "sha256")

    def begin(self, provider: str, redirect_uri: str, goes_to: str, at: float) -> tuple[PendingSignIn, str]:
        """Returns the sign-in and the value of its cookie."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        pending = PendingSignIn(provider, _random(), _random(), _random(), redirect_uri, goes_to, at)
        nonce = os.urandom(_NONCE_BYTES)
        text = json.dumps([getattr(pending, name) for name in names_of(PendingSignIn)], ensure_ascii=False)
        sealed = AESGCM(self._key).encrypt(nonce, text.encode("utf-8", "surrogatepass"), provider.encode())
        return pending, base64.urlsafe_b64encode(nonce + sealed).decode()

    def end(self, sealed: str, state: str, provider: str, at: float) -> PendingSignIn:
        """Raises SignInFailed if it was begun in another browser, with another provider or too long ago."""
        pending = self._unseal(sealed, provider)
        if pending is None or not same(state, pending.state):
            raise SignInFailed("this sign-in was begun in another browser, or has ended; begin again")
        if not pending.begun_at - LEEWAY_S <= at <= pending.begun_at + PENDING_S:
            raise SignInFailed("this sign-in has expired; begin again")
        return pending

    def _unseal(self, sealed: str, provider: str) -> PendingSignIn | None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            data = base64.b64decode(sealed, b"-_", validate=True)
            text = AESGCM(self._key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], provider.encode())
        except (ValueError, InvalidTag):
            return None
        return PendingSignIn(*json.loads(text.decode("utf-8", "surrogatepass")))


class OidcClient:
    """Talks to one provider. Its description and keys are fetched when first needed, and cached for an hour."""

    def __init__(self, provider: Provider, get: Get, post: Post) -> None:
        self.provider = provider
        self._get = get
        self._post = post
        self._description: JsonObject | None = None
        self._keys: Mapping[str, Any] = {}
        self._fetched_at = 0.0

    async def address(self, pending: PendingSignIn, at: float) -> str:
        """The address of the provider's sign-in page."""
        description = await self._load_description(at)
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": pending.redirect_uri,
            "scope": "openid email profile",
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": challenge_of(pending.verifier),
            "code_challenge_method": "S256",
        }
        endpoint = _address(description, "authorization_endpoint")
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    async def fetch_identity(self, code: str, pending: PendingSignIn, at: float) -> ProviderIdentity:
        """Exchanges the code for an ID token, and checks it. Raises SignInFailed."""
        description = await self._load_description(at)
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.redirect_uri,
            "client_id": self.provider.client_id,
            "code_verifier": pending.verifier,
        }
        proof, headers = proof_of(self.provider, description)
        answer = await self._post(_address(description, "token_endpoint"), {**asked, **proof}, headers)
        token = answer.get("id_token") if is_object(answer) else None
        if not is_object(answer) or not isinstance(token, str):
            raise SignInFailed(f"{self.provider.display_name} sent no ID token")
        claims = await self._claims(token, at)
        if not same(str(claims.get("nonce", "")), pending.nonce):
            raise SignInFailed("the ID token belongs to another sign-in")
        return provider_identity_of(
            self.provider.id, {**await self._fetch_userinfo(description, answer, claims), **claims}
        )

    async def _fetch_userinfo(
        self, description: JsonObject, answer: JsonObject, claims: Mapping[str, Any]
    ) -> JsonObject:
        """The claims of the userinfo endpoint, if the ID token has no email address."""
        token = answer.get("access_token")
        if "email" in claims or "userinfo_endpoint" not in description or not isinstance(token, str):
            return {}
        found = await self._get(_address(description, "userinfo_endpoint"), {"Authorization": f"Bearer {token}"})
        if not is_object(found) or found.get("sub") != claims["sub"]:
            raise SignInFailed(f"{self.provider.display_name} sent user information of another person")
        return found

    async def _claims(self, token: str, at: float) -> Mapping[str, Any]:
        import jwt

        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")), at)
            wanted: Any = {"require": ["iss", "sub", "aud", "exp", "iat"], "verify_exp": False, "verify_iat": False}
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self.provider.client_id,
                issuer=(await self._load_description(at))["issuer"],
                options=wanted,
            )
        except jwt.PyJWTError as wrong:
            raise SignInFailed(f"the ID token of {self.provider.display_name} is not valid: {wrong}") from None
        _check_times(claims, at)
        several = is_list(claims.get("aud")) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.provider.client_id:
            raise SignInFailed("the ID token was issued for another client")
        return claims

    async def _key(self, kid: str, at: float) -> Any:
        """Fetches the keys again if the provider has changed them."""
        if kid not in self._keys:
            self._keys = _keys_of(await self._get(_address(await self._load_description(at), "jwks_uri"), {}))
        if kid in self._keys:
            return self._keys[kid]
        if not kid and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        raise SignInFailed(f"{self.provider.display_name} does not publish the key that signed the ID token")

    async def _load_description(self, at: float) -> JsonObject:
        if self._description is None or at > self._fetched_at + KEPT_S:
            issuer = self.provider.issuer_url.rstrip("/")
            found = await self._get(f"{issuer}/.well-known/openid-configuration", {})
            if not is_object(found) or str(found.get("issuer", "")).rstrip("/") != issuer:
                raise SignInFailed(f"{issuer} does not describe itself as an OpenID Connect provider with that address")
            self._description, self._keys, self._fetched_at = found, {}, at
        return self._description


def proof_of(provider: Provider, description: JsonObject) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The form fields and headers that authenticate this server. Without a client secret there are none, only PKCE."""
    if provider.client_secret is None:
        return {}, {}
    methods = description.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if "client_secret_basic" in methods:
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"  # RFC 6749, 2.3.1
        return {}, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {"client_secret": provider.client_secret}, {}


def provider_identity_of(provider: str, claims: Mapping[str, Any]) -> ProviderIdentity:
    email = claims.get("email")
    groups = claims.get("groups")
    return ProviderIdentity(
        provider,
        str(claims["sub"]),
        email.lower() if isinstance(email, str) and "@" in email else None,
        claims.get("email_verified") in (True, "true"),
        str(claims.get("name") or claims.get("preferred_username") or email or claims["sub"]),
        tuple(str(group) for group in groups) if is_list(groups) else (),
    )


def challenge_of(verifier: str) -> str:
    """RFC 7636, 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def local_path(wanted: str | None) -> str:
    """The path for the redirect after a sign-in: always a path on this server."""
    path = wanted or "/"
    is_local = path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if is_local and len(path.encode()) <= MAX_PATH_BYTES else "/"


def _check_times(claims: Mapping[str, Any], at: float) -> None:
    try:
        expires_at, issued_at = float(claims["exp"]), float(claims["iat"])
    except (TypeError, ValueError):
        raise SignInFailed("the ID token has no valid times (exp, iat)") from None
    if at > expires_at + LEEWAY_S or issued_at > at + LEEWAY_S:
        raise SignInFailed("the ID token has expired, or the clocks disagree")


def _keys_of(answer: Json) -> Mapping[str, Any]:
    import jwt

    found = answer.get("keys") if is_object(answer) else None
    keys: dict[str, Any] = {}
    for one in found if is_list(found) else ():
        if is_object(one) and one.get("use", "sig") == "sig":
            try:
                keys[str(one.get("kid", ""))] = jwt.PyJWK(one).key
            except jwt.PyJWTError:
                continue  # an unknown type of key
    return keys


def _address(description: JsonObject, name: str) -> str:
    found = description.get(name)
    if not isinstance(found, str) or urlsplit(found).scheme not in ("https", "http"):
        raise SignInFailed(f"the provider names no {name}")
    return found


def _random() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()

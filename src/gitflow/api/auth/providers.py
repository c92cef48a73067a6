"""The configured OpenID Connect providers, and the HTTP client for them."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector

from gitflow.core.errors import GitflowError, NotFound
from gitflow.core.strict_json import read_json
from gitflow.core.values import is_object
from gitflow.identity.oidc import OidcClient, Provider, SignInFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.http.context import Context
    from gitflow.core.values import Json

#: The timeout of a request to a provider, in seconds, and the maximal size of its answer.
TIMEOUT_S = 10.0
MAX_BYTES = 1 << 20


class ProviderUnavailable(GitflowError):
    """The provider cannot be reached; this says nothing about the user."""

    code = "provider_unavailable"


class Providers:
    def __init__(self, context: Context) -> None:
        config = context.config
        self._session: ClientSession | None = None
        self._clients: dict[str, OidcClient] = {}
        for id, given in config.auth.providers.items() if config.auth else ():
            if given.provider_type == "oidc":
                described = Provider(
                    id, given.display_name or id, given.issuer_url or "", given.client_id or "", given.client_secret
                )
                self._clients[id] = OidcClient(described, self._get, self._post)

    def client(self, id: str) -> OidcClient:
        """Raises NotFound."""
        if id not in self._clients:
            raise NotFound("provider", id)
        return self._clients[id]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _get(self, url: str, headers: Mapping[str, str]) -> Json:
        return await self._request("GET", url, None, headers)

    async def _post(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Json:
        return await self._request("POST", url, fields, headers)

    async def _request(
        self, method: str, url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> Json:
        """Follows no redirects: a provider publishes its final addresses."""
        session = await self._open_session()
        try:
            async with session.request(method, url, data=fields, headers=headers, allow_redirects=False) as response:
                return await _read(response, url)
        except (ClientError, TimeoutError) as error:
            raise ProviderUnavailable(f"{url} cannot be reached: {error or type(error).__name__}") from None

    async def _open_session(self) -> ClientSession:
        """Uses a TLS context of its own, because aiohttp's trusts no CA here (api/http/importing.py)."""
        if self._session is None:
            tls = await asyncio.to_thread(ssl.create_default_context)
            if self._session is None:  # no other task has opened it meanwhile
                self._session = ClientSession(connector=TCPConnector(ssl=tls), timeout=ClientTimeout(total=TIMEOUT_S))
        return self._session


async def _read(response: ClientResponse, url: str) -> Json:
    data = await response.content.read(MAX_BYTES)
    try:
        value = read_json(data.decode())
    except ValueError:
        raise SignInFailed(f"{url} answered {response.status} without valid JSON") from None
    if response.status != 200:
        why = value.get("error") if is_object(value) else None
        raise SignInFailed(f"{url} answered {response.status}" + (f": {why}" if why else ""))
    return value

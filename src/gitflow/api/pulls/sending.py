"""Sends requests to code hosts: over TLS that is checked, without redirects, cookies and proxies, in a bounded time."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from gitflow.code_hosts.base import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientResponse

    from gitflow.core.values import Json

#: How long a code host may take to answer, in seconds, and how much it may say.
ANSWER_S = 30.0
MAX_BYTES = 16 << 20


class Sender:
    def __init__(self) -> None:
        self._session: ClientSession | None = None

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: Json
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer, whatever the status. Raises Unavailable."""
        session = await self._open_session()
        try:
            async with session.request(method, url, json=body, headers=headers, allow_redirects=False) as response:
                return response.status, response.headers, await _read(response, f"{method} {url}")
        except (ClientError, TimeoutError, ValueError) as error:
            raise Unavailable(f"{method} {url}: no answer ({type(error).__name__})") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _open_session(self) -> ClientSession:
        """Uses its own TLS context: aiohttp's has no certificates here (api/http/importing.py)."""
        if self._session is None:
            trusting = await asyncio.to_thread(ssl.create_default_context)
            if self._session is None:  # nobody else was quicker meanwhile
                self._session = ClientSession(
                    connector=TCPConnector(ssl=trusting),
                    cookie_jar=DummyCookieJar(),
                    timeout=ClientTimeout(total=ANSWER_S),
                )
        return self._session


async def _read(response: ClientResponse, what: str) -> bytes:
    data = bytearray()
    async for part in response.content.iter_chunked(1 << 16):
        data += part
        if len(data) > MAX_BYTES:
            raise Unavailable(f"{what} answered more than {MAX_BYTES >> 20} MiB")
    return bytes(data)

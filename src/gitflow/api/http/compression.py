"""Compresses answers for clients that accept it: JSON and text of more than a kilobyte that hold no secret.

Only answers to GET outside of ``/api/auth`` are compressed. The others may hold a token or a new key beside text that
the caller chose, and the size of a compressed answer tells how alike the two are (decision 95).
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from gitflow.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp.web import BaseRequest

    from gitflow.api.http.response import Response
    from gitflow.api.http.route import Route

#: Smaller answers are sent as they are: they fit into a packet anyway.
MIN_BYTES = 1024
#: Larger answers are compressed in a thread, so that other requests do not wait.
MAX_INLINE_BYTES = 16 * 1024
#: The maximal number of compressed answers that are kept, and their maximal total size in bytes.
MAX_ENTRIES, MAX_CACHED_BYTES = 64, 4 << 20

_MEDIA = ("application/json", "application/x-ndjson", "text/plain")
_GZIP_LEVEL, _ZSTD_LEVEL = 4, 3


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(_GZIP_LEVEL, wbits=31)
    return packer.compress(body) + packer.flush()


def _zstd(body: bytes) -> bytes:
    import zstandard  # only for clients that accept it

    return zstandard.ZstdCompressor(_ZSTD_LEVEL).compress(body)


#: The encodings, the preferred one first: zstd is several times faster, and browsers offer it over HTTPS.
ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "gzip": _gzip}


class Compression:
    """Keeps some compressed bodies: the answers that many clients poll are the same objects until they change."""

    def __init__(self) -> None:
        self._cache: dict[tuple[str, bytes], bytes] = {}
        self._cached_bytes = 0

    async def apply(self, http_request: BaseRequest, route: Route | None, found: Response) -> Response:
        """The answer, compressed if it may be, the client accepts that, and it saves something."""
        if not _may_be_compressed(http_request, route, found):
            return found
        varying = replace(found, headers={**found.headers, "Vary": "Accept-Encoding"})
        encoding = accepted_encoding(http_request.headers.get("Accept-Encoding", ""))
        if encoding is None:
            return varying
        body = await self._compress(encoding, found.body)
        if len(body) >= len(found.body):
            return varying
        return replace(varying, body=body, headers={**varying.headers, "Content-Encoding": encoding})

    async def _compress(self, encoding: str, body: bytes) -> bytes:
        key = (encoding, body)
        known = self._cache.get(key)
        if known is None:
            encode = ENCODERS[encoding]
            is_small = len(body) <= MAX_INLINE_BYTES
            known = encode(body) if is_small else await asyncio.to_thread(encode, body)
            self._keep(key, known)
        return known

    def _keep(self, key: tuple[str, bytes], packed: bytes) -> None:
        size = len(key[1]) + len(packed)
        if len(self._cache) >= MAX_ENTRIES or self._cached_bytes + size > MAX_CACHED_BYTES:
            self._cache.clear()
            self._cached_bytes = 0
        if size <= MAX_CACHED_BYTES:
            self._cache[key] = packed
            self._cached_bytes += size


def _may_be_compressed(http_request: BaseRequest, route: Route | None, found: Response) -> bool:
    return (
        len(found.body) > MIN_BYTES
        and found.status == 200
        and http_request.method in ("GET", "HEAD")
        and route is not None
        and not route.path.startswith("/api/auth/")
        and found.media.startswith(_MEDIA)
        and "Content-Encoding" not in found.headers
    )


def accepted_encoding(header: str) -> str | None:
    """The preferred encoding of those that an ``Accept-Encoding`` header names without forbidding them."""
    accepted = {name: weight > 0 for name, weight in map(_weighted, header.lower().split(","))}
    return next((name for name in ENCODERS if accepted.get(name, False)), None)


def _weighted(part: str) -> tuple[str, float]:
    name, _, parameter = part.partition(";")
    key, _, value = parameter.strip().partition("=")
    try:
        return name.strip(), float(value) if key.strip() == "q" else 1.0
    except ValueError:
        return name.strip(), 0.0

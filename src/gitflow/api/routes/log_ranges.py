"""Logs as text by the byte: their size (``HEAD``), and one range of it (``Range``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow.api.http.errors import HttpError
from gitflow.api.http.headers import headers_for
from gitflow.api.http.response import Response
from gitflow.api.routes.log_places import read_bytes, size_of_text

if TYPE_CHECKING:
    from gitflow.api.http.request import Request
    from gitflow.api.routes.log_pages import LogFilter

#: The largest answer to a request for a range, in bytes; clients ask again for what is left.
MAX_RANGE_BYTES = 8 * 1024 * 1024

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


async def respond_with_size(request: Request, query: LogFilter, media: str) -> web.StreamResponse:
    """The answer to HEAD: as GET, without the text."""
    size = await request.read(lambda stores: size_of_text(stores, query))
    headers = headers_for(media)
    headers.update({"Content-Length": str(size), "Accept-Ranges": "bytes", "X-Request-ID": request.id})
    return web.Response(headers=headers)


async def respond_with_range(request: Request, query: LogFilter, media: str) -> Response:
    """Raises HttpError (416) for a range that the text does not have."""
    size = await request.read(lambda stores: size_of_text(stores, query))
    begin, end = _range_of(request.http_request.headers["Range"], size)
    end = min(end, begin + MAX_RANGE_BYTES)
    text = await request.read(lambda stores: b"".join(read_bytes(stores, query, begin, end)))
    shown = f"bytes {begin}-{end - 1}/{size}"
    return Response(text, 206, {"Content-Range": shown, "Accept-Ranges": "bytes"}, media=media)


def _range_of(header: str, size: int) -> tuple[int, int]:
    """The positions of the first byte and behind the last one. Raises HttpError."""
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is not None and found[0] != "bytes=-":
        first, last = found.groups()
        begin = int(first) if first else max(0, size - int(last))
        end = min(size, int(last) + 1) if first and last else size
        if begin < end:
            return begin, end
    refused = {"Content-Range": f"bytes */{size}"}
    raise HttpError(416, f"the log has {size} bytes; give one range such as bytes=0-99", headers=refused)

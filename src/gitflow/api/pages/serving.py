"""The routes of the pages: ``/``, the files, and index.html for every other path that a browser opens.

The pages have their own router in the browser: a path such as ``/jobs/…`` is theirs, so ``GET`` of a path that no route
has is answered with index.html if the client prefers HTML and the path is not one of an API (``Pages.owns``).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http.errors import HttpError
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response
from gitflow.api.http.route import Route
from gitflow.api.pages.built import BuiltFile, BuiltFolder
from gitflow.api.pages.policy import FILE_POLICY, PLACEHOLDER, new_nonce, page_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.web import BaseRequest

    from gitflow.api.http.context import Context

HTML = "text/html; charset=utf-8"
#: Paths below these are never pages.
API_PATHS = ("/api", "/hooks")
YEAR_S = 31_536_000


class Pages:
    """The built pages of this server; a part of its context."""

    def __init__(self, _: Context) -> None:
        self._folder = BuiltFolder()

    def index(self) -> Response:
        """The page, with a new nonce."""
        built = self._folder.newest()
        if built is None:
            return _missing()
        nonce = new_nonce()
        body = built.index.replace(PLACEHOLDER, nonce.encode())
        return Response(body, 200, {"Content-Security-Policy": page_policy(nonce), "Vary": "Accept"}, media=HTML)

    def file(self, name: str) -> BuiltFile | None:
        built = self._folder.read
        return None if built is None else built.files.get(name)

    def owns(self, http_request: BaseRequest) -> bool:
        """Whether a path without a route is one of the pages, and the client wants HTML."""
        path = http_request.rel_url.raw_path
        is_api = any(path == own or path.startswith(f"{own}/") for own in API_PATHS)
        return http_request.method in ("GET", "HEAD") and not is_api and "text/html" in _accepted(http_request)


async def index(request: Request) -> Response:
    """Raises HttpError (404) for a client that wants JSON alone."""
    wanted = _accepted(request.http_request)
    if "application/json" in wanted and "text/html" not in wanted:
        raise HttpError(404, f"no route matches {request.http_request.rel_url.raw_path}")
    return request.context.part(Pages).index()


async def file(request: Request) -> Response:
    """One file of the pages. Raises HttpError (404)."""
    name = request.http_request.rel_url.raw_path.removeprefix("/")
    found = request.context.part(Pages).file(name)
    if found is None:
        raise HttpError(404, f"no route matches /{name}")
    encoding = _best(found, request.http_request.headers.get("Accept-Encoding", ""))
    path = found.path if encoding is None else found.encoded[encoding]
    headers: dict[str, str] = {"Content-Security-Policy": FILE_POLICY}
    if found.encoded:
        headers["Vary"] = "Accept-Encoding"
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    if found.is_fingerprinted:
        headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return Response(
        await asyncio.to_thread(path.read_bytes),
        200,
        headers,
        etag=found.etag if encoding is None else f"{found.etag}-{encoding}",
        media=found.media,
    )


def _accepted(http_request: BaseRequest) -> Mapping[str, None]:
    """The media types that the client accepts, those with ``q=0`` excepted."""
    return dict.fromkeys(_choices(http_request.headers.get("Accept", "")))


def _best(found: BuiltFile, accept_encoding: str) -> str | None:
    accepted = set(_choices(accept_encoding))
    return next((encoding for encoding in found.encoded if encoding in accepted), None)


def _choices(header: str) -> list[str]:
    """The choices of an Accept or Accept-Encoding header, in lower case, without those that have ``q=0``."""
    found: list[str] = []
    for part in header.lower().split(","):
        choice, *parameters = (each.strip() for each in part.split(";"))
        if choice and not any(each.startswith("q=") and not each[2:].strip("0.") for each in parameters):
            found.append(choice)
    return found


def _missing() -> Response:
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>gitflow</title>"
        "<main><h1>The pages are not built</h1>"
        "<p>The API works: see <a href=/docs>/docs</a>. To build the pages, run <code>make ui</code> in a clone of "
        "gitflow, or install a released wheel, which contains them.</p></main></html>"
    )
    return Response(text.encode(), 200, {}, media=HTML)


#: For a path of the pages that no route has.
INDEX_ROUTE = Route(
    "GET", "/", index, "public", "The web pages", "pages", media="text/html", listed=False, takes_others=True
)

ROUTES = (
    INDEX_ROUTE,
    *(
        Route(
            "GET",
            path,
            file,
            "public",
            "A file of the pages",
            "pages",
            also=(304, 404),
            listed=False,
            takes_others=True,
        )
        for path in ("/assets/{file*}", "/theme.js", "/favicon.svg")
    ),
)

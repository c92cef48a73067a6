"""The few calls of the Kubernetes API that gitflow needs, made with aiohttp.

After an answer 429 or 503 with ``Retry-After``, a call waits as long as the API asks and tries again. Every other error
that may pass raises Unreachable; callers decide how long they try.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import aiohttp

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from typing import Any

    from gitflow.dispatch.kubernetes.access import Access

    Object = dict[str, Any]

#: Kind -> the path of its collection, below the API server.
PATHS = {
    "jobs": "/apis/batch/v1/namespaces/{namespace}/jobs",
    "pods": "/api/v1/namespaces/{namespace}/pods",
    "secrets": "/api/v1/namespaces/{namespace}/secrets",
}
#: How long a connection may take, how long an answer may pause, and how long one watch lasts, in seconds.
CONNECT_S, PAUSE_S, WATCH_S = 10.0, 30.0, 240
#: The longest pause after ``Retry-After``, in seconds, and how often one call is tried again because of it.
MAX_RETRY_AFTER_S, MAX_RETRIES = 30.0, 5
#: The most objects in one answer.
PAGE = 500

_SHORT = aiohttp.ClientTimeout(total=60.0, sock_connect=CONNECT_S, sock_read=PAUSE_S)
_WATCH = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=WATCH_S + PAUSE_S)
_LOG = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=None)


class Refused(Exception):
    """The API server has refused the call. Another try would not help."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


class Unreachable(Exception):
    """The API server did not answer, or could not. Another try may help."""


class Gone(Exception):
    """The version from which to watch is too old: list the objects again."""


class Change(Record):
    kind: str  #: ADDED, MODIFIED, DELETED or BOOKMARK
    object: Object

    @property
    def version(self) -> str:
        return self.object["metadata"]["resourceVersion"]


class Client:
    """Use it in one event loop, and ``close`` it at the end."""

    def __init__(self, access: Access, namespace: str) -> None:
        self._access = access
        self._namespace = namespace
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=access.tls if access.tls is not None else False, limit=0)
        )

    async def close(self) -> None:
        await self._session.close()

    async def create(self, kind: str, manifest: Object) -> Object:
        """Raises Refused (status 409 if the object exists) and Unreachable."""
        return await self._call("POST", self._url(kind), body=manifest)

    async def get(self, kind: str, name: str) -> Object | None:
        """None if it does not exist. Raises Refused and Unreachable."""
        try:
            return await self._call("GET", self._url(kind, name))
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    async def delete(self, kind: str, name: str, *, wait_for_pods: bool = False, at_once: bool = False) -> None:
        """``wait_for_pods``: the object stays until its pods have ended; ``at_once``: it does not even wait for its
        node. If it is gone already, nothing happens."""
        policy = "Foreground" if wait_for_pods else "Background"
        body: Object = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy}
        if at_once:
            body["gracePeriodSeconds"] = 0
        try:
            await self._call("DELETE", self._url(kind, name), body=body)
        except Refused as refused:
            if refused.status not in (404, 409):
                raise

    async def list(self, kind: str, selector: str) -> tuple[list[Object], str]:
        """All objects, and the version from which to watch. Raises Refused and Unreachable."""
        found: list[Object] = []
        query = {"labelSelector": selector, "limit": str(PAGE)}
        while True:
            answer = await self._call("GET", self._url(kind), query=query)
            found += answer.get("items") or ()
            meta = answer["metadata"]
            if not meta.get("continue"):
                return found, meta["resourceVersion"]
            query["continue"] = meta["continue"]

    async def watch(self, kind: str, selector: str, version: str) -> AsyncGenerator[Change]:
        """Changes since a version, until the API server ends the watch. Raises Gone, Refused and Unreachable."""
        query = {
            "labelSelector": selector,
            "watch": "true",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_S),
        }
        async for line in self._lines(self._url(kind), query):
            event = json.loads(line)
            if event["type"] == "ERROR":
                if event["object"].get("code") == 410:
                    raise Gone
                raise Unreachable(str(event["object"].get("message")))
            yield Change(event["type"], event["object"])

    async def log(
        self, pod: str, container: str, *, since: str | None = None, follow: bool = True
    ) -> AsyncGenerator[bytes]:
        """What a container has printed, with a time stamp before each line; ``since``: the second of a time stamp.

        Raises Refused and Unreachable.
        """
        query = {"container": container, "timestamps": "true", "follow": "true" if follow else "false"}
        if since is not None:
            query["sinceTime"] = since
        try:
            async with self._session.get(
                self._url("pods", pod, "log"), params=query, headers=self._headers(), timeout=_LOG
            ) as answer:
                await _check(answer)
                async for data in answer.content.iter_any():
                    yield data
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(_words(error)) from error

    async def _lines(self, url: str, query: Mapping[str, str]) -> AsyncGenerator[bytes]:
        try:
            async with self._session.get(url, params=query, headers=self._headers(), timeout=_WATCH) as answer:
                if answer.status == 410:
                    raise Gone
                await _check(answer)
                rest = b""
                async for data in answer.content.iter_any():
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        if line:
                            yield line
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(_words(error)) from error

    async def _call(
        self, method: str, url: str, *, body: Object | None = None, query: Mapping[str, str] | None = None
    ) -> Object:
        for tries in range(MAX_RETRIES + 1):
            try:
                async with self._session.request(
                    method, url, json=body, params=query, headers=self._headers(), timeout=_SHORT, allow_redirects=False
                ) as answer:
                    pause_s = _retry_after(answer)
                    if pause_s is None or tries == MAX_RETRIES:
                        await _check(answer)
                        return await answer.json(content_type=None)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise Unreachable(_words(error)) from error
            await asyncio.sleep(pause_s)
        raise AssertionError("the last try returns or raises")

    def _headers(self) -> dict[str, str]:
        return self._access.headers()

    def _url(self, kind: str, *more: str) -> str:
        return "/".join((self._access.url + PATHS[kind].format(namespace=self._namespace), *more))


def _retry_after(answer: aiohttp.ClientResponse) -> float | None:
    """How long the API server asks to wait; None if it does not."""
    given = answer.headers.get("Retry-After", "")
    if answer.status not in (429, 503) or not given.isdecimal():
        return None
    return min(float(given), MAX_RETRY_AFTER_S)


async def _check(answer: aiohttp.ClientResponse) -> None:
    if answer.status < 300:
        return
    text = (await answer.content.read(64 * 1024)).decode(errors="replace")
    try:
        status = json.loads(text)
        reason, message = str(status.get("reason", "")), str(status.get("message", ""))
    except (ValueError, AttributeError):
        reason, message = "", text.strip()[:200]
    message = message or f"status {answer.status}"
    if answer.status >= 500 or answer.status in (408, 429):
        raise Unreachable(message)
    raise Refused(answer.status, reason, message)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__

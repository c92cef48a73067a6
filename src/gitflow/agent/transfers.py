"""Downloads the files that an attempt needs, and uploads the artifacts that it left."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp

from gitflow.agent.folders import no_link
from gitflow.core.errors import GitflowError
from gitflow.core.strict_json import NotJson, read_json
from gitflow.core.values import is_list, is_object
from gitflow.workspaces import bundles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from gitflow.agent.folders import AgentFolders
    from gitflow.runners.base import Assignment
    from gitflow.workspaces.checkouts import Checkouts

    Key = tuple[str, str, int]

TOKEN = "Gitflow-Attempt"
_BLOCK = 1 << 20
#: How long a connection, and each pause within an answer, may take, in seconds.
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=60.0)


class TransferRefused(GitflowError):
    """The server has refused. Another try would not help."""

    code = "error"


class Transfers:
    def __init__(
        self, server: str, session: aiohttp.ClientSession, checkouts: Checkouts, folders: AgentFolders
    ) -> None:
        self._server = server
        self._session = session
        self._checkouts = checkouts
        self._folders = folders
        self._locks: dict[str, asyncio.Lock] = {}

    async def fetch(self, assignment: Assignment, token: str) -> None:
        """Downloads the files of the revision, and the artifacts of earlier steps.

        Raises TransferRefused, OSError, aiohttp.ClientError and GitflowError.
        """
        checkout = self._checkouts.at(assignment.workspace, assignment.revision)
        async with self._locks.setdefault(checkout.path, asyncio.Lock()):
            if not os.path.isdir(checkout.path):
                await self._fetch_files(assignment.key, token, checkout.path)
            else:
                os.utime(checkout.path)
        if assignment.needs:
            await self._fetch_needs(assignment.key, token)

    async def upload(self, key: Key, token: str, name: str, digest: str) -> None:
        """Raises TransferRefused, OSError and aiohttp.ClientError."""
        path = self._folders.path_of(key, name)
        url = self._url(key, "artifacts", digest)
        size = os.path.getsize(path)
        headers = {TOKEN: token, "Content-Type": "application/octet-stream", "Content-Length": str(size)}
        async with self._session.put(
            url, data=_blocks(path), headers=headers, timeout=TIMEOUT, allow_redirects=False
        ) as answer:
            await _check(answer)

    async def _fetch_files(self, key: Key, token: str, target: str) -> None:
        os.makedirs(self._checkouts.folder, exist_ok=True)
        archive = os.path.join(self._checkouts.folder, f".{os.urandom(8).hex()}")
        try:
            expected = await self._download(self._url(key, "files"), token, archive)
            if await asyncio.to_thread(bundles.digest_of, archive) != expected:
                raise TransferRefused("the files of the revision have arrived changed")
            await asyncio.to_thread(bundles.unpack, archive, target)
        finally:
            if os.path.exists(archive):
                os.unlink(archive)

    async def _fetch_needs(self, key: Key, token: str) -> None:
        target = self._folders.needs_path(key)
        for step, index, name, mode, digest in await self._list_needs(key, token):
            folder = os.path.join(target, step, *([] if index is None else [str(index)]))
            path = os.path.join(folder, name)
            if not os.path.realpath(path).startswith(os.path.realpath(target) + os.sep):
                raise TransferRefused("an artifact of another step has a name that leads elsewhere")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            await self._download(self._url(key, "needs", digest), token, path)
            if await asyncio.to_thread(bundles.digest_of, path) != digest:
                raise TransferRefused("an artifact of another step has arrived changed")
            os.chmod(path, (mode & 0o777) | 0o600)

    async def _list_needs(self, key: Key, token: str) -> list[tuple[str, int | None, str, int, str]]:
        async with self._session.get(
            self._url(key, "needs"), headers={TOKEN: token}, timeout=TIMEOUT, allow_redirects=False
        ) as answer:
            await _check(answer)
            text = await answer.text()
        try:
            listed = read_json(text)
            if is_list(listed):
                return [_need(each) for each in listed]
        except (NotJson, KeyError, TypeError):
            pass
        raise TransferRefused("the list of artifacts that the step needs is not valid")

    async def _download(self, url: str, token: str, path: str) -> str:
        """Writes the answer to a file. Returns the digest that the server names."""
        headers = {TOKEN: token}
        async with self._session.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False) as answer:
            await _check(answer)
            with open(path, "wb") as file:
                async for block in answer.content.iter_chunked(_BLOCK):
                    await asyncio.to_thread(file.write, block)
            return answer.headers.get("ETag", "").strip('"')

    def _url(self, key: Key, *more: str) -> str:
        job, step, attempt = key
        words = (job, step, str(attempt), *more)
        return f"{self._server}/api/attempts/" + "/".join(quote(word, safe="") for word in words)


def _need(given: Any) -> tuple[str, int | None, str, int, str]:
    step, index, name, digest = given["step"], given["index"], given["name"], given["sha256"]
    if not all(isinstance(text, str) for text in (step, name, digest)):
        raise TypeError
    return step, None if index is None else int(index), name, int(given["mode"]), digest


async def _check(answer: aiohttp.ClientResponse) -> None:
    """Raises TransferRefused for a refusal, and OSError for an error that may pass."""
    if answer.status < 300:
        return
    text = (await answer.content.read(64 * 1024)).decode(errors="replace")
    try:
        body = read_json(text)
        why = str(body.get("error")) if is_object(body) else f"status {answer.status}"
    except NotJson:
        why = f"status {answer.status}"
    if answer.status >= 500 or answer.status in (408, 429):
        raise OSError(0, f"the server refuses it for now: {why}")
    raise TransferRefused(f"the server refuses it: {why}")


async def _blocks(path: str) -> AsyncIterator[bytes]:
    with open(path, "rb", opener=no_link) as file:
        while block := await asyncio.to_thread(file.read, _BLOCK):
            yield block

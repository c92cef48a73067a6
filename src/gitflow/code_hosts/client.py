"""Sends requests to a code host, and reads its answers.

The token goes to the configured address alone: no redirect is followed. It is read anew for each request, and stands in
no error. What a code host says in a refusal is not repeated either: a proxy may have put anything there.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from gitflow.code_hosts.base import MAX_PAGES, PAGE_SIZE, Call, RefusedByHost, Unavailable, natural
from gitflow.core.errors import WorkspaceError
from gitflow.core.strict_json import read_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gitflow.code_hosts.base import Asking, CommitStatus, Dialect, NewPull, OpenedPull, PullRequest, Repository
    from gitflow.core.values import Json

    #: Method, address, headers, body -> status, headers, body. Raises Unavailable.
    Send = Callable[[str, str, Mapping[str, str], "Json"], Awaitable["tuple[int, Mapping[str, str], bytes]"]]

T = TypeVar("T")

#: A code host is believed a wait of so many seconds.
MAX_WAIT_S = 3600.0
_MAX_TOKEN_BYTES = 4096


class Client:
    """One repository at one code host. ``now``: wall clock."""

    def __init__(
        self, dialect: Dialect, repository: Repository, token_file: str, send: Send, now: Callable[[], float]
    ) -> None:
        self.dialect = dialect
        self.repository = repository
        self._token_file = token_file
        self._send = send
        self._now = now
        self._account: int | None = None

    async def pull_request(self, number: int) -> PullRequest:
        """Raises Unavailable, RefusedByHost or WorkspaceError, as all of these do."""
        call = self.dialect.pull_request(self.repository.name, number)
        return self._read(call, self.dialect.read_pull_request, await self._ask(call))

    async def open_pull(self, pull: NewPull) -> OpenedPull:
        call = self.dialect.open_pull(self.repository.name, pull)
        return self._read(call, self.dialect.read_opened_pull, await self._ask(call))

    async def approvers(self, pull: PullRequest) -> frozenset[str]:
        """The logins of those who approve exactly this head."""
        return await self._result_of(self.dialect.approvers(self.repository.name, pull))

    async def open_pulls(self, branch: str) -> list[int]:
        return await self._result_of(self.dialect.open_pulls(self.repository.name, branch))

    async def _result_of(self, asking: Asking[T]) -> T:
        try:
            call = next(asking)
            while True:
                answer = await self._ask(call)
                call = self._read(call, asking.send, answer)
        except StopIteration as end:
            return end.value

    async def set_status(self, status: CommitStatus) -> None:
        await self._ask(self.dialect.set_status(self.repository.name, status), self.dialect.is_set_already)

    async def write_comment(self, number: int, marker: str, text: str) -> None:
        """Edits our comment that begins with ``marker``, or adds one. Nobody else's counts, whatever it begins with."""
        name, whole = self.repository.name, f"{marker}\n{text}"
        known, has_changed = await self._find_comment(number, marker, whole)
        if known is None:
            await self._ask(self.dialect.add_comment(name, number, whole))
        elif has_changed:
            await self._ask(self.dialect.edit_comment(name, number, known, whole))

    async def _find_comment(self, number: int, marker: str, whole: str) -> tuple[int | None, bool]:
        """The comment, and whether it says something else by now."""
        account = await self._own_account()
        for page in range(1, MAX_PAGES + 1):
            call = self.dialect.comments(self.repository.name, number, page)
            if call is None:
                break
            found = list(self._read(call, self.dialect.read_comments, answer := await self._ask(call)))
            for comment in found:
                if comment.author == account and comment.text.startswith(marker):
                    return comment.id, comment.text.split() != whole.split()
            if len(answer) < PAGE_SIZE:
                break
        return None, True

    async def _own_account(self) -> int:
        if self._account is None:
            call = Call("GET", "/user")
            self._account = self._read(call, lambda answer: natural(answer["id"]), await self._ask(call))
        return self._account

    async def _ask(self, call: Call, is_fine: Callable[[int, Json], bool] = lambda status, answer: False) -> Json:
        headers = self.dialect.headers(self._token())
        status, answered, data = await self._send(
            call.method, f"{self.repository.api_url}{call.path}", {"User-Agent": "gitflow", **headers}, call.body
        )
        if 200 <= status < 300:
            return self._json(call, data)
        if 400 <= status < 500 and is_fine(status, _json_or_none(data)):
            return None
        raise self._refusal(call, status, answered)

    def _refusal(self, call: Call, status: int, headers: Mapping[str, str]) -> Unavailable | RefusedByHost:
        what = f"{call.method} {self.repository.api_url}{call.path.partition('?')[0]} answered {status}"
        wait_s = self._wait_s(headers)
        if status in (408, 429) or status >= 500 or (status == 403 and wait_s is not None):
            return Unavailable(what, wait_s)
        if 300 <= status < 400:
            return RefusedByHost(f"{what}, a redirect, which is not followed: name the API's own address", status)
        return RefusedByHost(what, status)

    def _wait_s(self, headers: Mapping[str, str]) -> float | None:
        """Seconds to wait, where the code host says so: ``Retry-After``, else the time at which a limit that is used
        up begins anew (GitHub, GitLab)."""
        found = _seconds(headers.get("Retry-After", ""), self._now())
        if found is None:
            for start in ("X-RateLimit-", "RateLimit-"):
                if headers.get(f"{start}Remaining") == "0" and headers.get(f"{start}Reset", "").isdecimal():
                    found = float(headers[f"{start}Reset"]) - self._now()
        return None if found is None else min(max(found, 0.0), MAX_WAIT_S)

    def _token(self) -> str:
        try:
            with open(self._token_file, encoding="utf-8") as file:
                token = file.read(_MAX_TOKEN_BYTES).strip()
        except (OSError, UnicodeDecodeError):
            token = ""
        if not token or not token.isprintable() or not token.isascii():
            raise WorkspaceError(f"token_file {self._token_file!r} of pull_requests holds no token")
        return token

    def _json(self, call: Call, data: bytes) -> Json:
        try:
            return read_json(data.decode()) if data else None
        except ValueError:
            raise Unavailable(f"{call.method} {self.repository.api_url}{call.path} did not answer in JSON") from None

    def _read(self, call: Call, read: Callable[[Json], T], answer: Json) -> T:
        try:
            return read(answer)
        except (ValueError, LookupError, TypeError, AttributeError):
            what = f"{call.method} {self.repository.api_url}{call.path.partition('?')[0]}"
            raise RefusedByHost(f"{what} answered something else than was asked for", 200) from None


def _json_or_none(data: bytes) -> Json:
    try:
        return read_json(data.decode())
    except ValueError:
        return None


def _seconds(given: str, now: float) -> float | None:
    """``Retry-After``: seconds, or a date."""
    if given.isdecimal() and len(given) < 10:
        return float(given)
    try:
        return parsedate_to_datetime(given).timestamp() - now
    except (ValueError, TypeError):
        return None

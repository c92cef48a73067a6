"""Judges a pull request: asks for its head, fetches it, judges it against its base, and sends the code host the result.

A webhook gives only the number and the repository; everything else is requested from the code host. So a repeated, late
or replayed delivery does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from gitflow.code_hosts.base import FAILURE, PENDING, SUCCESS, CommitStatus, RefusedByHost, Unavailable
from gitflow.core.errors import GitflowError, WorkspaceError
from gitflow.core.record import Record, replace
from gitflow.runtime.pulls.queue import WorkItem
from gitflow.runtime.pulls.retries import Outdated, RetryPolicy
from gitflow.workspaces.pull_heads import TooLarge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from gitflow.code_hosts.base import PullRequest
    from gitflow.code_hosts.client import Client
    from gitflow.runtime.workspaces.served import Candidate, ServedWorkspace
    from gitflow.workspaces.pull_heads import PullHead, PullHeads

    #: What judges a head. It answers for any content, in a bounded time. Raises Unjudged.
    Judge = Callable[[PullHead, frozenset[str]], Awaitable["Verdict"]]
    #: Head, the revision that was active, and the people and groups who approved the head.
    Judged = tuple[str, str | None, frozenset[str]]
    #: Login at the code host, in lower case -> the names that it stands for here: a person, and groups.
    People = Mapping[str, Collection[str]]

#: How often a head is fetched that is not the one that the code host names, or that cannot be fetched.
MAX_FETCHES = 5
#: The judged pull requests that are remembered.
MAX_KNOWN = 1000

_log = logging.getLogger("gitflow.pulls")


class Moved(Exception):
    """The fetched head is not the one that the code host names: one of the two is not up to date."""


class Unjudged(GitflowError):
    """The head needs more time or memory than a pull request may use."""

    code = "not_available"


class Verdict(Record):
    state: str  #: SUCCESS or FAILURE
    summary: str  #: one line; nothing of the head stands in it
    report: str  #: Markdown, in which everything of the head is escaped
    is_lasting: bool = True  #: the same head would be judged the same


class PullJudge:
    """The pull requests of one workspace. Only those into the served branch are judged: a status belongs to a commit,
    whatever the branch, and another branch may have a policy of its author's."""

    def __init__(
        self,
        host: Client,
        heads: PullHeads,
        served: Callable[[], ServedWorkspace],
        judge: Judge,
        retries: RetryPolicy = RetryPolicy(),  # noqa: B008, it never changes
        people: People | None = None,
    ) -> None:
        """Without ``people`` no review counts, and the code host is not asked for reviews."""
        self._host = host
        self._heads = heads
        self._served = served
        self._judge = judge
        self._retries = retries
        self._people = {login.casefold(): names for login, names in (people or {}).items()}
        self._known: dict[int, Judged] = {}  #: judged last
        self._pushes = asyncio.Lock()  #: so that an acceptance is reported after the refusal

    @property
    def context(self) -> str:
        """The name of the commit status."""
        return f"gitflow/{self._served().name}"

    async def __call__(self, number: int, item: WorkItem) -> None:
        try:
            await self._judge_newest(number, item)
        except Outdated:
            return  # the next run judges what is newer
        except (Unavailable, RefusedByHost, WorkspaceError) as error:
            _log.error("workspace %s: pull request %d is not judged: %s", self._served().name, number, error)

    async def open_pulls(self, item: WorkItem) -> list[int]:
        """The open pull requests into the served branch; none if the code host does not answer. Raises Outdated."""
        branch = self._served().branch
        try:
            return [] if branch is None else await self._retries.run(item, lambda: self._host.open_pulls(branch))
        except (Unavailable, RefusedByHost, WorkspaceError) as error:
            _log.error("workspace %s: its pull requests are not known: %s", self._served().name, error)
            return []

    async def refuse(self, refused: Candidate) -> None:
        """Reports a revision of the served branch that the server refused."""
        await self._tell_of_push(refused, FAILURE, "refused with {errors}; the revision before stays active")

    async def accept(self, refused: Candidate) -> None:
        """Reports a revision that is active because an administrator has accepted it."""
        await self._tell_of_push(refused, SUCCESS, "accepted by an administrator, with {errors}")

    async def _tell_of_push(self, refused: Candidate, state: str, summary: str) -> None:
        errors = _errors(sum(problem.is_error for problem in refused.problems))
        try:
            item = WorkItem()
            item.begin()
            async with self._pushes:
                await self._set_status(refused.revision.id, state, summary.format(errors=errors), item)
        except (Unavailable, RefusedByHost, WorkspaceError) as error:
            _log.error("workspace %s: the status of %s is not set: %s", self._served().name, refused.revision.id, error)

    async def _judge_newest(self, number: int, item: WorkItem) -> None:
        """Raises Outdated, Unavailable, RefusedByHost or WorkspaceError."""
        for failures in range(MAX_FETCHES):
            wanted = await self._wanted(number, item)
            if wanted is None:
                return
            pull, known = wanted
            await self._set_status(pull.head, PENDING, "being judged", item)
            try:
                verdict = await self._verdict(pull, known[2], item)
            except Moved:
                await item.wait(self._retries.pause_s(failures))
                continue
            is_newest = await self._report(pull, verdict, item)
            if is_newest and verdict.is_lasting:
                self._known = {**dict(list(self._known.items())[1 - MAX_KNOWN :]), number: known}
            return
        raise Unavailable(f"the head of pull request {number} is another at each look")

    async def _wanted(self, number: int, item: WorkItem) -> tuple[PullRequest, Judged] | None:
        """The pull request in its present state; None if there is nothing to judge, or nothing new."""
        pull = await self._retries.run(item, partial(self._asked, number))
        served = self._served()
        if not pull.is_open or served.branch is None or pull.base_branch != served.branch:
            return None
        known = pull.head, served.revision and served.revision.id, await self._reviewers(pull, item)
        return (pull, known) if self._known.get(number) != known else None

    async def _reviewers(self, pull: PullRequest, item: WorkItem) -> frozenset[str]:
        """The people and groups for whom an account has approved exactly this head."""
        if not self._people:
            return frozenset()
        try:
            logins = await self._retries.run(item, lambda: self._host.approvers(pull))
        except RefusedByHost as error:
            _log.error("workspace %s: reviews of pull request %d: %s", self._served().name, pull.number, error)
            return frozenset()
        return frozenset(name for login in logins for name in self._people.get(login.casefold(), ()))

    async def _asked(self, number: int) -> PullRequest:
        if not self._served().is_initialized:
            raise Unavailable(f"workspace {self._served().name} is not loaded yet")
        return await self._host.pull_request(number)

    async def _report(self, pull: PullRequest, verdict: Verdict, item: WorkItem) -> bool:
        """The status is true of its commit, whatever came meanwhile; the comment is the newest head's. Returns whether
        this one still was."""
        await self._set_status(pull.head, verdict.state, verdict.summary, item)
        if item.is_outdated:  # by another head, or only by a webhook that came twice
            newest = await self._retries.run(item, partial(self._host.pull_request, pull.number))
            if newest.head != pull.head:
                return False
        await self._retries.run(item, partial(self._host.write_comment, pull.number, self._marker, verdict.report))
        return True

    @property
    def _marker(self) -> str:
        """The hidden first line of our comment."""
        return f"<!-- gitflow: workspace {self._served().name} -->"

    async def _verdict(self, pull: PullRequest, reviewers: frozenset[str], item: WorkItem) -> Verdict:
        """Raises Moved, or Outdated."""
        try:
            return await self._judge(await self._fetched(pull, item), reviewers)
        except (TooLarge, Unjudged) as error:
            return _not_judged(str(error))
        except Unavailable as error:
            _log.warning("workspace %s: pull request %d: %s", self._served().name, pull.number, error)
            return replace(_not_judged("its head cannot be fetched"), is_lasting=False)
        finally:
            await asyncio.to_thread(self._heads.remove, pull.number)

    async def _fetched(self, pull: PullRequest, item: WorkItem) -> PullHead:
        """Raises Moved, Outdated, TooLarge or Unavailable."""
        ref = self._host.dialect.head_ref(pull.number)

        async def fetch() -> PullHead:
            try:
                return await asyncio.to_thread(self._heads.fetch, pull.number, ref, pull.base_branch)
            except TooLarge:
                raise
            except WorkspaceError as error:
                raise Unavailable(str(error)) from None

        found = await replace(self._retries, tries=MAX_FETCHES).run(item, fetch)
        if found.head != pull.head:
            raise Moved
        return found

    async def _set_status(self, sha: str, state: str, summary: str, item: WorkItem) -> None:
        status = CommitStatus(sha, state, self.context, summary)
        await self._retries.run(item, lambda: self._host.set_status(status))


def _not_judged(why: str) -> Verdict:
    return Verdict(FAILURE, f"not judged: {why}", f"### gitflow: not judged\n\nThis head cannot be accepted: {why}.\n")


def _errors(count: int) -> str:
    return f"{count} error{'' if count == 1 else 's'}"

"""Judges one pull request: asks for its head, fetches it, judges it against its base, and tells the code host.

What a webhook said is only a reason to look: number and repository count, everything else is asked for. So a delivery
that comes twice, late or replayed does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from gitflow.code_hosts.base import FAILURE, PENDING, SUCCESS, CommitStatus, RefusedByHost, Unavailable
from gitflow.core.errors import GitflowError, WorkspaceError
from gitflow.core.record import Record, replace
from gitflow.runtime.pulls.patience import Outdated, Patience
from gitflow.runtime.pulls.queue import Turn
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
    """The head that was fetched is not the one that the code host names: one of both is behind."""


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
        patience: Patience = Patience(),  # noqa: B008, it never changes
        people: People | None = None,
    ) -> None:
        """Without ``people`` no review counts, and none is asked for."""
        self._host = host
        self._heads = heads
        self._served = served
        self._judge = judge
        self._patience = patience
        self._people = {login.casefold(): names for login, names in (people or {}).items()}
        self._known: dict[int, Judged] = {}  #: judged last
        self._pushes = asyncio.Lock()  #: so that an acceptance is told after the refusal

    @property
    def context(self) -> str:
        """Under which commits get their status."""
        return f"gitflow/{self._served().name}"

    async def __call__(self, number: int, turn: Turn) -> None:
        try:
            await self._judge_newest(number, turn)
        except Outdated:
            return  # the turn after this one judges what is newer
        except (Unavailable, RefusedByHost, WorkspaceError) as error:
            _log.error("workspace %s: pull request %d is not judged: %s", self._served().name, number, error)

    async def open_pulls(self, turn: Turn) -> list[int]:
        """Those into the served branch; none where the code host does not say. Raises Outdated."""
        branch = self._served().branch
        try:
            return [] if branch is None else await self._patience.ask(turn, lambda: self._host.open_pulls(branch))
        except (Unavailable, RefusedByHost, WorkspaceError) as error:
            _log.error("workspace %s: its pull requests are not known: %s", self._served().name, error)
            return []

    async def refuse(self, refused: Candidate) -> None:
        """Tells of a revision of the served branch that is not served."""
        await self._tell_of_push(refused, FAILURE, "refused with {errors}; the revision before stays active")

    async def accept(self, refused: Candidate) -> None:
        """Tells of a revision that is served now because an administrator has accepted it."""
        await self._tell_of_push(refused, SUCCESS, "accepted by an administrator, with {errors}")

    async def _tell_of_push(self, refused: Candidate, state: str, summary: str) -> None:
        errors = _errors(sum(problem.is_error for problem in refused.problems))
        try:
            turn = Turn()
            turn.begin()
            async with self._pushes:
                await self._set_status(refused.revision.id, state, summary.format(errors=errors), turn)
        except (Unavailable, RefusedByHost, WorkspaceError) as error:
            _log.error("workspace %s: the status of %s is not set: %s", self._served().name, refused.revision.id, error)

    async def _judge_newest(self, number: int, turn: Turn) -> None:
        """Raises Outdated, Unavailable, RefusedByHost or WorkspaceError."""
        for failures in range(MAX_FETCHES):
            wanted = await self._wanted(number, turn)
            if wanted is None:
                return
            pull, known = wanted
            await self._set_status(pull.head, PENDING, "being judged", turn)
            try:
                verdict = await self._verdict(pull, known[2], turn)
            except Moved:
                await turn.wait(self._patience.pause_s(failures))
                continue
            is_newest = await self._tell(pull, verdict, turn)
            if is_newest and verdict.is_lasting:
                self._known = {**dict(list(self._known.items())[1 - MAX_KNOWN :]), number: known}
            return
        raise Unavailable(f"the head of pull request {number} is another at each look")

    async def _wanted(self, number: int, turn: Turn) -> tuple[PullRequest, Judged] | None:
        """The pull request as it stands now; None where there is nothing to judge, or nothing new."""
        pull = await self._patience.ask(turn, partial(self._asked, number))
        served = self._served()
        if not pull.is_open or served.branch is None or pull.base_branch != served.branch:
            return None
        known = pull.head, served.revision and served.revision.id, await self._reviewers(pull, turn)
        return (pull, known) if self._known.get(number) != known else None

    async def _reviewers(self, pull: PullRequest, turn: Turn) -> frozenset[str]:
        """The people and groups for whom an account has approved exactly this head."""
        if not self._people:
            return frozenset()
        try:
            logins = await self._patience.ask(turn, lambda: self._host.approvers(pull))
        except RefusedByHost as error:
            _log.error("workspace %s: reviews of pull request %d: %s", self._served().name, pull.number, error)
            return frozenset()
        return frozenset(name for login in logins for name in self._people.get(login.casefold(), ()))

    async def _asked(self, number: int) -> PullRequest:
        if not self._served().is_initialized:
            raise Unavailable(f"workspace {self._served().name} is not loaded yet")
        return await self._host.pull_request(number)

    async def _tell(self, pull: PullRequest, verdict: Verdict, turn: Turn) -> bool:
        """The status is true of its commit, whatever came meanwhile; the comment is the newest head's. Returns whether
        this one still was."""
        await self._set_status(pull.head, verdict.state, verdict.summary, turn)
        if turn.is_outdated:  # by another head, or only by a webhook that came twice
            newest = await self._patience.ask(turn, partial(self._host.pull_request, pull.number))
            if newest.head != pull.head:
                return False
        await self._patience.ask(turn, partial(self._host.write_comment, pull.number, self._marker, verdict.report))
        return True

    @property
    def _marker(self) -> str:
        """Begins our comment, and is not shown."""
        return f"<!-- gitflow: workspace {self._served().name} -->"

    async def _verdict(self, pull: PullRequest, reviewers: frozenset[str], turn: Turn) -> Verdict:
        """Raises Moved, or Outdated."""
        try:
            return await self._judge(await self._fetched(pull, turn), reviewers)
        except (TooLarge, Unjudged) as error:
            return _not_judged(str(error))
        except Unavailable as error:
            _log.warning("workspace %s: pull request %d: %s", self._served().name, pull.number, error)
            return replace(_not_judged("its head cannot be fetched"), is_lasting=False)
        finally:
            await asyncio.to_thread(self._heads.remove, pull.number)

    async def _fetched(self, pull: PullRequest, turn: Turn) -> PullHead:
        """Raises Moved, Outdated, TooLarge or Unavailable."""
        ref = self._host.dialect.head_ref(pull.number)

        async def fetch() -> PullHead:
            try:
                return await asyncio.to_thread(self._heads.fetch, pull.number, ref, pull.base_branch)
            except TooLarge:
                raise
            except WorkspaceError as error:
                raise Unavailable(str(error)) from None

        found = await replace(self._patience, tries=MAX_FETCHES).ask(turn, fetch)
        if found.head != pull.head:
            raise Moved
        return found

    async def _set_status(self, sha: str, state: str, summary: str, turn: Turn) -> None:
        status = CommitStatus(sha, state, self.context, summary)
        await self._patience.ask(turn, lambda: self._host.set_status(status))


def _not_judged(why: str) -> Verdict:
    return Verdict(FAILURE, f"not judged: {why}", f"### gitflow: not judged\n\nThis head cannot be accepted: {why}.\n")


def _errors(count: int) -> str:
    return f"{count} error{'' if count == 1 else 's'}"

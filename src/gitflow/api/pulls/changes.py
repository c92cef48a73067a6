"""Changes over the API: the drafts of each writable workspace, and the pull requests that are opened for them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gitflow.api.pulls.service import PullRequests
from gitflow.code_hosts.base import NewPull, RefusedByHost, Unavailable
from gitflow.config.committing import committing_of
from gitflow.core.errors import Conflict, WorkspaceError
from gitflow.core.record import Record
from gitflow.runtime.workspaces.changes import WorkspaceChanges
from gitflow.views.changes import MadeChange, ShownPull
from gitflow.views.escape import markdown, on_one_line, shortened
from gitflow.workspaces.drafts import Drafts
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from gitflow.api.http.context import Context
    from gitflow.config.settings import WorkspaceConfig
    from gitflow.runtime.workspaces.changes import Author, Change, EditOf, Expected
    from gitflow.workspaces.drafts import Committing

#: Of the title of a pull request; GitHub and GitLab take 255 characters.
_MAX_TITLE = 200


class Writable(Record):
    """A workspace whose files the API may change."""

    workspace: GitWorkspace
    committing: Committing
    drafts: Drafts
    changes: WorkspaceChanges
    lock: asyncio.Lock  #: held by the change that is being made


class Changes:
    """A part of the context; made on the server's event loop."""

    def __init__(self, context: Context) -> None:
        self._context = context
        found = {name: self._built(one) for name, one in context.config.workspaces.items()}
        self._found = {name: one for name, one in found.items() if one is not None}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """On leaving, running pushes are cancelled."""
        for one in self._found.values():
            await asyncio.to_thread(one.drafts.clear)
        try:
            yield
        finally:
            for one in self._found.values():
                one.drafts.close()

    def find(self, name: str) -> Writable:
        """Raises NotFound, and Conflict for a workspace that is not writable."""
        served = self._context.workspaces.get(name)
        found = self._found.get(name)
        if found is not None:
            return found
        if not isinstance(served.workspace, GitWorkspace):
            raise Conflict(f"workspace {name!r} is a folder, whose files are changed where they lie")
        raise Conflict(f"workspace {name!r} is not writable over the API; workspaces.{name}.writable allows it")

    async def make(self, name: str, edit_of: EditOf, author: Author, expected: Expected | None) -> MadeChange:
        """See WorkspaceChanges.make."""
        one = self.find(name)
        async with one.lock:
            change = await asyncio.to_thread(one.changes.make, edit_of, author, expected)
        pull, warning = await self._open_pull(change, author)
        revision = self._context.workspaces.get(name).revision
        return MadeChange(change, revision.id if revision is not None else None, pull, warning)

    def _built(self, config: WorkspaceConfig) -> Writable | None:
        committing, context = committing_of(config), self._context
        workspace = context.workspaces.get(config.name).workspace
        if committing is None or not isinstance(workspace, GitWorkspace):
            return None
        drafts = Drafts(workspace, context.config.state_dir)
        now = context.clock.wall
        changes = WorkspaceChanges(config.name, context.workspaces, drafts, context.snapshots, committing, now)
        return Writable(workspace, committing, drafts, changes, asyncio.Lock())

    async def _open_pull(self, change: Change, author: Author) -> tuple[ShownPull | None, str | None]:
        """The pull request, or the reason why it could not be opened. The commit is pushed in both cases."""
        pulls = self._context.part(PullRequests).find(change.workspace)
        if pulls is None or change.is_direct or not change.has_changed:
            return None, None
        base = self._context.workspaces.get(change.workspace).branch or ""
        try:
            opened = await pulls.host.open_pull(_pull_of(change, author, base))
        except (Unavailable, RefusedByHost, WorkspaceError) as error:
            return None, f"no pull request was opened for branch {change.branch}: {error}"
        return ShownPull(opened.number, opened.url), None


def _pull_of(change: Change, author: Author, base: str) -> NewPull:
    subject, _, rest = change.message.partition("\n")
    lines = (
        f"{markdown(author.person.name)} has changed {markdown(change.path)} over the API of gitflow.",
        *(markdown(line) for line in rest.split("\n") if line.strip()),
        f"It was edited at `{change.base}`.",
    )
    return NewPull(change.branch, base, shortened(on_one_line(subject), _MAX_TITLE), "\n\n".join(lines) + "\n")


@asynccontextmanager
async def taking_changes(context: Context) -> AsyncGenerator[None]:
    async with context.part(Changes).running():
        yield

"""Real git repositories, and what a server would serve of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from committing import commit, git, init
from gitflow.runtime.workspaces.refresh import WorkspaceRefresher
from gitflow.runtime.workspaces.served import ServedWorkspaces
from gitflow.runtime.workspaces.signatures import Signatures
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.stores.protocols.revisions import Acceptance, LoadedRevision, SyncPause
from gitflow.workspaces.checkouts import Checkouts
from gitflow.workspaces.git import GitWorkspace

GOOD = "tasks: {t: {flow: {a: {type: shell, cmd: 'echo %s'}}}}\n"
BROKEN = "tasks: {t: {flow: {a: {action: nobody-knows}}}}\n"


class Repository:
    """A work tree, and the bare repository that it pushes to."""

    def __init__(self, folder: Path) -> None:
        self.work, self.bare = folder / "work", folder / "origin.git"
        init(self.work)
        git(folder, "init", "-q", "--bare", "-b", "main", "origin.git")
        git(self.work, "remote", "add", "origin", str(self.bare))
        self.url = f"file://{self.bare}"

    def commit(self, text: str, name: str = ".workflows/a.yaml", message: str = "change") -> str:
        return commit(self.work, text, message, name)

    def push(self, text: str, name: str = ".workflows/a.yaml", message: str = "change") -> str:
        sha = self.commit(text, name, message)
        git(self.work, "push", "-q", "--force", "origin", "HEAD:main")
        return sha


class Server:
    """What of a server looks at workspaces; ``serving`` starts it anew on the same state."""

    def __init__(self, folder: Path) -> None:
        self.state, self.cache = str(folder / "state"), str(folder / "cache")
        self.last_good: dict[str, LoadedRevision] = {}
        self.now = 1.0  #: the wall clock
        self.pauses: dict[str, SyncPause] = {}
        self.acceptances: dict[tuple[str, str], Acceptance] = {}

    @contextmanager
    def serving(
        self, *, first_refresh_s: float = 3600.0, signatures: Signatures | None = None, **workspaces: object
    ) -> Iterator[ServedWorkspaces]:
        self.snapshots = Snapshots(None, self.cache)
        self.checkouts = Checkouts(self.state)
        check = (signatures or Signatures({}, lambda name, sha: 1.0)).check
        looks = WorkspaceRefresher(
            self.snapshots,
            self.checkouts,
            lambda: self.now,
            self.last_good.get,
            check,
            self.pauses.get,
            lambda name, revision: self.acceptances.get((name, revision)),
        )
        served = ServedWorkspaces(workspaces, looks, first_refresh_s)  # type: ignore[arg-type]
        try:
            yield served
        finally:
            for one in served.all():
                if one.revision is not None:
                    self.last_good[one.name] = LoadedRevision(
                        one.name, one.revision, 1.0, True, signature=one.signature
                    )
            served.close()

    def git(self, repository: Repository, name: str = "w", **settings: str) -> GitWorkspace:
        return GitWorkspace(repository.url, identity=name, state_dir=self.state, **settings)  # type: ignore[arg-type]

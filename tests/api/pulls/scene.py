"""A server of a real repository, whose code host is the stub."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from running import DEFINITIONS, Reply, Running

from code_host_stub import TOKEN, Pull, Stub
from committing import commit, commit_all, git, init
from gitflow.api.pulls.service import PullRequests

SECRET = "the webhook's secret"
GOOD = "tasks:\n  t:\n    flow:\n      a: {type: shell, cmd: 'echo %s'}\n"
BROKEN = "tasks: {t: {flow: {a: {action: nobody-knows}}}}\n"
HEAD_REFS = {"github": "refs/pull/%d/head", "gitea": "refs/pull/%d/head", "gitlab": "refs/merge-requests/%d/head"}


@cache
def _model() -> tuple[Path, str]:
    """A folder with the repository and a clone of it, which each scene copies, and their commit.

    Both have one folder of objects: a commit of the clone needs no process of git to come to the repository.
    """
    folder = Path(tempfile.mkdtemp(dir=os.environ["HOME"]))
    init(folder / "work")
    git(folder, "init", "-q", "--bare", "--template=", "-b", "main", "origin.git")
    shutil.rmtree(folder / "work/.git/objects")
    (folder / "work/.git/objects").symlink_to("../../origin.git/objects")
    base = commit(folder / "work", GOOD % "base")
    git(folder / "origin.git", "update-ref", "refs/heads/main", base)
    return folder, base


class Scene:
    """A repository with pull requests, its code host, and the server that judges them."""

    others: tuple[str, ...] = ()  #: names of workspaces of the same repository, without pull requests

    def __init__(self, folder: Path, provider: str) -> None:
        self.folder, self.work, self.bare = folder, folder / "work", folder / "origin.git"
        self.host = Stub(provider)
        self._numbers = itertools.count(1)
        model, self.base = _model()
        self._newest = self.base
        shutil.copytree(model, folder, symlinks=True, dirs_exist_ok=True)
        (folder / "token").write_text(f"{TOKEN}\n")
        (folder / "secret").write_text(f"{SECRET}\n")
        self.running: Running

    def git(self, folder: Path, *command: str) -> str:
        return git(folder, *command)

    def commit(self, files: dict[str, str | bytes]) -> str:
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self._newest = commit_all(self.work)
        return self._newest

    def push(self, ref: str) -> None:
        """What was committed last."""
        self.git(self.bare, "update-ref", ref, self._newest)

    def open(self, files: dict[str, str | bytes], number: int | None = None, **fields: object) -> Pull:
        """A pull request from the base; of a known number: a new head of it."""
        number = number or next(self._numbers)
        self.git(self.work, "checkout", "-q", "--detach", self.base)
        head = self.commit(files)
        self.push(HEAD_REFS[self.host.provider] % number)
        self.host.pulls[number] = Pull(number, head, **fields)  # type: ignore[arg-type]
        return self.host.pulls[number]

    @property
    def settings(self) -> dict[str, object]:
        pulls = {
            "provider": self.host.provider,
            "api_url": self.host.url,
            "repository": self.host.repository,
            "token_file": str(self.folder / "token"),
            "webhook_secret_file": str(self.folder / "secret"),
            "people": {"User-77": ["ann@example.com", "release-managers"], "user-666": "guest@example.com"},
        }
        git = {"type": "git", "url": f"file://{self.bare}", "poll_interval_secs": 3600, "pull_requests": pulls}
        return {"workspaces": {"shop": git, **{name: {"type": "git", "url": git["url"]} for name in self.others}}}

    def start(self) -> Scene:
        self.running = Running(self.folder / "server", DEFINITIONS, self.settings, {}).start()
        return self

    def stop(self) -> None:
        self.running.stop()
        self.host.stop()

    def tell(self, number: object, secret: str = SECRET, repository: str | None = None) -> Reply:
        headers, body = self.host.delivery(number, secret, repository)
        return self.running.request("POST", "/hooks/_pull/shop", raw=body, headers=headers)

    def tell_of_review(self, number: int) -> None:
        headers, body = self.host.delivery_of_review(number, SECRET)
        assert self.running.request("POST", "/hooks/_pull/shop", raw=body, headers=headers).json["accepted"]
        self.idle()

    def judged(self, pull: Pull) -> str:
        """Our comment, once the head has been judged."""
        assert self.tell(pull.number).json["accepted"]
        self.host.wait_for(lambda: self.host.states_of(pull.head)[1:] and self.host.ours(pull.number))
        self.idle()
        return self.host.ours(pull.number)[-1]

    def idle(self) -> None:
        """Waits until nothing is left to do."""
        pulls = self.running.server.context.part(PullRequests)
        asyncio.run_coroutine_threadsafe(pulls.idle(), self.running._loop).result(60)

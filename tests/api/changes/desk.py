"""A bare repository as a remote, a clone of a person, and a server whose workspace is writable."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from running import DEFINITIONS, Reply, Running

FILE = ".workflows/a.yaml"
GOOD = "# mine\ntasks:\n  t:\n    flow:\n      a: {type: shell, cmd: 'echo %s'}\n"
TRIGGERS = """\
# when
triggers:
  nightly:
    type: scheduler   # cron
    cron: "0 0 2 * * *"
    task: t
"""
ONE = "/api/workspaces/shop"
COMMITTER = "gitflow <gitflow@example.com>"


class Remote:
    """``bare`` is what the server knows; ``work`` is a person's clone."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bare, self.work = folder, folder / "origin.git", folder / "work"

    def git(self, folder: Path, *command: str) -> str:
        who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "change", branch: str = "main") -> str:
        """Of a person, and pushed. None: the file is removed; text that begins with ``->``: a symbolic link."""
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            elif isinstance(text, str) and text.startswith("->"):
                path.symlink_to(text[2:])
            else:
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git(self.work, "add", "-A", "-f")
        self.git(self.work, "commit", "-q", "--allow-empty", "-m", message)
        self.git(self.work, "push", "-q", "-f", str(self.bare), f"HEAD:refs/heads/{branch}")
        return self.git(self.work, "rev-parse", "HEAD")

    def tip(self, branch: str = "main") -> str:
        return self.git(self.bare, "rev-parse", f"refs/heads/{branch}")

    def branches(self) -> list[str]:
        return self.git(self.bare, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def refs(self) -> str:
        return self.git(self.bare, "for-each-ref")

    def read(self, revision: str, name: str = FILE) -> str:
        return subprocess.run(
            ["git", "show", f"{revision}:{name}"], cwd=self.bare, check=True, capture_output=True
        ).stdout.decode()

    def hook(self, name: str, script: str) -> None:
        path = self.bare / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


@cache
def _model(form: str) -> tuple[Path, str]:
    """A folder with a remote and a clone of it, which each desk copies, and their commit."""
    remote = Remote(Path(tempfile.mkdtemp(dir=os.environ["HOME"])))
    remote.git(
        remote.folder, "init", "-q", "--bare", "--template=", "-b", "main", f"--object-format={form}", "origin.git"
    )
    remote.git(remote.folder, "init", "-q", "--template=", "-b", "main", f"--object-format={form}", "work")
    return remote.folder, remote.commit({FILE: GOOD % "base", ".workflows/b.yaml": TRIGGERS})


class Desk:
    """``settings``: of the workspace; ``server_settings``: of the server."""

    others = False  #: it also serves two workspaces that are not writable

    def __init__(self, folder: Path, settings: dict[str, Any] | None = None, form: str = "sha1") -> None:
        self.folder = folder
        self.remote = Remote(folder)
        model, self.base = _model(form)
        shutil.copytree(model, folder, symlinks=True, dirs_exist_ok=True)
        self.settings: dict[str, Any] = {"writable": "direct", **(settings or {})}
        self.server_settings: dict[str, Any] = {}
        self.running: Running | None = None

    @property
    def server(self) -> Running:
        if self.running is None:
            self.start()
        assert self.running is not None
        return self.running

    def start(self) -> None:
        shop = {
            "type": "git",
            "url": f"file://{self.remote.bare}",
            "poll_interval_secs": 3600,
            "committer": {"name": "gitflow", "email": "gitflow@example.com"},
            **self.settings,
        }
        workspaces = {"shop": shop, **(self._others() if self.others else {})}
        settings = {"workspaces": workspaces, **self.server_settings}
        self.running = Running(self.folder / "server", DEFINITIONS, settings, {}).start()

    def _others(self) -> dict[str, Any]:
        (self.folder / "server/workspace/.workflows").mkdir(parents=True, exist_ok=True)
        return {
            "plain": {"type": "git", "url": f"file://{self.remote.bare}", "poll_interval_secs": 3600},
            "here": {"type": "folder", "path": str(self.folder / "server/workspace")},
        }

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        if self.running is not None:
            self.running.stop()
            self.running = None

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "change") -> str:
        """Of a person, and seen by the server."""
        sha = self.remote.commit(files, message)
        self.server.refresh("shop")
        self.base = sha
        return sha

    def put(
        self,
        text: str | bytes,
        path: str = FILE,
        match: str | None = "",
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> Reply:
        """``match``: the revision, in place of the newest; None: no ``If-Match``."""
        data = text.encode() if isinstance(text, str) else text
        return self.send("PUT", f"files/{path}{query}", match, headers, data)

    def delete(self, path: str = FILE, match: str | None = "", headers: dict[str, str] | None = None) -> Reply:
        return self.send("DELETE", f"files/{path}", match, headers)

    def send(
        self, method: str, path: str, match: str | None, headers: dict[str, str] | None = None, raw: bytes | None = None
    ) -> Reply:
        sent = {"Content-Type": "application/octet-stream", **(headers or {})} if raw is not None else headers or {}
        if match is not None:
            sent = {**sent, "If-Match": match or f'"{self.base}"'}
        return self.server.request(method, f"{ONE}/{path}", raw=raw, headers=sent)

    def switch(self, what: str, name: str = "nightly", headers: dict[str, str] | None = None, **body: str) -> Reply:
        return self.server.post(f"{ONE}/triggers/{name}/{what}", body, headers)

    def audit(self) -> list[Any]:
        return [row for row in self.server.get("/api/audit").json if row["workspace"] == "shop"]

    def left(self) -> list[str]:
        """What of drafts lies in the state directory, and what of them is in a mirror."""
        state = self.server.state
        drafts = [name for _, folders, _ in os.walk(state / "changes") for name in folders if name.endswith(".git")]
        mirrors = [path for path in (state / "git").iterdir() if (path / "HEAD").is_file()]
        assert mirrors
        looking = ("fsck", "--unreachable", "--no-reflogs", "--no-progress")
        return [*drafts, *(line for mirror in mirrors for line in self.remote.git(mirror, *looking).splitlines())]

"""A clone of this repository as somebody has it who has just made one, with what ``make`` would install put into place.

``make`` itself runs, with the files of the clone. Only what it would get from PyPI and from npm is that of the tests.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browsing import ROOT

import parts
from gitflow.api.pages.built import FOLDERS, INDEX

#: What the server says when it listens.
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Clone:
    def __init__(self, folder: Path) -> None:
        """All files of the work tree that git does not ignore, as one commit."""
        self.folder = folder / "gitflow"
        listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.folder / name)
        self.commit("Everything so far", {}, first=True)
        self._install()

    def commit(self, subject: str, files: dict[str, str], *, first: bool = False) -> str:
        """``files``: by their names in ``workspaces/default/.workflows``. Answers the SHA."""
        for name, text in files.items():
            (self.folder / "workspaces" / "default" / ".workflows" / name).write_text(text)
        if first:
            _git(self.folder, "init", "-q", "-b", "main")
        _git(self.folder, "add", "-A")
        _git(self.folder, "commit", "-q", "-m", subject)
        return _git(self.folder, "rev-parse", "HEAD").strip()

    def read(self, name: str) -> str:
        return (self.folder / "workspaces" / "default" / ".workflows" / name).read_text()

    def _install(self) -> None:
        programs = self.folder / ".venv" / "bin"
        programs.mkdir(parents=True)
        python = f"PYTHONPATH={shlex.quote(str(self.folder / 'src'))} exec {shlex.quote(sys.executable)}"
        for name, more in {"python": "", "gitflow": "-m gitflow.cli.main "}.items():
            (programs / name).write_text(f'#!/bin/sh\n{python} {more}"$@"\n')
            (programs / name).chmod(0o755)
        (self.folder / ".venv" / ".installed-ui").touch()  # newer than pyproject.toml: make installs nothing
        built = next((place for place in FOLDERS if (place / INDEX).is_file()), None)
        if built is None:
            parts.lack("the pages are not built: make ui")
        shutil.copytree(built, self.folder / "ui" / "dist")

    @contextmanager
    def make_server(self, state: Path) -> Iterator[str]:
        """``make server`` until the test is over; answers the address that it prints."""
        environ = {**os.environ, "GITFLOW__LISTEN": "127.0.0.1:0", "GITFLOW_STATE": str(state)}
        command = ["make", "--no-print-directory", "server"]
        with subprocess.Popen(
            command, cwd=self.folder, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as made:
            try:
                assert made.stdout
                yield next(found[0] for line in made.stdout if (found := ADDRESS.search(line)))
            finally:
                os.killpg(made.pid, signal.SIGTERM)
                made.communicate()


def _git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.org"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout

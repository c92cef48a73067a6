"""A repository of the tests, whose commits are made with git itself."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path


class Repository:
    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        """``files``: those of the first commit, by their names in ``.workflows``."""
        self.folder = folder
        folder.mkdir()
        self._git("init", "-q", "-b", "main")
        self.commit("The first task", files)

    def commit(self, subject: str, files: Mapping[str, str]) -> str:
        (self.folder / ".workflows").mkdir(exist_ok=True)
        for name, text in files.items():
            (self.folder / ".workflows" / name).write_text(text)
        self._git("add", "-A")
        self._git("commit", "-q", "-m", subject)
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments: str) -> str:
        who = ["-c", "user.name=Ada Lovelace", "-c", "user.email=ada@example.org"]
        command = ["git", "-C", str(self.folder), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

"""Repositories for the tests of commands that compare revisions."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(gitflow, *words: str, folder: Path | None = None) -> str:
    command = ["git", "-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false", *words]
    done = subprocess.run(command, cwd=folder or gitflow.folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def init(folder: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)


def commit(gitflow, text: str, message: str = "change", name: str = ".workflows/a.yaml") -> str:
    gitflow.write(name, text)
    git(gitflow, "add", "-A")
    git(gitflow, "commit", "-q", "-m", message)
    return git(gitflow, "rev-parse", "HEAD")

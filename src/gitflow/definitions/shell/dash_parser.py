"""Reads scripts with dash's own parser, in a process of its own: ``python -I -S dash_parser.py FOLDER``.

The parser is C code that keeps state, and that some texts bring to a stop or to an end. So scripts are read in forks
of this process, with limits on their time and memory; after a script that could not be read the next fork goes on.
FOLDER is where libdash is installed. Standard input holds each script behind its length in bytes on a line of its own;
each line of the output is the JSON tree of one, or null for one that could not be read.

The time of this program is for the most part that of its imports, so it makes do with few of them.
"""

from __future__ import annotations

import os
import resource
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: For one fork: seconds of the processor and bytes. For one script: seconds on the clock.
CPU_S = 60
WALL_S = 10
MEMORY = 512 * 1024 * 1024


def main() -> None:
    with open(0, "rb", closefd=False) as stdin:
        scripts = list(_questions(stdin.read()))
    sys.path.append(sys.argv[1])
    sys.modules["subprocess"] = sys  # libdash imports it and does not use it
    import libdash  # type: ignore[import-untyped]

    devnull = os.open(os.devnull, os.O_RDWR)
    os.dup2(devnull, 0)  # an unfinished here-document is looked for on the standard input
    os.dup2(devnull, 2)  # dash says there what is wrong
    _read(libdash, b"true", True)
    done = 0
    while done < len(scripts):
        for tree in _read_apart(libdash, scripts[done:]):
            sys.stdout.write(tree + "\n")
            done += 1
        if done < len(scripts):
            sys.stdout.write("null\n")
            done += 1
        sys.stdout.flush()


def _questions(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        size = int(data[at:end])
        yield data[end + 1 : end + 1 + size]
        at = end + 1 + size


def _json(value: Any) -> str:
    """A tree of lists, texts, numbers and truth values as JSON."""
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(char):04x}" if char < " " or char in '"\\' else char for char in value) + '"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return str(value)
    if hasattr(value, "items"):
        return "{" + ",".join(f"{_json(key)}:{_json(each)}" for key, each in value.items()) + "}"
    return "[" + ",".join(map(_json, value)) + "]"


def _read_apart(libdash: object, scripts: list[bytes]) -> Iterator[str]:
    """The trees of the scripts up to the first that cannot be read, which a fork reads."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(ours)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the bindings print before they give up
            _read_all(libdash, scripts, theirs)
        finally:
            os._exit(0)
    os.close(theirs)
    try:
        yield from _lines(ours)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def _read_all(libdash: object, scripts: list[bytes], out: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open(out, "wb") as stream:
        for script in scripts:
            stream.write(_json(_read(libdash, script, False)).encode() + b"\n")
            stream.flush()


def _lines(descriptor: int) -> Iterator[str]:
    """Whole lines, each of which must come within WALL_S."""
    rest = b""
    with open(descriptor, "rb", buffering=0) as stream:
        until = time.monotonic() + WALL_S
        while select.select([stream], [], [], max(0.0, until - time.monotonic()))[0]:
            part = stream.read(1 << 20)
            if not part:
                return
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                yield line.decode()
                until = time.monotonic() + WALL_S


def _read(libdash: object, script: bytes, is_first: bool) -> object:
    """The statements of one script. Raises what the parser raises."""
    file = os.memfd_create("script")
    try:
        data = script
        while data:
            data = data[os.write(file, data) :]
        return [node for node, *_ in libdash.parse(f"/proc/self/fd/{file}", is_first)]  # type: ignore[attr-defined]
    finally:
        os.close(file)


if __name__ == "__main__":
    main()

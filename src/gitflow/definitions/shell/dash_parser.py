"""Reads scripts with dash's own parser, in a process of its own: ``python -I dash_parser.py``.

The parser is C code that keeps state, and that some texts bring to a stop or to an end. So scripts are read in forks
of this process, with limits on their time and memory; after a script that could not be read the next fork goes on.
Standard input is a JSON list of scripts; each line of the output is the JSON tree of one, or null for one that could
not be read.
"""

from __future__ import annotations

import json
import os
import resource
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: For one fork: seconds of the processor and bytes. For one script: seconds on the clock.
CPU_S = 60
WALL_S = 10
MEMORY = 512 * 1024 * 1024


def main() -> None:
    import libdash  # type: ignore[import-untyped]

    scripts: list[str] = json.load(sys.stdin)
    devnull = os.open(os.devnull, os.O_RDWR)
    os.dup2(devnull, 0)  # an unfinished here-document is looked for on the standard input
    os.dup2(devnull, 2)  # dash says there what is wrong
    _read(libdash, "true", True)
    done = 0
    while done < len(scripts):
        for tree in _read_apart(libdash, scripts[done:]):
            sys.stdout.write(tree + "\n")
            done += 1
        if done < len(scripts):
            sys.stdout.write("null\n")
            done += 1
        sys.stdout.flush()


def _read_apart(libdash: object, scripts: list[str]) -> Iterator[str]:
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


def _read_all(libdash: object, scripts: list[str], out: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open(out, "wb") as stream:
        for script in scripts:
            stream.write(json.dumps(_read(libdash, script, False)).encode() + b"\n")
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


def _read(libdash: object, script: str, is_first: bool) -> object:
    """The statements of one script. Raises what the parser raises."""
    file = os.memfd_create("script")
    try:
        data = script.encode()
        while data:
            data = data[os.write(file, data) :]
        return [node for node, *_ in libdash.parse(f"/proc/self/fd/{file}", is_first)]  # type: ignore[attr-defined]
    finally:
        os.close(file)


if __name__ == "__main__":
    main()

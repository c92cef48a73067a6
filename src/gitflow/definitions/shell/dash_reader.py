"""Reads scripts with dash's own parser, in a process of its own: ``python -I -S dash_reader.py FOLDER``.

The parser is C code that keeps state, and that some texts bring to a stop or to an end. So a fork of this process
reads the scripts, with limits on its time and memory; after one that could not be read another fork goes on. FOLDER is
where libdash is installed. Standard input holds each script behind its length in bytes on a line of its own; for each
a line comes back, its tree as JSON, or null where it could not be read. The process ends with its input.

The time of this program is for the most part that of its imports, so it makes do with few of them.
"""

from __future__ import annotations

import os
import resource
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: For one fork: scripts, seconds of the processor and bytes.
SCRIPTS = 2000
CPU_S = 30
MEMORY = 512 * 1024 * 1024

#: How a fork ends: with the input, or because another one is to go on. Anything else: a script has ended it.
_DONE, _NEXT = 0, 3


def main() -> None:
    sys.path.append(sys.argv[1])
    sys.modules["subprocess"] = sys  # libdash imports it and does not use it
    import libdash  # type: ignore[import-untyped]

    os.chdir("/")
    questions = os.dup(0)
    answers = os.dup(1)
    devnull = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # an unfinished here-document is looked for on the input; what dash says is not wanted
        os.dup2(devnull, descriptor)
    _read(libdash, b"true", True)
    while True:
        child = os.fork()
        if child == 0:
            try:
                os._exit(_serve(libdash, questions, answers))
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        ended = os.waitstatus_to_exitcode(status)
        if ended == _DONE:
            return
        if ended != _NEXT:
            _write(answers, b"null\n")


def _serve(libdash: object, questions: int, answers: int) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for _ in range(SCRIPTS):
        script = _question(questions)
        if script is None:
            return _DONE
        _write(answers, _json(_read(libdash, script, False)).encode() + b"\n")
    return _NEXT


def _question(descriptor: int) -> bytes | None:
    """The next script, and nothing behind it: another fork may have to go on there."""
    length = b""
    while not length.endswith(b"\n"):
        part = os.read(descriptor, 1)
        if not part:
            return None
        length += part
    wanted = int(length)
    parts: list[bytes] = []
    while wanted:
        part = os.read(descriptor, wanted)
        if not part:
            return None
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


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


def _read(libdash: object, script: bytes, is_first: bool) -> object:
    """The statements of one script. Raises what the parser raises."""
    file = os.memfd_create("script")
    try:
        _write(file, script)
        return [node for node, *_ in libdash.parse(f"/proc/self/fd/{file}", is_first)]  # type: ignore[attr-defined]
    finally:
        os.close(file)


if __name__ == "__main__":
    main()

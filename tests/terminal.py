"""A terminal of the tests."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import Any


def on_terminal(gitflow: Any, *words: str) -> bytes:
    """What a terminal would get of both streams."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gitflow.cli.main", *words]
    environ = gitflow.environ | {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        command, cwd=gitflow.folder, env=environ, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    got = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        got += data
    os.close(ours)
    process.wait(30)
    return got.replace(b"\r\n", b"\n")  # which the terminal itself makes of a line feed

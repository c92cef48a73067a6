"""The processes of steps, found by what gitflow gives them in their environment."""

from __future__ import annotations

import os
from pathlib import Path


def marked(folder: Path) -> list[int]:
    """Processes of steps that were given folders below this one, and still live."""
    found: list[int] = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            environ = Path(f"/proc/{entry}/environ").read_bytes()
        except OSError:
            continue
        if b"GITFLOW_RUN=" in environ and os.fsencode(folder) in environ:
            found.append(int(entry))
    return found

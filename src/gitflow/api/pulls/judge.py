"""Starts the process that judges a head (program.py), and bounds its time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.core.strict_json import read_json
from gitflow.runtime.pulls.judging import Unjudged, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.workspaces.pull_heads import PullHead

#: On the clock.
TIMEOUT_S = 120.0
#: How long the process may take to tidy up once it is to end.
_GRACE_S = 5.0
_MAX_ANSWER_BYTES = 1 << 20


class JudgeProcess(Record):
    """Judges the heads of one workspace. No variable of the server but ``PATH`` reaches the process."""

    subpath: str  #: of the workspace in its repository
    timeout_s: float = TIMEOUT_S

    async def __call__(self, head: PullHead, reviewers: frozenset[str] = frozenset()) -> Verdict:
        """Raises Unjudged."""
        asked = {
            "path": head.path,
            "subpath": self.subpath,
            "base": head.base,
            "head": head.head,
            "cache": os.path.join(head.path, "cache"),
            "reviewers": sorted(reviewers),
        }
        answer = await _answer_of(json.dumps(asked).encode(), _environment(head.path), self.timeout_s)
        try:
            given = read_json(answer.decode())
            return Verdict(given["state"], given["summary"], given["report"])
        except (ValueError, LookupError, TypeError):
            raise Unjudged("it needs more time or memory than a pull request may use") from None


def _environment(home: str) -> Mapping[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": home}


async def _answer_of(asked: bytes, environment: Mapping[str, str], timeout_s: float) -> bytes:
    """The output of the process; empty if it was killed or failed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "gitflow.api.pulls.program"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        cwd="/",
        process_group=0,
    )
    try:
        async with asyncio.timeout(timeout_s):
            answer, _ = await process.communicate(asked)
            return answer if process.returncode == 0 and len(answer) <= _MAX_ANSWER_BYTES else b""
    except TimeoutError:
        return b""
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kills the process and its children, if it still runs."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await process.wait()

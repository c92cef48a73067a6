"""What the state of an ended container means: its exit code, or why its program did not start."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gitflow.core.patterns import pattern
from gitflow.core.record import Record

if TYPE_CHECKING:
    from typing import Any

    from gitflow.runners.containers.plan import Plan

#: The exit codes of a container whose program did not run, in the words of podman and docker.
NOT_STARTED, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127
#: What runtimes say if the program does not exist, or cannot be executed.
_MISSING = ("executable file not found", "no such file or directory", "command that was not found")
_REFUSED = ("permission denied", "exec format error", "is a directory")
#: An init has started, but not the program. One of them then ends with 1 instead of 126 or 127.
_INIT = pattern(r"(?:ERROR \(catatonit:\d+\): failed to exec pid1|\[FATAL tini \(\d+\)\] exec \S+ failed): (.+)")
_KILLED = 137
#: Podman waits 20 s for the process that cleans up after a container, and goes on without it.
_LATE_S = 15.0
_MAX_QUOTED = 500


class Ending(Record):
    exit_code: int
    error: str | None  #: why the program did not start; None: it has run
    note: str = ""  #: added to the message of a failure


def ending_of(state: dict[str, Any], plan: Plan, stderr: str) -> Ending:
    """``state``: as it is inspected; ``stderr``: the end of what the client and the container printed."""
    if state.get("Running"):
        return Ending(NOT_STARTED, "the connection to the container was lost while it ran; it has been killed")
    code = int(state.get("ExitCode") or 0)
    if str(state.get("StartedAt", "")).startswith("0001"):
        return _not_started(code, f"{state.get('Error') or ''}\n{stderr}", plan)
    failed = _INIT.search(stderr) if code in (1, NOT_EXECUTABLE, NOT_FOUND) else None
    if failed is not None:
        return _not_started(code if code > 1 else 0, failed[0], plan)
    return Ending(code, None, _memory_note(state, code, plan))


def late_note(state: dict[str, Any], now: float) -> str:
    """A line for the log if the client reported the container's end long after it, at ``now`` in Unix seconds."""
    finished = str(state.get("FinishedAt", ""))
    if not finished or finished.startswith("0001"):
        return ""
    late_s = now - datetime.fromisoformat(finished).timestamp()
    if late_s < _LATE_S:
        return ""
    return (
        f"gitflow: the end of this container was reported {late_s:.0f} s late, because what cleans up after it is slow "
        "or fails; the how-to on containers says how to find out why\n"
    )


def reason_of(said: str) -> str:
    """The last line of what the client printed, without its own prefix."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("Error: ").removeprefix("Error response from daemon: ")[:_MAX_QUOTED] if lines else ""


def _not_started(code: int, said: str, plan: Plan) -> Ending:
    lowered = said.lower()
    if code == NOT_FOUND or (code != NOT_EXECUTABLE and any(each in lowered for each in _MISSING)):
        return Ending(NOT_FOUND, f"the image {plan.image!r} has no {plan.program}")
    if code == NOT_EXECUTABLE or any(each in lowered for each in _REFUSED):
        return Ending(NOT_EXECUTABLE, f"{plan.program} of the image {plan.image!r} cannot be executed")
    return Ending(NOT_STARTED, f"the container cannot be started: {reason_of(said)}")


def _memory_note(state: dict[str, Any], code: int, plan: Plan) -> str:
    if state.get("OOMKilled"):
        return f"; it was killed because it needed more memory than its limit ({plan.memory or 'of the system'})"
    return f"; perhaps it needed more memory than its limit ({plan.memory})" if code == _KILLED and plan.memory else ""

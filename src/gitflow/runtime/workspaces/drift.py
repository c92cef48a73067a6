"""Compares the active revision of a workspace with its remote branch, and says why they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitflow.runtime.workspaces.served import ServedWorkspace

SYNCED, BEHIND, AHEAD, DIVERGED = "synced", "behind", "ahead", "diverged"
UNREACHABLE, UNSERVED = "unreachable", "unserved"
STATUSES = (SYNCED, BEHIND, AHEAD, DIVERGED, UNREACHABLE, UNSERVED)

#: (whether it is behind, whether it is ahead) -> the status.
_STATUS_OF = {(False, False): SYNCED, (True, False): BEHIND, (False, True): AHEAD, (True, True): DIVERGED}

#: Why it is not synced; the first that applies is shown.
REASONS = ("paused", "unsigned", "refused", "unreachable")


def status_of(one: ServedWorkspace) -> str:
    if one.error is not None:
        return UNREACHABLE
    found = one.distance
    if found is None:
        return UNSERVED
    if found.behind is None:  # the commits cannot be counted, and the revisions differ
        return BEHIND
    return _STATUS_OF[bool(found.behind), bool(found.ahead)]


def reason_of(one: ServedWorkspace) -> tuple[str, str] | tuple[None, None]:
    """A word of REASONS and a sentence without its full stop; None if the active revision is the newest."""
    if one.error is None and one.distance is not None and one.distance.served == one.distance.remote:
        return None, None
    if one.pause is not None:
        return "paused", f"paused by {one.pause.actor}: {one.pause.reason}"
    if one.candidate is not None and one.candidate.signature is not None:
        return "unsigned", f"{one.candidate.revision.id} has no valid signature"
    if one.candidate is not None:
        errors = sum(problem.is_error for problem in one.candidate.problems)
        return "refused", f"{one.candidate.revision.id} has {errors} error{'s' if errors != 1 else ''}"
    return (None, None) if one.error is None else ("unreachable", one.error)

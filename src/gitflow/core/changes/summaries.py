"""One sentence about a change, without its subject: ``step build added; input version became required``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.records import CHANGED

if TYPE_CHECKING:
    from gitflow.core.changes.records import Change, Detail

#: How many details are named.
_MAX_NAMED = 3

#: Details that say what else is so, not what was changed.
_CONSEQUENCES = ("used_by", "next_fires", "reads", "order")


def of_change(change: Change) -> str:
    if change.change == "renamed":
        name = next(detail for detail in change.details if detail.path == "name")
        return f"renamed from {name.before}"
    if change.kind == "file":
        return f"content {change.change}"
    if change.change != CHANGED:
        return change.change
    details = [each for each in change.details if each.path.partition(".")[0] not in _CONSEQUENCES]
    details = details or list(change.details)
    named = "; ".join(map(_of_detail, details[:_MAX_NAMED]))
    left = len(details) - _MAX_NAMED
    return f"{named}; and {left} more" if left > 0 else named


def _of_detail(detail: Detail) -> str:
    parts = detail.path.split(".")
    if parts[0] == "flow" and len(parts) == 2:
        return f"step {parts[1]} {detail.change}"
    if parts[0] == "flow" and parts[-1] == "depends_on":
        now = "waits for" if detail.change == "added" else "no longer waits for"
        other = detail.after if detail.change == "added" else detail.before
        return f"step {parts[1]} {now} {other if isinstance(other, str) else 'other steps'}"
    if parts[0] == "flow" and parts[-1] == "raw":
        return f"step {parts[1]} pastes a value with | raw"
    if parts[0] == "flow":
        return f"step {parts[1]}: {'.'.join(parts[2:])} {detail.change}"
    if parts[0] in ("input", "output") and len(parts) == 2:
        return f"{parts[0]} {parts[1]} {detail.change}"
    if parts[0] == "input" and parts[-1] == "required" and detail.after:
        return f"input {parts[1]} became required"
    return f"{detail.path} {detail.change}"

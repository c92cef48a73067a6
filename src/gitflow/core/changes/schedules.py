"""What a change of a trigger means to its callers: the times of a schedule, the address and signature of a webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.calls import sender_of
from gitflow.core.changes.records import CHANGED, REMOVED, Caller, Detail
from gitflow.core.language.cron import upcoming
from gitflow.core.record import replace
from gitflow.core.values import is_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.language.definition import Trigger

#: How many times are shown.
NEXT_FIRES = 5
#: Fields of a webhook that decide whether a request is accepted.
_TRUST = frozenset({"secret", "signature"})
#: Those that list which requests start a job.
_FILTERS = frozenset({"events", "branches"})


def next_fires(trigger: Trigger, now: float) -> list[str]:
    """RFC 3339, in the schedule's own zone; none where it is disabled, never fires again or is no schedule."""
    cron, zone = trigger.fields.get("cron"), trigger.fields.get("timezone", "UTC")
    if trigger.type != "scheduler" or not trigger.enabled or not isinstance(cron, str):
        return []
    try:
        return [text for _, text in upcoming(cron, str(zone), now, NEXT_FIRES)]
    except (LookupError, ValueError, OSError):  # a schedule with errors
        return []


def fire_changes(before: Trigger | None, after: Trigger | None, now: float) -> Iterator[Detail]:
    old, new = (next_fires(each, now) if each else [] for each in (before, after))
    if old != new:
        yield Detail("next_fires", CHANGED, old, new)


def url_of(trigger: Trigger | None) -> str | None:
    """The address of a webhook."""
    if trigger is None or trigger.type != "webhook":
        return None
    return f"/hooks/{trigger.fields.get('name', trigger.name)}"


def url_changes(before: Trigger | None, after: Trigger | None) -> Iterator[Detail]:
    old, new = url_of(before), url_of(after)
    if old != new:
        yield _lost(Detail("url", CHANGED, old, new), before) if before and old else Detail("url", CHANGED, old, new)


def with_senders(detail: Detail, before: Trigger, after: Trigger) -> Detail:
    """The detail of a webhook; breaking if a sender that was accepted is now refused."""
    if before.type != "webhook" or after.type != "webhook" or not before.enabled:
        return detail
    needs_none_now = detail.path == "secret" and detail.change == REMOVED
    if detail.path == "enabled" or (detail.path in _TRUST and not needs_none_now):
        return _lost(detail, before)
    if detail.path == "methods" and not _methods(before) <= _methods(after):
        return _lost(detail, before)
    return _lost(detail, before) if _starts_less(detail.path, before, after) else detail


def _starts_less(path: str, before: Trigger, after: Trigger) -> bool:
    """Whether requests that started a job may start none now. What another ``when`` means is not known."""
    old, new = before.fields.get(path), after.fields.get(path)
    if path == "when":
        return old is None and new is not None
    if path not in _FILTERS or not is_list(new):
        return False
    return not is_list(old) or any(each not in new for each in old)


def _lost(detail: Detail, webhook: Trigger) -> Detail:
    sender: Caller = sender_of(webhook.name)
    return replace(detail, narrows=True, callers=(sender,), is_breaking=True)


def _methods(trigger: Trigger) -> frozenset[str]:
    found = trigger.fields.get("methods", ["GET", "POST"])
    return frozenset(map(str, found)) if is_list(found) else frozenset()

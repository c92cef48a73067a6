"""The types of triggers. A new one is a module, a schema and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.triggers import event, push, schedule, webhook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.triggers.base import TriggerType

TRIGGERS: Mapping[str, TriggerType] = {
    "scheduler": schedule,
    "webhook": webhook,
    "event": event,
    "push": push,
}

"""Checks of triggers: whether they can ever fire, and whether two of them conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.cron import check_cron, check_timezone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.problems import Problem
    from gitflow.definitions.checks.context import Workspace


def schedules_can_fire(workspace: Workspace) -> Iterator[Problem]:
    for name, trigger in workspace.checked.triggers.items():
        if trigger.type != "scheduler":
            continue
        for key, check, rule in (("cron", check_cron, "bad-cron"), ("timezone", check_timezone, "bad-timezone")):
            given = trigger.fields.get(key)
            wrong = check(given) if isinstance(given, str) else None
            if wrong:
                message, _, hint = wrong.partition("; ")
                yield workspace.error(("triggers", name, key), rule, message, hint)


def webhooks_have_addresses_of_their_own(workspace: Workspace) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name, trigger in workspace.snapshot.triggers.items():
        if trigger.type != "webhook":
            continue
        address = str(trigger.fields.get("name", name))
        other = first.setdefault(address, name)
        if other != name:
            message = f'webhooks "{other}" and "{name}" have the same address "{address}"'
            path = ("triggers", name, *(("name",) if "name" in trigger.fields else ()))
            yield workspace.error(path, "webhook-name-collision", message, "give one of them another `name`")


def signatures_have_secrets(workspace: Workspace) -> Iterator[Problem]:
    for name, trigger in workspace.checked.triggers.items():
        signature = trigger.fields.get("signature", "none")
        if trigger.type == "webhook" and signature != "none" and not trigger.fields.get("secret"):
            message = f'trigger "{name}" checks signatures but has no `secret` to check them with'
            yield workspace.error(("triggers", name, "signature"), "missing-secret", message, "add `secret`")

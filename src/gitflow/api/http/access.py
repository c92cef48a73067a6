"""What a caller may see and do, by ``permissions`` in server-config.yaml. Callers are authenticated in auth/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import NotFound
from gitflow.core.identity import LEVELS, Rule
from gitflow.identity.permissions import Decision, Permissions, has_scope

if TYPE_CHECKING:
    from gitflow.config import Config
    from gitflow.core.identity import Identity
    from gitflow.runtime.workspaces.served import ServedWorkspaces

#: Permission that a route needs -> the scope that an API key must have, unless the route names another.
SCOPES_OF = {"view": "workflows:read", "run": "workflows:write", "admin": "admin"}


class AccessPolicy:
    def __init__(self, config: Config, workspaces: ServedWorkspaces) -> None:
        self.is_open = config.auth is None
        self.permissions = permissions_of(config)
        self._workspaces = workspaces

    def may(self, who: Identity, wanted: str, workspace: str, task: str) -> bool:
        """Whether the caller may view, run or administer a task and its jobs."""
        return who.kind == "open" or self.permissions.allows(
            who, wanted, workspace, task, self._folder(workspace, task)
        )

    def decide(self, who: Identity, workspace: str, task: str) -> Decision:
        """What the caller may do with a task and its jobs, and what decides it."""
        if who.kind == "open":
            return Decision("admin", "this server is open: its configuration has no auth section")
        return self.permissions.decide(who, workspace, task, self._folder(workspace, task))

    def allows(self, decision: Decision, wanted: str) -> bool:
        return LEVELS.index(decision.level) >= LEVELS.index(wanted)

    def may_administer(self, who: Identity) -> bool:
        """Whether the caller may administer the server."""
        return who.kind == "open" or self.permissions.may_administer(who)

    def may_see_workspace(self, who: Identity, workspace: str) -> bool:
        return who.kind == "open" or self.permissions.may_see_workspace(who, workspace)

    def sees_whole(self, who: Identity, workspace: str) -> bool:
        """Whether the caller may see every task of a workspace, including future ones."""
        return who.kind == "open" or self.permissions.sees_whole(who, workspace)

    def administers_whole(self, who: Identity, workspace: str) -> bool:
        """Whether the caller may administer every task of a workspace, including future ones."""
        return who.kind == "open" or self.permissions.administers_whole(who, workspace)

    def sees_all(self, who: Identity) -> bool:
        """Whether the caller may see everything, so that lists need no filter."""
        return who.kind == "open" or (who.is_admin and who.workspace is None)

    def sees_every_workspace(self, who: Identity) -> bool:
        """Whether the caller may see every task of every workspace."""
        if who.kind == "open":
            return True
        names = self._workspaces.names()
        return has_scope(who, SCOPES_OF["view"]) and all(self.sees_whole(who, name) for name in names)

    def _folder(self, workspace: str, task: str) -> str:
        try:
            snapshot = self._workspaces.get(workspace).snapshot
        except NotFound:
            return ""
        found = snapshot.tasks.get(task) if snapshot else None
        return found.folder if found else ""


def permissions_of(config: Config) -> Permissions:
    rules = [
        Rule(
            rule.action,
            rule.workspace,
            rule.tasks,
            rule.groups,
            tuple(email.lower() for email in rule.users),
            rule.api_keys,
        )
        for rule in config.permissions
    ]
    return Permissions(rules, config.auth.anonymous if config.auth else "none")

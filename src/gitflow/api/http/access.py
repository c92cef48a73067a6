"""What a caller may see and do, by the ``permissions`` of the configuration. Who calls is auth/'s to find out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import NotFound
from gitflow.core.identity import Rule
from gitflow.identity.permissions import Permissions, has_scope

if TYPE_CHECKING:
    from gitflow.config import Config
    from gitflow.core.identity import Identity
    from gitflow.runtime.workspaces.served import ServedWorkspaces

#: What a route needs -> the scope that an API key must have, where the route does not say.
SCOPES_OF = {"view": "workflows:read", "run": "workflows:write", "admin": "admin"}


class Access:
    def __init__(self, config: Config, workspaces: ServedWorkspaces) -> None:
        self.is_open = config.auth is None
        self.permissions = permissions_of(config)
        self._workspaces = workspaces

    def may(self, who: Identity, wanted: str, workspace: str, task: str) -> bool:
        """Whether the caller may view, run or administer a task and its jobs."""
        return who.kind == "open" or self.permissions.allows(
            who, wanted, workspace, task, self._folder(workspace, task)
        )

    def may_administer(self, who: Identity) -> bool:
        """Whether the caller may change how the server is."""
        return who.kind == "open" or self.permissions.may_administer(who)

    def may_see_workspace(self, who: Identity, workspace: str) -> bool:
        return who.kind == "open" or self.permissions.may_see_workspace(who, workspace)

    def sees_whole(self, who: Identity, workspace: str) -> bool:
        """Whether no task of a workspace is kept from the caller, whatever tasks there may come to be."""
        return who.kind == "open" or self.permissions.sees_whole(who, workspace)

    def sees_all(self, who: Identity) -> bool:
        """Whether no list needs to be looked through for this caller."""
        return who.kind == "open" or (who.is_admin and who.workspace is None)

    def sees_every_workspace(self, who: Identity) -> bool:
        """Whether no workspace, and no task of one, is kept from the caller."""
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

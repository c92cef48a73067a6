"""Reads how the server commits to a workspace from ``workspaces.<name>.writable``, ``committer`` and ``sign``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.workspaces.drafts import Committing, Person

if TYPE_CHECKING:
    from gitflow.config.settings import WorkspaceConfig
    from gitflow.core.values import JsonObject

#: Who commits where the configuration does not say it.
NAME, EMAIL = "gitflow", "gitflow@localhost"


def committing_of(workspace: WorkspaceConfig) -> Committing | None:
    """None if the API may not change its files."""
    if not workspace.writable:
        return None
    committer: JsonObject = workspace.settings.get("committer") or {}
    signing: JsonObject = workspace.settings.get("sign") or {}
    person = Person(committer.get("name", NAME), committer.get("email", EMAIL))
    return Committing(workspace.writable == "direct", person, signing.get("key"))

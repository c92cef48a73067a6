"""From ``workspaces.<name>.verify`` to the rule that its revisions are held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.workspaces.signatures.trust import OFF, REQUIRED, Rule, Trust

if TYPE_CHECKING:
    from gitflow.config.settings import Config, WorkspaceConfig


def trust_of(workspace: WorkspaceConfig) -> Trust:
    """Its files, whatever is asked of its revisions."""
    given = workspace.verify or {}
    return Trust(given.get("allowed_signers"), given.get("gpg_keyring"), given.get("revoked_signers"))


def rule_of(workspace: WorkspaceConfig) -> Rule | None:
    """None where signatures are not looked at."""
    mode = (workspace.verify or {"signatures": OFF}).get("signatures", REQUIRED)
    return None if mode == OFF else Rule(mode, trust_of(workspace))


def rules_of(config: Config) -> dict[str, Rule]:
    """By workspace; those whose signatures are not looked at are left out."""
    found = {name: rule_of(workspace) for name, workspace in config.workspaces.items()}
    return {name: rule for name, rule in found.items() if rule is not None}

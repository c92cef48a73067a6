"""Reads the rule for the signatures of a workspace from ``workspaces.<name>.verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import replace
from gitflow.workspaces.signatures.trust import OFF, REQUIRED, Rule, Trust

if TYPE_CHECKING:
    from gitflow.config.settings import Config, WorkspaceConfig


def trust_of(workspace: WorkspaceConfig) -> Trust:
    """The configured files, whatever the mode."""
    given = workspace.verify or {}
    return Trust(given.get("allowed_signers"), given.get("gpg_keyring"), given.get("revoked_signers"))


def named_trust(workspace: WorkspaceConfig | None, allowed_signers: str | None, gpg_keyring: str | None) -> Trust:
    """The files that a command names, and in place of one that it does not name, the configured one."""
    trust = trust_of(workspace) if workspace else Trust()
    return replace(
        trust,
        allowed_signers=allowed_signers or trust.allowed_signers,
        gpg_keyring=gpg_keyring or trust.gpg_keyring,
    )


def rule_of(workspace: WorkspaceConfig) -> Rule | None:
    """None if signatures are not checked."""
    mode = (workspace.verify or {"signatures": OFF}).get("signatures", REQUIRED)
    return None if mode == OFF else Rule(mode, trust_of(workspace))


def rules_of(config: Config) -> dict[str, Rule]:
    """By workspace, of those whose signatures are checked."""
    found = {name: rule_of(workspace) for name, workspace in config.workspaces.items()}
    return {name: rule for name, rule in found.items() if rule is not None}

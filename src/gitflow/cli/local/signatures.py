"""``gitflow verify``, and the check before ``gitflow run``: who signed a revision, with the keys that are valid now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.cli.console.escape import one_line
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.locate import at_revision, locate_config, locate_workspace
from gitflow.cli.console.streams import write_stderr
from gitflow.config.signatures import named_trust, rules_of
from gitflow.core.errors import InvalidInput, WorkspaceError
from gitflow.core.record import Record
from gitflow.core.signatures import Verdict
from gitflow.runtime.clock import Clock
from gitflow.runtime.workspaces.signatures import Signatures
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.signatures.trust import Trust
from gitflow.workspaces.signatures.verify import verify

if TYPE_CHECKING:
    from gitflow.config import Config
    from gitflow.core.language.sources import Revision
    from gitflow.core.signatures import Signature
    from gitflow.workspaces.base import Workspace


class VerifyOptions(Record):
    rev: str | None = None
    workspace: str | None = None
    allowed_signers: str | None = None
    gpg_keyring: str | None = None


def verify_revision(options: VerifyOptions) -> int:
    """0 if the signature is valid, 1 if it is not. Raises GitflowError if it cannot be checked."""
    config = locate_config(os.environ, uses_store=False)
    located = locate_workspace(options.workspace, config, os.environ)
    trust = _trust(options, located, config)
    workspace, revision = at_revision(located, options.rev or _ref_of(located))
    if not isinstance(workspace, GitWorkspace):
        raise WorkspaceError(f"{located.identity!r} has no commits, so nothing in it is signed")
    now = Clock().wall()
    named = options.rev or workspace.ref
    found = verify(workspace.git_dir, revision.id, named, trust, lambda sha: now)
    if found.verdict is Verdict.UNKNOWN:
        raise InvalidInput(f"the signature of {revision.id} cannot be checked: {found.reason}")
    if not found.is_valid:
        write_stderr(f"gitflow: {revision.id} has no valid signature: {one_line(found.reason)}\n")
        return FAILED
    print(one_line(_describe(revision, found)))
    return OK


def check_revision(config: Config, workspace: Workspace, revision: Revision, rev: str | None) -> None:
    """Checks a revision of a configured workspace. ``rev``: the name that the user gave.
    Raises SignatureRefused and WorkspaceError."""
    now = Clock().wall()
    checker = Signatures(rules_of(config), lambda name, sha: now)
    found = checker.check(workspace, revision, rev or _ref_of(workspace))
    if found is not None and not found.is_valid:
        write_stderr(f"gitflow: warning: {revision.id} has no valid signature: {one_line(found.reason)}\n")


def _trust(options: VerifyOptions, workspace: Workspace, config: Config) -> Trust:
    configured = config.workspaces.get(workspace.identity)
    trust = named_trust(configured, options.allowed_signers, options.gpg_keyring)
    if not (trust.allowed_signers or trust.gpg_keyring):
        raise InvalidInput(
            "whose signatures count is not said: name a file with --allowed-signers or --gpg-keyring, or a workspace "
            "that has `verify` in its configuration with -w"
        )
    return trust


def _ref_of(workspace: Workspace) -> str:
    return workspace.ref if isinstance(workspace, GitWorkspace) else "HEAD"


def _describe(revision: Revision, found: Signature) -> str:
    by = f"{found.signer} with the key {found.key}"
    return f"{revision.id} is signed by {by}" if found.signed == "commit" else f"{revision.id} has a tag signed by {by}"

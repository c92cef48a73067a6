"""SSH signatures, checked by `ssh-keygen`: allowed signers, and revoked ones, as configured."""

from __future__ import annotations

import re
from time import gmtime, strftime
from typing import TYPE_CHECKING

from gitflow.core.record import replace
from gitflow.core.signatures import Signature, Verdict
from gitflow.workspaces.signatures.armor import add_ssh_armor
from gitflow.workspaces.signatures.trust import read_revoked, trusted_file

if TYPE_CHECKING:
    from gitflow.workspaces.signatures.programs import Programs
    from gitflow.workspaces.signatures.trust import Trust

#: What git signs for; a signature for another purpose (a file, a login) is none of a commit.
_NAMESPACE = ("-n", "git")
_KEY = re.compile(r" key (SHA256:[A-Za-z0-9+/]{43})$", re.MULTILINE)
_EXPIRED = re.compile(r"key has expired|certificate has expired|Certificate invalid: expired", re.IGNORECASE)


def check_ssh(programs: Programs, trust: Trust, payload: bytes, signature: bytes, at: float) -> Signature:
    """``at``: when the key had to be valid. Raises Unverifiable."""
    if trust.allowed_signers is None:
        return Signature(Verdict.UNTRUSTED, reason="it is an SSH signature, and no allowed_signers are configured")
    signers = programs.write("allowed_signers", trusted_file(trust.allowed_signers))
    revoked = read_revoked(trust.revoked_signers)
    signed = ("-s", programs.write("signature", add_ssh_armor(signature)))
    is_whole = programs.run("ssh-keygen", "-Y", "check-novalidate", *_NAMESPACE, *signed, source=payload)
    key = _KEY.search(is_whole.out)
    if is_whole.status or key is None:
        return Signature(Verdict.INVALID, reason="the signature does not fit what it signs")
    found = Signature(Verdict.UNTRUSTED, key=key[1])
    if key[1] in revoked.fingerprints:
        return replace(found, verdict=Verdict.REVOKED, reason=f"the key {key[1]} is revoked")
    when = f"-Overify-time={strftime('%Y%m%d%H%M%S', gmtime(at))}"
    named = programs.run("ssh-keygen", "-Y", "find-principals", "-f", signers, *signed, when)
    if named.status or not named.out.strip():
        return _untrusted(found, named.err)
    options = ("-f", signers, *_NAMESPACE, *signed, when)
    for principal in named.out.splitlines():
        line = ("ssh-keygen", "-Y", "verify", "-I", principal, *options)
        checked = programs.run(*line, source=payload)
        if checked.status or not _KEY.search(checked.out):
            continue
        if revoked.ssh and programs.run(*line, "-r", programs.write("revoked", revoked.ssh), source=payload).status:
            return replace(found, verdict=Verdict.REVOKED, reason=f"the key {key[1]} is revoked")
        return replace(found, verdict=Verdict.VALID, signer=principal)
    return _untrusted(found, "")


def _untrusted(found: Signature, why: str) -> Signature:
    if _EXPIRED.search(why):
        return replace(found, verdict=Verdict.EXPIRED, reason=f"the key {found.key} had expired when it was first seen")
    return replace(found, reason=f"the key {found.key} is not one of an allowed signer")

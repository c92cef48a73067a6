"""Whether a commit, or the annotated tag that it was named by, is signed by an allowed signer.

The objects are read as git stores them and taken apart here. Git's own check is not used: it takes its programs and
its allowed signers from configuration. docs/decisions/0061-signatures-are-checked-without-git.md has the reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import replace
from gitflow.core.signatures import Signature, Verdict
from gitflow.workspaces import git_commands
from gitflow.workspaces.signatures.armor import OPENPGP, SSH, remove_armor
from gitflow.workspaces.signatures.objects import MAX_OBJECT, Malformed, Signed, check_hash, read_commit, read_tag
from gitflow.workspaces.signatures.openpgp import check_openpgp
from gitflow.workspaces.signatures.programs import programs
from gitflow.workspaces.signatures.ssh import check_ssh
from gitflow.workspaces.signatures.trust import Unverifiable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.workspaces.git_commands import Blob
    from gitflow.workspaces.signatures.programs import Programs
    from gitflow.workspaces.signatures.trust import Trust

    Check = Callable[[Programs, Trust, bytes, bytes, float], Signature]
    #: When an object was first seen, by its SHA.
    FirstSeen = Callable[[str], float]

_CHECKS: Mapping[str, Check] = {SSH: check_ssh, OPENPGP: check_openpgp}
_READERS: Mapping[str, Callable[[str, bytes], Signed]] = {"commit": read_commit, "tag": read_tag}


def verify(git_dir: str, sha: str, named: str | None, trust: Trust, first_seen: FirstSeen) -> Signature:
    """Of the commit ``sha``, which ``named`` (a branch, a tag, a SHA) was resolved to. A valid signature, or what is
    wrong with the one there is. Raises WorkspaceError if the commit cannot be read."""
    of_commit = _check_if_read(_commit(git_dir, sha), trust, first_seen)
    if of_commit.is_valid:
        return of_commit
    tag = _tag(git_dir, sha, named) if named else None
    of_tag = _check_if_read(tag, trust, first_seen) if tag is not None else None
    if of_tag is not None and (of_tag.is_valid or of_commit.verdict is Verdict.UNSIGNED):
        return of_tag
    return of_commit


def check(signed: Signed, trust: Trust, at: float) -> Signature:
    """``at``: seconds since the epoch, when the key had to be valid."""
    about = Signature(Verdict.UNSIGNED, signed.kind, signed.id, seen_at=at, reason=f"the {signed.kind} is not signed")
    if not signed.signature:
        return about
    try:
        kind, signature = remove_armor(signed.signature)
        with programs() as ready:
            found = _CHECKS[kind](ready, trust, signed.payload, signature, at)
    except Malformed as error:
        return replace(about, verdict=Verdict.INVALID, reason=str(error))
    except (Unverifiable, WorkspaceError) as error:
        return replace(about, verdict=Verdict.UNKNOWN, reason=str(error))
    return replace(found, signed=signed.kind, object=signed.id, seen_at=at)


def _check_if_read(found: Signed | Signature, trust: Trust, first_seen: FirstSeen) -> Signature:
    return found if isinstance(found, Signature) else check(found, trust, first_seen(found.id))


def _commit(git_dir: str, sha: str) -> Signed | Signature:
    [found] = [_read(blob) for blob in git_commands.objects(git_dir, [sha])]
    if found is None:
        raise WorkspaceError(f"there is no commit {sha!r} in the repository")
    return found


def _tag(git_dir: str, sha: str, named: str) -> Signed | Signature | None:
    """The annotated tag that a name means, unless it is a branch's name; None if there is no such tag."""
    short = named.removeprefix("refs/").removeprefix("tags/")
    asked = [named, f"refs/heads/{named}", f"refs/tags/{short}"]
    as_sha, branch, tag = [(blob.kind, _read(blob)) for blob in git_commands.objects(git_dir, asked)]
    if as_sha[0] == "tag" and named == _id_of(as_sha[1]):  # named by the SHA of the tag itself
        return _check_target(as_sha[1], sha, "")
    return _check_target(tag[1], sha, short) if branch[0] == "missing" and tag[0] == "tag" else None


def _check_target(found: Signed | Signature | None, sha: str, short: str) -> Signed | Signature | None:
    """A tag that was signed under another name, or for another commit, does not vouch for this one."""
    if not isinstance(found, Signed):
        return found
    if found.target != sha:
        return Signature(Verdict.INVALID, "tag", found.id, reason="the tag names another commit")
    if short and found.name != short:
        return Signature(Verdict.INVALID, "tag", found.id, reason=f"the tag was made as {found.name!r}, not {short!r}")
    return found


def _id_of(found: Signed | Signature | None) -> str:
    return "" if found is None else found.id if isinstance(found, Signed) else found.object


def _read(blob: Blob) -> Signed | Signature | None:
    """None for what is neither a commit nor a tag."""
    reader = _READERS.get(blob.kind)
    if reader is None:
        return None
    try:
        data = blob.head(MAX_OBJECT + 1)
        if len(data) == blob.size:
            check_hash(blob.kind, blob.name, data)
        return reader(blob.name, data)
    except Malformed as error:
        return Signature(Verdict.INVALID, blob.kind, blob.name, reason=str(error))

"""OpenPGP signatures, checked by `gpgv` with the configured keyring.

`gpgv` compares expiry with the clock, and what matters here is when the revision was first seen. So its verdict is
not its exit status but what it reports (doc/DETAILS of GnuPG): one good signature, and the times at which the key and
the signature expire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import replace
from gitflow.core.signatures import Signature, Verdict
from gitflow.workspaces.signatures.trust import Unverifiable, read_revoked, trusted_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.workspaces.signatures.programs import Programs
    from gitflow.workspaces.signatures.trust import Trust

#: What was found of the key of a signature that fits what it signs.
_FITTING = ("GOODSIG", "EXPKEYSIG", "REVKEYSIG", "EXPSIG")
#: MD5, SHA-1 and RIPEMD-160 (RFC 9580, 9.5): others can be made to have the same digest.
_WEAK_DIGESTS = ("1", "2", "3")
_BINARY_DOCUMENT = "00"


def check_openpgp(programs: Programs, trust: Trust, payload: bytes, signature: bytes, at: float) -> Signature:
    """``at``: when the key had to be valid. Raises Unverifiable."""
    if trust.gpg_keyring is None:
        return Signature(Verdict.UNTRUSTED, reason="it is an OpenPGP signature, and no gpg_keyring is configured")
    keyring = trusted_file(trust.gpg_keyring)
    if keyring.startswith(b"-----BEGIN"):
        raise Unverifiable(f"{trust.gpg_keyring!r} is in armor, which gpgv does not read: gpg --dearmor")
    revoked = read_revoked(trust.revoked_signers).fingerprints
    files = programs.write("signature", signature), programs.write("payload", payload)
    ring = ("--keyring", programs.write("keyring", keyring))
    ran = programs.run("gpgv", "--homedir", programs.folder, *ring, "--status-fd", "1", "--", *files)
    reports = _reports(ran.out)
    if "ERROR" in reports and "NO_PUBKEY" not in reports and "BADSIG" not in reports:
        raise Unverifiable(f"gpgv cannot check the signature with {trust.gpg_keyring!r}")
    return _signature_of(reports, revoked, at)


def _signature_of(reports: Mapping[str, Sequence[Sequence[str]]], revoked: frozenset[str], at: float) -> Signature:
    if "NO_PUBKEY" in reports:
        key = reports["NO_PUBKEY"][0][0]
        return Signature(Verdict.UNTRUSTED, key=key, reason=f"the key {key} is not in the keyring")
    fitting = [(name, words) for name in _FITTING for words in reports.get(name, ())]
    valid = reports.get("VALIDSIG", ())
    if len(fitting) != 1 or len(valid) != 1 or len(reports.get("NEWSIG", ())) != 1 or len(valid[0]) < 10:
        return Signature(Verdict.INVALID, reason="the signature does not fit what it signs")
    (name, user), fields = fitting[0], valid[0]
    key, expires, digest, signed_as, primary = fields[0], fields[3], fields[7], fields[8], fields[9]
    found = Signature(Verdict.INVALID, signer=" ".join(user[1:]), key=primary)
    if name == "REVKEYSIG" or not revoked.isdisjoint((key, primary)):
        return replace(found, verdict=Verdict.REVOKED, reason=f"the key {primary} is revoked")
    if digest in _WEAK_DIGESTS:
        return replace(found, reason="the signature uses a digest that is broken (MD5, SHA-1 or RIPEMD-160)")
    if signed_as != _BINARY_DOCUMENT:
        return replace(found, reason="the signature is not one of a document")
    ends = [float(words[0]) for words in reports.get("KEYEXPIRED", ())]
    ends += [float(expires)] if expires != "0" else []
    if any(end <= at for end in ends) or (name == "EXPKEYSIG" and not ends):
        return replace(found, verdict=Verdict.EXPIRED, reason=f"the key {primary} had expired when it was first seen")
    return replace(found, verdict=Verdict.VALID)


def _reports(out: str) -> dict[str, list[list[str]]]:
    """The words after each keyword, in the order of the lines."""
    found: dict[str, list[list[str]]] = {}
    for line in out.splitlines():
        if line.startswith("[GNUPG:] "):
            keyword, *words = line.split()[1:]
            found.setdefault(keyword, []).append(words)
    return found

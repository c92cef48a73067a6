"""The result of checking the signature of a revision."""

from __future__ import annotations

from enum import StrEnum

from gitflow.core.record import Record


class Verdict(StrEnum):
    VALID = "valid"
    UNSIGNED = "unsigned"
    UNTRUSTED = "untrusted"  #: intact, but by a key of no allowed signer
    EXPIRED = "expired"  #: by an allowed signer whose key had expired when the revision was first seen
    REVOKED = "revoked"
    INVALID = "invalid"  #: it does not fit what it signs, or it cannot be read
    UNKNOWN = "unknown"  #: it could not be checked: a file or a program is missing


class Signature(Record):
    verdict: Verdict
    signed: str = "commit"  #: the object that it belongs to: commit or tag
    object: str = ""  #: the SHA of that object
    signer: str = ""  #: as the configured files name the holder of the key
    key: str = ""  #: the key's fingerprint
    seen_at: float | None = None  #: seconds since the epoch: the time at which the key had to be valid
    reason: str = ""  #: why it is not valid, as a sentence without its full stop

    @property
    def is_valid(self) -> bool:
        return self.verdict is Verdict.VALID

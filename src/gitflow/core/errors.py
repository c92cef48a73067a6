"""Errors of a request: a sentence for a person and a stable code for a program.

The API and the command line map codes to HTTP statuses and exit codes with tables; nothing here knows either.
An author's mistakes are not errors but Problems (core/problems.py).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.problems import Problem


class GitflowError(Exception):
    """Base class of all errors of a request. A ``code`` never changes once it is published."""

    code = "error"


class NotFound(GitflowError):
    code = "not_found"

    def __init__(self, kind: str, name: str, hint: str = "") -> None:
        self.plain = f"there is no {kind} named {name!r}"  #: without the hint, whose names the caller may not see
        super().__init__(self.plain + (f"; {hint}" if hint else ""))


class InvalidInput(GitflowError):
    """The input is invalid; ``details`` lists each wrong field as ``(field, message)``."""

    code = "invalid_input"

    def __init__(self, message: str, details: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class Conflict(GitflowError):
    """The object exists, but its state does not allow the request."""

    code = "conflict"


class Overtaken(Conflict):
    """Another process has changed the job."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"job {job_id} was changed by another process")
        self.job_id = job_id


class ReasonRequired(Conflict):
    """The caller may do this on behalf of others, but must give a reason."""


class Forbidden(GitflowError):
    """The caller lacks the permission for the request."""

    code = "forbidden"


class IdempotencyMismatch(GitflowError):
    """The idempotency key was used for another request within its lifetime."""

    code = "idempotency_mismatch"


class ConcurrencyLimit(Conflict):
    """The concurrency group is full, and the job must not wait (``on_limit: skip``)."""

    code = "concurrency_limit"


class StaleEvent(Exception):
    """A late or repeated report: it changes nothing. Never shown to a person."""


class RevisionRefused(GitflowError):
    """A revision with errors; ``problems`` holds all of them."""

    code = "invalid_definitions"

    def __init__(self, workspace: str, revision: str, problems: Sequence[Problem]) -> None:
        super().__init__(f"workspace {workspace!r} has errors at revision {revision}")
        self.problems = tuple(problems)


class WorkspaceError(GitflowError):
    """The workspace cannot be read: no such folder, revision, branch, or no access."""

    code = "workspace_unavailable"


class NoRevision(WorkspaceError):
    """The workspace can be read, and has no such branch, tag or commit."""

    code = "not_found"


class StoreError(GitflowError):
    """The store cannot be used: full, read-only, corrupt, or of a newer schema."""

    code = "store_unavailable"


class DiskFull(StoreError):
    """The disk of the store has no room left."""


class UncertainCommit(StoreError):
    """The connection broke while a commit was made: the store has to be asked whether it has it."""


class NotActive(StoreError):
    """Another server is active on the database, so that this one may not write."""

    code = "no_engine"


class OtherFormat(StoreError):
    """Definitions as another version of gitflow has compiled them; everything else in the store can be read."""


class Unreadable(StoreError):
    """The stored secrets of one job cannot be decrypted: the key is missing, or they were changed."""

"""A request that cannot be done: a sentence for a person and a stable code for a program.

The faces turn codes into HTTP statuses and exit codes by a table; nothing here knows of either.
An author's mistakes are not errors but Problems (core/problems.py).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.problems import Problem


class GitflowError(Exception):
    """Base of everything that is refused. ``code`` never changes once published."""

    code = "error"


class NotFound(GitflowError):
    code = "not_found"

    def __init__(self, kind: str, name: str, hint: str = "") -> None:
        self.plain = f"there is no {kind} named {name!r}"  #: without the hint, which may name what others may not see
        super().__init__(self.plain + (f"; {hint}" if hint else ""))


class InvalidInput(GitflowError):
    """Fields that are wrong; ``details`` lists each as ``(field, message)``."""

    code = "invalid_input"

    def __init__(self, message: str, details: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class Conflict(GitflowError):
    """The thing exists, but not in a state that allows this."""

    code = "conflict"


class ReasonRequired(Conflict):
    """The caller may do this in the place of others, and must say why."""


class Forbidden(GitflowError):
    """The caller does not have the right to this."""

    code = "forbidden"


class IdempotencyMismatch(GitflowError):
    """The key was used for another request within its time."""

    code = "idempotency_mismatch"


class ConcurrencyLimit(Conflict):
    """There is no place for the job, and it was not to wait for one."""

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


class StoreError(GitflowError):
    """The store cannot be used: full, read-only, corrupt, or of a newer schema."""

    code = "store_unavailable"


class DiskFull(StoreError):
    """The disk of the store has no room left."""


class OtherFormat(StoreError):
    """Definitions as another version of gitflow has compiled them; everything else in the store can be read."""


class Unreadable(StoreError):
    """What is stored of one job cannot be opened: its key is not there, or it has been changed. Others can be."""

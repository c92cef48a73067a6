"""Accounts, keys and the audit trail. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Protocol

    from gitflow.core.identity import ApiKey, AuditEvent, Device, RefreshToken, User, UserSession


class AuditFilter(Record):
    actor: str | None = None
    what: str | None = None  #: the word, or the beginning of several with ``.`` at its end (``login.``)
    subject: str | None = None
    workspace: str | None = None
    after: float | None = None
    before_id: int | None = None  #: of the last row of the page before
    api_key: str | None = None  #: the name of the key that was used


if TYPE_CHECKING:

    class IdentityStore(Protocol):
        def joined(self) -> AbstractContextManager[None]:
            """The open transaction, or else a new one."""
            ...

        def add_user(self, user: User) -> None:
            """Raises Conflict if another account has the email address."""
            ...

        def save_user(self, user: User) -> None:
            """Everything except its id and its creation. Logins are added, but never removed. Raises Conflict and
            NotFound."""
            ...

        def users(self, limit: int = 50, offset: int = 0) -> list[User]:
            """Oldest first."""
            ...

        def user(self, user_id: str) -> User:
            """Raises NotFound."""
            ...

        def user_by_email(self, email: str) -> User | None: ...

        def user_by_login(self, provider: str, subject: str) -> User | None: ...

        def has_users(self) -> bool: ...

        def has_other_admins(self, user_id: str) -> bool:
            """Whether another account could still administer the server."""
            ...

        def administrators(self, limit: int) -> list[User]:
            """Those whose accounts are not disabled, oldest first."""
            ...

        def add_key(self, key: ApiKey) -> None:
            """Raises Conflict if the name is taken."""
            ...

        def keys(
            self, user_id: str | None = None, limit: int = 50, offset: int = 0, workspace: str | None = None
        ) -> list[ApiKey]:
            """Oldest first; of one user or of all, and of one workspace or of all."""
            ...

        def key(self, id_or_name: str) -> ApiKey:
            """Raises NotFound."""
            ...

        def key_by_digest(self, digest: str) -> ApiKey | None: ...

        def keys_above(self, key_id: str) -> list[ApiKey]:
            """The key that created this one, the key that created that one, and so on."""
            ...

        def keys_below(self, key_id: str) -> list[ApiKey]:
            """All keys that this one created, directly or through others; oldest first."""
            ...

        def revoke_key(self, key_id: str, at: float) -> None: ...

        def use_key(self, key_id: str, at: float) -> None: ...

        def add_refresh_token(self, token: RefreshToken) -> None: ...

        def refresh_token(self, digest: str) -> RefreshToken | None: ...

        def use_refresh_token(self, digest: str, at: float, by: Device) -> bool:
            """False if it has been used already."""
            ...

        def use_refresh_token_again(self, digest: str, at: float) -> bool:
            """False if it has been used twice already, or never."""
            ...

        def revoke_family(self, family: str) -> None: ...

        def revoke_sessions(self, user_id: str) -> None:
            """Revokes all token families of a user."""
            ...

        def sessions(self, user_id: str, at: float) -> list[UserSession]:
            """Those that have not expired, newest first."""
            ...

        def revoke_session(self, user_id: str, session_id: str) -> bool:
            """False if the user has no such session."""
            ...

        def forget_refresh_tokens(self, expired_before: float, most: int) -> int: ...

        def add_audit(self, event: AuditEvent) -> None: ...

        def audit(self, filter: AuditFilter, limit: int = 50) -> list[tuple[int, AuditEvent]]:
            """Newest first, each with its number."""
            ...

        def forget_audit(self, before: float, most: int) -> int: ...

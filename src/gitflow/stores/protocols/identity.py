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
    what: str | None = None  #: the word, or how it begins with ``.`` at the end (``login.``)
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
            """Raises Conflict where the email is taken."""
            ...

        def save_user(self, user: User) -> None:
            """All but its id and creation; logins are added, never taken away. Raises Conflict, NotFound."""
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
            """Whether somebody else could still administer the server."""
            ...

        def administrators(self, limit: int) -> list[User]:
            """Of accounts that are not disabled, the oldest first."""
            ...

        def add_key(self, key: ApiKey) -> None:
            """Raises Conflict where the name is taken."""
            ...

        def keys(
            self, user_id: str | None = None, limit: int = 50, offset: int = 0, workspace: str | None = None
        ) -> list[ApiKey]:
            """Oldest first; of one user, or all; limited to one workspace, or all."""
            ...

        def key(self, id_or_name: str) -> ApiKey:
            """Raises NotFound."""
            ...

        def key_by_digest(self, digest: str) -> ApiKey | None: ...

        def keys_above(self, key_id: str) -> list[ApiKey]:
            """The key that made this one, the key that made that one, and so on."""
            ...

        def keys_below(self, key_id: str) -> list[ApiKey]:
            """All keys that this one made, also through keys that it made; oldest first."""
            ...

        def revoke_key(self, key_id: str, at: float) -> None: ...

        def use_key(self, key_id: str, at: float) -> None: ...

        def add_refresh_token(self, token: RefreshToken) -> None: ...

        def refresh_token(self, digest: str) -> RefreshToken | None: ...

        def use_refresh_token(self, digest: str, at: float, by: Device) -> bool:
            """False where it has been used already."""
            ...

        def use_refresh_token_again(self, digest: str, at: float) -> bool:
            """False where it has been used twice already, or never."""
            ...

        def revoke_family(self, family: str) -> None: ...

        def revoke_sessions(self, user_id: str) -> None:
            """Of all families of a user."""
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
            """Newest first, with the number of each."""
            ...

        def forget_audit(self, before: float, most: int) -> int: ...

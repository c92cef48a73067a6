"""Accounts, keys, refresh tokens and the audit trail."""

from __future__ import annotations

import sqlite3

from gitflow.core.errors import Conflict, NotFound
from gitflow.core.identity import ApiKey, AuditEvent, Device, RefreshToken, User
from gitflow.core.record import replace
from gitflow.stores import rows
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from gitflow.stores.protocols.identity import AuditFilter

    T = TypeVar("T")


class SqliteIdentity(Session):
    @guarded
    def add_user(self, user: User) -> None:
        """Raises Conflict where the email is taken."""
        row = (user.user_id, *_changeable(user)[:5], user.created_at, user.disabled_at, user.last_login_at)
        with self.joined():
            self._refusing(f"there is an account for {user.email} already", "add_user", row)
            self._add_logins(user)

    @guarded
    def save_user(self, user: User) -> None:
        """All but its id and creation; logins are added, never taken away. Raises Conflict, NotFound."""
        row = (*_changeable(user), user.user_id)
        with self.joined():
            if self._refusing(f"there is an account for {user.email} already", "save_user", row).rowcount != 1:
                raise NotFound("user", user.user_id)
            self._add_logins(user)

    def _refusing(self, sentence: str, query: str, row: tuple[Any, ...]) -> sqlite3.Cursor:
        try:
            return self._execute(self._queries[query], row)
        except sqlite3.IntegrityError as error:
            if "UNIQUE" in str(error):
                raise Conflict(sentence) from error
            raise

    def _add_logins(self, user: User) -> None:
        found = [(provider, subject, user.user_id) for provider, subject in user.logins]
        self._connection.executemany(self._queries["add_login"], found)

    @guarded
    def users(self, limit: int = 50, offset: int = 0) -> list[User]:
        return [self._user(row) for row in self._execute(self._queries["users"], (limit, offset)).fetchall()]

    @guarded
    def user(self, user_id: str) -> User:
        """Raises NotFound."""
        found = self._one(self._user, "user", user_id)
        if found is None:
            raise NotFound("user", user_id)
        return found

    @guarded
    def user_by_email(self, email: str) -> User | None:
        return self._one(self._user, "user_by_email", email.lower())

    @guarded
    def user_by_login(self, provider: str, subject: str) -> User | None:
        return self._one(self._user, "user_by_login", provider, subject)

    def _one(self, made: Callable[[Any], T], query: str, *values: object) -> T | None:
        row = self._execute(self._queries[query], values).fetchone()
        return None if row is None else made(row)

    def _user(self, row: Any) -> User:
        user_id, email, name, created_at, password_hash, is_admin, groups, disabled_at, last_login_at = row
        return User(
            user_id,
            email,
            name,
            created_at,
            password_hash,
            bool(is_admin),
            tuple(rows.loads(groups)),
            tuple(self._execute(self._queries["logins"], (user_id,)).fetchall()),
            disabled_at,
            last_login_at,
        )

    @guarded
    def has_users(self) -> bool:
        return bool(self._execute(self._queries["has_users"]).fetchone()[0])

    @guarded
    def has_other_admins(self, user_id: str) -> bool:
        return bool(self._execute(self._queries["has_other_admins"], (user_id,)).fetchone()[0])

    @guarded
    def add_key(self, key: ApiKey) -> None:
        """Raises Conflict where the name is taken."""
        row = (
            key.key_id,
            key.name,
            key.digest,
            key.hint,
            key.created_at,
            key.user_id,
            key.created_by,
            rows.dumps(list(key.scopes)),
            key.workspace,
            key.expires_at,
            key.parent_key_id,
        )
        with self.joined():
            self._refusing(f"there is an API key named {key.name!r} already", "add_key", row)

    @guarded
    def keys(
        self, user_id: str | None = None, limit: int = 50, offset: int = 0, workspace: str | None = None
    ) -> list[ApiKey]:
        wanted = {"user_id": user_id, "workspace": workspace, "limit": limit, "offset": offset}
        return [_key(row) for row in self._execute(self._queries["keys"], wanted)]

    @guarded
    def key(self, id_or_name: str) -> ApiKey:
        """Raises NotFound."""
        row = self._execute(self._queries["key"], {"given": id_or_name}).fetchone()
        if row is None:
            raise NotFound("API key", id_or_name)
        return _key(row)

    @guarded
    def key_by_digest(self, digest: str) -> ApiKey | None:
        return self._one(_key, "key_by_digest", digest)

    @guarded
    def keys_above(self, key_id: str) -> list[ApiKey]:
        return [_key(row) for row in self._execute(self._queries["keys_above"], (key_id,))]

    @guarded
    def keys_below(self, key_id: str) -> list[ApiKey]:
        return [_key(row) for row in self._execute(self._queries["keys_below"], (key_id,))]

    @guarded
    def revoke_key(self, key_id: str, at: float) -> None:
        with self.joined():
            self._execute(self._queries["revoke_key"], (at, key_id))

    @guarded
    def use_key(self, key_id: str, at: float) -> None:
        with self.joined():
            self._execute(self._queries["use_key"], (at, key_id))

    @guarded
    def add_refresh_token(self, token: RefreshToken) -> None:
        row = (token.digest, token.family, token.user_id, token.issued_at, token.expires_at)
        with self.joined():
            self._execute(self._queries["add_refresh_token"], row)

    @guarded
    def refresh_token(self, digest: str) -> RefreshToken | None:
        return self._one(_refresh_token, "refresh_token", digest)

    @guarded
    def use_refresh_token(self, digest: str, at: float, by: Device) -> bool:
        row = (at, by.address, by.agent, digest)
        with self.joined():
            return self._execute(self._queries["use_refresh_token"], row).rowcount == 1

    @guarded
    def use_refresh_token_again(self, digest: str, at: float) -> bool:
        with self.joined():
            return self._execute(self._queries["use_refresh_token_again"], (at, digest)).rowcount == 1

    @guarded
    def revoke_family(self, family: str) -> None:
        with self.joined():
            self._execute(self._queries["revoke_family"], (family,))

    @guarded
    def revoke_sessions(self, user_id: str) -> None:
        with self.joined():
            self._execute(self._queries["revoke_sessions"], (user_id,))

    @guarded
    def forget_refresh_tokens(self, expired_before: float, most: int) -> int:
        with self.joined():
            return self._execute(self._queries["forget_refresh_tokens"], (expired_before, most)).rowcount

    @guarded
    def add_audit(self, event: AuditEvent) -> None:
        details = rows.dumps(dict(event.details)) if event.details else None
        about = event.workspace, event.subject, event.outcome
        row = (event.at, event.actor, event.what, event.address, *about, details, event.api_key)
        with self.joined():
            self._execute(self._queries["add_audit"], row)

    @guarded
    def audit(self, filter: AuditFilter, limit: int = 50) -> list[tuple[int, AuditEvent]]:
        """Newest first, with the number of each."""
        wanted = {name: value for name in CONDITIONS if (value := getattr(filter, name, None)) is not None}
        if (filter.what or "").endswith("."):
            wanted["begins"] = wanted.pop("what")
        conditions = [CONDITIONS[name] for name in wanted] or ["1"]
        query = self._queries["audit"].replace("{conditions}", " AND ".join(conditions))
        return [_audited(row) for row in self._execute(query, {**wanted, "limit": limit})]

    @guarded
    def forget_audit(self, before: float, most: int) -> int:
        with self.joined():
            return self._execute(self._queries["forget_audit"], (before, most)).rowcount


#: Field of a filter -> what it asks of a row.
CONDITIONS = {
    "actor": "actor = :actor",
    "what": "what = :what",
    "begins": "substr(what, 1, length(:begins)) = :begins",
    "subject": "subject = :subject",
    "workspace": "workspace = :workspace",
    "api_key": "api_key = :api_key",
    "after": "at > :after",
    "before_id": "id < :before_id",
}


def _changeable(user: User) -> tuple[Any, ...]:
    groups = rows.dumps(list(user.groups))
    is_admin = int(user.is_admin)
    return user.email, user.name, user.password_hash, is_admin, groups, user.disabled_at, user.last_login_at


def _key(row: Any) -> ApiKey:
    """The columns are in the order of the record's fields, of which scopes is the eighth."""
    return replace(ApiKey(*row), scopes=tuple(rows.loads(row[7])))


def _refresh_token(row: Any) -> RefreshToken:
    used_at, address, agent, sibling_at = row[5:]
    found = RefreshToken(*row[:5])
    return (
        found
        if used_at is None
        else replace(found, used_at=used_at, used_by=Device(address, agent), sibling_at=sibling_at)
    )


def _audited(row: Any) -> tuple[int, AuditEvent]:
    id, at, actor, what, address, workspace, subject, outcome, details, api_key = row
    event = AuditEvent(at, actor, what, address, workspace, subject, outcome, api_key=api_key)
    return id, replace(event, details=rows.loads(details)) if details else event

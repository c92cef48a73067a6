"""Accounts, keys, refresh tokens and the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, NotFound
from gitflow.core.identity import ApiKey, AuditEvent, Device, RefreshToken, User, UserSession
from gitflow.core.record import fields_of, names_of
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from gitflow.stores.protocols.identity import AuditFilter
    from gitflow.stores.sql.driver import Row

    T = TypeVar("T")


#: A user's logins are rows of their own.
ACCOUNT = tuple(name for name in names_of(User) if name != "logins")
ACCOUNT_CHANGES = tuple(name for name in ACCOUNT if name not in ("user_id", "created_at"))
API_KEY = names_of(ApiKey)
REFRESH_TOKEN = (
    *("digest", "family", "user_id", "issued_at", "expires_at"),
    *("used_at", "used_address", "used_agent", "sibling_at"),
)
AUDIT = names_of(AuditEvent)


COLUMNS = {
    "account": ACCOUNT,
    "account_changes": ACCOUNT_CHANGES,
    "api_key": API_KEY,
    "refresh_token": REFRESH_TOKEN,
    "audit": AUDIT,
}


class SqlIdentity(Session):
    columns = COLUMNS

    def add_user(self, user: User) -> None:
        """Raises Conflict if another account has the email address."""
        with self.joined():
            self._run_one("add_user", _account(user), lambda: _email_is_taken(user))
            self._add_logins(user)

    def save_user(self, user: User) -> None:
        """Everything except its id and its creation. Logins are added, but never removed. Raises Conflict and
        NotFound."""
        with self.joined():
            self.user(user.user_id)
            self._run_one("save_user", _account(user), lambda: _email_is_taken(user))
            self._add_logins(user)

    def _add_logins(self, user: User) -> None:
        logins = [{"provider": name, "subject": subject, "user_id": user.user_id} for name, subject in user.logins]
        self._run_each("add_login", logins)

    def users(self, limit: int = 50, offset: int = 0) -> list[User]:
        return [self._user(row) for row in self._all("users", limit=limit, offset=offset)]

    def user(self, user_id: str) -> User:
        """Raises NotFound."""
        found = self._one(self._user, "user", user_id=user_id)
        if found is None:
            raise NotFound("user", user_id)
        return found

    def user_by_email(self, email: str) -> User | None:
        return self._one(self._user, "user_by_email", email=email.lower())

    def user_by_login(self, provider: str, subject: str) -> User | None:
        return self._one(self._user, "user_by_login", provider=provider, subject=subject)

    def _one(self, made: Callable[[Row], T], query: str, /, **values: object) -> T | None:
        row = self._first(query, **values)
        return None if row is None else made(row)

    def _user(self, row: Row) -> User:
        row["is_admin"] = bool(row["is_admin"])
        row["groups"] = tuple(rows.loads(row["groups"]))
        logins = self._all("logins", user_id=row["user_id"])
        return User(**row, logins=tuple((login["provider"], login["subject"]) for login in logins))

    def has_users(self) -> bool:
        return bool(self._value("has_users"))

    def has_other_admins(self, user_id: str) -> bool:
        return bool(self._value("has_other_admins", user_id=user_id))

    def administrators(self, limit: int) -> list[User]:
        return [self._user(row) for row in self._all("administrators", limit=limit)]

    def add_key(self, key: ApiKey) -> None:
        """Raises Conflict if the name is taken."""
        row = dict(fields_of(key)) | {
            "scopes": rows.dumps(list(key.scopes)),
            "tags": rows.dumps(list(key.tags)),
            "workspaces": rows.dumps(list(key.workspaces)),
        }
        with self.joined():
            self._run_one("add_key", row, lambda: Conflict(f"there is an API key named {key.name!r} already"))

    def keys(
        self, user_id: str | None = None, limit: int = 50, offset: int = 0, workspace: str | None = None
    ) -> list[ApiKey]:
        found = self._all("keys", user_id=user_id, workspace=workspace, limit=limit, offset=offset)
        return [_key(row) for row in found]

    def key(self, id_or_name: str) -> ApiKey:
        """Raises NotFound."""
        row = self._first("key", given=id_or_name)
        if row is None:
            raise NotFound("API key", id_or_name)
        return _key(row)

    def key_by_digest(self, digest: str) -> ApiKey | None:
        return self._one(_key, "key_by_digest", digest=digest)

    def keys_above(self, key_id: str) -> list[ApiKey]:
        return [_key(row) for row in self._all("keys_above", key_id=key_id)]

    def keys_below(self, key_id: str) -> list[ApiKey]:
        return [_key(row) for row in self._all("keys_below", key_id=key_id)]

    def revoke_key(self, key_id: str, at: float) -> None:
        with self.joined():
            self._run("revoke_key", key_id=key_id, at=at)

    def use_key(self, key_id: str, at: float) -> None:
        with self.joined():
            self._run("use_key", key_id=key_id, at=at)

    def add_refresh_token(self, token: RefreshToken) -> None:
        with self.joined():
            self._run("add_refresh_token", **dict(fields_of(token)))

    def refresh_token(self, digest: str) -> RefreshToken | None:
        return self._one(_refresh_token, "refresh_token", digest=digest)

    def use_refresh_token(self, digest: str, at: float, by: Device) -> bool:
        with self.joined():
            return self._run("use_refresh_token", digest=digest, at=at, address=by.address, agent=by.agent) == 1

    def use_refresh_token_again(self, digest: str, at: float) -> bool:
        with self.joined():
            return self._run("use_refresh_token_again", digest=digest, at=at) == 1

    def revoke_family(self, family: str) -> None:
        with self.joined():
            self._run("revoke_family", family=family)

    def revoke_sessions(self, user_id: str) -> None:
        with self.joined():
            self._run("revoke_sessions", user_id=user_id)

    def sessions(self, user_id: str, at: float) -> list[UserSession]:
        return [UserSession(**row) for row in self._all("sessions", user_id=user_id, at=at)]

    def revoke_session(self, user_id: str, session_id: str) -> bool:
        with self.joined():
            return self._run("revoke_session", user_id=user_id, session_id=session_id) > 0

    def forget_refresh_tokens(self, expired_before: float, most: int) -> int:
        with self.joined():
            return self._run("forget_refresh_tokens", expired_before=expired_before, most=most)

    def add_audit(self, event: AuditEvent) -> None:
        details = rows.dumps(dict(event.details)) if event.details else None
        with self.joined():
            self._run("add_audit", **dict(fields_of(event)) | {"details": details})

    def audit(self, filter: AuditFilter, limit: int = 50) -> list[tuple[int, AuditEvent]]:
        """Newest first, each with its number."""
        wanted = {name: value for name in CONDITIONS if (value := getattr(filter, name, None)) is not None}
        if (filter.what or "").endswith("."):
            wanted["begins"] = wanted.pop("what")
        conditions = [CONDITIONS[name] for name in wanted] or ["TRUE"]
        query = self.statement("audit").replace("{conditions}", " AND ".join(conditions))
        return [_audited(row) for row in self._driver.query(query, {**wanted, "limit": limit})]

    def forget_audit(self, before: float, most: int) -> int:
        with self.joined():
            return self._run("forget_audit", before=before, most=most)


#: Field of a filter -> the condition on a row.
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


def _email_is_taken(user: User) -> Conflict:
    return Conflict(f"there is an account for {user.email} already")


def _account(user: User) -> Row:
    return dict(fields_of(user)) | {"is_admin": int(user.is_admin), "groups": rows.dumps(list(user.groups))}


def _key(row: Row) -> ApiKey:
    row["scopes"] = tuple(rows.loads(row["scopes"]))
    row["tags"] = tuple(rows.loads(row["tags"]))
    row["workspaces"] = tuple(rows.loads(row["workspaces"]))
    return ApiKey(**row)


def _refresh_token(row: Row) -> RefreshToken:
    device = Device(row.pop("used_address"), row.pop("used_agent"))
    return RefreshToken(**row, used_by=None if row["used_at"] is None else device)


def _audited(row: Row) -> tuple[int, AuditEvent]:
    row["details"] = rows.loads(row["details"]) or {}
    return row.pop("id"), AuditEvent(**row)

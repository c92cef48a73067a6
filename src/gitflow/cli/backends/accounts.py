"""Accounts and keys of a server: ``gitflow user`` and ``gitflow key`` with ``--server``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.cli.backends.client import path_of
from gitflow.cli.console.account_reports import (
    report_key,
    report_password,
    report_revoked,
    report_user_added,
    report_user_changed,
)
from gitflow.cli.console.columns import KEYS, USERS
from gitflow.cli.console.exits import OK
from gitflow.cli.console.tables import print_rows
from gitflow.core.errors import InvalidInput, NotFound
from gitflow.core.timestamps import rfc3339_or_none

if TYPE_CHECKING:
    from gitflow.cli.backends.client import Client
    from gitflow.core.values import JsonObject
    from gitflow.runtime.operations.accounts import KeySpec

#: How many rows one request asks for.
PAGE_SIZE = 500
_KEYS = path_of("auth", "api-keys")


class RemoteAccounts:
    """Each method prints its result and returns the exit status. Raises GitflowError."""

    def __init__(self, client: Client) -> None:
        """Raises InvalidInput for a server that is reached in clear: passwords and keys are sent."""
        client.refuse_open_way()
        self._client = client

    def add_user(
        self, email: str, name: str, is_admin: bool, groups: tuple[str, ...], password: str | None, output: str
    ) -> int:
        wanted = {"email": email, "name": name, "is_admin": is_admin, "groups": list(groups)}
        secret = {} if password is None else {"password": password}
        return report_user_added(self._client.post(path_of("users"), {**wanted, **secret}), output)

    def set_password(self, email: str, password: str) -> int:
        self._client.send("POST", path_of("users", self._find(email), "password"), {"password": password})
        return report_password(email)

    def set_disabled(self, email: str, disabled: bool, output: str) -> int:
        path = path_of("users", self._find(email), "disable" if disabled else "enable")
        return report_user_changed(self._client.post(path), output)

    def list_users(self, output: str) -> int:
        print_rows(self._all(path_of("users")), output, USERS)
        return OK

    def create_key(self, wanted: KeySpec, email: str | None, output: str) -> int:
        """Raises InvalidInput for a key of somebody else: only they make one."""
        if email is not None and email.lower() != self._client.get(path_of("auth", "me"))["email"]:
            raise InvalidInput(f"only {email} makes a key for {email}; on the server's machine, leave --server out")
        given = {
            "name": wanted.name,
            "scopes": list(wanted.scopes),
            "tags": list(wanted.tags) or None,
            "workspace": wanted.workspace,
            "workspaces": list(wanted.workspaces) or None,
            "expires_at": rfc3339_or_none(wanted.expires_at),
            "standalone": email is None,
        }
        return report_key(
            self._client.post(_KEYS, {key: value for key, value in given.items() if value is not None}), output
        )

    def list_keys(self, output: str) -> int:
        print_rows(self._all(_KEYS), output, KEYS)
        return OK

    def revoke_key(self, id_or_name: str) -> int:
        before = self._all(_KEYS)
        self._client.send("DELETE", path_of("auth", "api-keys", id_or_name))
        key = next((row for row in before if id_or_name in (row["key_id"], row["name"])), {"name": id_or_name})
        return report_revoked(key["name"], _made_by(key.get("key_id"), before))

    def _find(self, email: str) -> str:
        found = next((row for row in self._all(path_of("users")) if row["email"] == email.lower()), None)
        if found is None:
            raise NotFound("user", email)
        return found["user_id"]

    def _all(self, path: str) -> list[JsonObject]:
        rows: list[JsonObject] = []
        while page := self._client.get(path, {"limit": PAGE_SIZE, "offset": len(rows)}):
            rows += page
        return rows


def _made_by(key_id: str | None, rows: list[JsonObject]) -> list[str]:
    """The names of the keys that a key created, also through others, and that were not revoked before."""
    above, names = {key_id} - {None}, list[str]()
    for row in rows:  # oldest first: a key is listed after the one that created it
        if row["parent_key_id"] in above:
            above.add(row["key_id"])
            names += [] if row["revoked_at"] else [row["name"]]
    return names

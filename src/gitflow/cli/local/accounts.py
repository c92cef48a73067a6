"""Accounts, keys and the audit trail of the local store: ``gitflow user``, ``gitflow key``, ``gitflow audit``."""

from __future__ import annotations

import getpass
import os
import sys
import time
from typing import TYPE_CHECKING

from gitflow.app import open_store
from gitflow.cli.console.account_reports import (
    report_key,
    report_password,
    report_revoked,
    report_user_added,
    report_user_changed,
)
from gitflow.cli.console.columns import KEYS, USERS
from gitflow.cli.console.exits import OK
from gitflow.cli.console.locate import locate_config
from gitflow.cli.console.tables import print_rows
from gitflow.cli.local.run import current_user
from gitflow.core.errors import InvalidInput, NotFound
from gitflow.core.identity import User
from gitflow.core.record import replace
from gitflow.identity.passwords import hash_password
from gitflow.runtime.operations import accounts
from gitflow.runtime.operations.accounts import Actor, KeySpec
from gitflow.stores.ids import new_id
from gitflow.views.accounts import audit_json, created_key_json, key_json, user_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from gitflow.core.identity import ApiKey
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.identity import AuditFilter, IdentityStore

    T = TypeVar("T")


def add_user(
    email: str, name: str, is_admin: bool, groups: tuple[str, ...], password: str | None, output: str, state: str | None
) -> int:
    """``password`` is None for an account that signs in at a provider."""
    user = User(_new_id(), email, name, 0.0, _hash(password), is_admin, accounts.listed(groups))
    made = _change(state, lambda store, at, by: accounts.create_user(store, user, at, by))
    return report_user_added(user_json(made), output)


def set_password(email: str, password: str, state: str | None) -> int:
    made = _hash(password) or ""
    _change(state, lambda store, at, by: accounts.set_password(store, _find_user(store, email).user_id, made, at, by))
    return report_password(email)


def set_disabled(email: str, disabled: bool, output: str, state: str | None) -> int:
    changed = _change(
        state, lambda store, at, by: accounts.set_disabled(store, _find_user(store, email).user_id, disabled, at, by)
    )
    return report_user_changed(user_json(changed), output)


def list_users(output: str, state: str | None) -> int:
    with open_store(locate_config(os.environ, state), os.environ) as opened:
        rows = [user_json(user) for user in _read_all(opened.stores.identity.users)]
    print_rows(rows, output, USERS)
    return OK


def create_key(wanted: KeySpec, email: str | None, output: str, state: str | None) -> int:
    """Raises InvalidInput."""
    if wanted.all_workspaces:
        known = _known_workspaces(state)
        for named in wanted.all_workspaces:
            if named not in known:
                accounts.refuse_workspace(named, known)

    def make(store: IdentityStore, at: float, by: Actor) -> tuple[ApiKey, str]:
        of = None if email is None else _find_user(store, email).user_id
        return accounts.create_key(store, replace(wanted, user_id=of), _new_id(), at, by)

    return report_key(created_key_json(*_change(state, make)), output)


def _known_workspaces(state: str | None) -> list[str]:
    """The workspaces of the configuration, or without one those that a server with this store has loaded."""
    config = locate_config(os.environ, state)
    if config.path is not None:
        return list(config.workspaces)
    with open_store(config, os.environ) as opened:
        return opened.stores.revisions.workspaces()


def list_keys(output: str, state: str | None) -> int:
    with open_store(locate_config(os.environ, state), os.environ) as opened:
        keys = _read_all(lambda limit, offset: opened.stores.identity.keys(None, limit, offset))
        rows = [key_json(key) for key in keys]
    print_rows(rows, output, KEYS)
    return OK


def revoke_key(id_or_name: str, state: str | None) -> int:
    def revoke(store: IdentityStore, at: float, by: Actor) -> tuple[ApiKey, list[str]]:
        made = [key.name for key in store.keys_below(store.key(id_or_name).key_id) if key.revoked_at is None]
        return accounts.revoke_key(store, id_or_name, at, by), made

    revoked, made = _change(state, revoke)
    return report_revoked(revoked.name, made)


def list_audit(state_dir: str | None, wanted: AuditFilter, limit: int) -> list[JsonObject]:
    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        return [audit_json(*row) for row in opened.stores.identity.audit(wanted, limit)]


def read_password(stdin: bool) -> str:
    """Asks twice on a terminal, or reads one line of standard input. Raises InvalidInput."""
    if stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise InvalidInput("there is no terminal to ask for the password; give it with --password-stdin")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise InvalidInput("the two passwords differ")
    return first


def _change(state: str | None, change: Callable[[IdentityStore, float, Actor], T]) -> T:
    """Makes a change and its audit event in one transaction; a running server sees it at the next request."""
    with open_store(locate_config(os.environ, state), os.environ) as opened:
        store = opened.stores.identity
        with opened.stores.jobs.transaction():
            return change(store, time.time(), Actor(current_user()))


def _find_user(store: IdentityStore, email: str) -> User:
    user = store.user_by_email(email)
    if user is None:
        raise NotFound("user", email)
    return user


def _read_all(page: Callable[[int, int], list[T]]) -> list[T]:
    found: list[T] = []
    while more := page(500, len(found)):
        found += more
    return found


def _hash(password: str | None) -> str | None:
    return None if password is None else hash_password(password)


def _new_id() -> str:
    return new_id(time.time(), os.urandom(10))

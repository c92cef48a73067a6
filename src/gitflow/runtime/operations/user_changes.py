"""Changes that administrators make to accounts, and the end of sessions, with audit events (see accounts.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, NotFound
from gitflow.core.record import Record, replace
from gitflow.runtime.operations.accounts import audit, listed

if TYPE_CHECKING:
    from gitflow.core.identity import User
    from gitflow.runtime.operations.accounts import Actor
    from gitflow.stores.protocols.identity import IdentityStore


class UserChanges(Record):
    """New values of a user's properties; None: no change."""

    name: str | None = None
    groups: tuple[str, ...] | None = None
    is_admin: bool | None = None


def change_user(store: IdentityStore, user_id: str, changes: UserChanges, at: float, by: Actor) -> User:
    """Changes the properties that are not None. The user's sessions and keys have the new rights at once.

    Raises Conflict if nobody could administer the server any more.
    """
    user = store.user(user_id)
    if user.is_admin and changes.is_admin is False and not store.has_other_admins(user_id):
        raise Conflict(f"{user.email} is the only administrator and must stay one")
    changed = replace(
        user,
        name=user.name if changes.name is None else changes.name.strip() or user.email,
        groups=user.groups if changes.groups is None else listed(changes.groups),
        is_admin=user.is_admin if changes.is_admin is None else changes.is_admin,
    )
    if changed != user:
        store.save_user(changed)
        audit(store, at, by, "user.changed", user_id, **_differences(user, changed))
    return changed


def _differences(before: User, after: User) -> dict[str, str]:
    """Field -> its old and its new value."""
    shown = [
        ("name", before.name, after.name),
        ("groups", ", ".join(before.groups) or "none", ", ".join(after.groups) or "none"),
        ("is_admin", str(before.is_admin).lower(), str(after.is_admin).lower()),
    ]
    return {field: f"{old} -> {new}" for field, old, new in shown if old != new}


def end_sessions(store: IdentityStore, user_id: str, at: float, by: Actor) -> None:
    """Ends every session of a user. Access tokens stay valid until they expire. Raises NotFound."""
    store.user(user_id)
    store.revoke_sessions(user_id)
    audit(store, at, by, "user.sessions_ended", user_id)


def end_session(store: IdentityStore, user_id: str, session_id: str, at: float, by: Actor) -> None:
    """Ends one session of a user. Raises NotFound."""
    if not store.revoke_session(user_id, session_id):
        raise NotFound("session", session_id)
    audit(store, at, by, "session.ended", user_id)

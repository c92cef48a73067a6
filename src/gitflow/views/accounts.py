"""Accounts, keys and audit events as the API shows them; the command line prints the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.timestamps import rfc3339, rfc3339_or_none

if TYPE_CHECKING:
    from gitflow.core.identity import ApiKey, AuditEvent, User
    from gitflow.core.values import JsonObject


def user_shown(user: User) -> JsonObject:
    return {
        "user_id": user.user_id,
        "name": user.name,
        "email": user.email,
        "auth_methods": list(user.auth_methods),
        "created_at": rfc3339(user.created_at),
        "last_login_at": rfc3339_or_none(user.last_login_at),
        "is_admin": user.is_admin,
        "groups": list(user.groups),
        "disabled": user.disabled_at is not None,
    }


def key_shown(key: ApiKey) -> JsonObject:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "hint": key.hint,
        "user_id": key.user_id,
        "created_by": key.created_by,
        "created_at": rfc3339(key.created_at),
        "scopes": list(key.scopes),
        "workspace": key.workspace,
        "expires_at": rfc3339_or_none(key.expires_at),
        "revoked_at": rfc3339_or_none(key.revoked_at),
        "last_used_at": rfc3339_or_none(key.last_used_at),
        "parent_key_id": key.parent_key_id,
    }


def audit_shown(id: int, event: AuditEvent) -> JsonObject:
    return {
        "id": id,
        "at": rfc3339(event.at),
        "actor": event.actor,
        "api_key": event.api_key,
        "what": event.what,
        "address": event.address,
        "workspace": event.workspace,
        "subject": event.subject,
        "outcome": event.outcome,
        "details": dict(event.details),
    }

"""Shapes of accounts, sessions, keys and the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.shapes.schema import (
    FLAG,
    ID,
    TEXT,
    TIME,
    WHOLE,
    body,
    list_of,
    map_of,
    one_of,
    or_null,
    ref,
    shape,
    told,
)
from gitflow.core.identity import SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_PASSWORD: JsonObject = {"type": "string", "minLength": 8, "maxLength": 1024}
_SCOPES: JsonObject = {"type": "array", "items": one_of(*SCOPES), "maxItems": 20}

_USER: JsonObject = {
    "user_id": ID,
    "name": TEXT,
    "email": TEXT,
    "auth_methods": told(list_of(TEXT), "`internal` for a password, else the ids of providers."),
    "created_at": TIME,
    "last_login_at": or_null(TIME),
    "is_admin": FLAG,
    "groups": list_of(TEXT),
    "disabled": FLAG,
}

_KEY: JsonObject = {
    "key_id": ID,
    "name": TEXT,
    "hint": told(TEXT, "How the key begins."),
    "user_id": told(or_null(TEXT), "On whose behalf it acts; null: on its own."),
    "created_by": or_null(TEXT),
    "created_at": TIME,
    "scopes": told(list_of(TEXT), "Empty: all that its user, or the permissions, allow."),
    "workspace": told(or_null(TEXT), "The only workspace it is for."),
    "expires_at": or_null(TIME),
    "revoked_at": or_null(TIME),
    "last_used_at": or_null(TIME),
    "parent_key_id": told(or_null(ID), "The key that made it, and with which it ends; null: none did."),
}

SHAPES: Mapping[str, JsonObject] = {
    "Login": body("Who signs in.", {"email": TEXT, "password": TEXT}, ("email", "password")),
    "Refresh": body("Without it, the cookie counts.", {"refresh_token": TEXT}),
    "PasswordChange": body("Both passwords.", {"current": TEXT, "new": _PASSWORD}, ("current", "new")),
    "Session": shape(
        "A pair of tokens.",
        {
            "access_token": told(TEXT, "Sent as `Authorization: Bearer`."),
            "refresh_token": told(TEXT, "Counts once."),
            "token_type": one_of("Bearer"),
            "expires_in": told(WHOLE, "Seconds for which the access token counts."),
        },
    ),
    "Me": shape(
        "Who the caller is.",
        {"user_id": ID, "name": TEXT, "email": TEXT, "created_at": TIME, "is_admin": FLAG, "groups": list_of(TEXT)},
    ),
    "User": shape("An account.", _USER),
    "UserList": list_of(ref("User")),
    "NewUser": body(
        "An account to make.",
        {
            "email": TEXT,
            "name": TEXT,
            "password": told(_PASSWORD, "Without it, the user signs in at a provider."),
            "is_admin": FLAG,
            "groups": list_of(TEXT),
        },
        ("email",),
    ),
    "NewPassword": body("A password.", {"password": _PASSWORD}, ("password",)),
    "Key": shape("An API key, without its text.", _KEY),
    "KeyList": list_of(ref("Key")),
    "NewKey": body(
        "A key to make.",
        {
            "name": TEXT,
            "scopes": _SCOPES,
            "workspace": TEXT,
            "expires_at": TIME,
            "standalone": told(FLAG, "It acts on its own, and not for its maker; for administrators."),
        },
        ("name",),
    ),
    "CreatedKey": shape("The key as it is shown this once.", {**_KEY, "key": told(TEXT, "Keep it: it is not stored.")}),
    "AuditList": list_of(
        shape(
            "A change.",
            {
                "id": WHOLE,
                "at": TIME,
                "actor": TEXT,
                "api_key": told(or_null(TEXT), "The name of the API key that was used; null: none was."),
                "what": TEXT,
                "address": or_null(TEXT),
                "workspace": or_null(TEXT),
                "subject": or_null(TEXT),
                "outcome": one_of("done", "refused"),
                "details": map_of(TEXT),
            },
        )
    ),
}

"""Request bodies for accounts, sessions and API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.identity import SCOPES
from gitflow.views.schema import (
    FLAG,
    TEXT,
    TIME,
    body,
    described,
    list_of,
    one_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_PASSWORD: JsonObject = {"type": "string", "minLength": 8, "maxLength": 1024}
_SCOPES: JsonObject = {"type": "array", "items": one_of(*SCOPES), "maxItems": 20}

SCHEMAS: Mapping[str, JsonObject] = {
    "Login": body("Who signs in.", {"email": TEXT, "password": TEXT}, ("email", "password")),
    "Refresh": body("Without it, the cookie counts.", {"refresh_token": TEXT}),
    "PasswordChange": body("Both passwords.", {"current": TEXT, "new": _PASSWORD}, ("current", "new")),
    "NewUser": body(
        "An account to make.",
        {
            "email": TEXT,
            "name": TEXT,
            "password": described(_PASSWORD, "Without it, the user signs in at a provider."),
            "is_admin": FLAG,
            "groups": list_of(TEXT),
        },
        ("email",),
    ),
    "UserChange": {
        **body(
            "What changes of an account; what is left out stays.",
            {
                "name": {**TEXT, "maxLength": 200},
                "groups": described(
                    {**list_of({**TEXT, "maxLength": 200}), "maxItems": 200},
                    "All of its groups. A provider that sends groups replaces them at the next sign-in there.",
                ),
                "is_admin": FLAG,
            },
        ),
        "minProperties": 1,
    },
    "NewPassword": body("A password.", {"password": _PASSWORD}, ("password",)),
    "NewKey": body(
        "A key to make.",
        {
            "name": TEXT,
            "scopes": _SCOPES,
            "workspace": TEXT,
            "expires_at": TIME,
            "standalone": described(FLAG, "It acts on its own, and not for its maker; for administrators."),
        },
        ("name",),
    ),
}

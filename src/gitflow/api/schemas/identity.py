"""Request bodies for accounts, sessions and API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.identity import SCOPES
from gitflow.identity.tokens import REFRESH_PATTERN
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
    "Login": body("The credentials of a user who signs in.", {"email": TEXT, "password": TEXT}, ("email", "password")),
    "Refresh": body(
        "A refresh token; the one in the cookie is used if left out.",
        {
            "refresh_token": TEXT,
            "next_refresh_token": described(
                {"type": "string", "pattern": REFRESH_PATTERN},
                "Refresh token to issue, made by the caller of 32 random bytes. Who stored it before may repeat the "
                "request: it is answered again, as long as the new token was not used.",
            ),
        },
    ),
    "Logout": body("A refresh token; the one in the cookie is used if left out.", {"refresh_token": TEXT}),
    "DeviceStart": body(
        "Who asks.", {"client": described({"type": "string", "maxLength": 100}, "Name that is shown to the person.")}
    ),
    "DeviceToken": body("A device code.", {"device_code": TEXT}, ("device_code",)),
    "DeviceDecision": body(
        "What the person decides.", {"user_code": TEXT, "approved": FLAG}, ("user_code", "approved")
    ),
    "PasswordChange": body(
        "The current and the new password.", {"current": TEXT, "new": _PASSWORD}, ("current", "new")
    ),
    "NewUser": body(
        "The account to create.",
        {
            "email": TEXT,
            "name": TEXT,
            "password": described(_PASSWORD, "Password; if left out, the user signs in at a provider."),
            "is_admin": FLAG,
            "groups": list_of(TEXT),
        },
        ("email",),
    ),
    "UserChange": {
        **body(
            "Changes of an account; a field that is left out keeps its value.",
            {
                "name": {**TEXT, "maxLength": 200},
                "groups": described(
                    {**list_of({**TEXT, "maxLength": 200}), "maxItems": 200},
                    "All groups of the user. A provider that sends groups replaces them when the user next signs in "
                    "there.",
                ),
                "is_admin": FLAG,
            },
        ),
        "minProperties": 1,
    },
    "NewPassword": body("A new password.", {"password": _PASSWORD}, ("password",)),
    "NewKey": body(
        "The API key to create.",
        {
            "name": TEXT,
            "scopes": _SCOPES,
            "workspace": TEXT,
            "tags": described(
                {**list_of({**TEXT, "minLength": 1, "maxLength": 200}), "maxItems": 200},
                "The tags that an agent with this key may offer; requires the scope `agent`.",
            ),
            "workspaces": described(
                {**list_of({**TEXT, "minLength": 1, "maxLength": 200}), "maxItems": 200},
                "The workspaces whose steps an agent with this key may take; requires the scope `agent` and no other.",
            ),
            "expires_at": TIME,
            "standalone": described(
                FLAG, "Whether it acts on its own behalf and not on its creator's; for administrators."
            ),
        },
        ("name",),
    ),
}

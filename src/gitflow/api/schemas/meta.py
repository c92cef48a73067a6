"""Shapes of the server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import FLAG, OBJECT, TEXT, list_of, map_of, object_of, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "Health": object_of("The process lives.", {"status": one_of("ok"), "version": TEXT}),
    "Readiness": object_of(
        "Whether each part is there.",
        {"status": one_of("ok", "not ready"), "checks": map_of(one_of("ok", "not ready"))},
    ),
    "ClientConfig": object_of(
        "What a client must know before it signs in.",
        {
            "auth_required": FLAG,
            "has_internal_auth": FLAG,
            "oidc_providers": list_of(object_of("A provider.", {"id": TEXT, "display_name": TEXT})),
            "version": TEXT,
        },
    ),
    "Description": {**OBJECT, "description": "An OpenAPI 3.1 document."},
}

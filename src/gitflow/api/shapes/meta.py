"""Shapes of the server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import FLAG, OBJECT, TEXT, TIME, WHOLE, body, list_of, map_of, one_of, or_null, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SHAPES: Mapping[str, JsonObject] = {
    "Health": shape("The process lives.", {"status": one_of("ok"), "version": TEXT}),
    "Readiness": shape(
        "Whether each part is there.",
        {"status": one_of("ok", "not ready"), "checks": map_of(one_of("ok", "not ready"))},
    ),
    "ClientConfig": shape(
        "What a client must know before it signs in.",
        {
            "auth_required": FLAG,
            "has_internal_auth": FLAG,
            "oidc_providers": list_of(shape("A provider.", {"id": TEXT, "display_name": TEXT})),
            "version": TEXT,
        },
    ),
    "Drain": body(
        "How long the steps that run may take.",
        {"timeout": told({**TEXT, "maxLength": 40}, "Such as `5m`; without it, `drain_timeout` of the configuration.")},
    ),
    "Draining": shape(
        "Whether the server is being drained.",
        {
            "draining": FLAG,
            "since": or_null(TIME),
            "until": told(or_null(TIME), "When the server stops at the latest."),
            "running_steps": WHOLE,
            "open_jobs": told(WHOLE, "Jobs of this server that have not ended; the next server goes on with them."),
        },
    ),
    "Description": {**OBJECT, "description": "An OpenAPI 3.1 document."},
}

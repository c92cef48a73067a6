"""Request bodies for the server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import TEXT, body, described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "Drain": body(
        "How long the running steps may take.",
        {
            "timeout": described(
                {**TEXT, "maxLength": 40}, "A duration such as `5m`; `drain_timeout` of the configuration if left out."
            ),
            "reason": described(
                {**TEXT, "minLength": 1, "maxLength": 1000},
                "The reason, which is recorded in the audit trail and shown.",
            ),
        },
    ),
}

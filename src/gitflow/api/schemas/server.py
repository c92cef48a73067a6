"""Request bodies for the server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.schemas.workspaces import AUDITED_REASON
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
            "reason": AUDITED_REASON,
        },
    ),
}

"""Shapes of workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import FLAG, TEXT, body, or_null, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SHAPES: Mapping[str, JsonObject] = {
    "SyncReason": body(
        "Why the remote branch is not followed for a while, or is again.",
        {"reason": told({**TEXT, "minLength": 1, "maxLength": 1000}, "It is audited, and shown.")},
        ("reason",),
    ),
    "Pushed": shape(
        "What became of the news of a push.",
        {
            "workspace": TEXT,
            "accepted": told(FLAG, "Whether the workspace is looked at now."),
            "reason": told(or_null(TEXT), "Why not."),
        },
    ),
    "Refreshed": shape(
        "What a look at a workspace found.",
        {
            "workspace": TEXT,
            "revision": or_null(TEXT),
            "refreshed": told(FLAG, "Whether this call moved the workspace."),
        },
    ),
}

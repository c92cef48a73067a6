"""Shapes of workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import FLAG, TEXT, described, object_of, or_null

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "Pushed": object_of(
        "What became of the news of a push.",
        {
            "workspace": TEXT,
            "accepted": described(FLAG, "Whether the workspace is looked at now."),
            "reason": described(or_null(TEXT), "Why not."),
        },
    ),
    "Refreshed": object_of(
        "What a look at a workspace found.",
        {
            "workspace": TEXT,
            "revision": or_null(TEXT),
            "refreshed": described(FLAG, "Whether this call moved the workspace."),
        },
    ),
}

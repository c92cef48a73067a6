"""Shapes of workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.shapes.schema import FLAG, TEXT, TIME, WHOLE, list_of, or_null, ref, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SHAPES: Mapping[str, JsonObject] = {
    "WorkspaceList": list_of(ref("Workspace")),
    "Workspace": shape(
        "A workspace, and what is served of it.",
        {
            "name": TEXT,
            "tasks_count": WHOLE,
            "actions_count": WHOLE,
            "triggers_count": WHOLE,
            "revision": told(or_null(TEXT), "What is in force; null while nothing was ever good."),
            "candidate": told(or_null(ref("Candidate")), "A newer revision that was refused."),
            "error": told(or_null(TEXT), "Why nothing newer can be seen."),
            "branch": or_null(TEXT),
            "commit": or_null(ref("Commit")),
        },
    ),
    "Candidate": shape("A revision that was refused.", {"revision": TEXT, "problems": list_of(ref("Problem"))}),
    "Commit": shape("A commit.", {"author": TEXT, "message": TEXT, "at": TIME}),
    "Revisions": list_of(ref("LoadedRevision")),
    "LoadedRevision": shape(
        "A revision that was loaded: it came in force, or was refused.",
        {
            "id": WHOLE,
            "revision": TEXT,
            "loaded_at": TIME,
            "accepted": FLAG,
            "dirty": told(FLAG, "There were changes that were not committed."),
            "branch": or_null(TEXT),
            "commit": or_null(ref("Commit")),
            "problems": told(list_of(ref("Problem")), "Why it was refused, or warnings."),
        },
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

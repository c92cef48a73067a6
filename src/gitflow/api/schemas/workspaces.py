"""Request bodies for workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import TEXT, body, described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "ChangeMessage": body(
        "Nothing needs to be said.",
        {"message": described({**TEXT, "maxLength": 2048}, "The message of the commit; without it, one is made.")},
    ),
    "SyncReason": body(
        "Why the workspace stops following its remote branch, or follows it again.",
        {"reason": described({**TEXT, "minLength": 1, "maxLength": 1000}, "It is audited, and shown.")},
        ("reason",),
    ),
    "AcceptReason": body(
        "Why a revision is to be served although it breaks the policy.",
        {"reason": described({**TEXT, "minLength": 1, "maxLength": 1000}, "It is audited, and shown.")},
        ("reason",),
    ),
}

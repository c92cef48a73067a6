"""Request bodies for workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import TEXT, body, described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

#: Of what changes what a server does, rather than a job or a trigger.
AUDITED_REASON = described(
    {**TEXT, "minLength": 1, "maxLength": 1000}, "The reason, which is recorded in the audit trail and shown."
)

SCHEMAS: Mapping[str, JsonObject] = {
    "ChangeMessage": body(
        "A commit message, which may be left out.",
        {"message": described({**TEXT, "maxLength": 2048}, "The commit message; a generated one if left out.")},
    ),
    "ChangeToCheck": body(
        "The two revisions of a change.",
        {
            "base": described(TEXT, "A branch, tag or commit; the active revision if left out."),
            "head": described(
                TEXT, "A branch, tag or commit; the newest revision if left out, even if it was refused."
            ),
        },
    ),
    "SyncReason": body(
        "Why the workspace is to stop following its remote branch, or to follow it again.",
        {"reason": AUDITED_REASON},
        ("reason",),
    ),
    "AcceptReason": body(
        "Why the server should serve a revision although it breaks the policy.",
        {
            "reason": AUDITED_REASON,
            "lasts": described(
                {**TEXT, "maxLength": 40},
                "How long the revision may become active because of it, as a duration such as `2d`. It ends earlier "
                "when another revision becomes active.",
            ),
        },
        ("reason",),
    ),
    "WithdrawalReason": body("Why an acceptance ends.", {"reason": AUDITED_REASON}, ("reason",)),
}

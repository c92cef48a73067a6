"""The JSON of a change that the API has made of a workspace's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import FLAG, TEXT, WHOLE, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.changes import Change


class ShownPull(Record):
    number: int
    url: str | None


class MadeChange(Record):
    change: Change
    active: str | None  #: the active revision afterwards
    pull_request: ShownPull | None = None
    warning: str | None = None


CHANGE = Noun(
    "FileChange",
    "A change of a workspace's files, as a commit.",
    (
        JsonField("workspace", TEXT, "change.workspace"),
        JsonField("path", TEXT, "change.path"),
        JsonField(
            "status",
            one_of("committed", "proposed", "unchanged"),
            lambda it: _status(it.change),
            about="`committed`: to the served branch; `proposed`: to another branch; `unchanged`: there was nothing to "
            "change.",
        ),
        JsonField("base", TEXT, "change.base", about="The revision to which the change was made."),
        JsonField("revision", TEXT, "change.revision", about="The new commit; the base if nothing was changed."),
        JsonField("branch", TEXT, "change.branch", about="The branch that the commit was pushed to."),
        JsonField(
            "active",
            FLAG,
            lambda it: it.active == it.change.revision,
            about="Whether the revision is active now.",
        ),
        JsonField(
            "pull_request",
            or_null(ref("ChangePull")),
            lambda it: _pull(it.pull_request) if it.pull_request is not None else None,
            about="The pull request that was opened for the change; null if no code host is configured.",
        ),
        JsonField("warning", or_null(TEXT), about="What failed although the commit was pushed."),
    ),
)

PULL = Noun(
    "ChangePull",
    "The pull request of a change.",
    (JsonField("number", WHOLE), JsonField("url", or_null(TEXT), about="URL of the pull request's page.")),
)

NOUNS = (CHANGE, PULL)

made_change: Callable[[MadeChange], JsonObject] = writer(CHANGE)
_pull: Callable[[ShownPull], JsonObject] = writer(PULL)


def _status(change: Change) -> str:
    if not change.has_changed:
        return "unchanged"
    return "committed" if change.is_direct else "proposed"

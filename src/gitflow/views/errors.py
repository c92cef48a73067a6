"""The JSON of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.identity import LEVELS
from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, is_none, is_unset, writer
from gitflow.views.schema import TEXT, list_of, object_of, one_of, or_null, ref
from gitflow.views.workspaces import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.problems import Problem
    from gitflow.core.values import JsonObject


class Lacking(Record):
    """What a caller lacks for a request."""

    permission: str  #: one of core.identity.LEVELS
    workspace: str | None = None  #: None: it is about the server
    task: str | None = None  #: None: it is about the whole workspace
    ask: tuple[str, ...] = ()  #: emails of those who can give it


class ErrorAnswer(Record):
    message: str
    code: str
    details: Sequence[tuple[str, str]] = ()  #: (field, message)
    problems: Sequence[Problem] = ()
    lacking: Lacking | None = None


LACKING = Noun(
    "Lacking",
    "A permission that the caller of a request lacks.",
    (
        JsonField("permission", one_of(*LEVELS[1:]), about="The level that the request needs."),
        JsonField("workspace", or_null(TEXT), about="The workspace; null: the request is about the server."),
        JsonField("task", or_null(TEXT), about="The task; null: the workspace as a whole."),
        JsonField(
            "ask",
            list_of(TEXT),
            lambda it: list(it.ask),
            about="Emails of some administrators, who can give it; only for who has an account.",
        ),
    ),
)

lacking: Callable[[Lacking], JsonObject] = writer(LACKING)

ERROR = Noun(
    "Error",
    "An error response.",
    (
        JsonField("error", TEXT, "message", about="What went wrong, as a sentence."),
        JsonField("code", TEXT, about="Code of the error, which never changes."),
        JsonField(
            "details",
            list_of(object_of("One invalid field.", {"field": TEXT, "message": TEXT})),
            lambda it: [{"field": field, "message": text} for field, text in it.details],
            about="Each invalid field.",
            omit=is_unset,
        ),
        JsonField(
            "problems",
            list_of(ref("Problem")),
            lambda it: [problem(each) for each in it.problems],
            about="Each problem in the definitions, with its place.",
            omit=is_unset,
        ),
        JsonField(
            "lacking",
            ref("Lacking"),
            lambda it: it.lacking and lacking(it.lacking),
            about="Of a 403: the permission that the caller lacks, and who can give it.",
            omit=is_none,
        ),
    ),
)

NOUNS = (ERROR, LACKING)

error: Callable[[ErrorAnswer], JsonObject] = writer(ERROR)

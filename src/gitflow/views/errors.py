"""The JSON of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, is_unset, writer
from gitflow.views.schema import TEXT, list_of, object_of, ref
from gitflow.views.workspaces import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.problems import Problem
    from gitflow.core.values import JsonObject


class ErrorAnswer(Record):
    message: str
    code: str
    details: Sequence[tuple[str, str]] = ()  #: (field, message)
    problems: Sequence[Problem] = ()


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
    ),
)

NOUNS = (ERROR,)

error: Callable[[ErrorAnswer], JsonObject] = writer(ERROR)

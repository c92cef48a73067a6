"""``type: docker``: the program of a container image, another of its programs, or a script for its ``sh``.

``cmd`` as a list has the arguments of the image's program, or of the program that ``entrypoint`` names. ``cmd`` as text
is a script, with values passed in as for ``type: shell``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.actions.shell import plain_words, text_words, working_directory
from gitflow.core.errors import InvalidInput
from gitflow.core.record import replace
from gitflow.core.values import is_list
from gitflow.runners.process_spec import process_of

if TYPE_CHECKING:
    from gitflow.core.values import Json
    from gitflow.runners.base import Process, StepContext


def prepare(context: StepContext) -> Process:
    """The process of the step, which runs in a container. Raises InvalidInput."""
    entrypoint = context.fields.get("entrypoint")
    return replace(
        process_of(context, _argv(context, entrypoint), cwd=working_directory(context)),
        is_for_image=entrypoint is None and context.script is None,
    )


def _argv(context: StepContext, entrypoint: Json) -> list[str]:
    cmd = context.fields.get("cmd")
    if context.script is not None:
        return ["sh", "-e", *text_words(context, context.script)]
    arguments = plain_words(cmd) if is_list(cmd) else []
    if entrypoint is None:
        return arguments
    words = [*(plain_words(entrypoint) if is_list(entrypoint) else [str(entrypoint)]), *arguments]
    if not words or not words[0]:
        raise InvalidInput("`entrypoint: []` leaves it to `cmd` to name a program; its first word must be one")
    return words

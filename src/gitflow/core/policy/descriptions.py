"""Descriptions of actions in a policy: ``{types, images, runners}``, each a list of globs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.core.language.definition import PROCESS, type_of
from gitflow.core.policy.records import is_named
from gitflow.core.templates.texts import has_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.language.definition import Action

#: Where a process runs unless its action says otherwise.
HOST = "host"
_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")


def image_of(action: Action) -> str | None:
    """The image of its container; None where it runs in none."""
    image = action.fields.get("image")
    return str(image) if image is not None and runner_of(action) == "docker" else None


def runner_of(action: Action) -> str | None:
    kind = type_of(action)
    if kind.kind != PROCESS:
        return None
    return kind.runner or str(action.fields.get("runner", HOST))


def why(description: Mapping[str, list[str]], action: Action) -> tuple[str, str] | None:
    """The key of the action that fits the description, and a sentence's verb and object; None if nothing fits."""
    image, runner = image_of(action), runner_of(action)
    if is_named(description.get("types", ()), action.type):
        return "type", f"is of `type: {action.type}`"
    if runner is not None and is_named(description.get("runners", ()), runner):
        return "runner", f"runs in `runner: {runner}`"
    if image is not None and description.get("images"):
        if has_template(image):
            return "image", "has an image that only a run knows"
        if is_named(description["images"], image):
            return "image", f'has the image "{image}"'
    return None


def is_pinned(image: str) -> bool:
    """By its digest: a tag can be moved."""
    return not has_template(image) and _DIGEST.fullmatch(image) is not None

"""Checks of the fields of actions that run in containers, and of those that have no effect outside of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.containers import FIELDS, FORMS, runs_in_container, wrong_form, wrong_mount
from gitflow.core.templates.texts import has_template
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.language.definition import Action
    from gitflow.core.problems import Problem
    from gitflow.definitions.checks.context import Path, Workspace


def containers_have_what_they_need(workspace: Workspace) -> Iterator[Problem]:
    for path, action in workspace.actions():
        if not runs_in_container(action):
            yield from _without_effect(workspace, path, action)
            continue
        if "image" not in action.fields:
            hint = "name it, as in `image: docker.io/library/alpine:3.20`"
            yield workspace.error((*path, "runner"), "missing-image", "`runner: docker` needs an `image`", hint)
        if action.fields.get("dependencies"):
            hint = "use an image that has the packages, or remove `runner: docker`"
            message = "`dependencies` are not installed in a container"
            yield workspace.error((*path, "dependencies"), "not-in-container", message, hint, key=True)
        if isinstance(action.fields.get("cmd"), str) and "entrypoint" in action.fields:
            message = "`cmd` as text is a script for `sh`, so `entrypoint` has no place"
            hint = "remove `entrypoint`, or write `cmd` as a list of words"
            yield workspace.error((*path, "entrypoint"), "exclusive-keys", message, hint, key=True)


def containers_have_valid_options(workspace: Workspace) -> Iterator[Problem]:
    """Values with templates are checked when the step starts."""
    for path, action in workspace.actions():
        if not runs_in_container(action):
            continue
        for field in FORMS.keys() & action.fields.keys():
            text = str(action.fields[field])
            message = None if has_template(text) else wrong_form(field, text)
            if message is not None:
                yield workspace.error((*path, field), f"bad-{field}", message, "correct it, or leave it out")
        yield from _mounts(workspace, path, action)


def _mounts(workspace: Workspace, path: Path, action: Action) -> Iterator[Problem]:
    mounts = action.fields.get("mounts")
    for at, mount in enumerate(mounts if is_list(mounts) else ()):
        if not is_object(mount):
            continue
        source, target = str(mount.get("source", "")), str(mount.get("target", ""))
        if has_template(source):
            source = "/"
        message = None if has_template(target) else wrong_mount(source, target)
        if message is not None:
            yield workspace.error((*path, "mounts", at), "bad-mount", message, "correct it, or leave it out")


def _without_effect(workspace: Workspace, path: Path, action: Action) -> Iterator[Problem]:
    for field in FIELDS:
        if field in action.fields:
            message = f"`{field}` has no effect without `runner: docker`"
            yield workspace.warning((*path, field), "no-effect", message, "remove it", key=True)

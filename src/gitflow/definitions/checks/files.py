"""Checks of files, folders and runners that actions use, and of secrets that are too short to mask."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from gitflow.core.durations import moment
from gitflow.core.templates.texts import has_template
from gitflow.core.values import MIN_SECRET_LENGTH, is_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.problems import Problem
    from gitflow.core.values import Json
    from gitflow.definitions.checks.context import Path, Workspace


def scripts_exist(workspace: Workspace) -> Iterator[Problem]:
    for path, action in workspace.actions():
        script = action.fields.get("script")
        if not isinstance(script, str):
            continue
        if _leaves(script):
            message = f'script "{script}" is outside the workspace'
            yield workspace.error(
                (*path, "script"), "script-outside", message, "write a path relative to the root of the workspace"
            )
        elif not workspace.has_file(posixpath.normpath(script)):
            message = f'script "{script}" is not in the workspace'
            hint = "paths are relative to the root of the workspace; is the file committed?"
            yield workspace.error((*path, "script"), "missing-script", message, hint)


def work_stays_inside(workspace: Workspace) -> Iterator[Problem]:
    for path, action in workspace.actions():
        workdir = action.fields.get("workdir")
        if isinstance(workdir, str) and not has_template(workdir) and _leaves(workdir):
            message = f'`workdir` "{workdir}" is outside the working copy'
            yield workspace.error((*path, "workdir"), "workdir-outside", message, "write a path inside it, without ..")


def moments_are_moments(workspace: Workspace) -> Iterator[Problem]:
    for path, action in workspace.actions():
        until = action.fields.get("until")
        if action.type == "sleep" and isinstance(until, str) and not has_template(until):
            try:
                moment(until)
            except ValueError as error:
                yield workspace.error((*path, "until"), "bad-moment", f'"{until}" is not a time: {error}')


def secrets_are_long_enough_to_mask(workspace: Workspace) -> Iterator[Problem]:
    for path, value in _leaves_of(workspace.checked.secrets, ("secrets",)):
        text = value if isinstance(value, str) else str(value)
        warning = None if has_template(text) else short_secret(text)
        if warning is not None:
            yield workspace.warning(path, *warning)


def short_secret(value: str) -> tuple[str, str, str] | None:
    """Rule, message and hint for a value that cannot be masked."""
    if len(value) >= MIN_SECRET_LENGTH:
        return None
    return (
        "short-secret",
        f"a secret of fewer than {MIN_SECRET_LENGTH} characters is not masked in logs",
        "use a longer one",
    )


def _leaves(path: str) -> bool:
    normal = posixpath.normpath(path)
    return posixpath.isabs(normal) or normal == ".." or normal.startswith("../") or "\0" in path


def _leaves_of(values: Mapping[str, Json], path: Path) -> Iterator[tuple[Path, Json]]:
    for name, value in values.items():
        if is_object(value):
            yield from _leaves_of(value, (*path, name))
        else:
            yield (*path, name), value

"""Files of the workspace that definitions name, and what uses each: scripts, words of scripts, and files that secrets
are read from."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from gitflow.core.changes import texts
from gitflow.core.changes.records import ADDED, CHANGED, REMOVED, Caller, Change, Detail
from gitflow.core.changes.words import paths_in, scripts_in
from gitflow.core.problems import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from gitflow.core.changes.records import Side
    from gitflow.core.language.definition import Action
    from gitflow.core.language.snapshot import Snapshot


def _always(section: str, name: str) -> bool:
    return True


def users_of_files(
    snapshot: Snapshot, may_name: Callable[[str, str], bool] = _always, words: Collection[str] = ()
) -> dict[str, tuple[Caller, ...]]:
    """Path -> the definitions that name it. Paths outside of the workspace are left out.

    ``may_name`` says of actions and tasks, by section and name, which have to be looked at. ``words``: those words of
    scripts that are files.
    """
    found: dict[str, dict[Caller, None]] = {}
    for path, user in _uses(snapshot, may_name, frozenset(words)):
        normal = posixpath.normpath(path)
        if not posixpath.isabs(normal) and not normal.startswith("../") and normal not in ("..", "."):
            found.setdefault(normal, {})[user] = None
    return {path: tuple(users) for path, users in found.items()}


def _uses(
    snapshot: Snapshot, may_name: Callable[[str, str], bool], words: frozenset[str]
) -> Iterator[tuple[str, Caller]]:
    for action in (snapshot.actions[name] for name in snapshot.actions if may_name("actions", name)):
        yield from _of_action(action, Caller("action", action.name, action.where), words)
    for task in (snapshot.tasks[name] for name in snapshot.tasks if may_name("tasks", name)):
        for step in task.flow.values():
            if step.inline is not None:
                yield from _of_action(step.inline, Caller("task", task.name, step.where), words)
    for name, value in snapshot.secrets.items():
        user = Caller("secret", name, snapshot.secret_places.get(name, Place("")))
        for function in ("file", "sops"):
            yield from ((path, user) for path in texts.functions_in(value, function))


def _of_action(action: Action, user: Caller, words: frozenset[str]) -> Iterator[tuple[str, Caller]]:
    script = action.fields.get("script")
    if isinstance(script, str):
        yield script, user
    if words:
        yield from ((path, user) for path in sorted(words & paths_in(scripts_in(action.fields))))


def file_changes(base: Side, head: Side) -> Iterator[Change]:
    """A change for each named file whose content differs. A file that only moved appears as a change of its users."""
    differing = {path for path in {*base.files, *head.files} if base.files.get(path) != head.files.get(path)}
    if not differing:
        return
    before = users_of_files(base.snapshot, words=differing)
    after = users_of_files(head.snapshot, words=differing)
    for path in sorted(differing & {*before, *after}):
        old, new = base.files.get(path), head.files.get(path)
        change = CHANGED if old and new else ADDED if new else REMOVED
        users = after.get(path) or before.get(path, ())
        if change == CHANGED or (path in before and path in after):
            used = Detail("used_by", CHANGED, _names(before.get(path)), _names(after.get(path)), callers=users)
            yield Change("file", path, change, Place(path), details=(used,))


def _names(users: tuple[Caller, ...] | None) -> list[str]:
    return [f"{user.kind} {user.name}" for user in users or ()]

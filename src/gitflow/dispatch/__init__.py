"""Dispatch passes ready steps to workers. This table has the dispatch engines by name."""

from __future__ import annotations

from gitflow.dispatch.local import LocalDispatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gitflow.dispatch.base import Dispatch


def _shared(tags: Collection[str] | None, is_off: bool, is_exclusive: bool) -> Dispatch:
    from gitflow.dispatch.shared import SharedDispatch  # not at the top: only servers have agents

    return SharedDispatch(tags, is_off=is_off, is_exclusive=is_exclusive)


#: Name -> the function that makes an engine. Its arguments describe the worker of this process: its tags (None: it
#: takes every offer), whether there is no such worker, and whether it takes only steps that need one of its tags.
DISPATCHES: Mapping[str, Callable[[Collection[str] | None, bool, bool], Dispatch]] = {
    "local": lambda tags, is_off, is_exclusive: LocalDispatch(tags, is_off=is_off),
    "shared": _shared,
}

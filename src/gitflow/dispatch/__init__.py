"""Dispatch: passes ready steps to workers. The dispatch engines by name."""

from __future__ import annotations

from gitflow.dispatch.local import LocalDispatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gitflow.dispatch.base import Dispatch


def _shared(tags: Collection[str] | None, is_off: bool) -> Dispatch:
    from gitflow.dispatch.shared import SharedDispatch  # not at the top: only servers have agents

    return SharedDispatch(tags, is_off=is_off)


#: Name -> makes an engine from the tags of the own worker (None: it takes every offer), and whether there is none.
DISPATCHES: Mapping[str, Callable[[Collection[str] | None, bool], Dispatch]] = {
    "local": lambda tags, is_off: LocalDispatch(tags, is_off=is_off),
    "shared": _shared,
}

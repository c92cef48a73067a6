"""Records as JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitflow.core.record import fields_of
from gitflow.core.values import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import Json


def plain(value: Any, text: Callable[[str], str] = str) -> Json:
    """A record as an object, at any depth; tuples as lists. ``text`` is applied to every text but the keys."""
    if hasattr(value, "__match_args__"):
        return {name: plain(member, text) for name, member in fields_of(value)}
    if is_mapping(value):
        return {name: plain(member, text) for name, member in value.items()}
    if is_list(value):
        return [plain(member, text) for member in value]
    return text(value) if isinstance(value, str) else value

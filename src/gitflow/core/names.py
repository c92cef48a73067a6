"""Names: their patterns, the words that are taken, and near misses."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def closest(name: str, known: Iterable[str]) -> str:
    """``did you mean "build"?`` for the nearest known name, or an empty string."""
    import difflib  # only needed when something is wrong

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'did you mean "{found[0]}"?' if found else ""


def template_name(name: str) -> str:
    """How a name is written in a template: ``say-hello`` is ``say_hello``."""
    return name.replace("-", "_")


def instance_name(loop: str, index: int) -> str:
    return f"{loop}[{index}]"

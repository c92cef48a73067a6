"""Regular expressions that are compiled when they are first used.

Compiling one takes as long as a tenth of a small step, and most runs use few of them.
"""

from __future__ import annotations

TYPE_CHECKING = False
#: ``re.ASCII`` and ``re.DOTALL``, for modules that do not import re.
ASCII, DOTALL = 256, 16
if TYPE_CHECKING:
    import re
    from typing import Any


class _Lazy:
    __slots__ = ("_flags", "_made", "_text")

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags
        self._made: re.Pattern[str] | re.Pattern[bytes] | None = None

    def __getattr__(self, name: str) -> Any:
        import re

        if self._made is None:
            self._made = re.compile(self._text, self._flags)
        return getattr(self._made, name)


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """A stand-in for ``re.compile(text, flags)`` that compiles when it is first used."""
    return _Lazy(text, flags)  # type: ignore[return-value]

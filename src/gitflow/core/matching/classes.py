r"""Character classes of patterns, translated to the syntax of the linear engine.

The engine allows no brackets inside brackets, so the complement of ``\w`` or ``\s`` is represented as the
sets whose complements it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How each class is written inside […], and which sets without its members stand for its opposite: the engine
#: cannot hold one negated class inside another.
UNICODE = {
    "d": (r"\p{Nd}", ()),
    "D": (r"\P{Nd}", ()),
    "w": (r"\p{L}\p{N}_", ()),
    "s": (r"\x{9}-\x{d}\x{1c}-\x{1f}\x{85}\p{Z}", ()),
    "W": ("", (r"\P{L}", r"\P{N}", r"\x{0}-\x{5e}\x{60}-\x{10ffff}")),
    "S": ("", (r"\P{Z}", r"\x{0}-\x{8}\x{e}-\x{1b}\x{20}-\x{84}\x{86}-\x{10ffff}")),
}
ASCII = {
    "d": ("0-9", ()),
    "D": (r"\x{0}-\x{2f}\x{3a}-\x{10ffff}", ()),
    "w": ("0-9A-Z_a-z", ()),
    "W": (r"\x{0}-\x{2f}\x{3a}-\x{40}\x{5b}-\x{5e}\x{60}\x{7b}-\x{10ffff}", ()),
    "s": (r"\x{9}-\x{d}\x{20}", ()),
    "S": (r"\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{10ffff}", ()),
}
_OPPOSITE = {"W": "w", "S": "s"}


class CharClass(Record):
    """One member of […]: characters, or the complement of some."""

    text: str = ""
    opposite: tuple[str, ...] = ()  #: the sets whose complements it is without
    code: int | None = None  #: for a single character: its code point


def written(members: Sequence[CharClass], *, negated: bool) -> str | None:
    """The set in the engine's syntax, without brackets inside brackets; None if no character matches."""
    plain = "".join(member.text for member in members)
    opposites = {member.opposite for member in members if member.opposite}
    if negated and len(opposites) > 1:
        return None
    if negated:
        sets = [f"[^{plain}{each}]" for each in next(iter(opposites), ("",))]
    else:
        sets = [f"[{plain}]"] if plain else []
        sets += [f"[^{_members_of(opposite)}]" for opposite in sorted(opposites)]
    return sets[0] if len(sets) == 1 else f"(?:{'|'.join(sets)})"


def _members_of(opposite: tuple[str, ...]) -> str:
    """What is written for a class, by what is written for its opposite."""
    return next(UNICODE[small][0] for large, small in _OPPOSITE.items() if UNICODE[large][1] == opposite)


def escaped(character: str) -> str:
    """A character escaped for the engine, valid in every position."""
    return character if character.isascii() and character.isalnum() else rf"\x{{{ord(_whole(character)):x}}}"


def whole(text: str) -> str:
    """The engine knows no halves of characters: private ones, as little letters or digits as they, stand for them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(map(_whole, text))
    return text


def _whole(character: str) -> str:
    return chr(ord(character) + 0xF0000 - 0xD800) if "\ud800" <= character <= "\udfff" else character

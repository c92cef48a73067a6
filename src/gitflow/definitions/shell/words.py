"""Words of a command: what surely stands in them, and where something else comes in.

A Word is the same for the text of a script, for one entry of a ``cmd`` list and for a nested ``sh -c``, so that
one judgement of commands (``commands``) serves all three.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.definitions.shell.tables import is_special

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The kinds of a Hole. VALUE: a template stands there. SCRIPT: the script's own variable or command decides.
#: SEVERAL: a pattern or brace expression, which may become several words.
VALUE, SCRIPT, SEVERAL = "value", "script", "several"


#: Names of an input, where a program wants a file.
_INPUT = re.compile(r"-|(?:.*/)?stdin|.*/fd/\d+", re.DOTALL)


class Hole(Record):
    """A part of a word that the text of the script does not decide."""

    kind: str
    quoted: bool = True  #: it stays inside its word; otherwise the shell splits it, and it may vanish
    name: str = ""  #: of the variable, where it is one
    inner: bool = False  #: the value is used inside a command substitution, whose output stands here
    number: bool = False  #: the value is sure to be a number or a boolean


class Word:
    """Pieces, joined. What they are asked all the time is worked out once; a Record would look anew each time."""

    __slots__ = ("has_holes", "holes", "is_one_word", "lead", "pieces", "text")

    pieces: tuple[str | Hole, ...]
    text: str | None  #: the whole word, where the script decides all of it
    lead: str  #: the text that the word surely begins with
    holes: tuple[Hole, ...]
    has_holes: bool
    is_one_word: bool  #: whether it is exactly one word, whatever its variables hold

    def __init__(self, pieces: tuple[str | Hole, ...]) -> None:
        self.pieces = pieces
        first = pieces[0] if pieces else ""
        self.lead = first if isinstance(first, str) else ""
        if len(pieces) < 2 and isinstance(first, str):
            self.text, self.holes, self.has_holes, self.is_one_word = first, (), False, True
            return
        self.text = None
        self.holes = tuple([piece for piece in pieces if isinstance(piece, Hole)])
        self.has_holes = bool(self.holes)
        self.is_one_word = all(hole.quoted and hole.kind != SEVERAL for hole in self.holes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and self.pieces == other.pieces

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __repr__(self) -> str:
        return f"Word({self.pieces!r})"

    @property
    def readings(self) -> tuple[str, ...]:
        """What the script decides of the word; of parts that it does not decide: with ``_`` for each, and without."""
        if not self.holes:
            return (self.text or "",)
        return tuple("".join(piece if isinstance(piece, str) else part for piece in self.pieces) for part in ("_", ""))

    @property
    def named(self) -> str:
        """The word with the names of its variables: ``sh $f``."""
        return "".join(piece if isinstance(piece, str) else f"${piece.name or '_'}" for piece in self.pieces)

    @property
    def tail(self) -> str:
        """The text that the word surely ends with."""
        last = self.pieces[-1] if self.pieces else ""
        return last if isinstance(last, str) else ""

    @property
    def begins_with_value(self) -> bool:
        """Whether a value may be what the word begins with, as far as its other variables may be empty."""
        for piece in self.pieces:
            if isinstance(piece, str):
                return False
            if piece.kind == VALUE:
                return not piece.number  # a number may begin with a dash, but no option of digits runs code
        return False

    @property
    def names_path(self) -> bool:
        """Whether the script itself writes a slash in it: it is a path then, and no option."""
        return any("/" in piece for piece in self.pieces if isinstance(piece, str))

    def after(self, length: int) -> Word:
        """The word without the first ``length`` characters of its lead."""
        rest = self.lead[length:]
        return Word((rest, *self.pieces[1:]) if rest else self.pieces[1:])


def word_of(pieces: list[str | Hole]) -> Word:
    """Joins neighbouring texts."""
    joined: list[str | Hole] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
    return Word(tuple(joined))


def argument_file(words: Sequence[Word]) -> str:
    """The file from which ``xargs -a FILE`` reads arguments; "" where it is none of these."""
    if not words or words[0].text not in ("xargs", "parallel"):
        return ""
    texts = [word.text or "" for word in words]
    found = [after for text, after in pairwise(texts) if text in ("-a", "--arg-file")]
    found += [text.partition("=")[2] for text in texts if text.startswith("--arg-file=")]
    return path_of(found[0]) if found else ""


def names_input(text: str) -> bool:
    """Whether it names the standard input, or another descriptor that the script may feed."""
    return _INPUT.fullmatch(text) is not None


def gives_input(name: str, value: str) -> bool:
    """``BASH_ENV=/dev/stdin``: whether a variable with this value makes a program run what it reads."""
    return (name == "PYTHONINSPECT" and value != "") or (is_special(name) and names_input(value))


def path_of(text: str) -> str:
    """The name of a file, the same for every way to write that it lies here."""
    return text.removeprefix("./")


def hides_blanks(text: str) -> bool:
    """Unusual blanks outside of quotes look like the end of a word, and are none (or are, in another locale)."""
    return not text.isascii() and any(unicodedata.category(char) in ("Zs", "Zl", "Zp", "Cf") for char in text)

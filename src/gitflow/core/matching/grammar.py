"""Parses the patterns that authors write: the syntax of Python's ``re``, without what a linear engine cannot match.

It refuses lookaround, backreferences, conditions, atomic groups and possessive repetitions, limits the size of
the repetitions, and writes the rest in the engine's syntax so explicitly that both engines read it alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.matching.classes import ASCII, UNICODE, CharClass, escaped, written
from gitflow.core.record import Record

if TYPE_CHECKING:
    from typing import NoReturn

#: The longest pattern, in characters, and the deepest nesting of groups.
MAX_LENGTH = 4096
MAX_DEPTH = 50
#: How many characters and classes a pattern may have, with every counted repetition expanded.
MAX_SIZE = 2000

_LAST = 0x10FFFF
_HEX = frozenset("0123456789abcdefABCDEF")
_CONTROLS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92}
_ANCHORS = {"A": r"\A", "Z": r"\z", "b": r"\b", "B": r"\B"}
_GROUPS = {
    "=": "lookahead (?=…)",
    "!": "negative lookahead (?!…)",
    "<=": "lookbehind (?<=…)",
    "<!": "negative lookbehind (?<!…)",
    ">": "an atomic group (?>…)",
    "(": "a condition (?(…)…)",
    "P=": "a backreference (?P=…)",
}


class PatternError(ValueError):
    """The pattern cannot be used. The message says why and where, ``hint`` what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class PatternPart(Record):
    """A parsed part of a pattern, in the engine's syntax."""

    text: str
    size: int
    is_repeatable: bool = True  #: it matches characters, not only a position


class PatternReader:
    """Parses a pattern from start to end."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise PatternError(f"is longer than {MAX_LENGTH} characters", "check long values in a step instead")
        self._text = text
        self._at = 0
        self._depth = 0
        self._ascii = False
        self._verbose = False

    def read(self) -> PatternPart:
        flags = ""
        while self._text.startswith("(?", self._at) and (end := self._flags_end()) is not None:
            flags += self._set_flags(self._text[self._at + 2 : end])
            self._at = end + 1
        part = self._choice()
        if self._at < len(self._text):
            self._refuse("has a closing ) without an opening (", r"write \) for the character")
        return PatternPart(f"(?{''.join(sorted(set(flags)))}:{part.text})", part.size) if flags else part

    def _flags_end(self) -> int | None:
        """The offset at which leading flags such as ``(?ims)`` end."""
        end = self._at + 2
        while self._text[end : end + 1].isalpha():
            end += 1
        return end if end > self._at + 2 and self._text[end : end + 1] == ")" else None

    def _set_flags(self, letters: str) -> str:
        """Sets the flags and returns those that the engine handles; the others change this parser."""
        for letter in letters:
            if letter not in "aimsux":
                self._refuse(f'has the unknown flag "{letter}"', "the flags are a, i, m, s, u and x")
        self._ascii = "a" in letters or (self._ascii and "u" not in letters)
        self._verbose = self._verbose or "x" in letters
        return "".join(sorted(set(letters) & set("ims")))

    def _refuse(self, message: str, hint: str = "") -> NoReturn:
        raise PatternError(f"{message} (character {self._at + 1})", hint)

    def _peek(self, length: int = 1) -> str:
        return self._text[self._at : self._at + length]

    def _skip(self, wanted: str) -> bool:
        if not self._text.startswith(wanted, self._at):
            return False
        self._at += len(wanted)
        return True

    def _choice(self) -> PatternPart:
        parts = [self._sequence()]
        while self._skip("|"):
            parts.append(self._sequence())
        return PatternPart("|".join(part.text for part in parts), sum(part.size for part in parts))

    def _sequence(self) -> PatternPart:
        texts: list[str] = []
        size = 0
        while self._at < len(self._text) and self._peek() not in "|)":
            if self._skipped():
                continue
            part = self._repeated(self._atom())
            texts.append(part.text)
            size += part.size
            self._limit(size)
        return PatternPart("".join(texts), size)

    def _skipped(self) -> bool:
        """Skips white space and comments. Whether there were any."""
        if self._skip("(?#"):
            end = self._text.find(")", self._at)
            if end < 0:
                self._refuse("has a comment that is not closed", "close it with )")
            self._at = end + 1
            return True
        if self._verbose and self._peek() in " \t\n\r\v\f":
            self._at += 1
            return True
        if self._verbose and self._peek() == "#":
            while self._at < len(self._text) and self._peek() != "\n":
                self._at += 2 if self._peek() == "\\" else 1
            return True
        return False

    def _limit(self, size: int) -> None:
        if size > MAX_SIZE:
            hint = "repeat less; bound the length with `maximum`"
            self._refuse(f"is too large: over {MAX_SIZE} characters once its repetitions are written out", hint)

    def _repeated(self, part: PatternPart) -> PatternPart:
        bounds = self._next_bounds()
        if bounds is None:
            return part
        if self._skip("+"):
            self._refuse("has a possessive repetition, which a linear engine does not know", "leave the last + out")
        self._skip("?")  # greedy or lazy makes no difference to whether the whole text matches
        if not part.is_repeatable or self._next_bounds() is not None:
            self._refuse("repeats something that cannot be repeated", "put the repeated part into (?:…)")
        least, most = bounds
        size = part.size * max(least, most or 0, 1)
        self._limit(size)
        return PatternPart(f"(?:{part.text}){{{least},{'' if most is None else most}}}", size)

    def _next_bounds(self) -> tuple[int, int | None] | None:
        while self._at < len(self._text) and self._skipped():
            pass
        return self._bounds()

    def _bounds(self) -> tuple[int, int | None] | None:
        """The bounds of the repetition at this position."""
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._skip(sign):
                return bounds
        start = self._at
        if not self._skip("{") or self._peek() == "}":
            self._at = start
            return None
        least, comma = self._digits(), self._skip(",")
        most = self._digits() if comma else least
        if not self._skip("}"):
            self._at = start
            return None
        low, high = int(least or 0), int(most) if most else None
        if not comma and high is None:
            high = low
        if high is not None and low > high:
            self._refuse("has a repetition whose minimum is over its maximum", "exchange them")
        return low, high

    def _digits(self) -> str:
        start = self._at
        while self._peek() and self._peek() in "0123456789":
            self._at += 1
        if self._at - start > 6:
            self._limit(MAX_SIZE + 1)
        return self._text[start : self._at]

    def _atom(self) -> PatternPart:
        character = self._peek()
        if character == "(":
            return self._group()
        if character == "[":
            return self._set()
        if character == "\\":
            return self._escape()
        if character in "*+?" or (character == "{" and self._bounds()):
            self._refuse("repeats nothing", rf"write \{character} for the character")
        self._at += 1
        if character in "^$":
            return PatternPart(character, 0, is_repeatable=False)
        return PatternPart("." if character == "." else escaped(character), 1)

    def _group(self) -> PatternPart:
        for sign, what in _GROUPS.items():
            if self._text.startswith(f"(?{sign}", self._at):
                advice = (
                    "repeat the words themselves"
                    if sign in ("P=", "(")
                    else "write it without, or check the value in a step"
                )
                self._refuse(f"has {what}, which a linear engine does not know", advice)
        before, opening = (self._ascii, self._verbose), self._at
        begin = self._group_begin()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse(f"has groups nested deeper than {MAX_DEPTH}", "nest less")
        part = self._choice()
        if not self._skip(")"):
            self._at = opening
            self._refuse("has a group that is not closed", r"close it with ), or write \( for the character")
        self._depth -= 1
        self._ascii, self._verbose = before
        return PatternPart(f"{begin}{part.text})", part.size)

    def _group_begin(self) -> str:
        """The beginning of the group in the engine's syntax; names have no effect."""
        if not self._text.startswith("(?", self._at):
            self._at += 1
            return "(?:"
        if self._skip("(?P<"):
            end = self._text.find(">", self._at)
            if end < 0 or not self._text[self._at : end].isidentifier():
                self._refuse("has a group without a name", "write (?P<name>…)")
            self._at = end + 1
            return "(?:"
        start = self._at
        self._at += 2
        end = self._text.find(":", self._at)
        on, minus, off = self._text[self._at : end].partition("-") if end >= 0 else ("?", "", "")
        if not (on + off).isalpha() and end != self._at:
            self._at = start
            self._refuse("has an unknown kind of group", "write (…), (?:…), (?P<name>…) or (?i:…)")
        if (minus and not off) or set(on) & set(off) or set(off) - set("imsx") or {"a", "u"} <= set(on):
            self._at = start
            self._refuse("has flags in an invalid position", "write (?i:…) or (?-i:…)")
        flags = self._set_flags(on)
        self._verbose = self._verbose and "x" not in off
        self._at = end + 1
        without = "".join(sorted(set(off) & set("ims")))
        return f"(?{flags}{'-' if without else ''}{without}:"

    def _escape(self) -> PatternPart:
        letter = self._peek(2)[1:]
        if letter in _ANCHORS and letter:
            self._at += 2
            return PatternPart(_ANCHORS[letter], 0, is_repeatable=False)
        if letter and letter in "123456789" and not self._is_octal():
            hint = "repeat the words themselves"
            self._refuse("has a backreference, which a linear engine does not know", hint)
        member = self._member_escape()
        return PatternPart(self._set_of([member]), 1)

    def _is_octal(self) -> bool:
        digits = self._text[self._at + 1 : self._at + 4]
        return len(digits) == 3 and digits[0] in "0123" and all(digit in "01234567" for digit in digits)

    def _member_escape(self) -> CharClass:
        """Parses one character or class after a backslash."""
        start = self._at
        letter = self._peek(2)[1:]
        self._at += 2
        table = ASCII if self._ascii else UNICODE
        if letter in table:
            return CharClass(*table[letter])
        if letter in _CONTROLS:
            return self._single(_CONTROLS[letter])
        for sign, length in (("x", 2), ("u", 4), ("U", 8)):
            if letter == sign:
                return self._single(self._hexadecimal(start, length))
        if letter and letter in "01234567":
            return self._single(self._octal(start))
        if not letter or (letter.isascii() and letter.isalnum()):
            self._at = start
            self._refuse("has a \\ that has no meaning here", r"write \\ for the character")
        return self._single(ord(letter))

    def _single(self, code: int) -> CharClass:
        return CharClass(escaped(chr(code)), (), code)

    def _hexadecimal(self, start: int, length: int) -> int:
        digits = self._peek(length)
        if len(digits) < length or set(digits) - _HEX or int(digits, 16) > _LAST:
            self._at = start
            self._refuse("has the number of no character", r"write \x41, \u0041 or \U00000041")
        self._at += length
        return int(digits, 16)

    def _octal(self, start: int) -> int:
        end = start + 1
        while end < start + 4 and self._text[end : end + 1] and self._text[end] in "01234567":
            end += 1
        self._at = end
        code = int(self._text[start + 1 : end], 8)
        if code > 0o377:
            self._at = start
            self._refuse("has the number of no character", r"write \x41")
        return code

    def _set(self) -> PatternPart:
        opening = self._at
        self._at += 1
        negated = self._skip("^")
        members: list[CharClass] = []
        while not members or self._peek() != "]":
            if self._at >= len(self._text):
                self._at = opening
                self._refuse("has a [ without a ]", r"close it, or write \[ for the character")
            members.append(self._member())
        self._at += 1
        return PatternPart(self._set_of(members, negated), 1)

    def _member(self) -> CharClass:
        start = self._at
        first = self._one_of_set()
        if self._peek() != "-" or self._peek(2)[1:] in ("]", ""):
            return first
        self._at += 1
        last = self._one_of_set()
        if first.code is None or last.code is None or first.code > last.code:
            self._at = start
            self._refuse("has a range that ends before it begins", r"exchange its ends, or write \- for the character")
        return CharClass(f"{first.text}-{last.text}")

    def _one_of_set(self) -> CharClass:
        if self._peek(2) == r"\b":
            self._at += 2
            return self._single(8)
        if self._peek() == "\\":
            return self._member_escape()
        self._at += 1
        return self._single(ord(self._text[self._at - 1])) if self._at <= len(self._text) else CharClass()

    def _set_of(self, members: list[CharClass], negated: bool = False) -> str:
        text = written(members, negated=negated)
        return text or self._refuse(r"has [^\W\S], which no character matches", "take one of the two out")

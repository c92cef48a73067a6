"""What a command does with its words: whether a value among them could be taken for anything but data.

One judgement for the commands of a script, for ``cmd`` lists, and for what ``sudo``, ``env``, ``xargs`` and
others run. It reads the words as the row of ``programs`` says; where it cannot, and a value follows, it refuses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.definitions.shell.inputs import runs_input
from gitflow.definitions.shell.programs import program_of
from gitflow.definitions.shell.reading import Reading
from gitflow.definitions.shell.refusals import Refusal
from gitflow.definitions.shell.special import SPECIAL
from gitflow.definitions.shell.tables import RESERVED
from gitflow.definitions.shell.words import VALUE, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.definitions.shell.options import Program

#: How a script names the shell that runs it.
_SHELL_ITSELF = frozenset({"$0", "$SHELL", "$BASH"})
#: What may be a comment: ``zip -TT 'sh #'`` hides the name that zip puts behind it.
_COMMENT = re.compile(r"(?:(?<=\s)|^)#.*")


class Judge(Record):
    """How the words of one script are looked at."""

    holds: Callable[[Word], bool]  #: whether the values in question stand in a word
    #: judges the script of ``sh -c``: its text, the shell, and which of its arguments from ``$0`` on hold a value
    script: Callable[[str, str, tuple[bool, ...]], Refusal | None]

    def refusal(self, words: Sequence[Word]) -> Refusal | None:
        """Why the words may not be run with these values, None where every value arrives as data."""
        if not any(map(self.holds, words)):
            return None
        first = words[0]
        if self.holds(first):
            return Refusal("command-name", word=first)
        if first.text is None:
            return self._unnamed(words)
        name = first.text
        if name in RESERVED:
            return Refusal("reserved", name, self.value_in(words))
        if not name:
            return Refusal("command-word", word=self.value_in(words))
        return self._read(program_of(name), words) or self._embedded(words)

    def reads_program(self, words: Sequence[Word]) -> bool:
        """Whether what the command reads from its standard input would run as code, as far as can be said."""
        if not words:
            return False
        name = words[0].text
        if name is None:
            return True
        program = program_of(name)
        if program is None:
            return any(self._interprets_input(words[at:]) for at in range(1, len(words)))
        return runs_input(Reading(self, program, words))

    def reads_script(self, text: str) -> bool:
        """As ``reads_program`` for a script: whether any of its words could be a program that does."""
        return any(map(self._reads_words, dict.fromkeys([text, _COMMENT.sub("", text)])))

    def _reads_words(self, text: str) -> bool:
        words = [Word((part,)) for part in re.split(r"[\s;&|(){}<>'\"`]+", text) if part]
        if any(word.text in _SHELL_ITSELF for word in words):
            return True
        return any(program_of(word.text or "") and self.reads_program(words[at:]) for at, word in enumerate(words))

    def scripts_of(self, words: Sequence[Word], *, named: bool = False) -> list[tuple[str, str]]:
        """The literal scripts that a command gives to a shell, each behind the name of its program.

        Those of ``sh -c``, ``eval``, ``trap``, ``su -c``. ``named``: with the names of the variables in them.
        """
        program = program_of(words[0].text or "") if words else None
        if program is None:
            return []
        reading = self._reading(program, words)
        while reading.sub is not None:
            reading = reading.sub
        inner = self.scripts_of(reading.inner, named=named) if reading.inner else []
        own = [text for text in (reading.named_scripts if named else reading.scripts) if text]
        if program.name == "eval" and own:
            own = [" ".join(own)]
        return [(program.name, text) for text in own] + inner

    def _interprets_input(self, words: Sequence[Word]) -> bool:
        program = program_of(words[0].text or "")
        return program is not None and program.operands[:1] == "S" and self.reads_program(words)

    def _unnamed(self, words: Sequence[Word]) -> Refusal | None:
        first = words[0]
        _, slash, end = first.tail.rpartition("/")
        if not first.is_one_word or not slash or not end:
            return Refusal("command-word", word=self.value_in(words))
        named = Word((first.tail,))
        found = self._read(program_of(end), [named, *words[1:]]) or self._embedded(words)
        return found or Refusal("command-folder", word=self.value_in(words), is_certain=False)

    def _read(self, program: Program | None, words: Sequence[Word]) -> Refusal | None:
        if program is None:
            return None
        special = SPECIAL.get(program.name)
        return special(self, words) if special else Reading(self, program, words).refusal()

    def _embedded(self, words: Sequence[Word]) -> Refusal | None:
        """``docker run image sh -c …``: an interpreter with its code wherever it stands."""
        for at in range(1, len(words)):
            program = program_of(words[at].text or "")
            if program is None or program.operands[:1] != "S":
                continue
            found = Reading(self, program, words[at:]).refusal()
            if found is not None and found.reason == "evaluates":
                return found
        return None

    def value_in(self, words: Sequence[Word]) -> Word | None:
        return next(filter(self.holds, words), None)

    def of_input(self) -> Judge:
        """The same judgement, of what comes in on the standard input in the place of words."""
        return Judge(lambda word: any(hole.kind == VALUE for hole in word.holes), self.script)

    def innermost(self, words: Sequence[Word]) -> Sequence[Word]:
        """The command that runs in the end: ``tee f`` of ``sudo -u app tee f``."""
        program = program_of(words[0].text or "") if words else None
        if program is None:
            return words
        reading = Reading(Judge(_nothing, self.script), program, words)
        reading.refusal_ignored()
        while reading.sub is not None:
            reading = reading.sub
        return self.innermost(reading.inner) if reading.inner else words

    def environment_reader(self, words: Sequence[Word]) -> Program | None:
        """The program that runs in the end, where it evaluates the variables of its environment as ``make`` does."""
        program = program_of(words[0].text or "") if words else None
        if program is None or program.reads_environment:
            return program
        return self.environment_reader(self._reading(program, words).inner or ())

    def _reading(self, program: Program, words: Sequence[Word]) -> Reading:
        """How a program reads its words, whatever values they hold."""
        reading = Reading(Judge(_nothing, self.script), program, words)
        reading.refusal_ignored()
        return reading


def _nothing(word: Word) -> bool:
    return False

"""What the parts of the judgement say to each other: refusals, uses of values, and the judge of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.definitions.shell.options import Program
    from gitflow.definitions.shell.words import Word


class Refusal(Record):
    """Why a value may not stand in a word."""

    reason: str  #: a row of ``tables.PLACES``, or "evaluates"
    program: str = ""  #: the key in ``programs.PROGRAMS`` whose row says why
    word: Word | None = None  #: the word with the value
    is_certain: bool = True  #: False: the script may be right, so its author is warned only


class Use(Record):
    """One place in which a value is used."""

    name: str
    offset: int
    reason: str = ""  #: a row of ``tables.PLACES``, "evaluates", or "" where the value is data
    program: str = ""  #: the row of ``programs`` or the word that the reason is about
    is_certain: bool = True
    at: int = 0  #: of which statement, counted in the order in which they are met


class CommandJudge(Protocol):
    """What a reading asks of the judgement around it; ``commands.Judge`` is the one there is."""

    @property
    def holds(self) -> Callable[[Word], bool]:
        """Whether the values in question stand in a word."""
        ...

    @property
    def script(self) -> Callable[[str, str, tuple[bool, ...]], Refusal | None]:
        """Judges the script of ``sh -c``."""
        ...

    def refusal(self, words: Sequence[Word]) -> Refusal | None: ...
    def reads_program(self, words: Sequence[Word]) -> bool: ...
    def reads_script(self, text: str) -> bool: ...
    def value_in(self, words: Sequence[Word]) -> Word | None: ...
    def of_input(self) -> CommandJudge: ...
    def environment_reader(self, words: Sequence[Word]) -> Program | None: ...

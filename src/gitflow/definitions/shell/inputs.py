"""Whether a command runs what comes in on its standard input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.definitions.shell.words import VALUE, Hole, Word, names_input, word_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitflow.definitions.shell.reading import Reading

_BETWEEN_NAMES = re.compile(r"[:=]")
_EXECUTES = frozenset({"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"})
_OPTION_OF_FILE = re.compile(r"--[a-z-]+=|-f(?=.)")
_RUNS_ARGUMENT = re.compile(r"""(?:^|[;&|({!\n]|\b(?:then|do|else|exec|command|eval))\s*"?\$[{]?[@*0-9]""")
_SHELL = Word(("sh",))


def runs_input(reading: Reading) -> bool:
    """Whether the command of this reading, of which nothing was read yet, runs its input."""
    program, judge = reading.program, reading.judge
    if program.stdin == "always":
        return True
    reading.refusal_ignored()
    if reading.sub is not None:
        return runs_input(reading.sub)
    if any(judge.reads_program([entry, *(reading.inner or ())]) for entry in reading.entries):
        return True
    if program.stdin == "words":
        return _words_run(reading)
    if reading.inner is not None:
        named = reading.names_stdin or any(word.text == "-" for word in reading.inner[:1])  # `uv run -`
        return named or judge.reads_program(reading.inner)
    if any(map(judge.reads_script, reading.scripts)) or _arguments_run(reading):
        return True
    if reading.arguments and reading.is_sure and not reading.has_code:
        return judge.reads_program([_SHELL, *reading.arguments])
    return _INPUTS[program.stdin](reading)


def _arguments_run(reading: Reading) -> bool:
    """``sh -c '"$@"' name sh``: whether an argument of a script that uses its arguments as commands runs the input."""
    if reading.operands != "X" or not any(map(_RUNS_ARGUMENT.search, reading.scripts)):
        return False
    return reading.judge.reads_script(_texts(reading.words[reading.at + 1 :]))


def _words_run(reading: Reading) -> bool:
    """``xargs CMD``: what is read becomes the command's last words, or replaces a mark in them."""
    value = Word((Hole(VALUE),))
    inner = [_replaced(reading, word, value) for word in reading.inner or ()]
    return bool(inner) and reading.judge.of_input().refusal([*inner, value, value]) is not None


def _replaced(reading: Reading, word: Word, value: Word) -> Word:
    """The word with the input in place of the mark, however often it stands there."""
    for mark in reading.marks:
        if any(mark in piece for piece in word.pieces if isinstance(piece, str)):
            lead, _, rest = word.lead.partition(mark)
            return word_of([lead, *value.pieces, rest, *word.pieces[1 if word.lead else 0 :]])
    return word


def _is_code_alone(reading: Reading) -> bool:
    if reading.names_stdin or not reading.is_sure:
        return True
    named = reading.has_code or reading.operand > _first_code(reading.operands)
    return not named or (reading.program.operands == "C" and (_is_code_if_named(reading) or _feeds_named(reading)))


def _first_code(operands: str) -> int:
    """Where the operand stands without which the code comes from the standard input."""
    return next((at for at, kind in enumerate(operands) if kind in "ACRSX"), len(operands))


def _feeds_named(reading: Reading) -> bool:
    first = 0 if " " in reading.program.name else 1  # the name of a subcommand may be that of a program: `yarn node`
    texts = _BETWEEN_NAMES.sub(" ", _texts(reading.words[first:]))
    return any(map(reading.judge.reads_script, texts.split(",")))


def _feeds_executed(reading: Reading) -> bool:
    return any(
        reading.judge.reads_program(_until_end(reading.words[at + 1 :]))
        for at, word in enumerate(reading.words)
        if word.text in _EXECUTES
    )


def _feeds_last(reading: Reading) -> bool:
    at = next((at for at, word in enumerate(reading.words) if word.text == "--"), len(reading.words)) + 1
    inner = reading.words[at:]
    return not inner or reading.judge.reads_program(inner) or reading.judge.reads_script(_texts(inner))


def _until_end(words: Sequence[Word]) -> Sequence[Word]:
    return words[: next((at for at, word in enumerate(words) if word.text in (";", "+")), len(words))]


def _is_code_if_named(reading: Reading) -> bool:
    return any(names_input(_OPTION_OF_FILE.sub("", word.text or "")) for word in reading.words[1:])


def _texts(words: Iterable[Word]) -> str:
    return " ".join("_" if word.text in (None, "", ".") else word.text for word in words)


#: What the input of a program is, by the field ``stdin`` of its row; besides "always" (code) and "words" (more words).
_INPUTS: dict[str, Callable[[Reading], bool]] = {
    "": lambda reading: reading.names_stdin,  #: code where an option, or the operand with the code, names it
    "data": lambda reading: False,
    "alone": _is_code_alone,  #: code unless an operand or an option names the code
    "shell": lambda reading: not reading.has_code,  #: code unless an option names the code
    "named": _is_code_if_named,  #: code where any argument names the input
    "exec": _feeds_executed,  #: the input of the programs behind ``-exec`` and the like
    "run": _feeds_named,  #: the input of a program that the arguments name
    "open": _feeds_last,  #: the input of a shell, or of the command behind ``--``
}

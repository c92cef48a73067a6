"""Whether a command runs what comes in on its standard input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.definitions.shell.programs import PROGRAMS, program_of
from gitflow.definitions.shell.tables import table_of
from gitflow.definitions.shell.words import VALUE, Hole, Word, names_input, word_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitflow.definitions.shell.reading import Reading

_BETWEEN_NAMES = re.compile(r"[:=]")
_EXECUTES = frozenset({"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"})
_OPTION_OF_FILE = re.compile(r"--[a-z-]+=|-f(?=.)")
_RUNS_ARGUMENT = re.compile(r"""(?:^|[;&|({!\n]|\b(?:then|do|else|exec|command|eval))\s*"?\$[{]?[@*0-9]""")
_SHELL = Word(("sh",))
_PIPED = re.compile(r'\|&?\s*"((?:[^"\\]|\\.)*)"')
_RUNS_IN_AWK = re.compile(r"\bsystem\s*\([^)]*\$|\$[^|;}]*\|\s*getline")
_RUNS_IN_SED = re.compile(
    r"""s(?P<by>[^\w\s\\])(?:(?:\\.|(?!(?P=by))[^\\])*(?P=by)){2}[gpIiMm0-9]*e|(?:^|[;{}\n$/0-9])\s*e\s*(?:$|[;}\n])""",
    re.DOTALL,
)
#: Subcommands that read commands until their input ends.
_SESSIONS = table_of(
    """
    console dbconsole dbshell shell shell_plus ssh tinker psysh repl start-session execute-command exec
    """
)
#: Images of whole systems, which start a shell.
_SYSTEMS = table_of(
    """
    alpine ubuntu debian busybox fedora centos rockylinux almalinux amazonlinux oraclelinux archlinux opensuse
    leap tumbleweed ubi ubi8 ubi9 ubi-minimal photon mageia clearlinux kali-rolling buildpack-deps void
    """
)


def runs_input(reading: Reading) -> bool:
    """Whether the command of this reading, of which nothing was read yet, runs its input."""
    program, judge = reading.program, reading.judge
    if program.stdin == "always":
        return True
    reading.refusal_ignored()
    if reading.sub is not None:
        return any(map(judge.reads_script, reading.scripts)) or runs_input(reading.sub)
    if any(judge.reads_program([entry, *(reading.inner or ())]) for entry in reading.entries):
        return True
    if program.stdin == "words":
        return _words_run(reading)
    if reading.file and _runs_as_named(reading):
        return True
    if reading.inner is not None:
        named = reading.names_stdin or any(word.text == "-" for word in reading.inner[:1])  # `uv run -`
        return named or judge.reads_program(reading.inner)
    if any(map(judge.reads_script, (*reading.scripts, *reading.named_scripts))) or _arguments_run(reading):
        return True
    if reading.arguments and reading.is_sure and not reading.has_code:
        return judge.reads_program([_SHELL, *reading.arguments])
    return _INPUTS[program.stdin](reading)


def _arguments_run(reading: Reading) -> bool:
    """``sh -c '"$@"' name sh``: whether an argument of a script that uses its arguments as commands runs the input."""
    if reading.operands != "X" or not any(map(_RUNS_ARGUMENT.search, reading.scripts)):
        return False
    return reading.judge.reads_script(_texts(reading.words[reading.at + 1 :]))


def _runs_as_named(reading: Reading) -> bool:
    """``php artisan tinker``, ``node inspect x``: whether the file with the code is known as a program by itself."""
    name = reading.file[0].text or ""
    known = PROGRAMS.get(f"{reading.program.name} {name}") or program_of(name)
    return known is not None and runs_input(type(reading)(reading.judge, known, reading.file))


def _words_run(reading: Reading) -> bool:
    """``xargs CMD``: what is read becomes the command's last words, or replaces a mark in them.

    ``mapfile -C CMD`` adds it as well.
    """
    value = Word((Hole(VALUE),))
    named = [Word((text,)) for entry in reading.entries for text in _texts([entry]).split()]
    inner = [_replaced(reading, word, value) for word in (*named, *(reading.inner or ()))]
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
    if not named or any(script.startswith("-") for script in reading.scripts[:1]):  # `ssh host -p 22`
        return True
    runs = _is_code_if_named, _is_session, _feeds_named
    return reading.program.operands == "C" and any(each(reading) for each in runs)


def _first_code(operands: str) -> int:
    """Where the operand stands without which the code comes from the standard input."""
    return next((at for at, kind in enumerate(operands) if kind in "ACRSX"), len(operands))


def _feeds_named(reading: Reading) -> bool:
    first = 0 if " " in reading.program.name else 1  # the name of a subcommand may be that of a program: `yarn node`
    texts = _BETWEEN_NAMES.sub(" ", _texts(reading.words[first:]))
    return any(map(reading.judge.reads_script, texts.split(",")))


def _is_session(reading: Reading) -> bool:
    """``flask shell``, ``aws ssm start-session``: code where an argument names a session of commands."""
    return any(word.text in _SESSIONS for word in reading.words[1:])


def _runs_image(reading: Reading) -> bool:
    """``docker run -i alpine`` without a command: whether the image is likely to start a shell or an interpreter."""
    if reading.names_stdin or reading.operand == 0 or reading.entries:
        return reading.names_stdin
    image = reading.words[reading.at - 1].text or ""
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    return name in _SYSTEMS or reading.judge.reads_program([Word((name,))])


def _pipes_to_reader(reading: Reading) -> bool:
    """``awk '{ print | "sh" }'``: code also where the program in the arguments hands its input on to a shell."""
    texts = [word.text or "" for word in reading.words[1:]]
    handed = (script for text in texts for script in _PIPED.findall(text))
    runs = any(map(_RUNS_IN_AWK.search, texts)) or any(map(reading.judge.reads_script, handed))
    return runs or _is_code_alone(reading)


def _edits_run(reading: Reading) -> bool:
    """``sed 's/^/ls /e'``: as above."""
    return any(_RUNS_IN_SED.search(word.text or "") for word in reading.words[1:]) or _is_code_alone(reading)


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
    "image": _runs_image,  #: the input of a container that starts what its image says
    "pipes": _pipes_to_reader,  #: as "alone"; also where a program in awk runs it
    "edits": _edits_run,  #: as "alone"; also where a program in sed runs it
    "session": _is_session,  #: code where an argument names a session of commands
    "alone": _is_code_alone,  #: code unless an operand or an option names the code
    #: code unless an operand names a file
    "source": lambda reading: reading.operand == 0 or _is_code_if_named(reading),
    "shell": lambda reading: not reading.has_code,  #: code unless an option names the code
    "named": lambda reading: reading.names_stdin or _is_code_if_named(reading),  #: code where any argument names it
    "exec": _feeds_executed,  #: the input of the programs behind ``-exec`` and the like
    "run": lambda reading: reading.names_stdin or _feeds_named(reading),  #: of a program that the arguments name
    "open": _feeds_last,  #: the input of a shell, or of the command behind ``--``
}

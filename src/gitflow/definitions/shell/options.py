r"""How a program reads its arguments: the record behind each row of ``programs``, and its short notation.

Options are written as one text of tokens: ``-abc`` are flags, ``--name`` is a long flag, ``~name`` a long
option behind one dash. What follows the name says what the option does:

=====  =====================================================================================
(no)   a flag
``:``  takes an argument, attached or as the next word
``::`` takes two arguments
``?``  takes an argument only when it is attached
``|``  its argument is a script for a shell
``|=`` its argument is a setting, ``NAME=SCRIPT``, beside the code that the operands give
``!``  its argument is code (or an option, an environment or a command) for some program
``$``  its argument names a file of code
``+``  its argument is code, beside the code that the operands give
``@``  its argument names a subcommand, with a row of its own under "program -x subcommand"
``&``  its argument is the name of a variable
``%``  the first operand is a script for a shell, and the operands after it are its arguments
``<``  the code comes from the standard input, and all operands are data
``,``  takes nothing; what the standard input gives runs as well, behind the code that operands name
``*``  its argument is code, and it takes one only when it is attached
``*,`` the same; without one, what the standard input gives runs as well
``;``  takes nothing, and from then on every operand is code
``!;`` its argument is code, and every operand goes on with it
``^``  its argument is a command, whose arguments are the operands from ``N`` on
``>``  takes an argument, and from then on the operands are a command
``=``  its argument is ``NAME=value`` for the environment of a command
``{``  its argument is a mark that the program replaces in the command by what it reads
``{?`` the same, only when it is attached
``+,`` as ``+``; where it names a debugger, what the standard input gives runs as well
``/``  its argument names code: data only where the word begins with text of the script's own
``.``  behind any of these: nothing after it is an option or code
=====  =====================================================================================

Operands are one letter each, the last one for all that follow: ``D`` data, ``C`` code, ``R`` a script for a shell,
``A`` an argument of a shell, ``F`` a format, ``S`` a file of code (what follows it is its arguments), ``N`` a command
with its arguments, ``M`` a word of such a command, where options of the program may stand among its words, ``U`` a
subcommand with a row of its own under "program subcommand" (or "program \*" for the others), ``X`` a script for a
shell and then its arguments, ``V`` the name of a variable, ``L`` code that is chosen by name (a package, a module):
data only where the word begins with text of the script's own. A ``+`` before the letters: the first operand ends the
options, as POSIX has it; without it options may stand anywhere, as GNU programs take them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.definitions.shell.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


FLAG, TAKES, TAKES_TWO, ATTACHED = "", ":", "::", "?"
CODE, CODE_FILE, SUBCOMMAND, VARIABLE, SHELL_SCRIPT, FROM_STDIN = "!", "$", "@", "&", "%", "<"
SCRIPT, ATTACHED_CODE, ENTRY, THEN_COMMAND, ASSIGNS, MARK = "|", "*", "^", ">", "=", "{"
MORE_CODE, ATTACHED_MARK, THEN_CODE, BEGINS_CODE, THEN_STDIN = "+", "{?", ";", "!;", ","
NAMES_CODE, MORE_CODE_OR_DEBUGGER = "/", "+,"
SETTING, ATTACHED_CODE_OR_STDIN = "|=", "*,"
_KINDS = frozenset("!$@&%<:?.|*^>={+;,/")
_CODE_KINDS = ("!", "$", "@", "&", "%", "<", "|", "*", "^", "{", "+", "/")

#: ``alias.x=!sh``, ``RemoteCommand sh``: a setting whose value is a script for a shell, and that value.
_SETTING_OF_SCRIPT = re.compile(
    r"[\w.:-]*(?:alias|command|cmd|program|editor|pager|helper|exec|external|textconv|clean|smudge|process|driver|hook"
    r"|invoke|monitor|askpass|proxy|pack|browser|tool)[\w.:-]*[\s=]+!?(.*)",
    re.DOTALL | re.IGNORECASE,
)
#: Libraries that read commands from the standard input once they are loaded.
_DEBUGGERS = frozenset({"debug", "byebug", "pry", "irb"})


class Program(Record):
    """One row: what a program does with its arguments, why values are refused there, and what to write."""

    name: str
    operands: str
    notation: str  #: of its options
    why: str
    advice: str  #: ``@`` stands for the template
    stdin: str  #: what its standard input is: see ``inputs``
    is_strict: bool  #: an option that is not listed hides what follows it
    assigns: bool  #: ``NAME=value`` words may stand before the command
    ends: frozenset[str]  #: the words after which nothing is an option
    plus: bool  #: ``+x`` is an option too
    permutes: bool  #: options may stand behind operands
    is_bundled: bool  #: the first word is a bundle of options without a dash, as in ``tar xf``
    reads_environment: bool  #: it evaluates what the variables of its environment hold

    @property
    def options(self) -> Mapping[str, str]:
        """By name with its dashes, as in ``-x``, ``--name``, ``~name``."""
        return options_of(self.notation)

    @property
    def has_code_options(self) -> bool:
        return _has_code(self.notation)


class Option(Record):
    """One option as it stands in a command."""

    name: str
    kind: str  #: without the final ``.``
    is_last: bool  #: nothing after it is an option or code
    argument: Word | None  #: attached to it


def runs_code(kind: str) -> bool:
    return kind.startswith(_CODE_KINDS)


def scripts_in_setting(argument: Word) -> list[str]:
    return [found[1] for text in argument.readings if (found := _SETTING_OF_SCRIPT.fullmatch(text))]


def may_be_alias(program: Program, argument: Word) -> bool:
    """Whether a setting of git may make a command of its own: ``alias.x=!sh``, ``"$name"``."""
    is_named = argument.text is not None or "=" in argument.lead
    return program.name == "git" and (argument.lead.lower().startswith("alias.") or not is_named)


def is_named_by_script(program: Program, word: Word) -> bool:
    """``--name=@`` and ``-x@``: the option is the script's own, whatever it means."""
    if word.lead.startswith("--"):
        return "=" in word.lead
    letters = [program.options.get(f"-{letter}", "") for letter in word.lead[1:]]
    return bool(letters) and not any(runs_code(kind) for kind in letters)


def names_debugger(argument: Word) -> bool:
    return (argument.text or "").partition("/")[0] in _DEBUGGERS


@cache
def _has_code(notation: str) -> bool:
    return any(map(runs_code, options_of(notation).values()))


@cache
def options_of(text: str) -> Mapping[str, str]:
    """The options of the short notation, by name. Read when they are first asked for: most rows never are."""
    found: dict[str, str] = {}
    for token in text.split():
        end = len(token)
        while token[end - 1] in _KINDS:
            end -= 1
        name, kind = token[:end], token[end:]
        if not name.startswith(("-", "~")):
            raise ValueError(f"an option begins with - or ~, not as in {token!r}")
        if name == "-" or name.startswith(("--", "~")):
            found[name] = kind
        else:
            found.update({f"-{letter}": kind for letter in name[1:]})
    return found


def read_option(program: Program, word: Word) -> Iterator[Option | None]:
    """The options of one word that begins with a dash (or ``+``). None: one that the row does not know."""
    lead = word.lead
    if lead.startswith("--"):
        yield _long(program, word)
        return
    name, equals, _ = lead[1:].partition("=")
    kind = program.options.get(f"~{name}")
    if kind is not None and (equals or word.text is not None):
        yield _option(f"-{name}", kind, word.after(len(name) + 2) if equals else None)
        return
    yield from _cluster(program, word, lead)


def _long(program: Program, word: Word) -> Option | None:
    name, equals, _ = word.lead.partition("=")
    known = program.options.get(name)
    if known is None and f"--{name[5:]}" in program.options and name.startswith("--no-"):
        known = FLAG
    if known is None:
        # GNU programs take any beginning of a name: if one that it may mean runs code, it is that; if they are of
        # several kinds, nobody knows
        meant = {kind for option, kind in program.options.items() if option.startswith(name) and len(name) > 2}
        code = next(filter(runs_code, sorted(meant)), None)
        known = code if code is not None or len(meant) != 1 else meant.pop()
    if known is None:
        return None
    return _option(name, known, word.after(len(name) + 1) if equals else None)


def _cluster(program: Program, word: Word, lead: str) -> Iterator[Option | None]:
    for at in range(1, len(lead)):
        kind = program.options.get(f"-{lead[at]}")
        if kind is None:
            yield None
            return
        attached = word.after(at + 1)
        if kind.rstrip(".") in (FLAG, SHELL_SCRIPT, FROM_STDIN, THEN_CODE, THEN_STDIN):
            yield _option(f"-{lead[at]}", kind, None)
        else:
            yield _option(f"-{lead[at]}", kind, attached if attached.pieces else None)
            return


def _option(name: str, kind: str, argument: Word | None) -> Option:
    return Option(name, kind.rstrip("."), kind.endswith("."), argument)


def unbundled(program: Program, words: Sequence[Word]) -> Sequence[Word]:
    """``tar xfC a.tar folder`` as ``tar -x -f a.tar -C folder``: arguments follow in the order of the letters."""
    bundle = words[1].text if len(words) > 1 else None
    if not bundle or bundle.startswith("-"):
        return words
    rest = list(words[2:])
    found = [words[0]]
    for letter in bundle:
        found.append(Word((f"-{letter}",)))
        if program.options.get(f"-{letter}", "") not in ("", "?", "*") and rest:
            found.append(rest.pop(0))
    return [*found, *rest]


def row(
    names: str,
    operands: str,
    options: str = "",
    *,
    why: str,
    advice: str,
    stdin: str = "",
    is_strict: bool = False,
    assigns: bool = False,
    ends: str = "--",
    plus: bool = False,
    is_bundled: bool = False,
    reads_environment: bool = False,
) -> Sequence[Program]:
    """One Program for each of the names, which commas part."""
    words = frozenset(ends.split())
    letters, permutes = operands.lstrip("+"), not operands.startswith("+")
    rest = (why, advice, stdin, is_strict, assigns, words, plus, permutes, is_bundled, reads_environment)
    return [Program(" ".join(name.split()), letters, options, *rest) for name in names.split(",")]

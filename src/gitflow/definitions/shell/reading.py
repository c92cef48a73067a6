"""Reads the words of one command as the row of its program says, and finds the values that are not data.

From left to right: options with their arguments, then operands. Where a word hides how the program will read what
follows it, and a value follows, the value is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.definitions.shell import options as kinds
from gitflow.definitions.shell.looks import Refusal
from gitflow.definitions.shell.options import Program, read_option, unbundled
from gitflow.definitions.shell.programs import PROGRAMS
from gitflow.definitions.shell.tables import is_special
from gitflow.definitions.shell.words import Word, gives_input, names_input

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.definitions.shell.looks import Looks

_ATTACHED = (kinds.ATTACHED_CODE, kinds.ATTACHED_MARK, kinds.ATTACHED_CODE_OR_STDIN)
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")


class Reading:
    """Reads the words of one command from left to right, as its row says."""

    def __init__(self, judge: Looks, program: Program, words: Sequence[Word]) -> None:
        self.judge = judge
        self.program = program
        self.words = unbundled(program, words) if program.is_bundled else words
        self.at = 1
        self.operands = program.operands
        self.operand = 0
        self.has_code = False  #: an option has given the code, so no operand is code
        self.has_ended = False  #: nothing is an option any more
        self.is_data = False  #: all that follows is data
        self.hides = bool(set(program.operands) - {"D", "L"})  #: a word that cannot be read changes what follows it
        self.is_sure = True  #: the words were read as the program will read them
        self.names_stdin = False  #: an operand or option says that the code comes from the standard input
        self.inner: Sequence[Word] | None = None  #: the command that runs in the end
        self.among: list[Word] = []  #: its words so far, where options of the program may stand among them
        self.entries: list[Word] = []  #: options have named that command, and the operands are its arguments
        self.sub: Reading | None = None  #: the reading of the subcommand
        self.marks: list[str] = ["{}"]  #: what the program replaces in its command by what it reads
        self.given: Word | None = None  #: the value that a variable of the command's environment gets
        self.scripts: list[str] = []  #: the scripts that it gives to shells
        self.named_scripts: list[str] = []  #: the same with the names of their variables
        self.arguments: list[Word] = []  #: what it gives to a shell as its arguments
        self.file: Sequence[Word] = ()  #: the file with the code, and its arguments
        self.hidden = 0  #: the word that may be an argument of an unknown option

    def refusal(self) -> Refusal | None:
        while self.at < len(self.words) and not self.is_data:
            word = self.words[self.at]
            if not self.is_sure and self._holds_from(self.at):
                return self._refused("unsure")
            found = self._option(word) if self._is_option(word) else self._operand(word)
            if found is not None:
                return found
            if self.inner is not None:
                return self._inner_refusal(self.inner)
        return self._inner_refusal(self._gathered()) if self.among else None

    def _gathered(self) -> Sequence[Word]:
        self.inner = [*self.among, *self.words[self.at :]]
        return self.inner

    def _inner_refusal(self, words: Sequence[Word]) -> Refusal | None:
        commands = [[entry, *words] for entry in self.entries] or [words]
        found = (self.judge.refusal(command) or self._environment(command) for command in commands)
        return next(filter(None, found), None)

    def _environment(self, words: Sequence[Word]) -> Refusal | None:
        program = self.judge.environment_reader(words) if self.given is not None else None
        return Refusal("evaluates", program.name, self.given) if program is not None else None

    def refusal_ignored(self) -> None:
        """Reads all words for what they are, whatever they hold."""
        while self.at < len(self.words) and not self.is_data and self.inner is None:
            before = self.at
            word = self.words[self.at]
            if self._is_option(word):
                self._option(word)
            else:
                self._operand(word)
            if self.at == before:
                return  # a refusal: nothing more can be said
        if self.among:
            self._gathered()

    # options

    def _is_option(self, word: Word) -> bool:
        if self.has_ended:
            return False
        if word.text in self.program.ends:
            return True
        if word.text == "-":
            return "-" in self.program.options
        if not self.program.options and self.program.operands[:1] in ("C", "R"):
            return False  # `eval` and the like have none
        return word.lead.startswith("-") or (self.program.plus and word.lead.startswith("+"))

    def _option(self, word: Word) -> Refusal | None:
        self.at += 1
        if word.text in self.program.ends:
            self.has_ended = self.hidden != self.at - 1
            if self.program.options.get(word.text or "") == kinds.FROM_STDIN:
                self._read_input()
            return None
        for option in read_option(self.program, word):
            if option is None:
                return self._unknown_option(word)
            found = self._one_option(option)
            if found is not None or self.is_data:
                return found
        covered = self._covered(word)
        return None if covered else self._refused("option", word)

    def _covered(self, word: Word) -> bool:
        """Whether a value in the word stands in an option's argument and not in its name."""
        if not self.judge.holds(word):
            return True
        lead = word.lead
        if lead.startswith("--") or (lead.startswith("-") and f"~{lead[1:].partition('=')[0]}" in self.program.options):
            return "=" in lead
        return any(
            option is not None and option.argument is not None and self.judge.holds(option.argument)
            for option in read_option(self.program, word)
        )

    def _unknown_option(self, word: Word) -> Refusal | None:
        if self._kind() in "ACRVX" and self.judge.holds(word):
            return self._refused("evaluates", word)  # what is no option is code
        if self.program.is_strict:
            self.is_sure = not self.hides
            if self.judge.holds(word):
                return self._refused("unsure", word)
        self.hidden = 0 if "=" in word.lead else self.at
        if self.judge.holds(word) and not kinds.is_named_by_script(self.program, word):
            return self._refused("option", word)
        return None

    def _one_option(self, option: kinds.Option) -> Refusal | None:
        found = self._argument(option)
        self.is_data |= option.is_last and found is None
        return found

    def _argument(self, option: kinds.Option) -> Refusal | None:
        kind = option.kind
        if kind in (kinds.SHELL_SCRIPT, kinds.THEN_CODE):
            self.operands, self.operand = "X" if kind == kinds.SHELL_SCRIPT else "C", 0
            return None
        self.names_stdin |= kind == kinds.THEN_STDIN
        if kind in (kinds.FLAG, kinds.THEN_STDIN):
            return None
        if kind == kinds.FROM_STDIN:
            return self._read_input()
        if kind == kinds.ATTACHED_CODE_OR_STDIN and not (option.argument and option.argument.lead.startswith(":")):
            self.names_stdin = True
        if kind == kinds.ATTACHED or (kind in _ATTACHED and option.argument is None):
            return None
        argument = option.argument or self._next()
        if found := self._of_several(argument, kind):
            return found
        if kind == kinds.BEGINS_CODE:
            self.operands, self.operand = "C", 0
            self._script(argument or Word(()))
            return self._refused("evaluates", argument) if argument and self.judge.holds(argument) else None
        if kind == kinds.TAKES_TWO:
            return self._of_several(self._next(), kind)
        if kind == kinds.THEN_COMMAND:
            self.operands, self.operand = "N", 0
        if argument is None or kind in (kinds.TAKES, kinds.THEN_COMMAND):
            return None
        if kind in _ARGUMENTS:
            return _ARGUMENTS[kind](self, argument)
        if kind == kinds.SUBCOMMAND:
            return self._subcommand(f"{self.program.name} {option.name}", argument, self.at)
        self.names_stdin |= kind == kinds.MORE_CODE_OR_DEBUGGER and kinds.names_debugger(argument)
        self.has_code |= kind in (kinds.CODE, kinds.CODE_FILE, kinds.SCRIPT)
        if kind == kinds.SCRIPT:
            self._script(argument)
        if kind == kinds.SETTING:
            self.scripts += kinds.scripts_in_setting(argument)
            if kinds.may_be_alias(self.program, argument) and self._holds_from(self.at):
                return self._refused("evaluates")  # git hands on what follows to the command of the alias
        self.names_stdin |= kind != kinds.VARIABLE and names_input(argument.text or argument.tail)
        if not self.judge.holds(argument):
            return None
        reason = {kinds.CODE_FILE: "operand", kinds.VARIABLE: "variable-name"}.get(kind, "evaluates")
        return self._refused(reason, argument)

    def _of_several(self, argument: Word | None, kind: str) -> Refusal | None:
        """Its other words stand where options and operands are read, and of none the next word takes its place."""
        if argument is None or argument.is_one_word:
            return None
        if self.judge.holds(argument):
            return self._refused("evaluates" if kinds.runs_code(kind) else "unsure", argument)
        if kinds.runs_code(kind) and self._holds_from(self.at):
            return self._refused("unsure")
        self.is_sure &= not self.hides
        return None

    def _read_input(self) -> None:
        """What is no option is data from here on, and without code so far the input is it."""
        self.names_stdin |= not self.has_code
        self.operands, self.operand = "D", 0

    def as_entry(self, argument: Word) -> Refusal | None:
        self.entries += [argument] if argument.text != "" else []
        return self._refused("command-name", argument) if self.judge.holds(argument) else None

    def as_assignment(self, argument: Word) -> Refusal | None:
        """``--env NAME=value``; a word without ``=`` hands on a variable of its own."""
        name, equals, value = argument.lead.partition("=")
        self.names_stdin |= gives_input(name, value)
        if not self.judge.holds(argument):
            return None
        self.given = argument
        name = name.partition(":")[0]  # `cmake -DNAME:FILEPATH=value`
        return self._refused("special-variable", argument) if not equals or is_special(name) else None

    def as_name(self, argument: Word) -> Refusal | None:
        """The name of a host, of a repository: a value may not choose all of it."""
        return self._refused("evaluates", argument) if argument.begins_with_value else None

    def as_mark(self, argument: Word) -> Refusal | None:
        self.marks.append(argument.text or "{}")
        return self._refused("evaluates", argument) if self.judge.holds(argument) else None

    def _next(self) -> Word | None:
        self.at += 1
        return self.words[self.at - 1] if self.at <= len(self.words) else None

    # operands

    def _operand(self, word: Word) -> Refusal | None:
        if self.program.assigns and _ASSIGNMENT.match(word.lead) and self._kind() in "NM":
            self.at += 1
            return self.as_assignment(word)
        kind = self._kind()
        if not self.has_ended and word.lead == "" and word.text is None and kind not in "ACFLNRSXV":
            if self.judge.holds(word) and word.begins_with_value:
                if self.program.has_code_options or self.program.is_strict:
                    return self._refused("option", word)
            elif self.program.is_strict and not word.names_path:
                self.is_sure = not self.hides
        if kind in "DL" and not word.is_one_word and self.judge.holds(word) and not self._rest_is_data():
            return self._refused("unsure", word)
        self.is_sure &= word.is_one_word or kind in "N" or not self.hides
        self.has_ended |= not self.program.permutes
        return _OPERANDS[kind](self, word)

    def _rest_is_data(self) -> bool:
        """Whether every word from this operand on is data, however many they are."""
        is_option = not self.has_ended and self.program.permutes and self.program.has_code_options
        return not is_option and set(self.operands[self.operand :] or self.operands[-1]) <= {"D", "L"}

    def _kind(self) -> str:
        operands = self.operands
        if self.has_code and operands[:1] in ("C", "S", "F"):
            operands = operands[1:] or ("D" if operands == "S" else operands)
        return operands[min(self.operand, len(operands) - 1)]

    def as_data(self, word: Word) -> Refusal | None:
        self.at += 1
        self.operand += 1
        return None

    def _past(self, word: Word, reason: str) -> Refusal | None:
        """Goes on behind an operand, which may hold no value."""
        self.as_data(word)
        return self._refused(reason, word) if self.judge.holds(word) else None

    def as_code(self, word: Word) -> Refusal | None:
        if self.program.name in ("eval", "trap", "env"):
            self._script(word)
        return self._past(word, "evaluates")

    def as_shell_script(self, word: Word) -> Refusal | None:
        self._script(word)
        return self.as_code(word)

    def as_shell_argument(self, word: Word) -> Refusal | None:
        self.arguments.append(word)
        return self.as_code(word)

    def as_format(self, word: Word) -> Refusal | None:
        return self._past(word, "format")

    def as_variable(self, word: Word) -> Refusal | None:
        return self._past(word, "variable-name")

    def as_file(self, word: Word) -> Refusal | None:
        """The file with the code: what follows it is data."""
        self.file = self.words[self.at :]
        if refused := self._past(word, "operand"):
            return refused
        self.names_stdin |= names_input(word.text or word.tail)
        if word.text is None and not (word.is_one_word and word.names_path):
            self.is_sure = False  # it may be an option, or nothing at all
            return None
        self.is_data = True
        return None

    def as_library(self, word: Word) -> Refusal | None:
        """The name of a package: a value may not choose all of it."""
        return self.as_data(word) if word.lead else self._past(word, "operand")

    def as_command(self, word: Word) -> Refusal | None:
        self.inner = self.words[self.at :]
        self.at += 1
        return None

    def as_command_word(self, word: Word) -> Refusal | None:
        self.among.append(word)
        self.at += 1
        return None

    def as_subcommand_operand(self, word: Word) -> Refusal | None:
        return self._subcommand(self.program.name, word, self.at + 1)

    def _subcommand(self, prefix: str, word: Word, rest: int) -> Refusal | None:
        self.at = rest
        self.operand += 1
        if self.judge.holds(word):
            return self._refused("operand", word)
        if word.text is None:
            self.is_sure = False
            return None
        key = f"{prefix} {word.text}"
        program = PROGRAMS.get(key) or PROGRAMS.get(f"{prefix} *")
        self.is_data = True
        if program is None:
            return None
        self.sub = Reading(self.judge, program, [word, *self.words[rest:]])
        return self.sub.refusal()

    def as_script(self, word: Word) -> Refusal | None:
        """``sh -c SCRIPT name arguments``."""
        self.at += 1
        self.has_code = True
        self.is_data = True
        self._script(word)
        if self.judge.holds(word):
            return self._refused("evaluates", word)
        arguments = self.words[self.at :]
        if not any(map(self.judge.holds, arguments)):
            return None
        if word.text is None or not all(each.is_one_word for each in arguments):
            return self._refused("unsure", word)
        found = self.judge.script(word.text, self.program.name, tuple(map(self.judge.holds, arguments)))
        if found is None:
            return None
        return Refusal("inner-script", self.program.name, self.judge.value_in(arguments), found.is_certain)

    def _script(self, word: Word) -> None:
        self.scripts += word.readings
        self.named_scripts.append(word.named)

    def _holds_from(self, at: int) -> bool:
        return any(map(self.judge.holds, self.words[at:]))

    def _refused(self, reason: str, word: Word | None = None) -> Refusal:
        if word is None or not self.judge.holds(word):
            word = next(filter(self.judge.holds, self.words[1:]), word)
        return Refusal(reason, self.program.name, word)


_OPERANDS: dict[str, Callable[[Reading, Word], Refusal | None]] = {
    "A": Reading.as_shell_argument,
    "D": Reading.as_data,
    "C": Reading.as_code,
    "R": Reading.as_shell_script,
    "F": Reading.as_format,
    "V": Reading.as_variable,
    "S": Reading.as_file,
    "N": Reading.as_command,
    "M": Reading.as_command_word,
    "U": Reading.as_subcommand_operand,
    "X": Reading.as_script,
    "L": Reading.as_library,
}
_ARGUMENTS: dict[str, Callable[[Reading, Word], Refusal | None]] = {
    "/": Reading.as_name,
    "^": Reading.as_entry,
    "=": Reading.as_assignment,
    "{": Reading.as_mark,
    "{?": Reading.as_mark,
}

"""Reads a line of shell for the tests of programs: ``@`` is a value, ``$u`` a variable of the script."""

import re

from gitflow.definitions.shell.commands import Judge
from gitflow.definitions.shell.refusals import Refusal
from gitflow.definitions.shell.tables import is_special
from gitflow.definitions.shell.words import SCRIPT, VALUE, Hole, Word, word_of

_NAME = re.compile(r"\$(?:(\w+)|\{(\w+)\}|([@*#?!]))")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")
_BREAKS = (";;", "&&", "||", "|", ";", "&", "\n")
_KEYWORDS = {"case", "in", "esac", "then", "fi", "if", "do", "done"}


def words_of(text: str) -> list[Word | str]:
    """The words, and between them the operators as plain text."""
    found: list[Word | str] = []
    pieces: list[str | Hole] | None = None
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        operator = "" if quote else next((each for each in _BREAKS if text.startswith(each, at)), "")
        variable = _NAME.match(text, at) if quote != "'" else None
        if operator or (not quote and char == " "):
            found += [] if pieces is None else [word_of(pieces)]
            found += [operator] if operator else []
            pieces = None
            at += max(1, len(operator))
            continue
        pieces = [] if pieces is None else pieces
        if char in "'\"" and quote in ("", char):
            quote = "" if quote else char
        elif char == "@" and text[at - 1 : at] != "$":
            pieces.append(Hole(VALUE))
        elif variable:
            name = next(filter(None, variable.groups()))
            pieces.append(Hole(SCRIPT, quoted=quote == '"', name=name))
            at = variable.end() - 1
        elif char == "\\" and quote != "'":
            at += 1
            pieces.append(text[at])
        else:
            pieces.append(char)
        at += 1
    assert not quote, text
    return [*found, *([] if pieces is None else [word_of(pieces)])]


def holds(word: Word) -> bool:
    return any(hole.kind == VALUE for hole in word.holes)


def inner_script(text: str, shell: str, values: tuple[bool, ...]) -> Refusal | None:
    """The judgement of a nested script, as far as these tests need it: ``$1`` is a value when it is one."""
    for number, is_value in enumerate(values):
        if is_value:
            text = text.replace(f'"${number}"', '"@"').replace('"$@"', '"@"').replace(f"${number}", "@")
    return script_refusal(text)


JUDGE = Judge(holds, inner_script)


def refusal(text: str) -> Refusal | None:
    """Why one command with its values is refused."""
    return JUDGE.refusal([word for word in words_of(text) if isinstance(word, Word)])


def script_refusal(text: str) -> Refusal | None:
    """Why any command of a plain script is refused, or what is written to one that runs what it reads."""
    command: list[Word] = []
    piped = False
    for word in [*words_of(text), "\n"]:
        if isinstance(word, Word):
            command.append(word)
            continue
        shown = _simple(command)
        if isinstance(shown, Refusal):
            return shown
        if shown:
            found = JUDGE.refusal(shown)
            if found is not None:
                return found
            if piped and JUDGE.reads_program(shown):
                return Refusal("stdin", shown[0].text or "")
        piped = word == "|" and (piped or any(map(holds, shown)))
        command = []
    return None


def _simple(words: list[Word]) -> list[Word] | Refusal:
    """Without assignments, redirections and words of the grammar."""
    if words and words[0].text in _KEYWORDS:
        at = next((at for at, word in enumerate(words) if word.tail.endswith(")")), -1)
        words = words[at + 1 :] if words[0].text == "case" else words[1:]
    if words and (words[0].text or "").endswith(("()", ")")):
        words = words[1:]
    words = [word for word in words if word.text not in ("{", "}")]
    while words and (named := _ASSIGNMENT.match(words[0].lead)):
        if holds(words[0]) and is_special(named[1]):
            return Refusal("special-variable", named[1])
        words = words[1:]
    plain: list[Word] = []
    skip = False
    for word in words:
        if not skip and word.text not in (">", ">>", "<"):
            plain.append(word)
        skip = word.text in (">", ">>", "<")
    return plain

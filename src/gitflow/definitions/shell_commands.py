"""Which arguments of a command may hold a value: looks a simple command up in the tables.

Works on words, not on the grammar's nodes. ``refusal`` names a row of ``shell_tables.PLACES`` or
``evaluates:NAME``, and is None where the value arrives as data.
"""

from __future__ import annotations

from gitflow.core.record import record
from gitflow.definitions import shell_tables as tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


@record
class Word:
    lead: str  #: the text it surely begins with, quotes removed
    fixed: bool  #: ``lead`` is all of it
    template: bool = False  #: a template stands in it, at any depth
    here: bool = False  #: the template that is being judged stands in it

    @property
    def name(self) -> str:
        return self.lead.rsplit("/", 1)[-1] if self.fixed else ""


def why_it_evaluates(name: str) -> tuple[str, str]:
    return tables.EVALUATES.get(
        name, ("it runs its argument as a program", 'write x=@ before the command on its line, and read "$x" there')
    )


def refusal(words: Sequence[Word]) -> str | None:
    """Why a value may not stand in the word marked ``here``; words begin with the command's name."""
    return _generic(words) or _named(words)


def _named(words: Sequence[Word]) -> str | None:
    at = command_at(words, 0)
    if isinstance(at, str):
        return at
    if at is None or at >= len(words):
        return None
    words = words[at:]
    if words[0].here:
        return "command-name"
    if not any(word.here for word in words):
        return None
    name = words[0].name
    if name in tables.EVALUATES:
        return f"evaluates:{name}"
    special = _SPECIAL.get(name)
    if special:
        return special(words)
    return _interpreter(words) if name in tables.INTERPRETERS else None


def command_at(words: Sequence[Word], at: int) -> int | str | None:
    """Where the command stands that runs in the end, behind ``sudo``, ``env``, ``timeout``, …"""
    while at < len(words) and words[at].name in tables.PREFIXES:
        found = _behind_prefix(words, at)
        if not isinstance(found, int):
            return found
        at = found
    return at


def _behind_prefix(words: Sequence[Word], start: int) -> int | str | None:
    name = words[start].name
    with_value, operands = tables.PREFIXES[name]
    at = start + 1
    while at < len(words):
        word = words[at]
        if word.lead.startswith(tables.PREFIX_EVAL.get(name, ("\0",))):
            return f"evaluates:{name}"
        if word.lead == "--" and word.fixed:
            at += 1
            break
        if name == "command" and word.lead in ("-v", "-V"):
            return None
        if word.lead.startswith("-") and len(word.lead) > 1:
            at += 2 if word.fixed and word.lead in with_value else 1
        elif not _is_assignment(name, word):
            break
        else:
            at += 1
    while name == "env" and at < len(words) and _is_assignment(name, words[at]):
        at += 1
    if operands and name != "timeout" and any(word.template for word in words[at : at + operands]):
        return "command-name"  # a value like an option would make the next word the operand
    at += operands
    if at < len(words) and words[at].template and not words[at].fixed:
        return "command-name"
    return at


def _is_assignment(prefix: str, word: Word) -> bool:
    variable, equals, _ = word.lead.partition("=")
    return prefix in ("env", "sudo", "doas") and bool(equals) and variable not in tables.SPECIAL_VARIABLES


def _generic(words: Sequence[Word]) -> str | None:
    """``docker run image sh -c …``: an interpreter and its flag evaluate wherever they stand."""
    for at, word in enumerate(words[1:], start=1):
        if word.name not in tables.INTERPRETERS or not any(other.here for other in words[at:]):
            continue
        found = _evaluating(words[at:])
        if found:
            return f"evaluates:{word.name}"
    if words and not words[0].fixed and any(word.fixed and word.lead in ("-c", "-e", "-lc") for word in words[1:]):
        return "evaluates:sh"
    return None


def _interpreter(words: Sequence[Word]) -> str | None:
    name = words[0].name
    if _evaluating(words):
        return f"evaluates:{name}"
    operand = operand_at(words)
    before = words if operand is None else words[: operand + 1]
    return "operand" if any(word.here for word in before) else None


def _evaluating(words: Sequence[Word]) -> bool:
    flags, with_value = tables.INTERPRETERS[words[0].name]
    at = 1
    while at < len(words):
        word = words[at]
        if word.lead in tables.LONG_EVAL_FLAGS or word.lead.startswith(("--eval=", "--print=", "--command=", "--run=")):
            return True
        if word.lead.startswith("+") and len(word.lead) == 2:
            at += 2
            continue
        if not word.lead.startswith("-") or word.lead in ("-", "--") or word.lead in tables.MODULE_FLAGS:
            return False
        if not word.lead.startswith("--") and set(word.lead[1:]) & set(flags):
            return True
        at += 2 if word.lead[-1] in with_value and not word.lead.startswith("--") else 1
    return False


def operand_at(words: Sequence[Word]) -> int | None:
    """Where an interpreter's script is named, so that values behind it are data. None: nothing names one."""
    _, with_value = tables.INTERPRETERS[words[0].name]
    at = 1
    while at < len(words):
        lead = words[at].lead
        if words[at].fixed and lead in tables.MODULE_FLAGS:
            return at + 1
        if lead == "--":
            return at if reads_input(words) else at + 1
        if lead == "-" or not lead.startswith(("-", "+")):
            # behind -s a value is still read as an option: only `--` ends them
            return None if reads_input(words) and lead != "-" else at
        at += 2 if lead[-1] in with_value and not lead.startswith("--") else 1
    return None


def reads_input(words: Sequence[Word]) -> bool:
    """``sh -s``: the program comes in through the standard input, though words follow."""
    return words[0].name in tables.SHELLS and any(word.fixed and word.lead == "-s" for word in words[1:])


def reads_program(words: Sequence[Word]) -> bool:
    """Whether what this command reads from its standard input is run, as far as can be told."""
    at = command_at(words, 0)
    if not isinstance(at, int) or at >= len(words):
        return isinstance(at, str)
    words = words[at:]
    name = words[0].name
    if name in tables.READS_PROGRAM:
        return True
    if name == "xargs":
        return any(word.name in tables.INTERPRETERS or word.name in tables.EVALUATES for word in words[1:])
    for start, word in enumerate(words):
        if word.name in tables.INTERPRETERS and not _evaluating(words[start:]):
            operand = operand_at(words[start:])
            if operand is None or reads_input(words[start:]):
                return True
            if start + operand >= len(words) or words[start + operand].lead.startswith(("/dev/", "/proc/", "-")):
                return True
    return False


def _printf(words: Sequence[Word]) -> str | None:
    at = 2 if len(words) > 2 and words[1].lead == "--" and words[1].fixed else 1
    if len(words) > 1 and words[1].lead.startswith("-v"):
        return "variable-name"
    return "format" if words[at].here else None


def _find(words: Sequence[Word]) -> str | None:
    for at, word in enumerate(words):
        if word.fixed and word.lead in tables.FIND_EXEC:
            inner = words[at + 1 :]
            end = next((i for i, each in enumerate(inner) if each.lead in (";", "+") and each.fixed), len(inner))
            if any(each.here for each in inner[:end]):
                return "find-exec" if inner[0].here else refusal(inner[:end])
    first = next((at for at, word in enumerate(words) if word.fixed and word.lead in tables.FIND_EXEC), len(words))
    loose = [at for at in range(first) if words[at].template and not words[at].lead and not _is_option(words[at - 1])]
    return "find-exec" if len(loose) > 1 else None  # several values could spell -exec and its command


def _is_option(word: Word) -> bool:
    return word.fixed and word.lead.startswith("-") and word.lead not in tables.FIND_EXEC


def _jq(words: Sequence[Word]) -> str | None:
    """``--arg NAME VALUE`` is data; the first operand is a program."""
    at = 1
    while at < len(words):
        word = words[at]
        if word.lead in ("--arg", "--argjson", "--slurpfile", "--rawfile"):
            at += 3
        elif word.lead in ("--tab", "--indent", "-f", "--from-file", "-L"):
            at += 2
        elif word.lead.startswith("-"):
            at += 1
        else:
            return "evaluates:jq" if word.here else None
    return None


def _test(words: Sequence[Word]) -> str | None:
    return test_shape(words[1:])


def test_shape(words: Sequence[Word]) -> str | None:
    """A value in ``[ … ]`` is data only where the operator is the script's own and there is one comparison."""
    if words and words[0].fixed and words[0].lead == "!" and len(words) > 1:
        words = words[1:]
    operators = tables.TEST_BINARY | tables.TEST_NUMERIC
    if len(words) == 1:
        return None
    if len(words) == 2 and words[0].fixed:
        if words[0].lead in ("-v", "-R"):
            return "variable-test"
        return None if words[0].lead in tables.TEST_UNARY else "test-shape"
    if len(words) == 3 and words[1].fixed and words[1].lead in operators:
        return None
    return "test-shape"


_SPECIAL = {"printf": _printf, "find": _find, "jq": _jq, "gojq": _jq, "test": _test}

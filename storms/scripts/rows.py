"""What the judgement says about every row of its table of programs, in a form that a person can compare.

``python -m storms.scripts.rows`` writes ``tests/definitions/shell/rows.txt``. One line for each program: its name, a
letter for each of FORMS and of INPUTS, and behind them each option with a letter for each of OPTION_FORMS (``a``
accepted, ``w`` warned, ``r`` refused). Programs that share their options say whose. Then come the words of the
grammar as the name of a command, and the variables whose value is code. A change of the tables changes the file, so
that it is seen for what it does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from storms.scripts import corpus, judge

PATH = corpus.PATH.with_name("rows.txt")

VALUE = "{{ a }}"
#: The words behind the program's name.
FORMS = (
    (VALUE,),
    ("x", VALUE),
    ("x", "y", VALUE),
    ("--", VALUE),
    ("--", "x", VALUE),
    ("-Z", "x", VALUE),
    ("A=1", VALUE),
    (f"--unlisted={VALUE}",),
)
#: The words behind an option, of which ``+`` is written into the same word.
OPTION_FORMS = ((VALUE,), (f"+{VALUE}",), ("x", VALUE), ("x", "y", VALUE), ("x", "y", "z", VALUE))
#: What stands behind the program where the value comes in on its standard input.
INPUTS = ("", " x")


def _fed(name: str, behind: str) -> str:
    return f"echo {VALUE} | {_written(name)}{behind}"


@cache
def _readings() -> Any:
    """What the parsers make of all programs that are fed a value; one that is added later is read when it is judged."""
    return judge.read(("bash", _fed(name, behind)) for name in programs() for behind in INPUTS)


def forget() -> None:
    """What the parsers made of them, after one of these was changed."""
    _readings.cache_clear()


def forget_verdicts() -> None:
    """What was said of them, after a rule was changed."""
    _readings().prepared.clear()


def programs() -> Mapping[str, Any]:
    from gitflow.definitions.shell.programs import PROGRAMS

    return PROGRAMS


def lines() -> Iterator[str]:
    """The file as it should be."""
    first: dict[int, str] = {}
    for name, program in programs().items():
        shared = first.setdefault(id(program.options), name) if program.options else name
        options = () if shared != name else tuple(program.options)
        yield line_of(name, shared, options)
    from gitflow.definitions.shell import tables

    yield from (reserved_line(word) for word in sorted(tables.RESERVED))
    yield from (variable_line(name) for name in sorted(tables.SPECIAL_VARIABLES))
    yield from (variable_line(f"{name}X") for name in (*tables.SPECIAL_PREFIXES, *tables.FREE_VARIABLES))


def reserved_line(word: str) -> str:
    return f"{word}\t{_letter([word, VALUE])}\treserved"


def variable_line(name: str) -> str:
    faults = judge.judge_env({name: VALUE})
    return f"{name}\t{_describe(faults)}\tvariable"


def line_of(name: str, shared: str, options: Iterable[str]) -> str:
    parts = [name, _letters(name, FORMS) + "".join(_input_letter(name, behind) for behind in INPUTS)]
    if shared != name:
        parts.append(f"= {shared}")
    else:
        parts += [f"{option} {_option_letters(name, option)}" for option in options]
    return "\t".join(parts)


def again(line: str) -> str:
    """The line as the judgement would write it now, with the same programs and options."""
    name, _, *rest = line.split("\t")
    if rest == ["reserved"]:
        return reserved_line(name)
    if rest == ["variable"]:
        return variable_line(name)
    if rest and rest[0].startswith("= "):
        return line_of(name, rest[0][2:], ())
    return line_of(name, name, [part.rpartition(" ")[0] for part in rest])


def _letters(name: str, forms: Iterable[tuple[str, ...]]) -> str:
    words = _written(name).split(" ")
    return "".join(_letter([*words, *form]) for form in forms)


def _written(name: str) -> str:
    return name.replace("*", "any")


def _input_letter(name: str, behind: str) -> str:
    prepared = judge.judge(_fed(name, behind), "bash", lambda _: False, _readings())
    return _describe(prepared.faults)


def _option_letters(name: str, option: str) -> str:
    """``~name`` is a long option behind one dash."""
    written = f"-{option[1:]}" if option.startswith("~") else option
    joint = "=" if len(written) > 2 else ""
    forms = [
        (f"{written}{joint}{form[0][1:]}", *form[1:]) if form[0].startswith("+") else (written, *form)
        for form in OPTION_FORMS
    ]
    return _letters(name, forms)


def _letter(words: list[str]) -> str:
    return _describe(judge.judge_list(words))


def _describe(faults: Sequence[Any]) -> str:
    if not faults:
        return "a"
    return "r" if any(fault.severity is judge.Severity.ERROR for fault in faults) else "w"


if __name__ == "__main__":
    PATH.write_text("".join(f"{line}\n" for line in lines()))
    sys.exit(0)

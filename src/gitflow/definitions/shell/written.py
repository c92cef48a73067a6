"""Which files of a script hold a value: those that a command with a value writes, or is told to write."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.programs import program_of
from gitflow.definitions.shell.tables import table_of
from gitflow.definitions.shell.words import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitflow.definitions.shell.nodes import Piece, Statement
    from gitflow.definitions.shell.words import Word

    Pieces = tuple[Piece, ...]

_WRITES = frozenset({">", ">>", ">|", "&>", "&>>", "<>"})
_COPIES = table_of("cp mv ln install dd rsync")
_PLACES_FILE = table_of("cp mv ln install")
_STDIN = table_of("- /dev/stdin /dev/fd/0 /proc/self/fd/0")
#: Commands that part a file, and what the names of the parts begin with.
_PARTS = {"split": "x", "gsplit": "x", "csplit": "xx"}
_PART = r"(?:[a-z]{2,}|\d{2,})(?:\.\w+)?"
#: In a program that stands in an argument: the names of files that it may write.
_NAMED_IN_CODE = re.compile(r"""(?:\bw|>)\s*([^\s"';|&<>()]+)|"([^"\n]+)"|'([^'\n]+)'""")
_WRITES_NOTHING = table_of("jq gojq jaq yq expr bc dc")
#: Commands that write their standard input to files.
_KEEPS_INPUT = table_of("tee sponge dd sort cp mv install")


class Known(Protocol):
    """What is known of a script so far: what holds a value in it."""

    tree: nodes.Tree
    statements: list[Statement]
    files: frozenset[str]
    has_sources: bool  #: whether a template is used anywhere in the script

    def innermost(self, statement: Statement) -> Statement: ...
    def words(self, statement: Statement) -> Sequence[Word]: ...
    def holds(self, pieces: Pieces) -> int: ...
    def has_source(self, node: object) -> bool: ...


def files_written(known: Known) -> frozenset[str]:
    """The files that get a value in the statements of a script."""
    found = (name for each in known.statements for name in _written(known, each))
    return frozenset(filter(None, found))


def _written(known: Known, statement: Statement) -> Iterator[str]:
    """Files that get a value in one statement, or in the stages of one pipeline."""
    inner = known.innermost(statement)
    words = known.words(inner)
    if words and words[0].text in _COPIES and any(path_of(word.text or "") in known.files for word in words):
        names = (word.text.removeprefix("of=") for word in words[1:] if word.text)
        yield from (path_of(name) for name in names if not name.startswith("-"))
    if words and words[0].text in _PLACES_FILE and any(map(known.holds, _words_of(inner)[1:-1])):
        yield path_of(words[-1].text or "")  # a value chooses the file that is put there
    if [word.text for word in words] == ["exec"] and known.has_sources:
        yield from _targets(known, statement)
    if not isinstance(statement, (nodes.Simple, nodes.Pipeline, nodes.Group, nodes.Loop, nodes.Case)):
        return
    if not known.has_source(statement):
        return
    parts = statement.stages if isinstance(statement, nodes.Pipeline) else (statement,)
    for part in parts:
        yield from _targets(known, part)
        yield from _written_by(known, known.innermost(part))


def _written_by(known: Known, part: Statement) -> Iterator[str]:
    """The files that a command writes its standard input to."""
    words = known.words(part)
    if not words:
        return
    yield from _written_by_code(known, words)
    name = words[0].text
    if name in _PARTS:
        yield from _parts_of(known, words)
    operands = list(zip(_words_of(part)[1:], words[1:], strict=True))
    if name not in _KEEPS_INPUT:
        return
    if name == "dd":
        yield from (path_of(word.lead[3:]) for _, word in operands if word.lead.startswith("of="))
        return
    if name == "sort":
        operands = operands[next((at for at, (_, word) in enumerate(operands) if word.text == "-o"), len(operands)) :]
    elif name in _PLACES_FILE:
        operands = operands[-1:] if any(word.text in _STDIN for _, word in operands) else []
    for pieces, word in operands:
        if any(isinstance(piece, nodes.Text) and piece.several for piece in pieces):
            texts = nodes.texts_in(known.tree.statements)
            yield from (path_of(text.text) for text in texts if not text.text.startswith("-"))
        elif not word.lead.startswith("-"):
            yield path_of(nodes.name_of(pieces))


def _written_by_code(known: Known, words: Sequence[Word]) -> Iterator[str]:
    """``awk '{ print > "f" }'``, ``sed 'w f'``, ``sh -c 'cat > f'``: files that are named elsewhere in the script."""
    program = program_of(words[0].text or "")
    if program is None or program.name in _WRITES_NOTHING or not set(program.operands) & set("CRSX"):
        return
    codes = [word.text for word in words[1:] if word.text and set(word.text) & set(" \"'>")]
    codes += [after.text for word, after in pairwise(words) if after.text and word.text in ("-e", "-f")]
    found = {path_of(name.lstrip("+> ")) for code in codes for each in _NAMED_IN_CODE.findall(code) for name in each}
    for text in nodes.texts_in(known.tree.statements) if found else ():
        if path_of(text.text) in found and program_of(text.text) is None:
            yield path_of(text.text)


def _parts_of(known: Known, words: Sequence[Word]) -> Iterator[str]:
    """The files that are named elsewhere in the script, as far as they may be parts of a file."""
    operands = [word for word in words[1:] if word.text == "-" or not word.lead.startswith("-")]
    begins = {_PARTS[words[0].text or ""], *(word.lead for word in operands[1:])}
    begins |= {after.lead for word, after in pairwise(words) if word.text in ("-f", "--prefix")}
    begins |= {
        word.lead.partition("=")[2] or word.lead[2:] for word in words[1:] if word.lead.startswith(("-f", "--pre"))
    }
    names = re.compile(f"(?:{'|'.join(re.escape(path_of(each)) for each in begins if each)}){_PART}")
    for text in nodes.texts_in(known.tree.statements):
        if names.fullmatch(path_of(text.text)) and program_of(text.text) is None:
            yield path_of(text.text)


def _targets(known: Known, statement: Statement) -> Iterator[str]:
    for redirect in getattr(statement, "redirects", ()):
        name = nodes.name_of(redirect.target)
        if known.holds(redirect.target):
            continue  # what a value names is refused wherever it would be code
        if name and redirect.operator in _WRITES and not name.startswith("/dev/"):
            yield path_of(name)


def _words_of(statement: Statement) -> tuple[Pieces, ...]:
    return statement.words if isinstance(statement, nodes.Simple) else ()

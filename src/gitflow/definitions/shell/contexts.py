"""Where values stand in a script, by an exact parser's tree, and whether each place is one in which they are data.

The places are a list of what is allowed: an argument of a command with a literal name (judged by ``commands``), an
assignment's value, the target of a redirection, a here-document with an unquoted end, the word and the patterns of a
``case``, the list of a ``for``, an operand of ``[[ ]]`` that is text. Whatever is not allowed has a reason, a row of
``tables.PLACES``.

The same walk serves three questions: a *reference* to a template (``is_strict``: it must be in quotes), an argument
that is handed to a function or a ``sh -c`` script, and a variable that holds a value (``dataflow``).
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from gitflow.core.record import replace
from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.carriers import is_input_of_function
from gitflow.definitions.shell.commands import Judge
from gitflow.definitions.shell.facts import has_integers, refused_throughout
from gitflow.definitions.shell.keys import Keys
from gitflow.definitions.shell.programs import program_of
from gitflow.definitions.shell.refusals import Use
from gitflow.definitions.shell.tables import SHAPES, TEST_NUMERIC, TRIMS, is_special
from gitflow.definitions.shell.variants import EITHER
from gitflow.definitions.shell.words import (
    SCRIPT,
    SEVERAL,
    VALUE,
    Hole,
    Word,
    argument_file,
    gives_input,
    hides_blanks,
    path_of,
    word_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.definitions.shell.facts import Command
    from gitflow.definitions.shell.nodes import Piece, Statement
    from gitflow.definitions.shell.refusals import Refusal

    Pieces = tuple[Piece, ...]
    #: Judges another script: its text, the shell, and which arguments from ``$0`` on hold a value.
    Script = Callable[[str, str, tuple[bool, ...]], Refusal | None]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Redirections to and from files.
_FILES = frozenset({">", "<", ">>", ">|", "<>", "&>", "&>>"})
_DECLARATIONS = frozenset({"export", "readonly", "local", "declare", "typeset"})
_ALTERNATIVES = frozenset({":-", "-", ":+", "+"})
_NAMES_VARIABLES = frozenset({"-v", "-R"})
#: Names of ``$@`` and ``$*``, which are several words also in quotes (``"$*"`` is one).
_ALL = frozenset({"@"})


class Walk:
    """Finds every use of some variables in a tree."""

    def __init__(
        self,
        tree: nodes.Tree,
        holds: Callable[[str], bool],
        script: Script,
        *,
        is_strict: bool = True,
        is_sh: bool = False,
        is_number: Callable[[str], bool] = lambda name: False,
        files: frozenset[str] = frozenset(),
    ) -> None:
        self.tree = tree
        self.holds = holds
        self.is_strict = is_strict
        self.is_sh = is_sh
        self.is_number = is_number
        self.files = files  #: that hold a value
        self.judge = Judge(self._in_question, script)
        self.uses: list[Use] = []
        self.order: dict[int, int] = {}  #: by the id of a statement: its place among all
        self._words: dict[int, tuple[Pieces, Word]] = {}  #: by the id of their pieces

    def run(self) -> list[Use]:
        whole, program = self._whole_script()
        for statement in self.tree.statements:
            self._statement(statement, whole, program)
        return self.uses

    # what is looked up once for a script

    @cached_property
    def _commands(self) -> list[Command]:
        found = (each for each in nodes.statements_in(self.tree.statements) if isinstance(each, nodes.Simple))
        return [(each, [self.word(word) for word in each.words]) for each in found]

    def _whole_script(self) -> tuple[str, str]:
        """What refuses values anywhere in the script."""
        return refused_throughout(self.tree, self._commands, is_sh=self.is_sh) if self.is_strict else ("", "")

    @cached_property
    def has_integers(self) -> bool:
        return has_integers(self._commands)

    @cached_property
    def _keys(self) -> Keys:
        return Keys(self.tree)

    # statements

    def _statements(self, statements: Sequence[Statement], reason: str, program: str = "") -> None:
        for statement in statements:
            self._statement(statement, reason, program)

    def _statement(self, statement: Statement, reason: str, program: str) -> None:
        self.order[id(statement)] = len(self.order)
        if not reason and self._feeds_process(statement):
            reason = "stdin"
        visit = _VISITS[type(statement)]
        visit(self, statement, reason, program)

    def in_simple_command(self, node: nodes.Simple, reason: str, program: str) -> None:
        words = [self.word(word) for word in node.words]
        declares = bool(words) and words[0].text in _DECLARATIONS
        why, what = (reason, program) if reason or not words else self._environment(words)
        for assignment in node.assignments:
            self._assignment(assignment, why, what, (words[0].text or "") if declares else "")
        if declares:
            self._declared(node, words, reason, program)
        else:
            self._command(node, words, reason, program)
        if not reason and (file := argument_file(words)) in self.files and self.reads_program([node]):
            self._use(file, -1, "stdin", words[0].text or "", False)
        self._carried(node, words, reason, program)
        fed = self.tree.statements if [word.text for word in words] == ["exec"] else [node]
        self._redirects(node.redirects, reason, program, fed)

    def _carried(self, node: nodes.Simple, words: list[Word], reason: str, program: str) -> None:
        """What comes by a function or the standard input. That a pipeline feeds a shell is seen at its first stage."""
        called = any(is_input_of_function(each.name) for each in node.carries)
        runs = called and not reason and self.judge.reads_program(words)
        self._pieces(node.carries, "stdin" if runs else reason, words[0].text or "" if runs else program)

    def _environment(self, words: Sequence[Word]) -> tuple[str, str]:
        """Why no value may be in a variable that is set for this command: some programs evaluate their variables."""
        program = program_of(words[0].text or "")
        return ("evaluates", program.name) if program is not None and program.reads_environment else ("", "")

    def _command(self, node: nodes.Simple, words: list[Word], reason: str, program: str) -> None:
        refusal = self.judge.refusal(words) if words and not reason else None
        # one word is marked where the refusal names it, and every word where it concerns the command
        marks = refusal is not None and any(word is refusal.word for word in words)
        marks &= refusal is not None and refusal.reason not in _WHOLE_COMMAND
        for pieces, word in zip(node.words, words, strict=True):
            if refusal is not None and (not marks or word is refusal.word):
                certain = refusal.is_certain and (self.is_strict or not any(hole.inner for hole in word.holes))
                self._pieces(pieces, refusal.reason, refusal.program, certain)
            else:
                self._pieces(pieces, reason, program)

    def _declared(self, node: nodes.Simple, words: list[Word], reason: str, program: str) -> None:
        """``export x="$(… value …)"`` assigns the output of a command; any other value may be split or evaluated."""
        keyword = words[0].text or ""
        options = any(word.lead.startswith(("-", "+")) or (word.text is None and not word.lead) for word in words[1:])
        for pieces in node.words[1:]:
            name, _, rest = nodes.lead_of(pieces).partition("=")
            fits = not rest and len(pieces) == 2 and isinstance(pieces[1], nodes.Output) and pieces[1].quoted
            allowed = fits and not options and not self.has_integers and not is_special(name)
            why = "declaration" if self.is_strict or "=" in nodes.lead_of(pieces) else "variable-name"
            if not self.is_strict and "=" in nodes.lead_of(pieces) and is_special(name):
                why = "special-variable"
            self._pieces(pieces, reason or ("" if allowed else why), program or keyword)
            if self.has_integers and not reason:
                self._evaluated_texts(pieces[:1], program or keyword)

    def _assignment(self, node: nodes.Assignment, reason: str, program: str, keyword: str) -> None:
        if node.index is not None:
            self._pieces((node.index,), reason, program)
        if not reason and is_special(node.name):
            reason = "special-variable"
        elif not reason and self.has_integers:
            reason = "integer-variable"
        elif not reason and keyword:
            whole = len(node.value) == 1 and isinstance(node.value[0], nodes.Output) and node.elements is None
            reason, program = ("", "") if whole else ("declaration", keyword)
        self._whole(node.value, reason, program)
        for element in node.elements or ():
            self._pieces(element, reason, program)
        if reason == "integer-variable":
            self._evaluated_texts((*node.value, *(piece for each in node.elements or () for piece in each)), program)

    def _evaluated_texts(self, pieces: Sequence[Piece], program: str) -> None:
        """``declare -i n=x+1`` evaluates the variable that is named."""
        names = {name for piece in pieces if isinstance(piece, nodes.Text) for name in _NAME.findall(piece.text)}
        for name in sorted(names):
            if self.holds(name):
                self._use(name, -1, "integer-variable", program, False)

    def _redirects(
        self, redirects: Sequence[nodes.Redirect], reason: str, program: str, fed: Sequence[Statement]
    ) -> None:
        for redirect in redirects:
            why = reason
            if not why and self._has_value(redirect.target):
                if not redirect.is_text and redirect.operator not in _FILES:
                    why = "descriptor"
                elif (redirect.is_text or redirect.operator in ("<", "<>")) and self.reads_program(fed):
                    why = "stdin"
            self._pieces(redirect.target, why, program)

    def in_group(self, node: nodes.Group, reason: str, program: str) -> None:
        before = len(self.uses)
        self._statements(node.statements, reason, program)
        if node.kind == EITHER:
            self.uses[before:] = [replace(use, is_certain=False) for use in self.uses[before:]]
        self._redirects(node.redirects, reason, program, node.statements)

    def in_pipeline(self, node: nodes.Pipeline, reason: str, program: str) -> None:
        for at, stage in enumerate(node.stages):
            fed = not reason and self._has_value(stage) and self.reads_program(node.stages[at + 1 :])
            self._statement(stage, "stdin" if fed else reason, program)

    def in_loop(self, node: nodes.Loop, reason: str, program: str) -> None:
        why = reason
        if not why and is_special(node.variable):
            why = "special-variable"
        elif not why and self.has_integers:
            why = "integer-variable"
        for pieces in node.words or ():
            self._pieces(pieces, why, program)
        self._statements(node.body, reason, program)
        self._redirects(node.redirects, reason, program, node.body)

    def in_case(self, node: nodes.Case, reason: str, program: str) -> None:
        self._whole(node.word, reason, program)
        for patterns, body in node.items:
            for pattern in patterns:
                self._pieces(pattern, reason, program)
            self._statements(body, reason, program)
        self._redirects(node.redirects, reason, program, [body for _, each in node.items for body in each])

    def in_function(self, node: nodes.Function, reason: str, program: str) -> None:
        self._statements(node.body, reason, program)

    def in_test(self, node: nodes.Test, reason: str, program: str) -> None:
        why = reason
        if not why:
            why = {True: "numeric-test"}.get(node.operator in TEST_NUMERIC, "")
            why = "variable-test" if node.operator in _NAMES_VARIABLES else why
        for pieces in node.operands:
            self._pieces(pieces, why, program)
            if why == "numeric-test" and nodes.lead_of(pieces).isidentifier() and self.holds(nodes.lead_of(pieces)):
                self._use(nodes.lead_of(pieces), -1, why, program, True)  # a bare name is evaluated as well

    def in_unsafe_statement(self, node: nodes.Unsafe, reason: str, program: str) -> None:
        self._pieces((node,), reason, program)

    # words

    def word(self, pieces: Pieces) -> Word:
        """The word as commands see it. Each is asked for several times, as a part of its command and of a pipeline."""
        known = self._words.get(id(pieces))
        if known is None:
            known = self._words[id(pieces)] = pieces, self._word(pieces)  # the pieces stay, and so does their id
        return known[1]

    def _word(self, pieces: Pieces) -> Word:
        found: list[str | Hole] = []
        for piece in pieces:
            match piece:
                case nodes.Text(text, _, several):
                    found.append(Hole(SEVERAL, quoted=False) if several else text)
                case nodes.Process():
                    kind = VALUE if self._has_value(piece) else SCRIPT
                    found += ["/dev/fd/", Hole(kind, inner=True)]
                case nodes.Parameter(name, quoted):
                    kind = VALUE if self._has_value(piece) else SCRIPT
                    one = quoted and name not in _ALL and piece.operator != "all"
                    found.append(Hole(kind, one, name, number=kind == VALUE and self.is_number(name)))
                case nodes.Output() | nodes.Unsafe():
                    kind = VALUE if self._has_value(piece) else SCRIPT
                    found.append(Hole(kind, piece.quoted, inner=True))
        return word_of(found)

    def _pieces(self, pieces: Pieces, reason: str, program: str = "", is_certain: bool = True) -> None:
        if not self.is_strict and reason in SHAPES:
            reason = ""  # it says nothing of a variable's value, and what stands inside may say more
        is_one = len(pieces) == 1 and isinstance(pieces[0], nodes.Text)
        if reason and self.files and not is_one and (name := path_of(nodes.name_of(pieces))) in self.files:
            self._use(name, -1, reason, program, is_certain)
        for piece in pieces:
            match piece:
                case nodes.Parameter():
                    self._parameter(piece, reason, program, is_certain)
                case nodes.Output(body, _, backticks):
                    why = "backtick" if backticks and self.is_strict and not reason else reason
                    self._inside(body, why, program, is_certain)
                case nodes.Process(body):
                    self._inside(body, reason, program, is_certain)
                case nodes.Unsafe():
                    self._unsafe(piece, reason, program)
                case nodes.Text(text, quoted):
                    if reason and self._files_in(piece):
                        self._use(text, -1, reason, program, is_certain)
                    if self.is_strict and not quoted and hides_blanks(text):
                        self._use("", -1, "control", "", True)

    def _whole(self, pieces: Pieces, reason: str, program: str) -> None:
        """Pieces of a word that the shell does not split: an assignment's value, the word of a ``case``."""
        quoted = [
            replace(piece, quoted=True) if isinstance(piece, (nodes.Parameter, nodes.Output)) else piece
            for piece in pieces
        ]
        self._pieces(tuple(quoted), reason, program)

    def _inside(self, body: Sequence[Statement], reason: str, program: str, is_certain: bool) -> None:
        """The statements of a substitution. What is only possible outside of it may still be certain in there."""
        before = len(self.uses)
        self._statements(body, "" if reason and not is_certain else reason, program)
        if reason and not is_certain:
            found = self.uses[before:] or [Use(name, -1, at=len(self.order)) for name in self._files_in(body)]
            self.uses[before:] = [
                use if use.reason else replace(use, reason=reason, program=program, is_certain=False) for use in found
            ]

    def _unsafe(self, piece: nodes.Unsafe, reason: str, program: str) -> None:
        why = reason or piece.reason
        if not self.is_strict and (piece.reason == "expansion" or self._keys.are_sure(piece)):
            why = reason  # it changes the value, and evaluates nothing; in an associative array a subscript is text
        certain = self.is_strict or not self._keys.may_be(piece)
        for name in sorted(piece.names):
            if self.holds(name):
                self._use(name, piece.offset, why, program, certain)
        self._pieces(piece.pieces, why, program, certain)
        self._statements(piece.statements, why, program)

    def _parameter(self, piece: nodes.Parameter, reason: str, program: str, is_certain: bool) -> None:
        if self.holds(piece.name):
            why = reason
            if not why and self.is_strict:
                why = "missing" if not piece.quoted else "expansion" if piece.operator else ""
            self._use(piece.name, piece.offset, why, program, is_certain)
        if piece.inner:
            allowed = piece.operator in _ALTERNATIVES or piece.operator in TRIMS
            self._pieces(piece.inner, reason or ("" if allowed or not self.is_strict else "expansion"), program)

    def _use(self, name: str, offset: int, reason: str, program: str, is_certain: bool) -> None:
        self.uses.append(Use(name, offset, reason, program, is_certain, len(self.order)))

    # questions

    def _has_value(self, node: object) -> bool:
        """Whether a value is used anywhere inside."""
        if any(self.holds(each.name) for each in nodes.parameters_in(node)) or self._files_in(node):
            return True
        return any(self.holds(name) for each in nodes.records_in(node, nodes.Unsafe) for name in each.names)

    def reads_program(self, statements: Sequence[Statement]) -> bool:
        """Whether some command in there runs what it reads."""
        for each in nodes.statements_in(tuple(statements)):
            if isinstance(each, nodes.Simple) and each.words:
                given = any(gives_input(its.name, nodes.name_of(its.value)) for its in each.assignments)
                if given or self.judge.reads_program([self.word(word) for word in each.words]):
                    return True
        return False

    def _files_in(self, node: object) -> list[str]:
        """The files with a value that are named inside, and patterns that may name one."""
        if not self.files:
            return []
        return [each.text for each in nodes.texts_in(node) if each.several or path_of(each.text) in self.files]

    def _in_question(self, word: Word) -> bool:
        if any(hole.kind == VALUE for hole in word.holes):
            return True
        parts = (piece if isinstance(piece, str) else f"${piece.name}" for piece in word.pieces)
        return bool(self.files) and path_of("".join(parts)) in self.files

    def _feeds_process(self, statement: Statement) -> bool:
        """``tee >(sh)``: what the statement writes is run."""
        found = [each for each in nodes.records_in(statement, nodes.Process) if each.reads]
        return bool(found) and self._has_value(statement) and any(self.reads_program(each.body) for each in found)


#: Refusals that concern every value of a command, not one word of it.
_WHOLE_COMMAND = frozenset({"command-word", "reserved", "unsure", "test-shape", "inner-script"})

_VISITS: dict[type, Callable[..., None]] = {
    nodes.Simple: Walk.in_simple_command,
    nodes.Group: Walk.in_group,
    nodes.Pipeline: Walk.in_pipeline,
    nodes.Loop: Walk.in_loop,
    nodes.Case: Walk.in_case,
    nodes.Function: Walk.in_function,
    nodes.Test: Walk.in_test,
    nodes.Unsafe: Walk.in_unsafe_statement,
}

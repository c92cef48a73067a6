"""Values that become code by way of the script's own variables, functions and files: ``x={{ … }}; eval "$x"``.

The value arrives in the variable as data; what the script does with the variable then is judged by the same walk as
a template would be. It is certain where every assignment of the script gives the variable such a value, and possible
where some do; a script that looks at the variable first (``case``, ``[ "$x" -gt 0 ]``) is trusted.
"""

from __future__ import annotations

from gitflow.core.record import record
from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.commands import Judge
from gitflow.definitions.shell.contexts import Use, Walk
from gitflow.definitions.shell.programs import program_of
from gitflow.definitions.shell.tables import TEST_NUMERIC, table_of
from gitflow.definitions.shell.words import Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gitflow.definitions.shell.contexts import Script
    from gitflow.definitions.shell.nodes import Piece, Statement

    Pieces = tuple[Piece, ...]

#: Reasons by which a variable's value is code. The others concern how a template is written, and not its value.
_CODE = table_of(
    """
    arithmetic subscript numeric-test variable-test variable-name command-name evaluates stdin indirect
    special-variable integer-variable inner-script
    """
)
#: Reasons that are only ever warned of: the value would have to be an option, or name a file that is there.
_POSSIBLE = frozenset({"option", "operand"})
#: Commands whose output is their input or their arguments, for the most part.
_PASSES = table_of("echo printf cat tee tr cut head tail basename dirname rev sort uniq sed grep")
#: ``$1`` to ``$9``, ``$@`` and ``$*``.
POSITIONAL = frozenset([*"123456789", "@", "*"])
_WRITES = frozenset({">", ">>", ">|", "&>", "&>>"})


@record
class Flow:
    """A use of a variable, a function's argument or a file that makes code of a value."""

    use: Use
    what: str  #: how the value gets there, such as "$x"
    is_certain: bool


def flows_of(
    tree: nodes.Tree, is_source: Callable[[str], bool], script: Script, given: frozenset[str] = frozenset()
) -> list[Flow]:
    """``is_source``: whether a variable stands for a template. ``given``: variables of the ``env`` that hold one."""
    return _Flows(tree, is_source, script, given).found()


class _Flows:
    def __init__(
        self, tree: nodes.Tree, is_source: Callable[[str], bool], script: Script, given: frozenset[str]
    ) -> None:
        self.tree = tree
        self.is_source = is_source
        self.script = script
        self.statements = list(nodes.statements_in(tree.statements))
        self.places = {id(each): at for at, each in enumerate(self.statements)}
        self.walk = Walk(tree, lambda name: name in self.tainted, script, is_strict=False)
        self.functions = {each.name: each for each in self.statements if isinstance(each, nodes.Function)}
        #: variables that hold a value: whether every assignment gives them one
        self.tainted: dict[str, bool] = dict.fromkeys(given, True)
        self.given = given
        self.sites: dict[str, list[tuple[Statement, bool]]] = {}  #: of each variable its assignments
        self.top = {id(each) for each in tree.statements}
        self.goes_back = bool(self.functions) or any(map(_repeats, self.statements))
        self.now = 0  #: the statement whose assignments are looked at

    def found(self) -> list[Flow]:
        self._spread()
        flows = [*self._calls(), *self._files(), *self._makefiles()]
        if self.tainted:
            flows += [flow for use in self.walk.run() for flow in self._flow(use)]
        return flows

    def _flow(self, use: Use) -> Iterator[Flow]:
        if use.reason not in _CODE | _POSSIBLE or self._is_checked(use):
            return
        held = self._held(use)
        if held is not None:
            yield Flow(use, f"${use.name}", held and use.is_certain and use.reason in _CODE)

    def _held(self, use: Use) -> bool | None:
        """Whether the variable is sure to hold a value at this use; None where it is sure to hold none."""
        sites = self.sites.get(use.name, [])
        if use.name in self.given or not sites or self.functions:
            return self.tainted[use.name]
        order = self.walk.order
        if not all(id(statement) in self.top for statement, _ in sites):
            return self.tainted[use.name]
        # every assignment stands at the top of the script, so the last one before the use counts
        before = [(order[id(statement)], holds) for statement, holds in sites if order[id(statement)] < use.at - 1]
        return True if before and max(before)[1] else None

    # which variables hold values

    def _spread(self) -> None:
        """Goes on until nothing changes, for a loop may carry a value backwards."""
        while True:
            sites: dict[str, list[tuple[Statement, bool]]] = {}
            for statement, name, holds in self._assigned():
                sites.setdefault(name, []).append((statement, holds))
            self.sites = sites
            found = dict(self.tainted)
            for name, known in sites.items():
                if name in self.given or any(holds for _, holds in known):
                    found[name] = all(holds for _, holds in known)
            if found == self.tainted:
                return
            self.tainted = found

    def _assigned(self) -> Iterator[tuple[Statement, str, bool]]:
        """Every assignment: the statement, the variable, and whether it gets a value."""
        for at, each in enumerate(self.statements):
            self.now = at
            found: Iterable[tuple[str, bool]] = ()
            if isinstance(each, nodes.Loop):
                words = each.words if each.words is not None else ((nodes.Parameter("@", True),),)
                found = [(each.variable, any(map(self.holds, words)))]
            elif isinstance(each, nodes.Simple):
                found = [*self._assigned_by(each), *self._defaults(each)]
            yield from ((each, name, holds) for name, holds in found)
            yield from ((each, name, holds) for name, holds in self._read(each))

    def _defaults(self, each: nodes.Simple) -> Iterator[tuple[str, bool]]:
        """``: "${x:=…}"``."""
        for parameter in nodes.parameters_in((each.words, each.assignments)):
            if parameter.operator in ("=", ":=") and self.holds(parameter.inner):
                yield parameter.name, True

    def _assigned_by(self, each: nodes.Simple) -> Iterator[tuple[str, bool]]:
        words = [self.walk.word(word) for word in each.words]
        name = words[0].text if words else ""
        if not words or each.keyword:
            for assignment in each.assignments:
                values = [assignment.value, *(assignment.elements or ())]
                yield assignment.name, any(map(self.holds, values))
        if name in ("export", "readonly", "local", "declare", "typeset"):
            for pieces, word in zip(each.words[1:], words[1:], strict=True):
                variable, equals, _ = word.lead.partition("=")
                if equals:
                    yield variable, self.holds(pieces)
        elif name == "printf" and len(words) > 2 and words[1].text == "-v" and words[2].text:
            yield words[2].text, any(map(self.holds, each.words[3:]))
        elif name == "set" and any(map(self.holds, each.words[1:])):
            yield from ((positional, True) for positional in POSITIONAL)
        if name in ("read", "mapfile", "readarray") and any(
            redirect.is_text and self.holds(redirect.target) for redirect in each.redirects
        ):
            yield from ((variable, True) for variable in self._read_names(words))

    def _read(self, each: Statement) -> Iterator[tuple[str, bool]]:
        """``… | while read x`` and ``while read x; do …; done <<EOF``."""
        fed: Sequence[Statement] = ()
        if isinstance(each, nodes.Pipeline):
            sources = [at for at, stage in enumerate(each.stages[:-1]) if self._has_source(stage)]
            fed = each.stages[sources[0] + 1 :] if sources else ()
        elif isinstance(each, (nodes.Group, nodes.Loop)) and any(
            redirect.is_text and self.holds(redirect.target) for redirect in each.redirects
        ):
            fed = (each,)
        for inner in nodes.statements_in(tuple(fed)):
            if isinstance(inner, nodes.Simple) and inner.words:
                words = [self.walk.word(word) for word in inner.words]
                if words[0].text in ("read", "mapfile", "readarray"):
                    yield from ((variable, True) for variable in self._read_names(words))

    def _read_names(self, words: Sequence[Word]) -> list[str]:
        names = [word.text for word in words[1:] if word.text and word.text.isidentifier()]
        return names or ["REPLY", "MAPFILE"]

    def holds(self, pieces: Pieces) -> bool:
        """Whether a value itself is in a word; the output of most commands is another value."""
        for piece in pieces:
            match piece:
                case nodes.Parameter(name, _, operator, inner):
                    known = self.is_source(name) or (name in self.tainted and self._comes_before(name))
                    if operator != "length" and (known or self.holds(inner)):
                        return True
                case nodes.Output(body):
                    if any(map(self._passes, body)):
                        return True
                case _:
                    pass
        return False

    def _comes_before(self, name: str) -> bool:
        """Whether a variable may have its value already, at the statement that is looked at."""
        if self.goes_back or name in self.given:
            return True
        first = min((self.places[id(each)] for each, holds in self.sites.get(name, ()) if holds), default=self.now)
        return first < self.now or not self.sites.get(name)

    def _passes(self, statement: Statement) -> bool:
        """Whether the statement prints a value."""
        if isinstance(statement, nodes.Pipeline):
            return all(map(self._is_filter, statement.stages)) and any(map(self._has_source, statement.stages))
        return self._is_filter(statement) and self._has_source(statement)

    def _is_filter(self, statement: Statement) -> bool:
        words = statement.words if isinstance(statement, nodes.Simple) else ()
        return bool(words) and self.walk.word(words[0]).text in _PASSES

    def _has_source(self, node: object) -> bool:
        return any(each.name in self.tainted or self.is_source(each.name) for each in nodes.parameters_in(node))

    # what the script looks at first

    def _is_checked(self, use: Use) -> bool:
        """Whether the script compares the variable before this use."""
        order = self.walk.order
        return any(
            order.get(id(each), use.at) < use.at - 1 and self._checks(each, use.name) for each in self.statements
        )

    def _checks(self, statement: Statement, name: str) -> bool:
        match statement:
            case nodes.Case(word):
                return _names(word, name)
            case nodes.Test("=~", operands):
                return _names(operands[0], name)
            case nodes.Simple():
                words = [self.walk.word(word) for word in statement.words]
                if not words or words[0].text not in ("[", "test"):
                    return False
                compares = any(word.text in TEST_NUMERIC for word in words)
                return compares and any(_names(pieces, name) for pieces in statement.words)
            case _:
                return False

    # functions, files, makefiles

    def _calls(self) -> Iterator[Flow]:
        """``run {{ a }}`` where ``run`` makes code of its arguments."""
        for each in self.statements:
            words = [self.walk.word(word) for word in each.words] if isinstance(each, nodes.Simple) else []
            if not words or not isinstance(each, nodes.Simple):
                continue
            at = 1 if words[0].text == "command" else 0
            function = self.functions.get((words[at].text or "") if at < len(words) else "")
            given = [self.holds(pieces) for pieces in each.words[at + 1 :]]
            if function is None or not any(given):
                continue
            positional = frozenset(str(index) for index, holds in enumerate(given, start=1) if holds) | {"@", "*"}
            if any(self._shifts(inner) for inner in nodes.statements_in(function.body)):
                positional = POSITIONAL
            for flow in flows_of(nodes.Tree(function.body), lambda name: False, self.script, positional):
                offset = next(
                    (each.offset for each in nodes.parameters_in(each.words[at + 1 :]) if self._is_held(each)), -1
                )
                use = flow.use
                moved = type(use)(use.name, offset, use.reason, use.program, use.is_certain, use.at)
                yield Flow(moved, f"{flow.what} of {function.name}()", flow.is_certain and self._is_direct(each))

    def _is_held(self, parameter: nodes.Parameter) -> bool:
        return parameter.name in self.tainted or self.is_source(parameter.name)

    def _is_direct(self, call: nodes.Simple) -> bool:
        return all(self.tainted.get(each.name, True) for each in nodes.parameters_in(call.words))

    def _shifts(self, statement: Statement) -> bool:
        words = statement.words if isinstance(statement, nodes.Simple) else ()
        return bool(words) and self.walk.word(words[0]).text in ("shift", "set", "getopts")

    def _files(self) -> Iterator[Flow]:
        """``echo {{ a }} > f; sh f``."""
        written = {name: parameter for each in self.statements for name, parameter in self._written(each)}
        if not written:
            return

        def is_written(word: Word) -> bool:
            return _path(word.text or "") in written

        judge = Judge(is_written, self.script)
        for each in self.statements:
            words = [self.walk.word(word) for word in each.words] if isinstance(each, nodes.Simple) else []
            refusal = judge.refusal(words) if words else None
            if refusal is not None and refusal.reason in ("operand", "command-name", "evaluates"):
                word = next(filter(is_written, words))
                yield self._file_flow(written, word, refusal.reason, refusal.program)
            for redirect in getattr(each, "redirects", ()):
                word = self.walk.word(redirect.target)
                if redirect.operator == "<" and is_written(word) and self.walk.reads_program([each]):
                    yield self._file_flow(written, word, "stdin", "")

    def _file_flow(self, written: dict[str, nodes.Parameter], word: Word, reason: str, program: str) -> Flow:
        parameter = written[_path(word.text or "")]
        return Flow(Use(parameter.name, parameter.offset, reason, program, False), f"the file {word.text}", False)

    def _written(self, statement: Statement) -> Iterator[tuple[str, nodes.Parameter]]:
        """Files that get a value in one statement, or in the stages of one pipeline."""
        source = next((each for each in nodes.parameters_in(statement) if self._is_held(each)), None)
        if source is None or not isinstance(statement, (nodes.Simple, nodes.Pipeline, nodes.Group)):
            return
        parts: Iterable[Statement] = statement.stages if isinstance(statement, nodes.Pipeline) else (statement,)
        for part in parts:
            for redirect in getattr(part, "redirects", ()):
                name = self.walk.word(redirect.target).text
                if name and redirect.operator in _WRITES:
                    yield _path(name), source
            words = [self.walk.word(word) for word in part.words] if isinstance(part, nodes.Simple) else []
            if words and words[0].text == "tee":
                yield from ((_path(word.text), source) for word in words[1:] if word.text and word.lead[:1] != "-")

    def _makefiles(self) -> Iterator[Flow]:
        """``export x; make``: a makefile that uses ``$(x)`` expands what it holds, ``$(shell …)`` included."""
        exported = {name for each in self.statements for name in self._exported(each)}
        for name in sorted(exported & self.tainted.keys()):
            for each in self.statements:
                first = self.walk.word(each.words[0]) if isinstance(each, nodes.Simple) and each.words else Word(())
                program = program_of(first.text or "")
                if program is not None and program.reads_environment:
                    yield Flow(Use(name, -1, "evaluates", program.name, False), f"${name}", False)

    def _exported(self, statement: Statement) -> Iterator[str]:
        yield from self.given
        words = statement.words if isinstance(statement, nodes.Simple) else ()
        texts = [self.walk.word(word).lead for word in words]
        if texts[:1] == ["export"] and isinstance(statement, nodes.Simple):
            yield from (text.partition("=")[0] for text in texts[1:])
            yield from (assignment.name for assignment in statement.assignments)


def _names(pieces: Pieces, name: str) -> bool:
    return any(each.name == name for each in nodes.parameters_in(pieces))


def _repeats(statement: Statement) -> bool:
    return isinstance(statement, nodes.Loop) or (
        isinstance(statement, nodes.Group) and statement.kind in ("while", "for")
    )


def _path(text: str) -> str:
    return text.removeprefix("./")

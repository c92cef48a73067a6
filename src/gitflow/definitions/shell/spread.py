"""Which variables and files of a script hold a value, and how surely.

Assignments are followed until nothing changes, for a loop may carry a value backwards. How surely a variable holds a
value is a number: YES where every assignment gives it one, MAY where some do or where it is not certain, 0 not at all.
"""

from __future__ import annotations

from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING

from gitflow.core.record import replace
from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.carriers import ENVIRONMENT, is_input_of_function, output_of
from gitflow.definitions.shell.contexts import Walk
from gitflow.definitions.shell.given_up import Lines
from gitflow.definitions.shell.tables import table_of
from gitflow.definitions.shell.words import path_of
from gitflow.definitions.shell.written import files_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gitflow.definitions.shell.nodes import Piece, Statement
    from gitflow.definitions.shell.words import Word

    Pieces = tuple[Piece, ...]
    Site = tuple[str, int]

NO, MAY, YES = 0, 1, 2
#: ``$1`` to ``$9``, ``$@`` and ``$*``.
POSITIONAL = frozenset([*"123456789", "@", "*"])
#: Commands whose output is their arguments.
_PRINTS = frozenset({"echo", "printf"})
#: Commands whose output is a number or the like, whatever their arguments.
_MEASURES = table_of("nproc pwd test [")
#: Commands whose output is that too, unless their arguments say otherwise: ``date +FORMAT``, ``expr TEXT``. Those that
#: count print the names of their files as well.
_FORMATS = table_of("date stat mktemp seq expr wc id du df sha256sum sha1sum sha512sum md5sum cksum")
#: Groups of statements that run one after the other, all of them.
_SEQUENCES = frozenset({"block", "list", "subshell"})
_READS = table_of("read mapfile readarray")


class Spread:
    """What holds a value in one script. ``is_source``: whether a variable stands for a template."""

    def __init__(
        self,
        tree: nodes.Tree,
        is_source: Callable[[str], bool],
        given: frozenset[str],
        files: frozenset[str] = frozenset(),
        feeds: Mapping[str, Sequence[object]] = MappingProxyType({}),
        prints_environment: bool = False,
    ) -> None:
        self.tree = tree
        self.is_source = is_source
        self.given = given
        self.statements: list[Statement] = list(nodes.statements_in(tree.statements))
        self._defined = [each for each in self.statements if isinstance(each, nodes.Function)]
        self.functions = {each.name: each for each in self._defined}
        self.tainted: dict[str, int] = dict.fromkeys(given, YES)
        self.files = files  #: the files that hold a value; ``files`` are those of the script around it
        self.feeds = feeds  #: what is on each standard input that commands read, by its name
        self.exported: set[str] = set(given) - {ENVIRONMENT}
        walk = Walk(tree, lambda name: False, lambda text, shell, values: None, is_strict=False)
        self._words, self._judge = walk.word, walk.judge
        self._innermost: dict[int, tuple[nodes.Simple, nodes.Simple]] = {}  #: by the id of the command
        self._places = {id(each): at for at, each in enumerate(self.statements)}
        self._top = {id(each) for each in tree.statements if isinstance(each, nodes.Simple)}
        self._goes_back = bool(self.functions) or any(map(_repeats, self.statements))
        self.lines = Lines(tree)
        self.has_sources = any(is_source(each.name) for each in nodes.parameters_in(tree.statements))
        if self.has_sources and any(each.name == "_" for each in nodes.parameters_in(tree.statements)):
            self.tainted["_"] = MAY  # the last argument of the command before
        if prints_environment and self.has_values:
            self.tainted[ENVIRONMENT] = MAY
        self._sites: dict[str, list[tuple[Statement, int]]] = {}
        self._names: dict[int, tuple[object, tuple[str, ...]]] = {}  #: of variables, by the id of what they are in
        self._paths: dict[int, tuple[object, tuple[str, ...]]] = {}  #: the same of files
        self._now = 0
        self._spread()

    @property
    def has_values(self) -> bool:
        """Whether a value is in the environment of what the script starts."""
        return self.has_sources or bool(self.given)

    def first(self, order: Mapping[int, int]) -> int:
        """The place of the first statement that gives a variable a value."""
        sites = [order[id(each)] for known in self._sites.values() for each, strength in known if strength]
        return -1 if self.given or self._goes_back else min(sites, default=-1)

    def places(self, name: str, order: Mapping[int, int]) -> list[int]:
        """The places of the statements that give a variable a value."""
        return [order.get(id(each), -1) for each, strength in self._sites.get(name, ()) if strength]

    def held(self, name: str, at: int, order: Mapping[int, int]) -> bool | None:
        """Whether a variable is sure to hold a value at a use (True), may hold one (False), or holds none (None)."""
        sites = self._sites.get(name, [])
        if name in self.given or not sites or self.functions or not all(id(each) in self._top for each, _ in sites):
            return self.tainted[name] == YES
        # every assignment stands at the top of the script, so the last one before the use counts
        before = [(order[id(each)], strength, each) for each, strength in sites if order[id(each)] < at - 1]
        if not before:
            return None
        _, last, site = max(before, key=itemgetter(0, 1))
        if last > NO:
            return last == YES
        held_before = any(strength for _, strength, _ in before)
        return False if held_before and self.lines.up_to(site).may_not_assign() else None

    def calls(self) -> Iterator[tuple[nodes.Simple, nodes.Function, list[bool]]]:
        """Calls of the script's functions with values: the call, the function, which arguments hold one."""
        for each in self.statements:
            words = self.words(each)
            if not words or not isinstance(each, nodes.Simple):
                continue
            at = 1 if words[0].text == "command" else 0
            function = self.functions.get((words[at].text or "") if at < len(words) else "")
            given = [self.holds(pieces) > NO for pieces in each.words[at + 1 :]]
            if function is not None and any(given):
                yield each, function, given

    def _inner_words(self, statement: Statement) -> list[Word]:
        return self.words(self.innermost(statement))

    def words(self, statement: Statement) -> list[Word]:
        return [self._words(word) for word in statement.words] if isinstance(statement, nodes.Simple) else []

    def innermost(self, statement: Statement) -> Statement:
        """The command that runs in the end: ``tee f`` of ``sudo -u app /usr/bin/tee f``."""
        if not isinstance(statement, nodes.Simple) or not statement.words:
            return statement
        known = self._innermost.get(id(statement))
        if known is None:
            known = self._innermost[id(statement)] = statement, self._found_innermost(statement)
        return known[1]

    def _found_innermost(self, command: nodes.Simple) -> nodes.Simple:
        words = self.words(command)
        inner = self._judge.innermost(words)
        at = len(words) - len(inner)
        if any(one is not other for one, other in zip(words[at:], inner, strict=True)):
            return command  # its words do not stand side by side
        name = (inner[0].text or "").rpartition("/")[2]
        if not name or name == words[0].text:
            return command
        return replace(command, words=((nodes.Text(name),), *command.words[at + 1 :]))

    def _spread(self) -> None:
        while True:
            sites: dict[str, list[tuple[Statement, int]]] = {}
            for at, each in enumerate(self.statements):
                self._now = at
                for name, strength in self._assigned(each):
                    sites.setdefault(name, []).append((each, strength))
            known_before, self._sites = _strengths_of(self._sites), sites
            found = dict(self.tainted)
            found.update((name, MAY) for name, texts in self.feeds.items() if any(map(self.has_source, texts)))
            for function in self._defined:
                if strength := self._printed(function.body):
                    is_only_one = len(self._defined) == len(self.functions)
                    found[output_of(function.name)] = strength if is_only_one else MAY
            for name, known in sites.items():
                strengths = [strength for _, strength in known] + ([YES] if name in self.given else [])
                if max(strengths) > NO:
                    found[name] = YES if min(strengths) == YES else MAY
            files = files_written(self) | self.files
            if found == self.tainted and files == self.files and _strengths_of(sites) == known_before:
                return
            self.tainted, self.files = found, files

    # what a value is in

    def holds(self, pieces: Pieces) -> int:
        """How surely a value itself is in a word."""
        strength = NO
        for piece in pieces:
            match piece:
                case nodes.Parameter(name, _, operator, inner):
                    if operator != "length":
                        strength = max(strength, self._strength(name), min(MAY, self.holds(inner)))
                case nodes.Output(body):
                    strength = max(strength, self._printed(body))
                case nodes.Unsafe():
                    strength = max(strength, MAY if self.has_source(piece) else NO)
                case _:
                    pass
        return strength

    def _strength(self, name: str) -> int:
        """How surely a variable holds a value at the statement that is looked at."""
        if self.is_source(name):
            return YES
        strength = self.tainted.get(name, NO)
        sites = self._sites.get(name, ())
        if strength == NO or name in self.given or not sites or self._goes_back:
            return strength
        before = [(self._places[id(each)], known) for each, known in sites if self._places[id(each)] <= self._now]
        if not all(id(each) in self._top for each, _ in sites):
            return strength if any(known for _, known in before) else NO
        earlier = [known for place, known in before if place < self._now]
        last = max([*earlier[-1:], *(known for place, known in before if place == self._now)], default=NO)
        if last == NO and any(earlier):
            return MAY if self.lines.up_to(self.statements[before[-1][0]]).may_not_assign() else NO
        return last

    def _printed(self, body: tuple[Statement, ...]) -> int:
        """How surely the statements print a value."""
        return max(map(self._printed_by, body), default=NO)

    def _printed_by(self, each: Statement) -> int:
        if not self.has_source(each):
            return NO
        match each:
            case nodes.Pipeline((*_, last)) if self._measures(last):
                return NO
            case nodes.Group(kind, inner):
                return self._printed(inner) if kind in _SEQUENCES else MAY
            case nodes.Simple() if self._measures(each):
                return NO
            case nodes.Simple(words=(name, *arguments)) if self._words(name).text in _PRINTS:
                strength = max(map(self.holds, arguments), default=NO)
                return min(MAY, strength) if each.redirects else strength
            case nodes.Simple(carries=(_, *_)):
                return max(MAY, self.holds(each.carries))
            case _:
                return MAY

    def _measures(self, each: Statement) -> bool:
        """Whether a command prints a number, a date or the like in place of what it is given."""
        if not isinstance(each, nodes.Simple) or not each.words:
            return False
        name = self._words(each.words[0]).text
        return name in _MEASURES or (name in _FORMATS and not any(map(self.holds, each.words)))

    def has_source(self, node: object) -> bool:
        """Whether a value is used anywhere inside, or a file that holds one."""
        names = self._inside(self._names, node, _names_in)
        if any(self._strength(name) > NO for name in names):
            return True
        return bool(self.files) and not self.files.isdisjoint(self._inside(self._paths, node, _paths_in))

    def _inside(
        self, known: dict[int, tuple[object, tuple[str, ...]]], node: object, look: Callable[[object], Iterator[str]]
    ) -> tuple[str, ...]:
        """What is in a node of the tree: the same each time, and asked for at every turn of ``_spread``."""
        found = known.get(id(node))
        if found is None:
            found = known[id(node)] = node, tuple(dict.fromkeys(look(node)))  # the node stays, and so does its id
        return found[1]

    # what gets a value

    def _assigned(self, each: Statement) -> Iterator[Site]:
        """The assignments of one statement: the variable, and how surely it gets a value."""
        match each:
            case nodes.Loop(variable, words):
                given = words if words is not None else ((nodes.Parameter("@", True),),)
                yield variable, max(map(self.holds, given), default=MAY if variable in self.tainted else NO)
                yield from self._read_in(each)
            case nodes.Simple():
                yield from self._assigned_by(each, self.words(each))
            case nodes.Test("=~", operands):
                yield "BASH_REMATCH", min(MAY, self.holds(operands[0]))
            case nodes.Pipeline() | nodes.Group():
                yield from self._read_in(each)
            case _:
                pass

    def _assigned_by(self, each: nodes.Simple, words: list[Word]) -> Iterator[Site]:
        name = words[0].text if words else ""
        lasts = not words or bool(each.keyword) or name in self.functions or name in ("export", ":")
        for assignment in each.assignments:
            strength = max(map(self.holds, (assignment.value, *(assignment.elements or ()))))
            if self._strength(nodes.name_of(assignment.value)) > NO:
                strength = max(strength, MAY)  # `y=x`: bash evaluates both in `$((y))`
            if not lasts:
                self.exported |= {assignment.name} if strength else set()
            if strength or (lasts and not assignment.appends and assignment.index is None):
                yield assignment.name, strength if lasts else min(MAY, strength)
        for parameter in nodes.parameters_in((each.words, each.assignments)):
            if parameter.operator in ("=", ":="):
                yield parameter.name, min(MAY, self.holds(parameter.inner))
        for pieces, word in zip(each.words[1:], words[1:], strict=True):
            variable, equals, _ = word.lead.partition("=")
            if equals and variable.isidentifier() and name not in _ASSIGNERS and self.holds(pieces):
                self.exported.add(variable)  # `env x=… COMMAND`
                yield variable, MAY
        inner = self.innermost(each)
        assign = _ASSIGNERS.get(self.words(inner)[0].text or "") if words else None
        if assign is not None and isinstance(inner, nodes.Simple):
            yield from assign(self, inner, self.words(inner))
        if name in self.functions and any(self.holds(pieces) for pieces in each.words[1:]):
            yield from ((positional, MAY) for positional in POSITIONAL)

    def declared(self, each: nodes.Simple, words: list[Word]) -> Iterator[Site]:
        for pieces, word in zip(each.words[1:], words[1:], strict=True):
            variable, equals, _ = word.lead.partition("=")
            self.exported |= {variable} if words[0].text == "export" else set()
            if equals:
                yield variable, self.holds(pieces)
        if words[0].text == "export":
            self.exported.update(assignment.name for assignment in each.assignments)

    def set_arguments(self, each: nodes.Simple, words: list[Word]) -> Iterator[Site]:
        arguments = [pieces for pieces, word in zip(each.words, words, strict=True) if word.text not in ("set", "--")]
        strengths = list(map(self.holds, arguments))
        moved = any(inner[0].text == "shift" for inner in map(self._inner_words, self.statements) if inner)
        for at, name in enumerate("123456789"):
            strength = strengths[at] if at < len(strengths) else NO
            if strength or (moved and any(strengths)):
                yield name, min(MAY, max(strengths)) if moved else strength
        if any(strengths):
            yield from (("@", YES), ("*", YES))

    def print_into(self, each: nodes.Simple, words: list[Word]) -> Iterator[Site]:
        lead = words[1].text or "" if len(words) > 1 else ""
        name = words[2].text if lead == "-v" and len(words) > 2 else lead[2:] if lead.startswith("-v") else ""
        if name:
            yield name, max(map(self.holds, each.words[2:]), default=NO)

    def read_from(self, each: nodes.Simple, words: list[Word]) -> Iterator[Site]:
        strength = self.fed(each)
        by_call = tuple(parameter for parameter in each.carries if is_input_of_function(parameter.name))
        if strength == NO and (self.holds(by_call) or any(map(self._is_fed, self.statements))):
            strength = MAY
        if strength:
            yield from ((variable, strength) for variable in _read_names(words))

    def options_from(self, each: nodes.Simple, words: list[Word]) -> Iterator[Site]:
        given = (name in self.tainted or self.is_source(name) for name in POSITIONAL)
        if any(given) or any(map(self.holds, each.words)):
            yield "OPTARG", MAY

    def _is_fed(self, statement: Statement) -> bool:
        """``exec <<EOF``: from there on the script reads this text."""
        words = self._inner_words(statement)
        return [word.text for word in words] == ["exec"] and self.fed(statement) > NO

    def fed(self, statement: Statement) -> int:
        """How surely a value is on the standard input that a statement's own redirections give it."""
        strength = NO
        for redirect in getattr(statement, "redirects", ()):
            if redirect.is_text:
                strength = max(strength, self.holds(redirect.target))
            elif redirect.operator in ("<", "<>") and self.has_source(redirect.target):
                strength = max(strength, MAY)
        return strength

    def _read_in(self, each: Statement) -> Iterator[Site]:
        """``… | while read x`` and ``while read x; do …; done <<EOF``."""
        fed: Sequence[Statement] = ()
        strength = self.fed(each)
        if isinstance(each, nodes.Pipeline):
            sources = [at for at, stage in enumerate(each.stages[:-1]) if self.has_source(stage)]
            fed = each.stages[sources[0] + 1 :] if sources else ()
            strength = max((self._printed((each.stages[at],)) for at in sources), default=NO) or MAY
        elif strength:
            fed = (each,)
        for inner in nodes.statements_in(tuple(fed)):
            words = self._inner_words(inner)
            if words and words[0].text in _READS:
                yield from ((variable, strength) for variable in _read_names(words))


_ASSIGNERS: dict[str, Callable[[Spread, nodes.Simple, list[Word]], Iterator[Site]]] = {
    **dict.fromkeys(("export", "readonly", "local", "declare", "typeset"), Spread.declared),
    **dict.fromkeys(_READS, Spread.read_from),
    "set": Spread.set_arguments,
    "printf": Spread.print_into,
    "getopts": Spread.options_from,
}


def _strengths_of(sites: Mapping[str, Sequence[tuple[Statement, int]]]) -> dict[str, list[tuple[int, int]]]:
    return {name: [(id(each), strength) for each, strength in known] for name, known in sites.items()}


def _read_names(words: Sequence[Word]) -> list[str]:
    names = [word.text for word in words[1:] if word.text and word.text.isidentifier()]
    return names or ["REPLY", "MAPFILE"]


def _names_in(node: object) -> Iterator[str]:
    return (each.name for each in nodes.parameters_in(node))


def _paths_in(node: object) -> Iterator[str]:
    return (path_of(each.text) for each in nodes.texts_in(node))


def _repeats(statement: Statement) -> bool:
    if isinstance(statement, nodes.Group):
        return statement.kind in ("while", "for")
    return isinstance(statement, nodes.Loop)

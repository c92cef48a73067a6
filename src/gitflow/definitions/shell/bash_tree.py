"""bash's reading of a script: the typed JSON of ``shfmt``, as a ``nodes.Tree``.

Every kind of node that shfmt knows has its row here. One without a row raises Unreadable, so that a newer parser
cannot bring in something that nobody has judged.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.ansi import unescaped
from gitflow.definitions.shell.nodes import Unreadable
from gitflow.definitions.shell.shfmt_json import lines_of, list_in, names_in, node_in
from gitflow.definitions.shell.tables import ALTERNATIVES, TRANSLATED, TRIMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from gitflow.definitions.shell.nodes import Piece, Statement

    Json = dict[str, Any]
    Pieces = tuple[Piece, ...]

_GAP = re.compile(rb"(?:[ \t]|\\\n)*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_IN_QUOTES = re.compile(r'\\([$`"\\])')
_PATTERN = re.compile(r"(?<!\\)(?:\\\\)*[*?\[]")
_OPEN_BRACE = re.compile(r"(?<!\\)(?:\\\\)*\{")
#: Members of an expansion in which bash evaluates something, and why a value is refused there.
_EXPANSIONS = {"Excl": "indirect", "Index": "subscript", "Slice": "arithmetic"}


def tree_of(found: list[Json] | None, text: bytes, base: int = 0) -> nodes.Tree:
    """The tree of a script's statements. ``text`` is what shfmt has read; the script begins there at ``base``.

    Raises Unreadable for a node that is not known here.
    """
    reader = _Reader(text, base)
    statements = reader.statements(found)
    return nodes.Tree(statements, tuple(dict.fromkeys(reader.bashisms)), lines_of(found or [], text))


class _Reader:
    def __init__(self, text: bytes, base: int) -> None:
        self.bashisms: list[str] = []
        self.text = text
        self.base = base

    # statements

    def statements(self, found: Iterable[Json] | None) -> tuple[Statement, ...]:
        return tuple(self.statement(each) for each in found or ())

    def statement(self, found: Json) -> Statement:
        if found.get("Coprocess"):
            raise Unreadable("a coprocess of another shell")
        redirects = tuple(self.redirect(each) for each in found.get("Redirs") or ())
        command = found.get("Cmd")
        if command is None:
            return nodes.Simple(redirects=redirects)
        read = _STATEMENTS.get(command["Type"])
        if read is None:
            raise Unreadable(f"a {command['Type']}")
        if command["Type"] in ("CallExpr", "DeclClause"):
            self.check_gaps(found, command)
        made = nodes.redirected(read(self, command), redirects)
        made = nodes.Group("!", (made,)) if found.get("Negated") else made
        return nodes.Group("background", (made,)) if found.get("Background") else made

    def check_gaps(self, statement: Json, command: Json) -> None:
        """Between the words of a simple command there are blanks and nothing else: no end of a line or comment."""
        parts = [*list_in(command, "Assigns"), *list_in(command, "Args")]
        spans = [(part["Pos"]["Offset"], part["End"]["Offset"]) for part in parts]
        spans += [(each["Pos"]["Offset"], each["Word"]["End"]["Offset"]) for each in list_in(statement, "Redirs")]
        for (_, end), (start, _) in pairwise(sorted(spans)):
            if _GAP.fullmatch(self.text, end, max(end, start)) is None:
                raise Unreadable("a command that goes on behind its line")

    def check_end(self, found: Json, operator: str) -> None:
        """bash ends a here-document at the first line that is its end, also inside of a ``$(…)`` in it."""
        document, word = node_in(found, "Hdoc"), found["Word"]
        end = re.sub(rb"[\\'\"]", b"", self.text[word["Pos"]["Offset"] : word["End"]["Offset"]])
        lines = self.text[document["Pos"]["Offset"] : document["End"]["Offset"]].split(b"\n") if document else []
        ends = [(line.lstrip(b"\t") if operator == "<<-" else line) == end for line in lines if line]
        if any(ends[:-1]):
            raise Unreadable("a here-document with its end inside")

    def redirect(self, found: Json) -> nodes.Redirect:
        operator = found["Op"]
        if operator in ("<<", "<<-"):
            word = list_in(found["Word"], "Parts")
            literal = any(part["Type"] != "Lit" or "\\" in part.get("Value", "") for part in word)
            body = list_in(node_in(found, "Hdoc"), "Parts")
            self.check_end(found, operator)
            if literal:
                text = "".join(str(part.get("Value", "")) for part in body)
                return nodes.Redirect(operator, (), is_text=True, literal=text)
            return nodes.Redirect(operator, self.pieces(body, quoted=True), is_text=True)
        if operator in ("<<<", "&>", "&>>"):
            self.bashisms.append(operator)
        if operator not in (">", "<", ">>", ">|", "<>", ">&", "<&", "<<<", "&>", "&>>"):
            raise Unreadable(f"the redirection {operator}")
        if str(node_in(found, "N").get("Value", "")).startswith("{"):
            self.bashisms.append("{name}>")
        return nodes.Redirect(operator, self.word(found["Word"]), is_text=operator == "<<<")

    def call(self, found: Json) -> Statement:
        assignments = tuple(self.assignment(each) for each in found.get("Assigns") or ())
        return nodes.Simple(assignments, tuple(self.word(each) for each in found.get("Args") or ()))

    def assignment(self, found: Json) -> nodes.Assignment:
        name = found["Name"]["Value"]
        appends, array, index = bool(found.get("Append")), found.get("Array"), found.get("Index")
        if appends or array is not None or index is not None:
            self.bashisms.append("+=" if appends else "an array")
        subscript = self.arithmetic(index, "subscript", name) if index is not None else None
        if array is None:
            value = self.word(found["Value"]) if found.get("Value") else ()
            return nodes.Assignment(name, value, index=subscript, appends=appends)
        elements: list[Pieces] = []
        subscripts: list[Piece] = [] if subscript is None else [subscript]
        for each in array.get("Elems") or ():
            if each.get("Index") is not None:
                subscripts.append(self.arithmetic(each["Index"], "subscript", name))
            elements.append(self.word(each["Value"]) if each.get("Value") else ())
        whole = nodes.Unsafe("subscript", tuple(subscripts), variable=name) if subscripts else None
        return nodes.Assignment(name, (), tuple(elements), whole, appends)

    def declaration(self, found: Json) -> Statement:
        keyword = found["Variant"]["Value"]
        if keyword not in ("export", "readonly", "local"):
            self.bashisms.append(keyword)
        assignments: list[nodes.Assignment] = []
        words: list[Pieces] = [(nodes.Text(keyword),)]
        for each in found.get("Args") or ():
            if not each.get("Naked"):
                assignments.append(self.assignment(each))
                continue
            words.append((nodes.Text(each["Name"]["Value"]),) if each.get("Name") else self.word(each["Value"]))
        return nodes.Simple(tuple(assignments), tuple(words), keyword=keyword)

    def group(self, found: Json) -> Statement:
        kind = "block" if found["Type"] == "Block" else "subshell"
        return nodes.Group(kind, self.statements(found.get("Stmts")))

    def condition(self, found: Json) -> Statement:
        parts = [self.test_of(found), *self.statements(found.get("Then"))]
        if otherwise := found.get("Else"):
            inner = (self.condition(otherwise),) if otherwise.get("Cond") else self.statements(otherwise.get("Then"))
            parts.append(nodes.Group("else", inner))
        return nodes.Group("if", tuple(parts))

    def repetition(self, found: Json) -> Statement:
        test = nodes.Group("!", (self.test_of(found),)) if found.get("Until") else self.test_of(found)
        return nodes.Group("while", (test, *self.statements(found.get("Do"))))

    def test_of(self, found: Json) -> Statement:
        """The condition of an ``if`` or a loop, as one statement."""
        test = self.statements(found.get("Cond"))
        return test[0] if len(test) == 1 else nodes.Group("list", test)

    def loop(self, found: Json) -> Statement:
        loop, body = found["Loop"], self.statements(found.get("Do"))
        if found.get("Select"):
            self.bashisms.append("select")
        if loop["Type"] == "WordIter":
            items = loop.get("Items")
            given = None if items is None and not loop.get("InPos") else tuple(self.word(each) for each in items or ())
            return nodes.Loop(loop["Name"]["Value"], given, body)
        self.bashisms.append("for ((")
        return nodes.Group("for", (self.arithmetic(loop, "arithmetic"), *body))

    def case(self, found: Json) -> Statement:
        items: list[tuple[tuple[Pieces, ...], tuple[Statement, ...]]] = []
        for each in found.get("Items") or ():
            items.append((tuple(map(self.word, each.get("Patterns") or ())), self.statements(each.get("Stmts"))))
        falls = [each["Op"] for each in found.get("Items") or () if each.get("Op") not in (";;", None)]
        self.bashisms += falls
        return nodes.Case(self.word(found["Word"]), tuple(items), falls_through=bool(falls))

    def binary(self, found: Json) -> Statement:
        operator = found["Op"]
        left, right = self.statement(found["X"]), self.statement(found["Y"])
        if operator in ("&&", "||"):
            return nodes.Group(operator, (left, right))
        if operator not in ("|", "|&"):
            raise Unreadable(f"the operator {operator}")
        if operator == "|&":
            self.bashisms.append(operator)
        before = left.stages if isinstance(left, nodes.Pipeline) else (left,)
        return nodes.Pipeline((*before, right))

    def function(self, found: Json) -> Statement:
        if found.get("RsrvWord"):
            self.bashisms.append("function")
        name = str(node_in(found, "Name").get("Value", ""))
        if not name:
            raise Unreadable("a function without a name")
        return nodes.Function(name, (self.statement(found["Body"]),))

    def arithmetic_command(self, found: Json) -> Statement:
        self.bashisms.append("((")
        return self.arithmetic(found, "arithmetic")

    def let(self, found: Json) -> Statement:
        self.bashisms.append("let")
        return self.arithmetic(found, "arithmetic")

    def timed(self, found: Json) -> Statement:
        timed = self.statements([found["Stmt"]] if found.get("Stmt") else ())
        match timed:
            case (nodes.Simple(_, ((nodes.Text(text), *_), *_)),) if text.startswith("-"):
                raise Unreadable("a `time` with options")  # bash takes `time -p -- COMMAND`
            case _:
                return nodes.Group("time", timed)

    def coprocess(self, found: Json) -> Statement:
        self.bashisms.append("coproc")
        name = self.word(found["Name"]) if found.get("Name") else ()  # for bash the command of `coproc $x >f`
        return nodes.Unsafe("reserved", name, self.statements([found["Stmt"]]))

    def test_command(self, found: Json) -> Statement:
        self.bashisms.append("[[")
        return self.test(found["X"])

    def test(self, found: Json) -> Statement:
        kind = found["Type"]
        if kind == "ParenTest":
            return self.test(found["X"])
        if kind == "Word":
            return nodes.Test("-n", (self.word(found),))
        if kind == "UnaryTest":
            if found["Op"] == "!":
                return nodes.Group("!", (self.test(found["X"]),))
            return nodes.Test(found["Op"], (self.word(found["X"]),))
        if kind != "BinaryTest":
            raise Unreadable(f"a {kind}")
        if found["Op"] in ("&&", "||"):
            return nodes.Group(found["Op"], (self.test(found["X"]), self.test(found["Y"])))
        right = self.expression(found["Y"]) if found["Op"] == "=~" else self.word(found["Y"])
        return nodes.Test(found["Op"], (self.word(found["X"]), right))

    def expression(self, found: Json) -> Pieces:
        """A regular expression: its backslashes mean something."""
        parts = list_in(found, "Parts")
        if all(part["Type"] == "Lit" for part in parts):
            return tuple(nodes.Text(str(part.get("Value", ""))) for part in parts)
        return self.word(found)

    # words

    def word(self, found: Json) -> Pieces:
        parts = list_in(found, "Parts")
        literals = [str(part.get("Value", "")) for part in parts if part["Type"] == "Lit"]
        braces = any(map(_OPEN_BRACE.search, literals)) and any("," in text or ".." in text for text in literals)
        return self.pieces(parts, quoted=False, braces=braces)

    def pieces(self, parts: Iterable[Json] | None, *, quoted: bool, braces: bool = False) -> Pieces:
        found: list[Piece] = []
        for part in parts or ():
            if part["Type"] == "Lit":
                found.append(self.literal(part.get("Value", ""), quoted, braces))
                continue
            read = _PARTS.get(part["Type"])
            if read is None:
                raise Unreadable(f"a {part['Type']}")
            found.extend(read(self, part, quoted))
        return tuple(found)

    def literal(self, raw: str, quoted: bool, braces: bool) -> nodes.Text:
        if quoted:
            return nodes.Text(_ESCAPED_IN_QUOTES.sub(r"\1", raw), quoted=True)
        several = braces or (raw not in ("[", "]", "?", "*") and _PATTERN.search(raw) is not None)
        return nodes.Text(_ESCAPED.sub(r"\1", raw), several=several or raw in ("*", "?"))

    def single(self, part: Json, quoted: bool) -> Pieces:
        if part.get("Dollar"):
            self.bashisms.append("$'")
            return (nodes.Text(unescaped(part.get("Value", "")), quoted=True),)
        return (nodes.Text(part.get("Value", ""), quoted=True),)

    def double(self, part: Json, quoted: bool) -> Pieces:
        if part.get("Dollar"):
            self.bashisms.append(TRANSLATED)
        return nodes.without_lone_brace(self.pieces(part.get("Parts"), quoted=True)) or (nodes.Text("", quoted=True),)

    def parameter(self, part: Json, quoted: bool) -> Pieces:
        name, offset = str(node_in(part, "Param").get("Value", "")), int(part["Pos"]["Offset"]) - self.base
        known = {"Type", "Pos", "End", "Dollar", "Rbrace", "Short", "Param", "Exp"}
        others = {key for key, value in part.items() if key not in known and value not in (None, False)}
        if not others and not part.get("Exp"):
            return (nodes.Parameter(name, quoted, offset=offset),)
        if others == {"Length"} and not part.get("Exp"):
            return (nodes.Parameter(name, quoted, "length", offset=offset),)
        expansion = node_in(part, "Exp")
        operator = str(expansion.get("Op", ""))
        word = list_in(node_in(expansion, "Word"), "Parts")
        if not others and (operator in ALTERNATIVES or operator in TRIMS):
            inner = self.pieces(word, quoted=quoted and operator in ALTERNATIVES)
            return (nodes.Parameter(name, quoted, operator, inner, offset),)
        self.bashisms.append("${…" + (operator or "/") + "…}")
        if others == {"Index"} and not operator:
            return self.element(part, name, quoted, offset)
        variable = name if others == {"Index"} else ""
        reason = next((reason for key, reason in _EXPANSIONS.items() if part.get(key)), "expansion")
        reason = "indirect" if operator == "@" else reason
        changed = self.unsafe(part, reason, quoted, self._evaluated(part, name, operator), variable)
        return (changed,) if reason == "indirect" else (changed, nodes.Parameter(name, quoted, "changed", (), offset))

    def element(self, part: Json, name: str, quoted: bool, offset: int) -> Pieces:
        """``${x[…]}``: what the subscript evaluates, and the value itself."""
        index = "".join(str(each.get("Value", "?")) for each in list_in(part["Index"], "Parts"))
        if index in ("@", "*"):
            return (nodes.Parameter(name, quoted, "all", offset=offset),)
        value = nodes.Parameter(name, quoted, "element", offset=offset)
        return (value,) if index.isdigit() else (self.arithmetic(part["Index"], "subscript", name), value)

    def _evaluated(self, part: Json, name: str, operator: str) -> frozenset[str]:
        """The variables whose values such an expansion evaluates: indirection, prompts, subscripts and offsets."""
        evaluated = {name} if part.get("Excl") or operator == "@" else set[str]()
        for key in ("Index", "Slice"):
            evaluated.update(names_in(part.get(key)))
        return frozenset(evaluated)

    def output(self, part: Json, quoted: bool) -> Pieces:
        if part.get("TempFile") or part.get("ReplyVar"):
            raise Unreadable("a ${ …; }")
        return (nodes.Output(self.statements(part.get("Stmts")), quoted, bool(part.get("Backquotes"))),)

    def arithmetic_piece(self, part: Json, quoted: bool) -> Pieces:
        if part.get("Bracket"):
            self.bashisms.append("$[")
        return (self.arithmetic(part, "arithmetic"),)

    def process(self, part: Json, quoted: bool) -> Pieces:
        self.bashisms.append(part["Op"])
        return (nodes.Process(self.statements(part.get("Stmts")), part["Op"] == ">("),)

    def extended_pattern(self, part: Json, quoted: bool) -> Pieces:
        self.bashisms.append(part["Op"])
        return (nodes.Unsafe("place", quoted=False),)

    # what is evaluated

    def arithmetic(self, found: Json, reason: str, variable: str = "") -> nodes.Unsafe:
        return self.unsafe(found, reason, True, frozenset(names_in(found)), variable)

    def unsafe(self, found: Json, reason: str, quoted: bool, names: frozenset[str], variable: str = "") -> nodes.Unsafe:
        """Everything that is expanded anywhere inside, whatever the node is."""
        pieces: list[Piece] = []
        for key, value in found.items():
            if key != "Param":
                self._expanded(value, pieces)
        offset = found["Pos"]["Offset"] - self.base
        return nodes.Unsafe(reason, tuple(pieces), quoted=quoted, names=names, variable=variable, offset=offset)

    def _expanded(self, value: Any, pieces: list[Piece]) -> None:
        if isinstance(value, list):
            for each in value:  # type: ignore[reportUnknownVariableType]
                self._expanded(each, pieces)
        elif isinstance(value, dict):
            node: Json = value  # type: ignore[reportUnknownVariableType]
            if node.get("Type") in _PARTS:
                pieces.extend(self.pieces([node], quoted=False))
            else:
                for each in node.values():
                    self._expanded(each, pieces)


_STATEMENTS: dict[str, Callable[[_Reader, Json], Statement]] = {
    "CallExpr": _Reader.call,
    "DeclClause": _Reader.declaration,
    "Block": _Reader.group,
    "Subshell": _Reader.group,
    "IfClause": _Reader.condition,
    "WhileClause": _Reader.repetition,
    "ForClause": _Reader.loop,
    "CaseClause": _Reader.case,
    "BinaryCmd": _Reader.binary,
    "FuncDecl": _Reader.function,
    "ArithmCmd": _Reader.arithmetic_command,
    "LetClause": _Reader.let,
    "TimeClause": _Reader.timed,
    "CoprocClause": _Reader.coprocess,
    "TestClause": _Reader.test_command,
}

_PARTS: dict[str, Callable[[_Reader, Json, bool], Pieces]] = {
    "SglQuoted": _Reader.single,
    "DblQuoted": _Reader.double,
    "ParamExp": _Reader.parameter,
    "CmdSubst": _Reader.output,
    "ArithmExp": _Reader.arithmetic_piece,
    "ProcSubst": _Reader.process,
    "ExtGlob": _Reader.extended_pattern,
}

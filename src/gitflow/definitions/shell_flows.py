"""Values that become code by way of the script's own variable: ``x={{ … }}``, and later ``eval "$x"``.

The value arrives in the variable as data; what the script does with it then is the script's affair, so these
are warnings. They keep silent where the script looks at the variable first, where the value is a number, and
where what is used is the output of a command.
"""

from __future__ import annotations

import re

from gitflow.core.record import record
from gitflow.definitions import shell_tables as tables
from gitflow.definitions.shell_commands import command_at, reads_program, refusal, why_it_evaluates
from gitflow.definitions.shell_nodes import descendants, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from gitflow.definitions.shell_commands import Word
    from gitflow.definitions.shell_nodes import Reading

#: Commands all of whose arguments are code.
_ALL_CODE = frozenset({"eval", "source", ".", "alias", "unset"})

#: Commands with a language of their own: letters of options that take a value, of options whose value is
#: code, of options that name a file of code, and which operands are code when neither of those is given.
_LANGUAGES: dict[str, tuple[str, str, str, slice]] = {
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), ("vF", "e", "fE", slice(0, 1))),
    **dict.fromkeys(("sed", "gsed"), ("l", "e", "f", slice(0, 1))),
    **dict.fromkeys(("ssh", "slogin", "rsh"), ("bcDEeFIiJLlmOopQRSWw", "", "", slice(1, None))),
    **dict.fromkeys(("mysql", "mariadb"), ("hPuDS", "e", "", slice(0))),
    "psql": ("dhpUfvoLPRTF", "c", "", slice(0)),
    "sqlite3": ("", "", "", slice(1, None)),
    "trap": ("", "", "", slice(0, 1)),
}
_LONG_CODE = ("--expression", "--command", "--execute", "--source", "--eval", "--print")

_EVALUATED = {
    "arithmetic": "a shell evaluates what a variable holds in arithmetic",
    "numeric-test": "[[ ]] evaluates both sides of a numeric comparison",
    "stdin": "what is written here is read by a program that runs it",
}
_HINTS = {
    "arithmetic": "check it first: case ${name} in (*[!0-9]*|'') exit 2;; esac; or declare the input as an integer",
    "numeric-test": 'write [ "${name}" -eq 1 ], which does not; or declare the input as an integer',
}
_HINT = "hand it over as an argument or in the environment, or use a `case` on it that allows what you expect"


@record
class Flow:
    """Where a variable's value becomes code, as an offset into the script with its words in place."""

    offset: int
    name: str
    why: str
    hint: str


def flows_of(root: Node, reading: Reading, data: frozenset[int]) -> Iterator[Flow]:
    """``data``: where the words begin that stand for values that could be anything."""
    tainted: dict[str, int] = {}  #: variables that hold such a value, and from where on
    told: set[tuple[str, str]] = set()
    for node in descendants(root):
        name, given = _assigned(node)
        if any(_holds(each, tainted, data) for each in given):
            tainted.setdefault(name, given[-1].end_byte)
        else:
            tainted.pop(name, None)
        for name, use in _uses(node, tainted):
            why = _becomes_code(use, name, reading)
            if why and (name, why) not in told and not _is_checked(name, root, use):
                told.add((name, why))
                yield _flow(use, name, why)


def _flow(use: Node, name: str, why: str) -> Flow:
    said = _EVALUATED.get(why) or f"`{why}`: {why_it_evaluates(why)[0]}"
    return Flow(use.start_byte, name, said, _HINTS.get(why, _HINT).replace("{name}", name))


def _assigned(node: Node) -> tuple[str, list[Node]]:
    """The variable that this node sets for the script, and to what."""
    if node.type == "for_statement":
        variable = node.child_by_field_name("variable")
        given = [child for child in node.named_children if child.type not in ("variable_name", "do_group")]
    elif node.type == "variable_assignment" and node.parent is not None and node.parent.type != "command":
        variable = node.child_by_field_name("name")
        given = [child for child in [node.child_by_field_name("value")] if child is not None]
    else:
        return "", []
    return (text_of(variable), given) if variable is not None and variable.type == "variable_name" else ("", [])


def _holds(node: Node, tainted: dict[str, int], data: frozenset[int]) -> bool:
    """Whether the value itself is in there; the output of a command is another value."""
    if node.type in ("command_substitution", "arithmetic_expansion"):
        return False
    if node.child_count == 0:
        known = node.type == "variable_name" and text_of(node) in tainted
        return known or any(node.start_byte <= start < node.end_byte for start in data)
    inside = any(_holds(child, tainted, data) for child in node.children)
    return inside or (node.type in ("string", "heredoc_body") and _has_data(node, data))


def _has_data(node: Node, data: frozenset[int]) -> bool:
    """A word that stands alone between quotes may have no node of its own."""
    own = [child for child in node.named_children if child.type != "string_content"]
    return any(
        node.start_byte <= start < node.end_byte and not any(c.start_byte <= start < c.end_byte for c in own)
        for start in data
    )


def _uses(node: Node, tainted: dict[str, int]) -> Iterator[tuple[str, Node]]:
    """The variables named in this leaf, or by ``let``: with the expansion it stands in, or else the leaf."""
    if not tainted:
        return
    if node.type == "command" and text_of(node).startswith("let "):
        words = re.findall(r"\w+", text_of(node))
        yield from ((name, node.children[0]) for name in tainted if name in words)
    elif node.type in ("variable_name", "word") and node.child_count == 0:
        name, parent = text_of(node), node.parent
        if name in tainted and node.start_byte >= tainted[name] and parent is not None:
            expanded = parent.type in ("simple_expansion", "expansion") and parent.children[1] == node
            yield name, parent if expanded else node


def _becomes_code(use: Node, name: str, reading: Reading) -> str:
    """A row of ``_EVALUATED``, or the command that runs the value."""
    node, parent = use, use.parent
    expanded = use.type in ("simple_expansion", "expansion")
    while parent is not None and parent.type != "command_substitution":
        why = _code_in(parent, node, use, expanded, reading)
        if why:
            return why
        node, parent = parent, parent.parent
    return ""


def _code_in(parent: Node, node: Node, use: Node, expanded: bool, reading: Reading) -> str:
    match parent.type:
        case "arithmetic_expansion":
            return "arithmetic"
        case "subscript":
            return "" if parent.children[0] == node or _names_keys(parent) else "arithmetic"
        case "c_style_for_statement":
            return "" if node.type in ("do_group", "compound_statement") else "arithmetic"
        case "compound_statement":
            return "arithmetic" if parent.children[0].type == "((" else ""
        case "binary_expression":
            return "numeric-test" if _compares_numbers(parent) else ""
        case "command" if node.type != "herestring_redirect":
            words = reading.words(parent, use.start_byte)
            name = _runs(words)
            return name if expanded or use.type == "command_name" else ""
        case "pipeline":
            later = [each for each in parent.named_children if each.start_byte > node.start_byte]
            return "stdin" if expanded and any(_runs_input(reading, each, use) for each in later) else ""
        case "command" | "redirected_statement":
            fed = node.type in ("heredoc_redirect", "herestring_redirect")
            return "stdin" if expanded and fed and _runs_input(reading, parent, use) else ""
        case "unset_command":
            return "unset" if expanded else ""
        case _:
            return ""


def _names_keys(subscript: Node) -> bool:
    """In an associative array a subscript is text."""
    node = subscript
    while node.parent is not None:
        node = node.parent
    return re.search(r"\b(?:declare|typeset|local)\s+-\w*A", text_of(node)) is not None


def _compares_numbers(node: Node) -> bool:
    operators = {text_of(child) for child in node.children if child.type == "test_operator"}
    while node.parent is not None and node.type != "test_command":
        node = node.parent
    return bool(operators & tables.TEST_NUMERIC) and node.children[0].type == "[["


def _runs_input(reading: Reading, node: Node, use: Node) -> bool:
    for each in descendants(node):
        if each.type in ("command", "redirected_statement"):
            words = reading.words(each, use.start_byte)
            if words and reads_program(words) and words[0].name not in ("ssh", "slogin", "rsh", "make", "gmake"):
                return True
    return False


def _runs(words: Sequence[Word]) -> str:
    """The command that takes the word marked ``here`` for code."""
    for at, word in enumerate(words):
        if word.name in tables.INTERPRETERS and any(words[code].here for code in _interpreted(words, at)):
            return word.name
    at = command_at(words, 0)
    if not isinstance(at, int) or at >= len(words):
        return ""
    words = words[at:]
    name = words[0].name
    if name == "let":
        return name
    if name in _ALL_CODE:
        return name if any(word.here for word in words[1:]) else ""
    if name in _LANGUAGES:
        return name if any(word.here for word in _code_words(words, *_LANGUAGES[name])) else ""
    return "jq" if name in ("jq", "gojq") and refusal(words) else ""


def _interpreted(words: Sequence[Word], start: int) -> Iterator[int]:
    """Where the program of ``sh -c program`` stands; what follows it is data."""
    flags, with_value = tables.INTERPRETERS[words[start].name]
    at = start + 1
    while at < len(words) and words[at].lead.startswith(("-", "+")):
        word = words[at]
        if word.lead.partition("=")[0] in tables.LONG_EVAL_FLAGS or (
            not word.lead.startswith("--") and set(word.lead[1:]) & set(flags)
        ):
            found = at + 1 if word.fixed else at
            yield from (found,) if found < len(words) else ()
            return
        at += 2 if word.lead[-1] in with_value and not word.lead.startswith("--") else 1


def _code_words(words: Sequence[Word], values: str, code: str, files: str, operands: slice) -> list[Word]:
    """The words that a command with a language of its own takes for a program in it."""
    given: list[Word] = []
    rest: list[Word] = []
    named = False  #: the program is in an option or a file, so no operand is one
    at = 1
    while at < len(words):
        word = words[at]
        letter = _letter(word)
        if not word.lead.startswith("-") or (rest and operands.start):
            rest.append(word)
        elif letter in (*values, *files, *code):
            named |= letter not in values
            given += (words[at + 1 : at + 2] if word.fixed else [word]) if letter in code else ()
            at += word.fixed
        elif word.lead.partition("=")[0] in _LONG_CODE:
            named = True
            given += words[at + 1 : at + 2] if word.fixed else [word]
            at += word.fixed
        at += 1
    return given if named else rest[operands]


def _letter(word: Word) -> str:
    """The letter of an option that may take a value: the last of ``-ne``, the first of ``-e"$x"``."""
    if word.lead.startswith("--"):
        return ""
    return word.lead[-1:] if word.fixed else word.lead[1:2]


def _is_checked(name: str, root: Node, use: Node) -> bool:
    """Whether the script has looked at what the variable holds before this place."""
    text = text_of(root)[: use.start_byte - root.start_byte]
    variable = rf'"?\$\{{?{name}\b'
    looks = rf'case {variable}|{variable}\}}?"?\s*=~|(?<!\[)\[ {variable}\}}?"? -(?:eq|ne|gt|ge|lt|le) '
    return re.search(looks, text) is not None

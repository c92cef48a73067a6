"""Where a template stands in a script, by the shell's grammar: the form of its reference, or why it is refused.

Every template becomes a word that occurs nowhere else, the text is parsed, and the nodes from that word up to
the root are looked up in tables; a node that no table knows refuses. The grammar is more forgiving than
shells are, so ``suspicions`` looks at the plain text too, and the stricter of the two answers counts.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gitflow.definitions import shell_tables as tables
from gitflow.definitions.shell_nodes import Reading, has_quoted_end
from gitflow.definitions.shell_rules import OWN, PATTERNS, RULES, operator_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node, Parser

    from gitflow.definitions.shell_text import Template

#: A leaf of the grammar and the form of a reference in it.
_LEAVES = {
    "word": "bare",
    "extglob_pattern": "bare",
    "regex": "bare",
    "string_content": "inside",
    "string": "inside",
    "heredoc_content": "inside",
    "heredoc_body": "inside",
    "raw_string": "single",
    "ansi_c_string": "ansi",
    "comment": "comment",
    "variable_name": "variable-name",
    "special_variable_name": "variable-name",
    "heredoc_start": "heredoc-end",
    "file_descriptor": "descriptor",
    "number": "brace-range",
}
#: Nodes that change nothing about what stands inside them.
_PASS = tables.words(
    """
    program list subshell negated_command if_statement elif_clause else_clause while_statement do_group
    case_statement case_item concatenation string heredoc_body herestring_redirect command_name
    variable_assignments binary_expression unary_expression parenthesized_expression
    """
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_INTEGER = re.compile(r"\b(?:declare|typeset|local|readonly|export)\b[^;&|\n]*\s[-+](?:[A-Za-z]*[in]|\$|[\"'])")
_DIALECT_ONLY = {"process_substitution", "array", "herestring_redirect", "ansi_c_string", "translated_string"}
_ODD = re.compile(
    r"(?<!\\)(?:\\\\)*(?:(?P<backtick>`)|(?P<arithmetic>\$\(\(|\$\[|(?<!\$)\(\())|(?P<continued>[^\s\\]\\\n)"
)


def has_controls(text: str, templates: Sequence[Template]) -> bool:
    """Whether characters stand in the script that hide where words end: then there is no use in parsing it."""
    return _CONTROL.search(_without(text, templates)) is not None


def _without(text: str, templates: Sequence[Template]) -> str:
    at, parts = 0, list[str]()
    for template in templates:
        parts.append(text[at : template.start])
        at = template.end
    return "".join([*parts, text[at:]])


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


class Parsed:
    """One script with words in place of its templates. ASCII only, so that a character is a byte."""

    def __init__(self, text: str, templates: Sequence[Template], dialect: str) -> None:
        self.templates = templates
        self.spans: list[tuple[int, int]] = []
        self.text = self._with_words(text)
        self.root = _parser().parse(self.text.encode("ascii")).root_node
        integers = _INTEGER.search(self.text) is not None
        self.reading = Reading(dialect == "bash", integers, tuple(start for start, _ in self.spans))
        self.errors = [node.start_byte for node in _broken(self.root)]

    def _with_words(self, text: str) -> str:
        word = "XGF0X"
        while word in text:
            word += "Q0X"
        parts: list[str] = []
        at = length = 0
        for template in self.templates:
            before = text[at : template.start]
            length += len(before)
            self.spans.append((length, length + len(word)))
            length += len(word)
            parts += (before, word)
            at = template.end
        # a character beyond ASCII is an ordinary part of a word to every shell, but a blank to the grammar
        return _NOT_ASCII.sub("%", "".join([*parts, text[at:]]))

    def forms(self) -> list[str]:
        """For each template a form (``bare inside single ansi comment raw``) or a refusal."""
        return [self.form(index) for index in range(len(self.templates))]

    def written_at(self, offset: int) -> int:
        """Where what stands at ``offset`` stands in the script as it was written."""
        before = [at for at, (_, end) in enumerate(self.spans) if end <= offset]
        return offset - self.spans[before[-1]][1] + self.templates[before[-1]].end if before else offset

    def form(self, index: int) -> str:
        start, end = self.spans[index]
        leaf = self.root.descendant_for_byte_range(start, end)
        if leaf is None:
            return "unreadable"
        if leaf.type == "comment":
            return "comment"
        if self.templates[index].is_raw:
            return "raw"
        if leaf.type != "raw_string" and self.text[:start].endswith("$"):
            return "dollar"
        form = _LEAVES.get(leaf.type, "unreadable")
        if form not in ("bare", "inside", "single", "ansi"):
            return self._climb(leaf, start, form)
        return self._suspicion(leaf, start) or self._climb(leaf, start, form)

    def _climb(self, leaf: Node, start: int, form: str) -> str:
        """The first refusal on the way up; the leaf's own is the last word."""
        node, parent = leaf, leaf.parent
        own = OWN.get(leaf.type)
        refused = own(self.reading, leaf, leaf, start) if own else None
        while parent is not None and not refused:
            refused = self._inside(parent, node, start)
            node, parent = parent, parent.parent
        return refused or (self._inside_expansion(leaf, form) or form)

    def _inside(self, node: Node, child: Node, start: int) -> str | None:
        if node.type in _DIALECT_ONLY and not self.reading.bash:
            return "dialect"
        if node.type in _PASS:
            return None
        rule = RULES.get(node.type)
        return rule(self.reading, node, child, start) if rule else "unreadable"

    def _inside_expansion(self, leaf: Node, form: str) -> str | None:
        """In ``"${v:-word}"`` the word is quoted already."""
        inside = _quoted_by(leaf)
        return "inside" if inside and form == "bare" else None

    def _suspicion(self, leaf: Node, start: int) -> str | None:
        """What the plain text says, however the grammar reads it."""
        if leaf.type != "raw_string":
            before = self.text[:start]
            if (len(before) - len(before.rstrip("\\"))) % 2:
                return "backslash"
        quoted = leaf.parent if leaf.type == "string_content" else leaf
        if (
            quoted is not None
            and quoted.type in ("string", "raw_string")
            and self.text[: quoted.start_byte].endswith("$")
        ):
            return "dialect"
        statement = self._statement(leaf)
        if any(error < statement.end_byte for error in self.errors):
            return "unreadable"
        for rule, found in self._oddities(statement, start):
            node = self.root.descendant_for_byte_range(found, found + 1)
            if node is not None and node.type not in ("raw_string", "comment") and not _is_quoted_body(node):
                return rule
        return None

    def _statement(self, leaf: Node) -> Node:
        node = leaf
        while node.parent is not None and node.parent.parent is not None:
            node = node.parent
        return node

    def _oddities(self, statement: Node, start: int) -> Iterator[tuple[str, int]]:
        for found in _ODD.finditer(self.text, statement.start_byte, statement.end_byte):
            kind = found.lastgroup or ""
            at = found.start(kind)
            if kind == "backtick":
                yield "backtick", at
            elif kind == "continued":
                yield "continuation", at
            elif at < start < self._closing(at, found.end(kind)):
                yield "arithmetic", at

    def _closing(self, start: int, at: int) -> int:
        """Where the brackets opened at ``start`` are closed again, as plain text sees it."""
        depth = sum(char in "([" for char in self.text[start:at])
        while at < len(self.text) and depth > 0:
            depth += (self.text[at] in "([") - (self.text[at] in ")]")
            at += 1
        return at if depth == 0 else len(self.text)


def _broken(node: Node) -> Iterator[Node]:
    if not node.has_error:
        return
    if node.is_error or node.is_missing:
        yield node
    for child in node.children:
        yield from _broken(child)


def _is_quoted_body(node: Node) -> bool:
    if node.type not in ("heredoc_body", "heredoc_content"):
        return False
    holder = node if node.type == "heredoc_body" else node.parent
    return holder is not None and holder.parent is not None and has_quoted_end(holder.parent)


def _quoted_by(leaf: Node) -> Node | None:
    """The string or here-document whose ``${v:-word}`` holds this word."""
    node = leaf.parent
    while node is not None and node.type == "concatenation":
        node = node.parent
    if node is None or node.type != "expansion" or operator_of(node) in PATTERNS or node.parent is None:
        return None
    return node.parent if node.parent.type in ("string", "heredoc_body") else None

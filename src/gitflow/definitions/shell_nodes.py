"""Reading the grammar's nodes: the words of a command and what surely stands in them.

The grammar hangs words that follow a redirection on the redirection; here they come back to their command.
"""

from __future__ import annotations

import re

from gitflow.core.record import record
from gitflow.definitions.shell_commands import Word, reads_program
from gitflow.definitions.shell_tables import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node


@record
class Reading:
    """What the rules know of the script that a node belongs to."""

    bash: bool  #: the dialect; else what every POSIX shell knows
    has_integers: bool  #: some variable is declared so that assigning to it evaluates
    starts: tuple[int, ...]  #: where the words that stand for templates begin

    def words(self, node: Node, start: int) -> list[Word]:
        """The words of a simple command, wherever redirections stand between them."""
        return [self.word(each, start) for each in word_nodes(node)]

    def word(self, node: Node, start: int) -> Word:
        lead, fixed = literal(node, self.first_template)
        template = self.first_template(node) is not None
        return Word(lead, fixed, template, node.start_byte <= start < node.end_byte)

    def first_template(self, node: Node) -> int | None:
        return next((start for start in self.starts if node.start_byte <= start < node.end_byte), None)


_NOT_WORDS = words(
    """
    variable_assignment file_redirect heredoc_redirect herestring_redirect file_descriptor comment
    heredoc_start heredoc_body heredoc_end pipeline list command redirected_statement
    """
)


def word_nodes(node: Node) -> Iterator[Node]:
    """The words of ``command`` and ``redirected_statement`` nodes, in order."""
    if node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        if body is None or body.type not in ("command", "declaration_command", "unset_command"):
            return
        yield from word_nodes(body)
        redirects = [child for child in node.children if child.id != body.id]
    elif node.type == "declaration_command":
        yield from node.children
        return
    else:
        redirects = [child for child in node.children if child.type.endswith("_redirect")]
        yield from (child for child in node.children if child.is_named and child.type not in _NOT_WORDS)
    for redirect in redirects:
        yield from _stray_words(redirect)


def _stray_words(redirect: Node) -> Iterator[Node]:
    words = [child for child in redirect.children if child.is_named and child.type not in _NOT_WORDS]
    yield from words[1:] if redirect.type == "file_redirect" else words if redirect.type == "heredoc_redirect" else ()
    for child in redirect.children:
        if child.type.endswith("_redirect"):
            yield from _stray_words(child)


def literal(node: Node, first_template: Callable[[Node], int | None]) -> tuple[str, bool]:
    """What a word surely begins with, its quotes removed, and whether that is all of it."""
    template = first_template(node)
    if template is not None and node.child_count == 0:
        return text_of(node)[: template - node.start_byte].lstrip("'"), False
    if node.type in ("word", "number", "variable_name", "string_content", "test_operator") or not node.is_named:
        text = text_of(node)
        plain = re.sub(r"\\\n", "", text)
        return re.sub(r"\\(.)", r"\1", plain), not re.search(r"[*?\[~{]", plain) or len(plain) == 1
    if node.type == "raw_string":
        return text_of(node)[1:-1], True
    if node.type not in ("string", "concatenation", "command_name", "variable_assignment"):
        return "", False
    lead = ""
    for child in node.children:
        if node.type == "string" and child.type == '"':
            continue
        text, fixed = literal(child, first_template)
        lead += text
        if not fixed:
            return lead, False
    return lead, True


def descendants(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from descendants(child)


def feeds_program(reading: Reading, node: Node, start: int) -> bool:
    """Whether any command in there runs what comes in through its standard input."""
    found = (each for each in descendants(node) if each.type in ("command", "redirected_statement"))
    return any(reads_program(reading.words(each, start)) for each in found)


def has_quoted_end(redirect: Node) -> bool:
    return any(child.type == "heredoc_start" and re.search(r"[\"'\\$]", text_of(child)) for child in redirect.children)


def text_of(node: Node) -> str:
    return (node.text or b"").decode("ascii")

"""What each node of the shell's grammar says about a template in one of its children.

A rule gives the reason to refuse, a row of ``shell_tables.PLACES`` or ``evaluates:NAME``, or None. Its
arguments are the script's reading, the node, the child with the template, and where the template begins.
"""

from __future__ import annotations

import re

from gitflow.definitions import shell_tables as tables
from gitflow.definitions.shell_commands import refusal, test_shape
from gitflow.definitions.shell_nodes import descendants, feeds_program, has_quoted_end, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tree_sitter import Node

    from gitflow.definitions.shell_commands import Word
    from gitflow.definitions.shell_nodes import Reading

    Rule = Callable[[Reading, Node, Node, int], str | None]

_OPERANDS_OF_TEST = frozenset({"binary_expression", "unary_expression", "parenthesized_expression"})
_DOUBLE_TEST = tables.TEST_BINARY | tables.TEST_UNARY | {"&&", "||", "!", "(", ")", "=~", "-o"}
_ALTERNATIVES = frozenset({":-", "-", ":+", "+"})
PATTERNS = frozenset({"#", "##", "%", "%%"})


def _in_expansion(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    operator = operator_of(node)
    if child.type in ("variable_name", "special_variable_name"):
        return "variable-name"
    if child.type == "subscript":
        return "subscript"
    children = [each.type for each in node.children]
    plain = children[:1] == ["${"] and children[1:2] == ["variable_name"] and children[2:3] == [operator]
    if not plain or operator not in _ALTERNATIVES | PATTERNS or len(children) != 5:
        return "expansion"
    if child.type not in ("word", "concatenation", "regex", "string") or re.search(r"['\\`]", text_of(node)):
        return "expansion"
    quoted = node.parent is not None and node.parent.type in ("string", "heredoc_body")
    return "expansion" if quoted and '"' in text_of(node) else None


def _in_command(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    if child.type == "command_name":
        return "command-name"
    words = reading.words(node, start)
    if child.type == "variable_assignment":
        return "evaluates:make" if words and words[0].name in ("make", "gmake") else None
    if child.type in ("herestring_redirect", "file_redirect") and feeds_program(reading, node, start):
        return "stdin"
    if _is_test_operator(words):
        return "unreadable"
    return refusal(words)


def _is_test_operator(words: Sequence[Word]) -> bool:
    return bool(words) and words[0].name in ("[", "[[", "((")


def _in_declaration(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    keyword = text_of(node.children[0])
    inside_command = _assigned(child) == "command_substitution"
    options = [word for word in reading.words(node, start)[1:] if word.lead[:1] in ("-", "+") or not word.lead]
    if inside_command and not options and not reading.has_integers:
        return None
    return f"evaluates:{keyword}"


def _assigned(node: Node) -> str:
    """The type of an assignment's whole value."""
    value = node.child_by_field_name("value") if node.type == "variable_assignment" else None
    while value is not None and value.type == "string" and value.named_child_count == 1:
        value = value.named_children[0]
    return value.type if value is not None else ""


def _in_assignment(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if value is None or name is None or value.id != child.id:
        return "variable-name"
    if not reading.bash and (name.type == "subscript" or any(each.type == "+=" for each in node.children)):
        return "dialect"
    if name.type != "variable_name":
        return "subscript"
    if text_of(name) in tables.SPECIAL_VARIABLES or text_of(name).startswith(("BASH_FUNC", "GITFLOW_", "LD_", "DYLD_")):
        return "special-variable"
    return "integer-variable" if reading.has_integers else None


def _in_array(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    if text_of(child).startswith("["):
        return "subscript"
    return "integer-variable" if reading.has_integers else None


def _in_for(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    variable = node.child_by_field_name("variable")
    if child.type in ("do_group", "compound_statement"):
        return None
    if variable is None or variable.id == child.id:
        return "variable-name"
    if text_of(variable) in tables.SPECIAL_VARIABLES:
        return "special-variable"
    return "integer-variable" if reading.has_integers else None


def _in_test(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    if node.children[0].type == "[":
        return test_shape([reading.word(each, start) for each in _operands(node)])
    if not reading.bash:
        return "dialect"
    return _in_double_test(child, start)


def _in_double_test(node: Node, start: int) -> str | None:
    """``[[ … ]]`` knows its operators before it knows any value, so only those on the way matter."""
    if node.type not in _OPERANDS_OF_TEST:
        return None
    for child in node.children:
        operator = text_of(child) if child.type == "test_operator" or not child.is_named else ""
        if operator in tables.TEST_NUMERIC:
            return "numeric-test"
        if operator in ("-v", "-R"):
            return "variable-test"
        if operator and operator not in _DOUBLE_TEST:
            return "unreadable"
    inner = next((child for child in node.children if child.start_byte <= start < child.end_byte), None)
    return _in_double_test(inner, start) if inner is not None else "unreadable"


def _operands(node: Node) -> Iterator[Node]:
    """The words between ``[`` and ``]``."""
    inner = node.children[1:-1] if node.type == "test_command" else node.children
    for child in inner:
        if child.type in _OPERANDS_OF_TEST:
            yield from _operands(child)
        else:
            yield child


def _in_substitution(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    return "backtick" if node.children[0].type == "`" else None


def _in_compound(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    return None if node.children[0].type == "{" else "arithmetic"


def _in_function(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    body = node.child_by_field_name("body")
    return None if body is not None and body.id == child.id else "command-name"


def _in_file_redirect(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    operator = next((each.type for each in node.children if not each.is_named), "")
    destination = next((each for each in node.children if each.is_named and each.type != "file_descriptor"), None)
    if destination is None or destination.id != child.id:
        return None  # the grammar hangs the command's next arguments here; the command is judged with them
    return None if operator in tables.REDIRECTIONS or child.type == "process_substitution" else "descriptor"


def _in_heredoc(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    if child.type == "heredoc_start":
        return "heredoc-end"
    if child.type != "heredoc_body":
        return None
    if has_quoted_end(node):
        return "quoted-heredoc"
    followers = (each for each in node.children if each.type != "heredoc_body")
    return "stdin" if any(feeds_program(reading, each, start) for each in followers) else None


def _in_redirected(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    """The whole command, with the words the grammar hung on its redirections, and what reads its input."""
    body = node.child_by_field_name("body")
    words = reading.words(node, start)
    fed = child.type in ("heredoc_redirect", "herestring_redirect", "file_redirect")
    fed = fed and not any(word.here for word in words)
    drained = any(each.type == "process_substitution" for each in descendants(node))
    if (fed or drained) and feeds_program(reading, node, start):
        return "stdin"
    if body is not None and body.type in ("declaration_command", "unset_command"):
        return f"evaluates:{text_of(body.children[0])}" if not fed else None
    if body is not None and body.type == "test_command" and not fed and child.id != body.id:
        return "unreadable"
    return refusal(words) if any(word.here for word in words) else None


def _in_pipeline(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    later = (each for each in node.named_children if each.start_byte > child.start_byte)
    return "stdin" if any(feeds_program(reading, each, start) for each in later) else None


def _own_pattern(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    """Leaves in which the grammar keeps quotes as they are."""
    return "pattern-quotes" if re.search(r"[\"'\\`$\s]", text_of(node).removesuffix("$")) else None


def _own_word(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    return "unreadable" if re.search(r"(?<!\\)(?:\\\\)*[\"'`]", text_of(node)) else None


def _own_ansi(reading: Reading, node: Node, child: Node, start: int) -> str | None:
    return None if reading.bash else "dialect"


def _refuse(reason: str) -> Rule:
    return lambda reading, node, child, start: reason


def operator_of(expansion: Node) -> str:
    return next((child.type for child in expansion.children[1:] if not child.is_named), "")


OWN: dict[str, Rule] = {
    "regex": _own_pattern,
    "extglob_pattern": _own_pattern,
    "word": _own_word,
    "ansi_c_string": _own_ansi,
}

#: What a node of the grammar says about a template in one of its children. A node that is not here refuses.
RULES: dict[str, Rule] = {
    "command": _in_command,
    "declaration_command": _in_declaration,
    "unset_command": _refuse("evaluates:unset"),
    "variable_assignment": _in_assignment,
    "array": _in_array,
    "subscript": _refuse("subscript"),
    "arithmetic_expansion": _refuse("arithmetic"),
    "c_style_for_statement": _refuse("arithmetic"),
    "ternary_expression": _refuse("arithmetic"),
    "postfix_expression": _refuse("arithmetic"),
    "compound_statement": _in_compound,
    "expansion": _in_expansion,
    "simple_expansion": _refuse("variable-name"),
    "translated_string": _refuse("dialect"),
    "brace_expression": _refuse("brace-range"),
    "for_statement": _in_for,
    "function_definition": _in_function,
    "test_command": _in_test,
    "command_substitution": _in_substitution,
    "process_substitution": lambda reading, node, child, start: None,
    "file_redirect": _in_file_redirect,
    "heredoc_redirect": _in_heredoc,
    "redirected_statement": _in_redirected,
    "pipeline": _in_pipeline,
}

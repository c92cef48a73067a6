"""Where a template stands in a script, by the shell's grammar: the form of its reference, or why it is refused.

Every template becomes a word that occurs nowhere else, the text is parsed, and the nodes from that word up to
the root are looked up in tables; a node that no table knows refuses. The grammar is more forgiving than
shells are, so ``suspicions`` looks at the plain text too, and the stricter of the two answers counts.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gitflow.definitions import shell_tables as tables
from gitflow.definitions.shell_commands import Word, reads_program, refusal, test_shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
_OPERANDS_OF_TEST = frozenset({"binary_expression", "unary_expression", "parenthesized_expression"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_INTEGER = re.compile(r"\b(?:declare|typeset|local|readonly|export)\b[^;&|\n]*\s[-+](?:[A-Za-z]*[in]|\$|[\"'])")
_DIALECT_ONLY = {"process_substitution", "array", "herestring_redirect", "ansi_c_string", "translated_string"}


def forms_of(text: str, templates: Sequence[Template], dialect: str) -> list[str]:
    """For each template a form (``bare inside single ansi comment raw``) or a refusal."""
    if _CONTROL.search(_without(text, templates)):
        return ["raw" if template.is_raw else "control" for template in templates]
    script = _Script(text, templates, dialect)
    return [script.form(index) for index in range(len(templates))]


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


class _Script:
    """One script with words in place of its templates. ASCII only, so that a character is a byte."""

    def __init__(self, text: str, templates: Sequence[Template], dialect: str) -> None:
        self.templates = templates
        self.bash = dialect == "bash"
        self.spans: list[tuple[int, int]] = []
        self.text = self._with_words(text)
        self.root = _parser().parse(self.text.encode("ascii")).root_node
        self.has_integers = _INTEGER.search(self.text) is not None
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
        own = _OWN.get(leaf.type)
        refused = own(self, leaf, leaf, start) if own else None
        while parent is not None and not refused:
            refused = self._inside(parent, node, start)
            node, parent = parent, parent.parent
        return refused or (self._inside_expansion(leaf, form) or form)

    def _inside(self, node: Node, child: Node, start: int) -> str | None:
        if node.type in _DIALECT_ONLY and not self.bash:
            return "dialect"
        if node.type in _PASS:
            return None
        rule = _RULES.get(node.type)
        return rule(self, node, child, start) if rule else "unreadable"

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

    def words(self, node: Node, start: int) -> list[Word]:
        """The words of a simple command, wherever redirections stand between them."""
        return [self._word(each, start) for each in _word_nodes(node)]

    def _word(self, node: Node, start: int) -> Word:
        lead, fixed = _literal(node, self._first_template)
        template = self._first_template(node) is not None
        return Word(lead, fixed, template, node.start_byte <= start < node.end_byte)

    def _first_template(self, node: Node) -> int | None:
        return next((start for start, _ in self.spans if node.start_byte <= start < node.end_byte), None)


_ODD = re.compile(
    r"(?<!\\)(?:\\\\)*(?:(?P<backtick>`)|(?P<arithmetic>\$\(\(|\$\[|(?<!\$)\(\())|(?P<continued>[^\s\\]\\\n)"
)


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
    return holder is not None and holder.parent is not None and _has_quoted_end(holder.parent)


def _has_quoted_end(redirect: Node) -> bool:
    return any(child.type == "heredoc_start" and re.search(r"[\"'\\$]", _text(child)) for child in redirect.children)


def _text(node: Node) -> str:
    return (node.text or b"").decode("ascii")


def _quoted_by(leaf: Node) -> Node | None:
    """The string or here-document whose ``${v:-word}`` holds this word."""
    node = leaf.parent
    while node is not None and node.type == "concatenation":
        node = node.parent
    if node is None or node.type != "expansion" or _operator(node) in _PATTERNS or node.parent is None:
        return None
    return node.parent if node.parent.type in ("string", "heredoc_body") else None


_ALTERNATIVES = frozenset({":-", "-", ":+", "+"})
_PATTERNS = frozenset({"#", "##", "%", "%%"})


def _operator(expansion: Node) -> str:
    return next((child.type for child in expansion.children[1:] if not child.is_named), "")


def _in_expansion(script: _Script, node: Node, child: Node, start: int) -> str | None:
    operator = _operator(node)
    if child.type in ("variable_name", "special_variable_name"):
        return "variable-name"
    if child.type == "subscript":
        return "subscript"
    children = [each.type for each in node.children]
    plain = children[:1] == ["${"] and children[1:2] == ["variable_name"] and children[2:3] == [operator]
    if not plain or operator not in _ALTERNATIVES | _PATTERNS or len(children) != 5:
        return "expansion"
    if child.type not in ("word", "concatenation", "regex", "string") or re.search(r"['\\`]", _text(node)):
        return "expansion"
    quoted = node.parent is not None and node.parent.type in ("string", "heredoc_body")
    return "expansion" if quoted and '"' in _text(node) else None


def _in_command(script: _Script, node: Node, child: Node, start: int) -> str | None:
    if child.type == "command_name":
        return "command-name"
    words = script.words(node, start)
    if child.type == "variable_assignment":
        return "evaluates:make" if words and words[0].name in ("make", "gmake") else None
    if child.type in ("herestring_redirect", "file_redirect") and _reads_program(script, node, start):
        return "stdin"
    if _is_test_operator(words):
        return "unreadable"
    return refusal(words)


def _is_test_operator(words: Sequence[Word]) -> bool:
    return bool(words) and words[0].name in ("[", "[[", "((")


def _in_declaration(script: _Script, node: Node, child: Node, start: int) -> str | None:
    keyword = _text(node.children[0])
    inside_command = _assigned(child) == "command_substitution"
    options = [word for word in script.words(node, start)[1:] if word.lead[:1] in ("-", "+") or not word.lead]
    if inside_command and not options and not script.has_integers:
        return None
    return f"evaluates:{keyword}"


def _assigned(node: Node) -> str:
    """The type of an assignment's whole value."""
    value = node.child_by_field_name("value") if node.type == "variable_assignment" else None
    while value is not None and value.type == "string" and value.named_child_count == 1:
        value = value.named_children[0]
    return value.type if value is not None else ""


def _in_assignment(script: _Script, node: Node, child: Node, start: int) -> str | None:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if value is None or name is None or value.id != child.id:
        return "variable-name"
    if not script.bash and (name.type == "subscript" or any(each.type == "+=" for each in node.children)):
        return "dialect"
    if name.type != "variable_name":
        return "subscript"
    if _text(name) in tables.SPECIAL_VARIABLES or _text(name).startswith(("BASH_FUNC", "GITFLOW_", "LD_", "DYLD_")):
        return "special-variable"
    return "integer-variable" if script.has_integers else None


def _in_array(script: _Script, node: Node, child: Node, start: int) -> str | None:
    if _text(child).startswith("["):
        return "subscript"
    return "integer-variable" if script.has_integers else None


def _in_for(script: _Script, node: Node, child: Node, start: int) -> str | None:
    variable = node.child_by_field_name("variable")
    if child.type in ("do_group", "compound_statement"):
        return None
    if variable is None or variable.id == child.id:
        return "variable-name"
    if _text(variable) in tables.SPECIAL_VARIABLES:
        return "special-variable"
    return "integer-variable" if script.has_integers else None


def _in_test(script: _Script, node: Node, child: Node, start: int) -> str | None:
    if node.children[0].type == "[":
        return test_shape([script._word(each, start) for each in _operands(node)])  # pyright: ignore[reportPrivateUsage]
    if not script.bash:
        return "dialect"
    return _in_double_test(child, start)


def _in_double_test(node: Node, start: int) -> str | None:
    """``[[ … ]]`` knows its operators before it knows any value, so only those on the way matter."""
    if node.type not in _OPERANDS_OF_TEST:
        return None
    for child in node.children:
        operator = _text(child) if child.type == "test_operator" or not child.is_named else ""
        if operator in tables.TEST_NUMERIC:
            return "numeric-test"
        if operator in ("-v", "-R"):
            return "variable-test"
        if operator and operator not in _DOUBLE_TEST:
            return "unreadable"
    inner = next((child for child in node.children if child.start_byte <= start < child.end_byte), None)
    return _in_double_test(inner, start) if inner is not None else "unreadable"


_DOUBLE_TEST = tables.TEST_BINARY | tables.TEST_UNARY | {"&&", "||", "!", "(", ")", "=~", "-o"}


def _operands(node: Node) -> Iterator[Node]:
    """The words between ``[`` and ``]``."""
    inner = node.children[1:-1] if node.type == "test_command" else node.children
    for child in inner:
        if child.type in _OPERANDS_OF_TEST:
            yield from _operands(child)
        else:
            yield child


def _in_substitution(script: _Script, node: Node, child: Node, start: int) -> str | None:
    return "backtick" if node.children[0].type == "`" else None


def _in_compound(script: _Script, node: Node, child: Node, start: int) -> str | None:
    return None if node.children[0].type == "{" else "arithmetic"


def _in_function(script: _Script, node: Node, child: Node, start: int) -> str | None:
    body = node.child_by_field_name("body")
    return None if body is not None and body.id == child.id else "command-name"


def _in_file_redirect(script: _Script, node: Node, child: Node, start: int) -> str | None:
    operator = next((each.type for each in node.children if not each.is_named), "")
    destination = next((each for each in node.children if each.is_named and each.type != "file_descriptor"), None)
    if destination is None or destination.id != child.id:
        return None  # the grammar hangs the command's next arguments here; the command is judged with them
    return None if operator in tables.REDIRECTIONS or child.type == "process_substitution" else "descriptor"


def _in_heredoc(script: _Script, node: Node, child: Node, start: int) -> str | None:
    if child.type == "heredoc_start":
        return "heredoc-end"
    if child.type != "heredoc_body":
        return None
    if _has_quoted_end(node):
        return "quoted-heredoc"
    followers = (each for each in node.children if each.type != "heredoc_body")
    return "stdin" if any(_reads_program(script, each, start) for each in followers) else None


def _in_redirected(script: _Script, node: Node, child: Node, start: int) -> str | None:
    """The whole command, with the words the grammar hung on its redirections, and what reads its input."""
    body = node.child_by_field_name("body")
    words = script.words(node, start)
    fed = child.type in ("heredoc_redirect", "herestring_redirect", "file_redirect")
    fed = fed and not any(word.here for word in words)
    drained = any(each.type == "process_substitution" for each in _descendants(node))
    if (fed or drained) and _reads_program(script, node, start):
        return "stdin"
    if body is not None and body.type in ("declaration_command", "unset_command"):
        return f"evaluates:{_text(body.children[0])}" if not fed else None
    if body is not None and body.type == "test_command" and not fed and child.id != body.id:
        return "unreadable"
    return refusal(words) if any(word.here for word in words) else None


def _in_pipeline(script: _Script, node: Node, child: Node, start: int) -> str | None:
    later = (each for each in node.named_children if each.start_byte > child.start_byte)
    return "stdin" if any(_reads_program(script, each, start) for each in later) else None


def _descendants(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _descendants(child)


def _reads_program(script: _Script, node: Node, start: int) -> bool:
    """Whether any command in there runs what comes in through its standard input."""
    found = (each for each in _descendants(node) if each.type in ("command", "redirected_statement"))
    return any(reads_program(script.words(each, start)) for each in found)


_NOT_WORDS = tables.words(
    """
    variable_assignment file_redirect heredoc_redirect herestring_redirect file_descriptor comment
    heredoc_start heredoc_body heredoc_end pipeline list command redirected_statement
    """
)


def _word_nodes(node: Node) -> Iterator[Node]:
    """The words of ``command`` and ``redirected_statement`` nodes, in order."""
    if node.type == "redirected_statement":
        body = node.child_by_field_name("body")
        if body is None or body.type not in ("command", "declaration_command", "unset_command"):
            return
        yield from _word_nodes(body)
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


def _literal(node: Node, first_template: Callable[[Node], int | None]) -> tuple[str, bool]:
    """What a word surely begins with, its quotes removed, and whether that is all of it."""
    template = first_template(node)
    if template is not None and node.child_count == 0:
        return _text(node)[: template - node.start_byte].lstrip("'"), False
    if node.type in ("word", "number", "variable_name", "string_content", "test_operator") or not node.is_named:
        text = _text(node)
        plain = re.sub(r"\\\n", "", text)
        return re.sub(r"\\(.)", r"\1", plain), not re.search(r"[*?\[~{]", plain) or len(plain) == 1
    if node.type == "raw_string":
        return _text(node)[1:-1], True
    if node.type not in ("string", "concatenation", "command_name", "variable_assignment"):
        return "", False
    lead = ""
    for child in node.children:
        if node.type == "string" and child.type == '"':
            continue
        text, fixed = _literal(child, first_template)
        lead += text
        if not fixed:
            return lead, False
    return lead, True


def _own_pattern(script: _Script, node: Node, child: Node, start: int) -> str | None:
    """Leaves in which the grammar keeps quotes as they are."""
    return "pattern-quotes" if re.search(r"[\"'\\`$\s]", _text(node).removesuffix("$")) else None


def _own_word(script: _Script, node: Node, child: Node, start: int) -> str | None:
    return "unreadable" if re.search(r"(?<!\\)(?:\\\\)*[\"'`]", _text(node)) else None


def _refuse(reason: str) -> Callable[[_Script, Node, Node, int], str | None]:
    return lambda script, node, child, start: reason


def _own_ansi(script: _Script, node: Node, child: Node, start: int) -> str | None:
    return None if script.bash else "dialect"


_OWN: dict[str, Callable[[_Script, Node, Node, int], str | None]] = {
    "regex": _own_pattern,
    "extglob_pattern": _own_pattern,
    "word": _own_word,
    "ansi_c_string": _own_ansi,
}

#: What a node of the grammar says about a template in one of its children. A node that is not here refuses.
_RULES: dict[str, Callable[[_Script, Node, Node, int], str | None]] = {
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
    "process_substitution": lambda script, node, child, start: None,
    "file_redirect": _in_file_redirect,
    "heredoc_redirect": _in_heredoc,
    "redirected_statement": _in_redirected,
    "pipeline": _in_pipeline,
}

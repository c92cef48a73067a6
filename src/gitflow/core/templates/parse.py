"""Parses templates: finds their expressions and the names that these use.

It never evaluates and does not import the engine: ``core/templates/render.py`` evaluates, and
``definitions/checks/templates.py`` reports before any run what could not be evaluated.
"""

from __future__ import annotations

from gitflow.core.names import LITERALS, OPERATORS
from gitflow.core.patterns import ASCII, DOTALL, pattern
from gitflow.core.record import Record
from gitflow.core.standard import lru_cache
from gitflow.core.templates.texts import TemplateError, has_template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: The longest expression, in characters; the engine's parser would need too much stack for much longer ones.
MAX_EXPRESSION_LENGTH = 4096

#: The longest rendered text, in characters.
MAX_OUTPUT = 10 * 1024 * 1024

#: The most tags in a text with blocks, because of the engine's stack.
MAX_BLOCKS = 500

_STRING = r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'"
_PATH_TEXT = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[-?\d{1,9}\]|\['[^'\\]*'\]|\[\"[^\"\\]*\"\])*"
_PATH = pattern(_PATH_TEXT, ASCII)
_ONE_PATH = pattern(r"\{\{\s*(" + _PATH_TEXT + r")\s*\}\}", ASCII)
_PATH_PART = pattern(r"\.?([A-Za-z_]\w*)|\[(-?\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]", ASCII)
_OPENING = pattern(r"\{[{%#]")
_INSIDE = pattern(r"[{}%\"']")
_WHOLE_STRING = pattern(_STRING, DOTALL)
_TOKEN = pattern(r"(?P<name>[^\W\d]\w*)|(?P<number>\d+)|(?P<mark>\S)")
_IDENTIFIER = pattern(r"[A-Za-z_]\w*", ASCII)

if TYPE_CHECKING:
    Path = tuple[str | int, ...]
    Token = tuple[str, str, int]  #: kind, text, offset


class Expression(Record):
    """One ``{{ … }}``. ``offset`` is that of ``source`` in the text."""

    source: str  #: without its braces
    offset: int = 0
    path: Path | None = None  #: set if the expression is only a name and its members


class Text(Record):
    """A text, split at its expressions."""

    parts: tuple[str | Expression, ...]
    tags: tuple[Expression, ...] = ()  #: the expressions, and the insides of ``{% … %}``
    has_blocks: bool = False  #: it has ``{% %}``, ``{# #}`` or white space control, and is rendered as a whole

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if isinstance(part, Expression))


class Use(Record):
    """A use of a name and its members."""

    path: Path
    offset: int
    guarded: bool = False  #: ``| default`` or ``is defined`` follows: its last part may be missing


def path_of(source: str) -> Path | None:
    """The parts of an expression that is only a path; None for any other expression."""
    if not _is_dotted(source) and _PATH.fullmatch(source) is None:
        return None
    path = tuple(source.split(".")) if "[" not in source else _bracketed(source)
    return None if path[0] in OPERATORS or (path[0] in LITERALS and len(path) > 1) else path


def _is_dotted(source: str) -> bool:
    """Whether it is names with dots between, as most expressions are: seen without a regular expression, because ``re``
    takes a sixth of the start of a small run."""
    return source.isascii() and all(map(str.isidentifier, source.split(".")))


def _bracketed(source: str) -> Path:
    return tuple(
        int(index) if index else name or "".join(quoted) for name, index, *quoted in _PATH_PART.findall(source)
    )


def show_path(path: Path) -> str:
    """The path as an author writes it: ``build.output['a-b'][0]``."""
    shown = str(path[0])
    for part in path[1:]:
        plain = isinstance(part, str) and _IDENTIFIER.fullmatch(part)
        shown += f".{part}" if plain else f"[{part!r}]"
    return shown


def expression_at(text: str, start: int, end: int) -> Expression:
    inner = text[start:end]
    source = inner.strip()
    return Expression(source, start + len(inner) - len(inner.lstrip()), path_of(source))


@lru_cache(maxsize=4096)
def parse(text: str) -> Text:
    """Splits a text at its expressions. Raises TemplateError for an expression that is too long or not closed."""
    if (plain := _plain(text)) is not None:
        return plain
    if one := _ONE_PATH.fullmatch(text):
        only = (Expression(one[1], one.start(1), path_of(one[1])),)
        return Text(only, only)
    parts: list[str | Expression] = []
    tags: list[Expression] = []
    strings = _Strings(text)
    done, has_blocks = 0, False
    while opening := _OPENING.search(text, done):
        start = opening.start()
        end = _closing(text, start, strings)
        if start > done:
            parts.append(text[done:start])
        if opening[0] == "{{":
            parts.append(expression_at(text, start + 2, end))
            has_blocks |= text[start + 2 : start + 3] in ("-", "+") or text[end - 1] in "-+"
            tags.append(expression_at(text, start + 2, end))
        else:
            has_blocks = True
            if opening[0] == "{%":
                tags.append(expression_at(text, start + 2, end))
        done = end + 2
    if has_blocks and len(tags) > MAX_BLOCKS:
        raise TemplateError(f"a template with blocks and more than {MAX_BLOCKS} tags is too long")
    if done < len(text):
        parts.append(text[done:])
    return Text(tuple(parts), tuple(tags), has_blocks)


def _plain(text: str) -> Text | None:
    """A text whose expressions are all names with dots; None if it has anything else."""
    if "{%" in text or "{#" in text:
        return None
    parts: list[str | Expression] = []
    done = 0
    while (start := text.find("{{", done)) >= 0:
        end = text.find("}}", start)
        inside = text[start + 2 : end]
        source = inside.strip()
        if end < 0 or end - start > MAX_EXPRESSION_LENGTH or not _is_dotted(source):
            return None
        if start > done:
            parts.append(text[done:start])
        parts.append(expression_at(text, start + 2, end))
        done = end + 2
    if done < len(text):
        parts.append(text[done:])
    return Text(tuple(parts), tuple([part for part in parts if isinstance(part, Expression)]))


def expressions_in(text: str) -> tuple[Expression, ...]:
    """Every ``{{ … }}`` of a text. Raises TemplateError as ``parse`` does."""
    return parse(text).expressions if "{{" in text else ()


def tags_in(text: str) -> tuple[Expression, ...]:
    """Every ``{{ … }}`` and the inside of every ``{% … %}``. Raises TemplateError as ``parse`` does."""
    return parse(text).tags


def expressions_only(text: str) -> Text:
    """Splits a text only at its ``{{ … }}``: ``{%`` and ``{#`` are plain text, as in a shell script."""
    parts: list[str | Expression] = []
    strings = _Strings(text)
    done = 0
    while (start := text.find("{{", done)) >= 0:
        end = _closing(text, start, strings)
        parts += [text[done:start], expression_at(text, start + 2, end)]
        done = end + 2
    return Text((*parts, text[done:]), tuple(part for part in parts if isinstance(part, Expression)))


def condition_of(text: str) -> str | None:
    """The one expression of a ``when`` or ``for_each``, without its braces; None for a text with blocks.

    Raises TemplateError for expressions in braces among other text: such a text would be true
    whatever their values are.
    """
    if not has_template(text):
        return text.strip()
    parsed = parse(text.strip())
    if parsed.has_blocks:
        return None
    if len(parsed.parts) == 1 and isinstance(parsed.parts[0], Expression):
        return parsed.parts[0].source
    raise TemplateError(f"cannot evaluate {quoted(text)}: a condition is one expression; write it without braces")


def quoted(text: str) -> str:
    """The text of a template for a message: on one line, and cut if it is long."""
    line = " ".join(text.split())
    return f'"{line[:197]}…"' if len(line) > 200 else f'"{line}"'


class _Strings:
    """Finds the ends of the strings of a text, from left to right.

    The text after an unclosed string is searched once: no later string with that quote ends either.
    """

    __slots__ = ("_endless", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._endless = ""

    def end_of(self, start: int) -> int:
        """The offset after the string that begins with the quote at ``start``; after the quote if none begins."""
        quote = self._text[start]
        if quote not in self._endless:
            if found := _WHOLE_STRING.match(self._text, start):
                return found.end()
            self._endless += quote
        return start + 1


def _closing(text: str, start: int, strings: _Strings) -> int:
    """The offset of the ``}}``, ``%}`` or ``#}`` that ends the tag at ``start``."""
    end = _end_of_comment(text, start) if text[start + 1] == "#" else _end_of_tag(text, start, strings)
    if end < 0:
        raise TemplateError(f'"{text[start : start + 2]}" is never closed in {quoted(text[start:])}', start)
    if end - start > MAX_EXPRESSION_LENGTH and text[start + 1] != "#":
        raise TemplateError(f"an expression is longer than {MAX_EXPRESSION_LENGTH} characters", start)
    return end


def _end_of_comment(text: str, start: int) -> int:
    return text.find("#}", start + 2)


def _end_of_tag(text: str, start: int, strings: _Strings) -> int:
    """Strings and balanced braces inside do not end a tag."""
    closing = "}}" if text[start + 1] == "{" else "%}"
    depth, at = 0, start + 2
    while found := _INSIDE.search(text, at):
        mark, at = found[0], found.end()
        if mark in "\"'":
            at = strings.end_of(found.start())
        elif mark == "{":
            depth += 1
        elif depth == 0 and text.startswith(closing, found.start()):
            return found.start()
        elif mark == "}":
            depth = max(0, depth - 1)
    return -1


def tokens_of(source: str) -> list[Token]:
    """The strings, names, numbers and other tokens of an expression or a block, in order."""
    tokens: list[Token] = []
    strings, at = _Strings(source), 0
    while found := _TOKEN.search(source, at):
        kind, start, at = found.lastgroup or "", found.start(), found.end()
        if found[0] in "\"'" and (end := strings.end_of(start)) > at:
            kind, at = "string", end
        tokens.append((kind, source[start:at], start))
    return tokens


def uses_in(source: str, start: int = 0) -> Iterator[Use]:
    """Every name that an expression or block uses, with its members.

    Names of filters, tests, functions and keyword arguments are left out. ``start`` is added to the offsets.
    """
    tokens = tokens_of(source)
    for at, (kind, word, offset) in enumerate(tokens):
        if kind == "name" and word not in LITERALS | OPERATORS and not _is_other_name(tokens, at):
            path, after = _members(tokens, at)
            yield Use(path, start + offset, _is_guarded(tokens, after))


def calls_in(source: str) -> Iterator[tuple[str, str, int]]:
    """``(filter | test | function, name, offset)`` for each that an expression or block applies."""
    tokens = tokens_of(source)
    for at, (kind, word, offset) in enumerate(tokens):
        if kind != "name" or word in OPERATORS - {"in"}:
            continue
        before = _before(tokens, at)
        if before == "|":
            yield "filter", word, offset
        elif before == "is":
            yield "test", word, offset
        elif _word(tokens, at + 1) == "(" and before != "." and word not in OPERATORS:
            yield "function", word, offset


def _word(tokens: list[Token], at: int) -> str:
    return tokens[at][1] if 0 <= at < len(tokens) else ""


def _before(tokens: list[Token], at: int) -> str:
    """The token before the name at ``at``; ``.``, ``|`` or ``is`` make it a member, a filter or a test."""
    word = _word(tokens, at - 1)
    return "is" if word == "not" and _word(tokens, at - 2) == "is" else word


def _is_other_name(tokens: list[Token], at: int) -> bool:
    following = _word(tokens, at + 1)
    is_keyword = following == "=" and _word(tokens, at + 2) != "="
    return is_keyword or following == "(" or _before(tokens, at) in (".", "|", "is")


def _members(tokens: list[Token], at: int) -> tuple[Path, int]:
    """The path that begins at a name, and the index of the token after it. A method's name is not part of it."""
    path: list[str | int] = [_word(tokens, at)]
    at += 1
    while at + 1 < len(tokens):
        mark, (kind, word, _) = _word(tokens, at), tokens[at + 1]
        if mark == "." and kind in ("name", "number") and _word(tokens, at + 2) != "(":
            path.append(word if kind == "name" else int(word[:9]))
            at += 2
        elif mark == "[" and kind in ("string", "number") and _word(tokens, at + 2) == "]":
            path.append(word[1:-1] if kind == "string" else int(word[:9]))
            at += 3
        else:
            break
    return tuple(path), at


def _is_guarded(tokens: list[Token], at: int) -> bool:
    while _word(tokens, at) == ")":
        at += 1
    mark, word = _word(tokens, at), _word(tokens, at + 1)
    word = _word(tokens, at + 2) if (mark, word) == ("is", "not") else word
    return (mark, word) in {("|", "default"), ("|", "d"), ("is", "defined"), ("is", "undefined")}

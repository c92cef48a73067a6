"""The forms in which programs print a secret, all of which must be masked.

A form is bytes without a line feed. Most values contain no character that needs quoting, so most forms equal the
value. SECURITY.md lists the forms: JSON as common libraries escape it, the quoting of shells and of Python, URLs, and
base64, also after one or two other bytes and in lines of 64 or 76 characters.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from itertools import groupby
from typing import TYPE_CHECKING

from gitflow.core.patterns import pattern
from gitflow.core.values import MIN_SECRET_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from re import Match

#: The shortest rest of a secret in a line of base64 that is masked, in characters.
_MIN_REST = 5
#: ``base64`` breaks its output into lines of 76 characters, ``openssl`` and PEM files into lines of 64.
_BASE64_LINES = (64, 76)
#: The characters that a URL may contain unescaped (RFC 3986).
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

_LINE_ENDS = pattern(r"[\r\n]+")
#: Characters that JSON libraries escape for HTML: Go's, and others that also escape the apostrophe.
_HTML = (pattern("[&<>\u2028\u2029]"), pattern("[&<>'\u2028\u2029]"))
#: Characters that .NET's JSON library escapes with capital digits, in ASCII JSON.
_DOTNET = pattern(r"""\\(?:\\|"|u([0-9a-f]{4}))|[&'+<>`\x7f]""")
#: Characters before which ``printf %q`` of bash writes a backslash; older versions leave the comma out.
_BACKSLASHED = (
    pattern(r"""[ !"$&'()*,;<>?\[\\\]^`{|}]|(?<=[:=])~"""),
    pattern(r"""[ !"$&'()*;<>?\[\\\]^`{|}]|(?<=[:=])~"""),
)
_IN_DOUBLE_QUOTES = pattern(r'["$`\\]')
#: Characters with a short escape in ``$'…'``.
_NAMED = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r"}


def forms_of_value(value: str) -> set[bytes]:
    """The forms of the whole value and of each of its lines."""
    if len(value) < MIN_SECRET_LENGTH:
        return set()
    texts, wholes = [value], [value]
    if "\n" in value or "\r" in value:
        texts += [line for line in _LINE_ENDS.split(value) if len(line) >= MIN_SECRET_LENGTH]
        wholes.append(value.strip("\r\n"))  # a shell drops the line feeds at the end
    found = {form for text in texts for written in _texts(text) for form in _encoded(written)}
    found.update(
        form for whole in wholes for data in _encoded(whole) for form in (*_url_forms(data), *_base64_forms(data))
    )
    return {form for form in found if len(form) >= MIN_SECRET_LENGTH and b"\n" not in form}


def _encoded(text: str) -> set[bytes]:
    """The text in bytes: as a process prints it, with bytes that are not UTF-8, and as a message contains it."""
    return {text.encode("utf-8", "replace"), text.encode("utf-8", _keeps_bytes(text))}


def _keeps_bytes(text: str) -> str:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return "replace"
    return "surrogateescape"


def _texts(text: str) -> Iterator[str]:
    yield text
    yield from _json_forms(text)
    yield from _shell_forms(text)
    yield from _python_forms(text)


def _json_forms(text: str) -> Iterator[str]:
    for form in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        for escaped in (form, *(each.sub(_unicode_escape, form) for each in _HTML)):
            yield escaped
            yield escaped.replace("/", "\\/")
    yield _DOTNET.sub(_upper_escape, json.dumps(text)[1:-1])


def _unicode_escape(found: Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _upper_escape(found: Match[str]) -> str:
    if found[0] == "\\\\":
        return found[0]
    return f"\\u{found[1].upper() if found[1] else f'{ord(found[0][-1]):04X}'}"


def _shell_forms(text: str) -> Iterator[str]:
    """The value inside the quotes of ``set -x``, ``printf %q``, ``declare -p``, ``export -p`` and similar."""
    yield text.replace("'", "'\\''")
    yield text.replace("'", "'\"'\"'")
    yield _IN_DOUBLE_QUOTES.sub(_backslashed, text)
    for each in _BACKSLASHED:
        yield each.sub(_backslashed, text)
    for escaped in (_is_unprintable, _is_not_plain):
        yield "".join(_escape(one, "E") if escaped(one) else "\\" + one if one in "'\\" else one for one in text)
        runs = groupby(text, escaped)
        yield (
            "".join(_run(list(run), is_escaped) for is_escaped, run in runs)
            .replace("'''\\''", "'\\''")
            .removesuffix("''")
        )


def _run(letters: list[str], is_escaped: bool) -> str:
    """The value as ``printf %q`` of coreutils writes it: in quotes that close before each escaped character."""
    if is_escaped:
        return "'$'" + "".join(_escape(one, "") for one in letters) + "''"
    return "".join(letters).replace("'", "'\\''")


def _is_unprintable(letter: str) -> bool:
    return not letter.isprintable()


def _is_not_plain(letter: str) -> bool:
    """The value in an ASCII locale."""
    return not " " <= letter <= "~"


def _backslashed(found: Match[str]) -> str:
    return "\\" + found[0]


def _escape(letter: str, escape: str) -> str:
    """The value inside ``$'…'``; ``escape`` is the escape sequence for the character ESC, if it has a short one."""
    code = ord(letter)
    name = escape if code == 27 else _NAMED.get(code)
    if name:
        return "\\" + name
    return "".join(f"\\{byte:03o}" for byte in letter.encode("utf-8", _keeps_bytes(letter)))


def _python_forms(text: str) -> Iterator[str]:
    """The value inside the quotes of ``repr`` and ``ascii``, single or double; gitflow's own messages use them, too."""
    for written in (repr('"' + text)[2:-1], ascii('"' + text)[2:-1]):
        yield written
        yield written.replace("\\'", "'")


def _url_forms(data: bytes) -> Iterator[bytes]:
    for safe in (b"", b"/"):
        quoted = _percent_encoded(data, _UNRESERVED.union(safe))
        for text in (quoted, quoted.replace(b"%20", b"+")):
            yield text
            yield re.sub(b"%..", lambda code: code[0].lower(), text)


def _percent_encoded(data: bytes, safe: frozenset[int]) -> bytes:
    return b"".join(bytes((byte,)) if byte in safe else b"%%%02X" % byte for byte in data)


def _base64_forms(data: bytes) -> Iterator[bytes]:
    """The value in base64: encoded by itself, and the characters that depend only on the value when it follows no, one
    or two other bytes (more make no difference), in one line or in several."""
    for encode in (b64encode, urlsafe_b64encode):
        alone = encode(data)
        yield alone
        for width in _BASE64_LINES:
            yield from (alone[at : at + width] for at in range(0, len(alone), width))
        for before, spoilt in ((0, 0), (1, 2), (2, 3)):
            whole = encode(b"\0" * before + data)[: (before + len(data)) * 8 // 6]
            yield whole[spoilt:]
            for width in _BASE64_LINES if len(whole) > min(_BASE64_LINES) else ():
                lines = (whole[max(at, spoilt) : at + width] for at in range(0, len(whole), width))
                yield from (line for line in lines if len(line) >= _MIN_REST)

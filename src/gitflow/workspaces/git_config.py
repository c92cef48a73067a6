"""Parses a git configuration file without git: git itself would follow its includes."""

from __future__ import annotations

import os
import re
import stat

from gitflow.core.errors import WorkspaceError

MAX_BYTES = 1 << 20

_SECTION = re.compile(r'\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\\n]|\\.)*)")?\s*\]')
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_SPACE = re.compile(r"[ \t\r\f\v]*")
_ESCAPED = {"\n": "", "n": "\n", "t": "\t", "b": "\b", "\\": "\\", '"': '"'}
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off", "")


def read(path: str) -> dict[str, str | None]:
    """``{"section.name" or "section.sub.name": value}`` of the file at ``path``, the last value of each; None: a name
    without ``=``. Empty when there is no such file. Raises WorkspaceError when it cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not block
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise WorkspaceError(f"{path!r} cannot be read: {error.strerror}") from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise WorkspaceError(f"{path!r} cannot be read: it is not a file")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise WorkspaceError(f"{path!r} cannot be read: it is larger than {MAX_BYTES >> 20} MiB")
    return parse(os.fsdecode(data), path)


def parse(text: str, path: str) -> dict[str, str | None]:
    """Raises WorkspaceError with the line that is wrong."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found: dict[str, str | None] = {}
    section, at = "", 0
    while at < len(text):
        at = _end(_SPACE, text, at)
        letter = text[at : at + 1]
        if letter in ("", "\n"):
            at += 1
        elif letter in "#;":
            at = _line_end(text, at)
        elif match := _SECTION.match(text, at):
            sub = None if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
            section, at = match[1].lower() + (f".{sub}" if sub is not None else ""), match.end()
        elif match := _NAME.match(text, at):
            value, at = _value(text, match.end(), path)
            found[f"{section}.{match[0].lower()}".lstrip(".")] = value
        else:
            raise _wrong(text, at, path)
    return found


def as_bool(value: str | None) -> bool | None:
    """The value as git reads it; None if it is not a boolean."""
    if value is None or value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    return bool(int(value)) if re.fullmatch(r"-?[0-9]{1,9}", value) else None


def quoted(value: str) -> str:
    """The text quoted for a configuration file."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _value(text: str, at: int, path: str) -> tuple[str | None, int]:
    at = _end(_SPACE, text, at)
    if text[at : at + 1] in ("", "\n"):
        return None, at
    if text[at] != "=":
        raise _wrong(text, at, path)
    at = _end(_SPACE, text, at + 1)
    value, kept, is_quoted = "", 0, False  # kept: letters that no trailing space is cut from
    while at < len(text) and text[at] != "\n":
        letter = text[at]
        if letter == '"':
            is_quoted = not is_quoted
            kept = len(value)
        elif letter == "\\":
            at += 1
            following = text[at : at + 1]
            if following not in _ESCAPED:
                raise _wrong(text, at, path)
            value += _ESCAPED[following]
            kept = len(value)
        elif letter in "#;" and not is_quoted:
            at = _line_end(text, at)
            break
        elif value or is_quoted or not letter.isspace():
            value += letter
            kept = len(value) if is_quoted or not letter.isspace() else kept
        at += 1
    if is_quoted:
        raise _wrong(text, at, path)
    return value[:kept], at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _wrong(text: str, at: int, path: str) -> WorkspaceError:
    return WorkspaceError(f"{path!r} cannot be read: line {text.count(chr(10), 0, at) + 1} is not git configuration")

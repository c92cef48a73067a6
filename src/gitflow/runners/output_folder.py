"""Reads the folder ``$GITFLOW_OUTPUTS``: a file for each key, whose whole content is one text.

In this form no value can add a key. Anything but regular files fails the step, and the message names it. Links are
not followed, and pipes are not opened.
"""

from __future__ import annotations

import os
import stat

from gitflow.core.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.language.definition import Field
    from gitflow.core.values import Json, JsonObject

#: The largest output of a step, in bytes: its files, their names, the file $GITFLOW_OUTPUT or the line OUTPUT:.
MAX_SIZE = 1024 * 1024
#: How many files there may be.
MAX_FILES = 1000
#: How many wrong entries a message names.
_MAX_NAMED = 5
_FOLDER = "the folder $GITFLOW_OUTPUTS"
_ADVICE = "a file's name is a key: letters, digits, _ and -, beginning with a letter or _"
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_TEXTS = frozenset({"string", "text"})
_JSON = frozenset({"array", "object"})


def read_folder(path: str, room: int, declared: Mapping[str, Field]) -> JsonObject:
    """The values by key, in the order of the keys. ``room`` is the limit of their size together, in bytes.

    A value is a text, or a value of its declared type. Raises InvalidInput.
    """
    folder = _open_folder(path)
    if folder is None:
        return {}
    try:
        names = os.listdir(folder)
        return _read_all(folder, names, room, declared) if names else {}
    except OSError as error:
        raise InvalidInput(f"{_FOLDER} cannot be read: {error.strerror}") from None
    finally:
        os.close(folder)


def too_large(what: str) -> InvalidInput:
    return InvalidInput(f"{what} is larger than 1 MiB; pass large data on as a file in $GITFLOW_ARTIFACTS")


def _open_folder(path: str) -> int | None:
    try:
        return os.open(path, _FLAGS | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    except OSError:
        raise InvalidInput(f"{_FOLDER} is no longer a folder") from None


def _read_all(folder: int, names: list[str], room: int, declared: Mapping[str, Field]) -> JsonObject:
    if len(names) > MAX_FILES:
        raise InvalidInput(f"{_FOLDER} contains {len(names):,} files; at most {MAX_FILES:,} are allowed")
    values: JsonObject = {}
    wrong: list[str] = []
    for name in sorted(names):
        data = _read_one(folder, name, room, wrong)
        if data is None:
            continue
        room -= len(name) + len(data)
        if room < 0:
            raise too_large(f"the output, with the file {name!r} in {_FOLDER},")
        try:
            values[name] = _value(name, data.decode(), declared.get(name))
        except UnicodeDecodeError:
            wrong.append(f"{name!r} is not UTF-8 text")
    if wrong:
        more = f"; and {len(wrong) - _MAX_NAMED} more" if len(wrong) > _MAX_NAMED else ""
        raise InvalidInput(f"{_FOLDER} is wrong: " + "; ".join(wrong[:_MAX_NAMED]) + more)
    return values


def _read_one(folder: int, name: str, room: int, wrong: list[str]) -> bytes | None:
    """The file's bytes, at most one more than ``room``; or None, and the reason why it is not an output."""
    kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if not stat.S_ISREG(kind):
        wrong.append(f"{name!r} is {_KINDS.get(stat.S_IFMT(kind), 'not a regular file')}")
    elif not _is_key(name):
        wrong.append(f"{name!r} is not a key ({_ADVICE})")
    else:
        try:
            fd = os.open(name, _FLAGS, dir_fd=folder)
        except OSError as error:
            wrong.append(f"{name!r} cannot be read: {error.strerror}")
            return None
        with open(fd, "rb") as file:
            if stat.S_ISREG(os.fstat(fd).st_mode):  # and not replaced meanwhile
                return file.read(room + 1)
        wrong.append(f"{name!r} is no longer a regular file")
    return None


def _is_key(name: str) -> bool:
    return name.isascii() and not name.startswith("-") and name.replace("-", "_").isidentifier()


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}


def _value(name: str, text: str, field: Field | None) -> Json:
    """The file's text; for another declared type, parsed as JSON or without the final line feed of ``echo``."""
    if field is None or (field.type in _TEXTS and not field.multiple):
        return text
    if not field.multiple and field.type not in _JSON:
        return text.strip()
    from gitflow.core.strict_json import NotJson, read_json

    try:
        return read_json(text, unique=True)
    except NotJson as error:
        raise InvalidInput(f"the file {name!r} in {_FOLDER} is not valid JSON: {error}") from None

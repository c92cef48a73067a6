"""The paths that a change over the API may name: regular files below ``.workflows``, and never a policy.

A path is checked by itself here, and against the folders of its revision in drafts.py. It must mean one file on every
file system that a clone may lie on, so that names which some of them take for others are refused: by case, by Unicode
form, by endings that Windows drops.
"""

from __future__ import annotations

import re
import unicodedata

from gitflow.core.errors import InvalidInput
from gitflow.core.language.sources import DEFINITIONS_FOLDER

MAX_PATH_BYTES, MAX_NAME_BYTES, MAX_DEPTH = 1000, 255, 16

#: What Windows keeps for itself, and the backslash, by which it separates names.
_RESERVED_LETTERS = re.compile(r'[\\:*?"<>|]')
_RESERVED_NAME = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
#: How FAT and NTFS abbreviate names: ``POLICY~1.YAM``.
_ABBREVIATED = re.compile(r"~[0-9]")
_POLICIES = frozenset({"policy.yaml", "policy.yml"})


def check_path(path: str) -> str:
    """The path, if a change may name it. Raises InvalidInput."""
    why = _mistake(path)
    if why is not None:
        shown = path if len(path) <= 200 else f"{path[:200]}…"
        raise InvalidInput(f"{shown!r} is not a file that can be changed here: {why}", [("path", why)])
    return path


def folded(name: str) -> str:
    """Equal for names that some file system takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _mistake(path: str) -> str | None:
    names = path.split("/")
    if names[0] != DEFINITIONS_FOLDER or len(names) < 2:
        return f"only files below {DEFINITIONS_FOLDER}/ are"
    if len(names) > MAX_DEPTH:
        return f"it is more than {MAX_DEPTH} folders deep"
    for name in names[1:]:
        why = _mistake_in(name)
        if why is not None:
            return why
    if len(path.encode()) > MAX_PATH_BYTES:
        return f"its path is longer than {MAX_PATH_BYTES} bytes"
    if any(folded(name) in _POLICIES for name in names):
        return "a policy changes by a commit of a person"
    return None


def _mistake_in(name: str) -> str | None:
    """The first rule that one name of the path breaks."""
    if not name.isprintable():  # also of half a surrogate pair, which no file name has
        return "a name has a character that cannot be printed"
    if len(name.encode()) > MAX_NAME_BYTES:
        return f"a name is longer than {MAX_NAME_BYTES} bytes"
    if name in ("", ".", ".."):
        return "each part of a path is a name, and neither empty nor `.` nor `..`"
    if unicodedata.normalize("NFC", name) != name:
        return "a name is not in the composed form of Unicode (NFC)"
    if _RESERVED_LETTERS.search(name):
        return 'a name has one of \\ : * ? " < > |; folders are separated by /'
    if name != name.strip() or name.endswith("."):
        return "a name begins with a space, or ends with a space or a dot"
    plain = folded(name)
    if plain.startswith(".git") or _ABBREVIATED.search(plain) or _RESERVED_NAME.fullmatch(plain):
        return f"{name!r} has a meaning of its own for git or a file system"
    return None

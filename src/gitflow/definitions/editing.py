"""Changes one setting in the text of a definition, and nothing else: comments, order and spelling stay.

The text is changed at the place where the reader found the value. Whatever was written there, the result is read again,
and it is refused unless it says the same as before but for that setting. So what cannot be changed safely (an alias, a
tag, an odd layout) is never changed wrongly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitflow.core.errors import Conflict, NotFound
from gitflow.core.names import closest
from gitflow.core.values import is_object
from gitflow.definitions.source.ignored import is_definitions, is_encrypted
from gitflow.definitions.source.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.core.language.sources import SourceFile
    from gitflow.core.values import Json
    from gitflow.definitions.source.reader import Document

_BOM = b"\xef\xbb\xbf"
_SECTION, _SETTING = "triggers", "enabled"


def with_enabled(files: Iterable[SourceFile], name: str, enabled: bool) -> tuple[str, bytes]:
    """The file in which a trigger is defined, and its content with ``enabled`` set; unchanged where it says so already.

    Raises NotFound, and Conflict where the text cannot be changed without changing something else.
    """
    document, file = _find(files, name)
    text = _edited(document, name, enabled)
    data = (_BOM if file.data.startswith(_BOM) else b"") + text.encode()
    if text != document.text and not _is_only_change(document.value, read(file.path, data).value, name, enabled):
        raise _cannot(document, name)
    return file.path, data


def _find(files: Iterable[SourceFile], name: str) -> tuple[Document, SourceFile]:
    known: list[str] = []
    for file in files:
        if not is_definitions(file.path) or is_encrypted(file.path):
            continue
        document = read(file.path, file.data)
        triggers = _triggers(document.value)
        if name in triggers:
            return document, file
        known.extend(triggers)
    raise NotFound("trigger", name, closest(name, known))


def _triggers(value: Json) -> dict[str, Json]:
    found = value.get(_SECTION) if is_object(value) else None
    return found if is_object(found) else {}


def _edited(document: Document, name: str, enabled: bool) -> str:
    """Raises Conflict."""
    trigger = _triggers(document.value)[name]
    if not is_object(trigger) or document.problems:
        raise _cannot(document, name)
    if trigger.get(_SETTING, True) is enabled:
        return document.text
    members: dict[str, tuple[Any, Any]] = document.spot[1][_SECTION][1][1][name][1][1]
    said = "true" if enabled else "false"
    if _SETTING in members:
        value = members[_SETTING][1]
        return _spliced(document.text, value.start_mark.index, value.end_mark.index, said)
    opening = document.spot[1][_SECTION][1][1][name][1][0]
    return _inserted(document, name, members, said, is_flow=bool(opening.flow_style))


def _inserted(document: Document, name: str, members: dict[str, tuple[Any, Any]], said: str, *, is_flow: bool) -> str:
    """Behind ``type``, which every trigger has and which is a word."""
    text = document.text
    if "type" not in members or not hasattr(members["type"][1], "style"):
        raise _cannot(document, name)
    key, value = members["type"]
    if is_flow:
        return _spliced(text, value.end_mark.index, value.end_mark.index, f", {_SETTING}: {said}")
    end = text.find("\n", value.end_mark.index)
    ending = "\r\n" if "\r\n" in text else "\n"
    line = f"{' ' * key.start_mark.column}{_SETTING}: {said}{ending}"
    return f"{text}{ending}{line}" if end < 0 else _spliced(text, end + 1, end + 1, line)


def _spliced(text: str, start: int, end: int, put: str) -> str:
    return text[:start] + put + text[end:]


def _is_only_change(before: Json, after: Json, name: str, enabled: bool) -> bool:
    triggers = {**_triggers(before), name: {**_triggers(before)[name], _SETTING: enabled}}
    return after == {**before, _SECTION: triggers}


def _cannot(document: Document, name: str) -> Conflict:
    return Conflict(
        f"trigger {name!r} is written in {document.path} in a way that cannot be changed without changing more; "
        "change the file itself"
    )

"""The active configuration, setting by setting: each value, and where it comes from.

Values that are secret, or may hold a secret, are hidden; the place of a setting is that of the file as it is now.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.config.variables import ENV_PREFIX
from gitflow.core.plain import plain
from gitflow.core.record import Record, fields_of
from gitflow.core.values import MASK, is_mapping
from gitflow.definitions.source.locations import place_of
from gitflow.definitions.source.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.config.settings import Config
    from gitflow.core.problems import Place
    from gitflow.core.values import Json
    from gitflow.definitions.source.reader import Document

    Path = tuple[str, ...]

#: Settings whose name in the file differs from that of their field.
_RENAMED: Mapping[str, Path] = {"synchronous": ("db", "synchronous"), "db_url": ("db", "url")}
#: Fields that are no settings.
_LEFT_OUT = frozenset({"path", "ignored_state_dir"})
#: Last parts of the names of settings that hold a secret.
_SECRET = re.compile(r"(.*_)?(secret|password|token|key|headers)")
#: The user and the password in an address.
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")


class Setting(Record):
    name: str  #: in the file, with dots between its parts
    value: Json
    origin: str  #: default, file or environment
    place: Place | None = None  #: in the file
    variable: str | None = None  #: of the environment


def effective(config: Config, environ: Mapping[str, str]) -> list[Setting]:
    """Every setting with its value; without places if the file is gone."""
    document = _document(config.path)
    return [_setting(path, value, document, environ) for path, value in _leaves(config)]


def _document(path: str | None) -> Document | None:
    if path is None:
        return None
    try:
        with open(path, "rb") as file:
            return read(path, file.read())
    except OSError:
        return None


def _leaves(config: Config) -> Iterator[tuple[Path, Json]]:
    for name, value in fields_of(config):
        if name in _LEFT_OUT:
            continue
        if name == "workspaces":
            for workspace in config.workspaces.values():
                yield ("workspaces", workspace.name, "type"), workspace.type
                yield from _below(("workspaces", workspace.name), workspace.settings)
        else:
            yield from _below(_RENAMED.get(name, (name,)), value)


def _below(path: Path, value: Json) -> Iterator[tuple[Path, Json]]:
    """Lists the settings of a section; a list, and an empty section, is one value."""
    members = fields_of(value) if hasattr(value, "__match_args__") else value.items() if is_mapping(value) else ()
    if not members:
        yield path, plain(value, _without_userinfo)
    for name, member in members:
        yield from _below((*path, str(name)), member)


def _without_userinfo(text: str) -> str:
    return _USERINFO.sub(f"{MASK}@", text)


def _setting(path: Path, value: Json, document: Document | None, environ: Mapping[str, str]) -> Setting:
    name = ".".join(path)
    variable = _variable(path, environ)
    written = _written(document, path)
    is_secret = (
        _SECRET.fullmatch(path[-1]) is not None
        or (len(path) > 1 and _SECRET.fullmatch(path[-2]) is not None)
        or (written is not None and written != path)  # the content of a file
    )
    shown = MASK if is_secret and value is not None else value
    if variable is not None:
        return Setting(name, shown, "environment", variable=variable)
    if document is not None and written is not None:
        return Setting(name, shown, "file", place_of(document, written))
    return Setting(name, shown, "default")


def _variable(path: Path, environ: Mapping[str, str]) -> str | None:
    """The variable of the environment that overrides a setting, or the section that it is in."""
    for length in range(len(path), 0, -1):
        wanted = ENV_PREFIX + "__".join(path[:length])
        for name in environ:
            if name.upper() == wanted.upper() and name.startswith(ENV_PREFIX):
                return name
    return "GITFLOW_STATE" if path == ("state_dir",) and environ.get("GITFLOW_STATE") else None


def _written(document: Document | None, path: Path) -> Path | None:
    """The path of a setting in the file: its own, or that of ``<name>_file``; None if the file does not have it."""
    section: Json = document.value if document is not None else None
    for part in path[:-1]:
        section = section.get(part) if is_mapping(section) else None
    if not is_mapping(section):
        return None
    return next(((*path[:-1], name) for name in (path[-1], f"{path[-1]}_file") if name in section), None)

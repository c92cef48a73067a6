"""Every problem of a server-config.yaml at once, without starting a server: the file, the environment, and the disk."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from gitflow.config.building import below
from gitflow.config.reading import read_config
from gitflow.config.settings import ConfigError
from gitflow.core.names import closest
from gitflow.core.problems import Place, Problem
from gitflow.core.values import is_list, is_object
from gitflow.definitions.source.locations import place_inside, place_of
from gitflow.definitions.source.reader import read
from gitflow.definitions.source.schemas import problems_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitflow.config.settings import Config
    from gitflow.core.values import Json
    from gitflow.definitions.source.reader import AnyDocument

    Path = tuple[str | int, ...]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ENDING = "_file"
#: Made by the server where it is missing.
_GENERATED = frozenset({"secrets_key_file"})


def problems_of_config(
    path: str, environ: Mapping[str, str], check_start: Callable[[Config], None] = lambda config: None
) -> list[Problem]:
    """In the order of the file. ``check_start``: raises ConfigError for what a server would refuse when it starts.

    Raises ConfigError for a file that cannot be read.
    """
    try:
        with open(path, "rb") as file:
            document = read(path, file.read())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    found = list(document.problems)
    if not any(problem.is_error for problem in found):
        found += problems_of(document, "server-config")
    base = os.path.dirname(os.path.abspath(path))
    for where, text in _texts(document.value, ()):
        found += _missing_variables(document, where, text, environ)
        if not _VARIABLE.search(text):
            found += _missing_files(document, where, text, base)
    if not any(problem.is_error for problem in found):
        found += _refusals(path, environ, check_start)
    return sorted(found, key=lambda problem: (problem.line, problem.column))


def _texts(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    members = value.items() if is_object(value) else enumerate(value) if is_list(value) else ()
    for name, member in members:
        yield from _texts(member, (*path, name))


def _missing_variables(document: AnyDocument, path: Path, text: str, environ: Mapping[str, str]) -> Iterator[Problem]:
    for match in _VARIABLE.finditer(text):
        name = match[1]
        if name not in environ:
            where = place_inside(document, path, match.start())
            hint = closest(name, environ) or f"set it where the server starts: export {name}=…"
            yield Problem.at(where, "missing-variable", f"there is no variable {name} in this environment", hint)


def _missing_files(document: AnyDocument, path: Path, text: str, base: str) -> Iterator[Problem]:
    """Files with secrets that cannot be read, and workspaces whose folder is not there."""
    name = str(path[-1]) if path else ""
    full = below(base, text)
    if name.endswith(_ENDING) and name not in _GENERATED and not os.access(full, os.R_OK):
        why = "cannot be read by this user" if os.path.exists(full) else "does not exist"
        yield Problem.at(place_of(document, path), "missing-file", f"{full} {why}")
    is_folder = path[:1] == ("workspaces",) and len(path) == 3 and name == "path"
    if is_folder and not os.path.isdir(full):
        yield Problem.at(place_of(document, path), "missing-folder", f"there is no folder {full}")


def _refusals(path: str, environ: Mapping[str, str], check_start: Callable[[Config], None]) -> list[Problem]:
    """What no value of the file shows by itself."""
    try:
        check_start(read_config(path, environ, for_server=True))
    except ConfigError as error:
        return list(error.problems) or [Problem.at(Place(path), "refused", str(error))]
    return []

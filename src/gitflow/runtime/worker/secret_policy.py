"""Which variables and files of the server the secrets of a workspace may read: none, unless the settings allow it.

``workspaces.<name>.secrets`` of server-config.yaml allows variables (``env``, globs) and folders (``files``). Everybody
who can push to a workspace can write its definitions, so only these lists protect the secrets of the server and of
other workspaces. ``gitflow run`` needs no such lists, because its caller can read the same files and variables anyway.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.core.templates.texts import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import Json

#: Settings of the server itself, including its tokens; no list can allow them.
NEVER = "GITFLOW_*"
#: Larger files are refused.
MAX_FILE_BYTES = 1024 * 1024


class SecretPolicy(Record):
    """What one workspace may read."""

    env: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


NOTHING = SecretPolicy()


def policy_sources(
    environ: Mapping[str, str], policies: Mapping[str, SecretPolicy]
) -> Callable[[str], Mapping[str, Json]]:
    """For the Renderer of a server: workspace -> the names that the templates of its secrets can use."""

    def sources(workspace: str) -> Mapping[str, Json]:
        allowance = policies.get(workspace, NOTHING)
        return {
            "env": AllowedEnv(environ, workspace, allowance.env),
            "file": partial(read_allowed, workspace, allowance.files),
        }

    return sources


class AllowedEnv(Mapping[str, str]):
    """The variables that the globs allow. Any other name raises a TemplateError that names the setting to change."""

    def __init__(self, environ: Mapping[str, str], workspace: str, globs: tuple[str, ...]) -> None:
        self._environ = environ
        self._workspace = workspace
        self._globs = globs

    def __getitem__(self, name: str) -> str:
        if not self._allows(name):
            why = (
                f"no setting can allow variables named {NEVER}"
                if fnmatchcase(name, NEVER)
                else f"the server allows it with workspaces.{self._workspace}.secrets.env in its server-config.yaml"
            )
            raise TemplateError(f"the secrets of workspace {self._workspace!r} may not read env.{name}: {why}")
        return self._environ[name]

    def _allows(self, name: str) -> bool:
        return not fnmatchcase(name, NEVER) and any(fnmatchcase(name, glob) for glob in self._globs)

    def __iter__(self) -> Iterator[str]:
        return filter(self._allows, self._environ)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def read_allowed(workspace: str, folders: tuple[str, ...], path: str) -> str:
    """A secret's file without its last line feed. Raises TemplateError and OSError.

    The real path is checked again once the file is open, so neither ``..`` nor a link leads out of the folders, even
    if the file is replaced at that moment.
    """
    refused = TemplateError(
        f"the secrets of workspace {workspace!r} may not read the file {path!r}: the server allows its folder with "
        f"workspaces.{workspace}.secrets.files in its server-config.yaml"
    )
    if "\0" in path or not os.path.isabs(path) or not _is_in(os.path.realpath(path), folders):
        raise refused  # before it is opened: the error must not reveal whether the file exists
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(fd, "rb") as file:
        if not _is_in(_real_path_of(fd, path), folders):
            raise refused
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise TemplateError(f"{path!r} is not a plain file")
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise TemplateError(f"{path!r} is larger than 1 MiB, too large for a secret")
    return data.decode().removesuffix("\n")


def _real_path_of(fd: int, path: str) -> str:
    """The real path of an open file; resolved from ``path`` if the system does not provide it."""
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return os.path.realpath(path)


def _is_in(place: str, folders: tuple[str, ...]) -> bool:
    return any(place.startswith(os.path.join(os.path.realpath(folder), "")) for folder in folders)

"""Checks of HTTP requests: values must not change the host, and credentials go only to their connection's origin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.core.templates.parse import parse
from gitflow.core.templates.texts import TemplateError, has_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.problems import Problem
    from gitflow.core.values import Json
    from gitflow.definitions.checks.context import Path, Workspace

#: Placeholder for a value in an address; it occurs nowhere else.
_VALUE = "\ue000"
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_ORIGIN = re.compile(
    r"(https?)://(?:[^/?#@]*@)?([^/?#@:\[\]]+|\[[^/?#@\[\]]+\])(?::([0-9]+))?(?=[/?#]|$)", re.IGNORECASE
)
_PORTS = {"http": "80", "https": "443"}
#: The credentials of a connection (a password counts only with a user name).
_CREDENTIALS = ("token", "username", "headers")


def addresses_stay_as_written(workspace: Workspace) -> Iterator[Problem]:
    for path, action in workspace.actions():
        url = action.fields.get("url")
        if action.type != "http" or not isinstance(url, str):
            continue
        written = _with_marks(url)
        found = _AUTHORITY.match(written)
        where = (*path, "url")
        if found and re.search(rf"[^.@:\[{_VALUE}]{_VALUE}+$", found[1]):
            message = "a value directly after the host could turn it into another host"
            yield workspace.error(where, "host-from-value", message, "write / before the value")
        parts = re.split(r"[?#]", written[found.end() :] if found else written, maxsplit=1)[0].split("/")
        if any(part.lower().replace("%2e", ".") in (".", "..") for part in parts):
            message = 'the path contains "." or "..", and such requests are never sent'
            yield workspace.error(where, "path-leads-up", message, "write the path without them")


def credentials_have_an_origin(workspace: Workspace) -> Iterator[Problem]:
    """Checks connections that are named directly; one that an input names is checked when the request is made."""
    for path, action in workspace.actions():
        name, url = action.fields.get("connection"), action.fields.get("url")
        if action.type != "http" or not isinstance(name, str) or name not in workspace.snapshot.connections:
            continue
        given = _values(workspace.snapshot, name)
        if any(given.get(key) for key in _CREDENTIALS):
            yield from _astray(workspace, path, name, given.get("base_url"), url if isinstance(url, str) else "")


def _astray(workspace: Workspace, path: Path, name: str, base: Json, url: str) -> Iterator[Problem]:
    if not base:
        message = f'connection "{name}" has credentials but no `base_url`, so they are never sent'
        hint = f"add base_url to connection {name}: the scheme, host and port that may receive them"
        yield workspace.error((*path, "connection"), "credentials-without-origin", message, hint)
        return
    wanted = _origin(str(base))
    found = _origin(url)
    if wanted and found and wanted != found:
        message = (
            f'the address is not at the origin of connection "{name}", and only that origin may receive its credentials'
        )
        yield workspace.error(
            (*path, "url"), "credentials-astray", message, "write only the path, or leave `connection` out"
        )


def _values(snapshot: Snapshot, name: str) -> Mapping[str, Json]:
    connection = snapshot.connections[name]
    kind = snapshot.connection_types.get(connection.type)
    defaults = {key: field.default for key, field in kind.fields.items() if field.has_default} if kind else {}
    return {**defaults, **connection.values}


def _origin(url: str) -> tuple[str, str, str] | None:
    """The origin of an address whose scheme, host and port are written out."""
    found = _ORIGIN.match(url)
    if not found or has_template(found[0]):
        return None
    scheme = found[1].lower()
    return scheme, found[2].lower(), found[3] or _PORTS[scheme]


def _with_marks(text: str) -> str:
    try:
        return "".join(part if isinstance(part, str) else _VALUE for part in parse(text).parts)
    except TemplateError:  # the checks of templates report this
        return ""

"""Links to files in the pages of a code host, from the url of a repository.

A link is a template: ``{revision}``, ``{path}`` and ``{line}`` stand for what it points at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Kind of code host -> the rest of a link, behind the address of the repository.
LINKS: Mapping[str, str] = {
    "github": "/blob/{revision}/{path}#L{line}",
    "gitlab": "/-/blob/{revision}/{path}#L{line}",
    "gitea": "/src/commit/{revision}/{path}#L{line}",
    "bitbucket": "/src/{revision}/{path}#lines-{line}",
}

#: Public hosts, by name.
HOSTS: Mapping[str, str] = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "gitea.com": "gitea",
    "codeberg.org": "gitea",
    "bitbucket.org": "bitbucket",
}

#: How the names of private hosts begin.
_BEGINNINGS: Mapping[str, str] = {"github": "github", "gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea"}


def file_link(url: str, provider: str | None = None, below: str = "") -> str | None:
    """The template of a link to a file; None where the host is not known.

    ``provider``: the kind of the host, if it is configured. ``below``: the folder of the repository that paths are
    relative to. Nothing of a user, a password or a token in the url is in the link.
    """
    try:
        scheme, host, path = _parts(url)
    except ValueError:  # no url at all
        return None
    if not host or not path:
        return None
    kind = provider or HOSTS.get(host.partition(":")[0]) or _BEGINNINGS.get(host.partition(".")[0])
    template = LINKS.get(kind or "")
    if template is None:
        return None
    inside = below.strip("/")
    if inside:
        template = template.replace("{path}", f"{quote(inside)}/{{path}}")
    return f"{scheme}://{host}/{quote(path)}{template}"


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme, host and path of the pages: of https://host/owner/name.git, ssh://git@host/… or git@host:owner/name."""
    if "://" not in url:
        host, colon, path = url.partition(":")
        if not colon or "/" in host:  # a path on this machine
            return "", "", ""
        return "https", host.rpartition("@")[2].lower(), _repository(path)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "ssh", "git+ssh", "git"):
        return "", "", ""
    host = (parts.hostname or "").lower()
    if parts.scheme == "http":
        return "http", f"{host}:{parts.port}" if parts.port else host, _repository(parts.path)
    port = parts.port if parts.scheme == "https" else None  # that of ssh is no page's
    return "https", f"{host}:{port}" if port else host, _repository(parts.path)


def _repository(path: str) -> str:
    return unquote(path).strip("/").removesuffix(".git")

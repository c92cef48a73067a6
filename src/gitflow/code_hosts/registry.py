"""The code hosts that gitflow speaks with, and the repository that ``workspaces.<name>.pull_requests`` means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from gitflow.code_hosts.base import Repository
from gitflow.code_hosts.gitea import Gitea
from gitflow.code_hosts.github import GitHub
from gitflow.code_hosts.gitlab import GitLab
from gitflow.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.code_hosts.base import Dialect

#: A new code host is one line here, and one in schemas/server-config.json.
DIALECTS: Mapping[str, Dialect] = {
    "github": GitHub(),
    "gitea": Gitea(),
    "gitlab": GitLab(),
}

_NAME = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def repository_of(api_url: str, url: str, name: str | None = None) -> Repository:
    """``url`` is that of the git repository, whose path names it unless ``name`` does. Raises InvalidInput."""
    parts = urlsplit(api_url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise InvalidInput("api_url: a token is sent over https:// alone")
    if not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise InvalidInput("api_url: write https://HOST/PATH, without a user, a query or a fragment")
    found = name or _name_in(url)
    if _NAME.fullmatch(found) is None or {".", ".."} & set(found.split("/")):
        raise InvalidInput(f"the path of {url!r} names no repository at a code host; set repository: OWNER/NAME")
    return Repository(api_url.rstrip("/"), found)


def _name_in(url: str) -> str:
    """``owner/name`` of https://host/owner/name.git, ssh://git@host/owner/name or git@host:owner/name.git."""
    path = urlsplit(url).path if "://" in url else url.partition(":")[2]
    return unquote(path).strip("/").removesuffix(".git")

"""Gitea and Forgejo: ``api_url`` is https://HOST/api/v1. Mostly GitHub's API, under its own signatures.

Described by each server at ``/api/swagger`` and at https://docs.gitea.com/usage/webhooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from gitflow.code_hosts.base import Call
from gitflow.code_hosts.github import GitHub

if TYPE_CHECKING:
    from collections.abc import Mapping


class Gitea(GitHub):
    event_header = "X-Gitea-Event"  # Forgejo sends it, too
    signatures: Mapping[str, str] = {
        "X-Gitea-Signature": "",
        "X-Forgejo-Signature": "",
    }

    def _is_about_pulls(self, event: str) -> bool:
        return event == "pull_request" or event == "pull_request_sync"

    def headers(self, token: str) -> Mapping[str, str]:
        return {"Authorization": f"token {token}", "Accept": "application/json"}

    def comments(self, repository: str, number: int, page: int) -> Call | None:
        """All at once: this list has no pages."""
        return Call("GET", f"/repos/{quote(repository)}/issues/{number}/comments") if page == 1 else None

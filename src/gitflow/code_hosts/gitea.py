"""Gitea and Forgejo: ``api_url`` is https://HOST/api/v1. Mostly GitHub's API, under its own signatures.

Described by each server at ``/api/swagger`` and at https://docs.gitea.com/usage/webhooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from gitflow.code_hosts.base import PAGE_SIZE, Call
from gitflow.code_hosts.github import GitHub

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject


#: The header has a word of its own for each kind of review; another header (``X-Gitea-Event-Type``) has longer ones.
_EVENTS = ("pull_request", "pull_request_sync", "pull_request_approved", "pull_request_rejected")


class Gitea(GitHub):
    event_header = "X-Gitea-Event"  # Forgejo sends it, too
    signatures: Mapping[str, str] = {
        "X-Gitea-Signature": "",
        "X-Forgejo-Signature": "",
    }

    undecided = ("COMMENT", "PENDING", "REQUEST_REVIEW")

    def _is_about_pulls(self, event: str) -> bool:
        return event in _EVENTS

    def _approves(self, review: JsonObject, head: str) -> bool:
        """Gitea keeps the state of a review that was dismissed, or was of an older head."""
        counts = review["stale"] is False and review["dismissed"] is False
        return counts and super()._approves(review, head)

    def _page(self, page: int) -> str:
        return f"limit={PAGE_SIZE}&page={page}"

    def headers(self, token: str) -> Mapping[str, str]:
        return {"Authorization": f"token {token}", "Accept": "application/json"}

    def comments(self, repository: str, number: int, page: int) -> Call | None:
        """All at once: this list has no pages."""
        return Call("GET", f"/repos/{quote(repository)}/issues/{number}/comments") if page == 1 else None

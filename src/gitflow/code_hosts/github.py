"""GitHub, also on a server of one's own: ``api_url`` is https://api.github.com or https://HOST/api/v3.

Described at https://docs.github.com/en/rest (version 2022-11-28) and https://docs.github.com/en/webhooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from gitflow.code_hosts.base import (
    PAGE_SIZE,
    Call,
    Comment,
    Delivery,
    OpenedPull,
    PullRequest,
    natural,
    page_url,
    pages_of,
    text,
)
from gitflow.code_hosts.signatures import is_signed
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gitflow.code_hosts.base import Asking, CommitStatus, NewPull
    from gitflow.core.values import Json, JsonObject


class GitHub:
    """Gitea has taken over most of it (gitea.py)."""

    event_header = "X-GitHub-Event"
    #: Header -> what stands before the hex digits of the signature.
    signatures: Mapping[str, str] = {"X-Hub-Signature-256": "sha256="}
    #: States of reviews that neither approve nor object.
    undecided: Collection[str] = ("COMMENTED", "PENDING")

    def is_genuine(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        known = False
        for header, start in self.signatures.items():
            known = is_signed(headers.get(header, ""), start, body, secret) or known
        return known

    def delivery_of(self, headers: Mapping[str, str], given: JsonObject) -> Delivery | None:
        event, pull, repository = headers.get(self.event_header, ""), given.get("pull_request"), given.get("repository")
        if not self._is_about_pulls(event) or not is_object(pull) or not is_object(repository):
            return None
        return Delivery(text(repository["full_name"]), natural(pull["number"]))

    def _is_about_pulls(self, event: str) -> bool:
        return event in ("pull_request", "pull_request_review")

    def head_ref(self, number: int) -> str:
        return f"refs/pull/{number}/head"

    def headers(self, token: str) -> Mapping[str, str]:
        return {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    def pull_request(self, repository: str, number: int) -> Call:
        return Call("GET", f"/repos/{quote(repository)}/pulls/{number}")

    def read_pull_request(self, answer: Json) -> PullRequest:
        head, base = answer["head"], answer["base"]
        is_open = text(answer["state"]) == "open"
        return PullRequest(natural(answer["number"]), text(head["sha"]), text(base["ref"]), is_open)

    def open_pull(self, repository: str, pull: NewPull) -> Call:
        body = {"head": pull.branch, "base": pull.base_branch, "title": pull.title, "body": pull.text}
        return Call("POST", f"/repos/{quote(repository)}/pulls", body)

    def read_opened_pull(self, answer: Json) -> OpenedPull:
        return OpenedPull(natural(answer["number"]), page_url(answer.get("html_url")))

    def approvers(self, repository: str, pull: PullRequest) -> Asking[frozenset[str]]:
        """Of each account the last review that decides counts; GitHub and Gitea list them in the order of time."""
        last: dict[int, tuple[str, bool]] = {}
        for review in (yield from pages_of(lambda page: self._reviews(repository, pull.number, page))):
            author = review.get("user")  # null, where the account is gone
            if is_object(author) and review["state"] not in self.undecided:
                last[natural(author["id"])] = text(author["login"]), self._approves(review, pull.head)
        return frozenset(login for login, approves in last.values() if approves)

    def _reviews(self, repository: str, number: int, page: int) -> Call:
        return Call("GET", f"/repos/{quote(repository)}/pulls/{number}/reviews?{self._page(page)}")

    def _approves(self, review: JsonObject, head: str) -> bool:
        return review["state"] == "APPROVED" and review["commit_id"] == head

    def _page(self, page: int) -> str:
        return f"per_page={PAGE_SIZE}&page={page}"

    def open_pulls(self, repository: str, branch: str) -> Asking[list[int]]:
        start = f"/repos/{quote(repository)}/pulls?state=open&base={quote(branch, safe='')}"
        found = yield from pages_of(lambda page: Call("GET", f"{start}&{self._page(page)}"))
        return [natural(pull["number"]) for pull in found if pull["base"]["ref"] == branch]

    def set_status(self, repository: str, status: CommitStatus) -> Call:
        body = {"state": status.state, "context": status.context, "description": status.description}
        return Call("POST", f"/repos/{quote(repository)}/statuses/{status.sha}", body)

    def is_set_already(self, status: int, answer: Json) -> bool:
        return False

    def comments(self, repository: str, number: int, page: int) -> Call | None:
        return Call("GET", f"/repos/{quote(repository)}/issues/{number}/comments?per_page={PAGE_SIZE}&page={page}")

    def read_comments(self, answer: Json) -> Iterable[Comment]:
        if not is_list(answer):
            raise ValueError("not a list of comments")
        return list(_comments(answer))

    def add_comment(self, repository: str, number: int, text: str) -> Call:
        return Call("POST", f"/repos/{quote(repository)}/issues/{number}/comments", {"body": text})

    def edit_comment(self, repository: str, number: int, comment: int, text: str) -> Call:
        return Call("PATCH", f"/repos/{quote(repository)}/issues/comments/{comment}", {"body": text})


def _comments(answer: Iterable[Json]) -> Iterator[Comment]:
    for found in answer:
        author = found.get("user")  # null, where the account is gone
        if is_object(author):
            yield Comment(natural(found["id"]), natural(author["id"]), text(found.get("body") or ""))

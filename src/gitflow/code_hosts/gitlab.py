"""GitLab: ``api_url`` is https://HOST/api/v4. A pull request is a merge request there.

Described at https://docs.gitlab.com/api/ and https://docs.gitlab.com/user/project/integrations/webhooks/.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from gitflow.code_hosts.base import (
    FAILURE,
    PAGE_SIZE,
    PENDING,
    SUCCESS,
    Call,
    Comment,
    Delivery,
    OpenedPull,
    PullRequest,
    natural,
    page_url,
    pages_of,
)
from gitflow.code_hosts.base import text as as_text
from gitflow.code_hosts.signatures import is_same
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitflow.code_hosts.base import Asking, CommitStatus, NewPull
    from gitflow.core.values import Json, JsonObject

_STATES = {PENDING: "pending", SUCCESS: "success", FAILURE: "failed"}


class GitLab:
    def is_genuine(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        """GitLab sends the secret itself."""
        return is_same(headers.get("X-Gitlab-Token", ""), secret) and bool(secret)

    def delivery_of(self, headers: Mapping[str, str], given: JsonObject) -> Delivery | None:
        found, project = given.get("object_attributes"), given.get("project")
        is_about_one = headers.get("X-Gitlab-Event") in ("Merge Request Hook", "System Hook")
        if not is_about_one or given.get("object_kind") != "merge_request":
            return None
        if not is_object(found) or not is_object(project):
            return None
        return Delivery(as_text(project["path_with_namespace"]), natural(found["iid"]))

    def head_ref(self, number: int) -> str:
        return f"refs/merge-requests/{number}/head"

    def headers(self, token: str) -> Mapping[str, str]:
        return {"PRIVATE-TOKEN": token, "Accept": "application/json"}

    def pull_request(self, repository: str, number: int) -> Call:
        return Call("GET", f"{_merge_request(repository, number)}")

    def read_pull_request(self, answer: Json) -> PullRequest:
        is_open = as_text(answer["state"]) == "opened"
        return PullRequest(natural(answer["iid"]), as_text(answer["sha"]), as_text(answer["target_branch"]), is_open)

    def open_pull(self, repository: str, pull: NewPull) -> Call:
        body = {
            "source_branch": pull.branch,
            "target_branch": pull.base_branch,
            "title": pull.title,
            "description": pull.text,
            "remove_source_branch": True,
        }
        return Call("POST", f"{_project(repository)}/merge_requests", body)

    def read_opened_pull(self, answer: Json) -> OpenedPull:
        return OpenedPull(natural(answer["iid"]), page_url(answer.get("web_url")))

    def approvers(self, repository: str, pull: PullRequest) -> Asking[frozenset[str]]:
        """GitLab does not say which head was approved, but when: what was approved since the newest version of the
        merge request came is about its head. An approval without its time counts for none: older servers have no
        ``approved_at``."""
        start = _merge_request(repository, pull.number)
        versions = yield Call("GET", f"{start}/versions")
        newest = max(versions, key=lambda version: natural(version["id"]))
        given = yield Call("GET", f"{start}/approvals")
        if newest["head_commit_sha"] != pull.head:
            return frozenset()
        since = datetime.fromisoformat(as_text(newest["created_at"]))
        return frozenset(
            as_text(each["user"]["username"])
            for each in given["approved_by"]
            if each.get("approved_at") and datetime.fromisoformat(as_text(each["approved_at"])) > since
        )

    def open_pulls(self, repository: str, branch: str) -> Asking[list[int]]:
        start = f"{_project(repository)}/merge_requests?state=opened&target_branch={quote(branch, safe='')}"
        found = yield from pages_of(lambda page: Call("GET", f"{start}&per_page={PAGE_SIZE}&page={page}"))
        return [natural(merge_request["iid"]) for merge_request in found if merge_request["target_branch"] == branch]

    def set_status(self, repository: str, status: CommitStatus) -> Call:
        body = {"state": _STATES[status.state], "name": status.context, "description": status.description}
        return Call("POST", f"{_project(repository)}/statuses/{status.sha}", body)

    def is_set_already(self, status: int, answer: Json) -> bool:
        """GitLab refuses a status that the commit has."""
        return status == 400 and is_object(answer) and "Cannot transition status" in str(answer.get("message"))

    def comments(self, repository: str, number: int, page: int) -> Call | None:
        query = f"?per_page={PAGE_SIZE}&page={page}&sort=asc&order_by=created_at"
        return Call("GET", f"{_merge_request(repository, number)}/notes{query}")

    def read_comments(self, answer: Json) -> Iterable[Comment]:
        if not is_list(answer):
            raise ValueError("not a list of notes")
        return [
            Comment(natural(note["id"]), natural(note["author"]["id"]), as_text(note["body"] or "")) for note in answer
        ]

    def add_comment(self, repository: str, number: int, text: str) -> Call:
        return Call("POST", f"{_merge_request(repository, number)}/notes", {"body": text})

    def edit_comment(self, repository: str, number: int, comment: int, text: str) -> Call:
        return Call("PUT", f"{_merge_request(repository, number)}/notes/{comment}", {"body": text})


def _project(name: str) -> str:
    return f"/projects/{quote(name, safe='')}"


def _merge_request(name: str, number: int) -> str:
    return f"{_project(name)}/merge_requests/{number}"

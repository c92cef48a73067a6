"""A code host on loopback: the endpoints of GitHub, Gitea and GitLab that gitflow uses, with their shapes and habits.

PyGithub and python-gitlab read its answers (tests/code_hosts/test_stub.py), so that the shapes are not only ours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

T = TypeVar("T")

OURS, STRANGER, OWNER = 41, 666, 77
TOKEN = "glpat-not-a-real-token"
PATIENCE_S = 120.0


@dataclass
class Review:
    """``kind``: approved, changes, comment or dismissed."""

    author: int
    kind: str
    commit: str
    at: str = "2026-01-02T00:00:00.000Z"
    stale: bool = False


@dataclass
class Pull:
    number: int
    head: str
    base: str = "main"
    is_open: bool = True
    title: str = "A change"
    branch: str = "feature"
    text: str = ""
    since: str = "2026-01-01T00:00:00.000Z"  #: when its head came
    reviews: list[Review] = field(default_factory=list)


@dataclass
class Note:
    id: int
    author: int
    text: str


@dataclass
class Stub:
    """``refusals``: (status, headers) that the next requests get, whatever they ask."""

    provider: str
    repository: str = "team/shop"
    pulls: dict[int, Pull] = field(default_factory=dict)
    statuses: list[tuple[str, str, str, str]] = field(default_factory=list)  #: (sha, state, context, description)
    notes: dict[int, list[Note]] = field(default_factory=dict)
    refusals: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    requests: list[tuple[str, str]] = field(default_factory=list)
    wrong_tokens: int = 0
    hides_reviews: bool = False  #: the token may not read them
    url: str = ""

    def __post_init__(self) -> None:
        self.changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self.root = f"http://127.0.0.1:{self._server.server_port}"
        self.url = self.root + {"github": "/api/v3", "gitea": "/api/v1", "gitlab": "/api/v4"}[self.provider]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_for(self, holds: Any) -> None:
        with self.changed:
            assert self.changed.wait_for(holds, PATIENCE_S), (self.statuses, self.notes, self.requests)

    def states_of(self, sha: str) -> list[str]:
        return [state for of, state, _, _ in self.statuses if of == sha]

    def note(self, number: int, author: int, text: str) -> Note:
        note = Note(1000 + sum(map(len, self.notes.values())), author, text)
        self.notes.setdefault(number, []).append(note)
        return note

    def ours(self, number: int) -> list[str]:
        return [note.text for note in self.notes.get(number, []) if note.author == OURS]

    def review(self, number: int, author: int, kind: str = "approved", **fields: Any) -> None:
        """Of the head as it is; on GitLab, ``changes`` and ``dismissed`` take an approval away."""
        pull = self.pulls[number]
        if self.provider == "gitlab" and kind != "comment":
            pull.reviews = [each for each in pull.reviews if each.author != author]
        pull.reviews.append(Review(author, kind, **{"commit": pull.head, **fields}))

    def delivery_of_review(self, number: int, secret: str) -> tuple[dict[str, str], bytes]:
        headers, body = self.delivery(number, secret)
        if self.provider == "github":
            headers["X-GitHub-Event"] = "pull_request_review"
        elif self.provider == "gitea":
            headers["X-Gitea-Event"] = "pull_request_approved"
        return headers, body

    def delivery(self, number: Any, secret: str, repository: str | None = None) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a webhook about a pull request."""
        pull, name = self.pulls.get(number), repository or self.repository
        if self.provider == "gitlab":
            given: dict[str, Any] = {
                "object_kind": "merge_request",
                "event_type": "merge_request",
                "project": {"id": 7, "path_with_namespace": name},
                "object_attributes": {"iid": number, "action": "update", "title": pull.title if pull else ""},
            }
            return {"X-Gitlab-Event": "Merge Request Hook", "X-Gitlab-Token": secret}, json.dumps(given).encode()
        shown = self._pull(pull) if pull else {"number": number}
        given = {"action": "synchronize", "number": number, "pull_request": shown, "repository": {"full_name": name}}
        body = json.dumps(given).encode()
        digits = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if self.provider == "gitea":
            return {"X-Gitea-Event": "pull_request", "X-Gitea-Signature": digits}, body
        return {"X-GitHub-Event": "pull_request", "X-Hub-Signature-256": f"sha256={digits}"}, body

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        for (verb, pattern), act in ROUTES[self.provider].items():
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                return act(self, found.groups(), query, body)
        return 404, {"message": "404 Not Found"}

    def _pull(self, pull: Pull) -> dict[str, Any]:
        repository = {"id": 7, "name": "shop", "full_name": self.repository}
        return {
            "id": 9000 + pull.number,
            "number": pull.number,
            "state": "open" if pull.is_open else "closed",
            "title": pull.title,
            "html_url": f"{self.root}/{self.repository}/pull/{pull.number}",
            "head": {"ref": pull.branch, "sha": pull.head, "repo": repository},
            "base": {"ref": pull.base, "sha": "0" * 40, "repo": repository},
        }

    def _opened(self, name: str, branch: str, base: str, title: str, text: str) -> Pull | None:
        """None where there is one of this branch already."""
        if not self._is_ours(name) or any(pull.branch == branch for pull in self.pulls.values()):
            return None
        number = max(self.pulls, default=0) + 1
        self.pulls[number] = Pull(number, "f" * 40, base, title=title, branch=branch, text=text)
        return self.pulls[number]

    def _is_ours(self, name: str) -> bool:
        """Also by its number, as GitLab's own client asks."""
        return unquote(name) in (self.repository, "7")


def _user(id: int) -> dict[str, Any]:
    return {"id": id, "login": f"user-{id}", "username": f"user-{id}", "name": f"User {id}"}


def _github_user(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    return 200, _user(OURS)


def _github_pull(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    pull = stub.pulls.get(int(found[1]))
    return (200, stub._pull(pull)) if pull and stub._is_ours(found[0]) else (404, {"message": "Not Found"})


def _github_open(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    pull = stub._opened(found[0], body["head"], body["base"], body["title"], body["body"])
    return (201, stub._pull(pull)) if pull else (422, {"message": "Validation Failed"})


def _github_pulls(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    wanted = [pull for pull in stub.pulls.values() if pull.is_open and query["state"] == ["open"]]
    if stub.provider == "github":  # an older Gitea does not know the parameter
        wanted = [pull for pull in wanted if [pull.base] == query["base"]]
    return 200, [stub._pull(pull) for pull in _page(wanted, query, 30)]


_REVIEWS = {
    "github": {
        "approved": "APPROVED",
        "changes": "CHANGES_REQUESTED",
        "comment": "COMMENTED",
        "dismissed": "DISMISSED",
    },
    "gitea": {"approved": "APPROVED", "changes": "REQUEST_CHANGES", "comment": "COMMENT", "dismissed": "APPROVED"},
}


def _github_reviews(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    """Gitea calls the size of a page ``limit``, and gives no more than 50 at once."""
    reviews = stub.pulls[int(found[1])].reviews
    if stub.hides_reviews:
        return 403, {"message": "Resource not accessible by personal access token"}
    if stub.provider == "gitea":
        reviews = _page(reviews, {**query, "per_page": [str(min(int(query.get("limit", ["30"])[0]), 50))]}, 30)
    else:
        reviews = _page(reviews, query, 30)
    return 200, [_github_review(stub, number, each) for number, each in enumerate(reviews)]


def _github_review(stub: Stub, number: int, review: Review) -> dict[str, Any]:
    states = _REVIEWS[stub.provider]
    shown = {"id": 50 + number, "user": _user(review.author), "body": "", "state": states[review.kind]}
    shown |= {"commit_id": review.commit, "submitted_at": review.at}
    if stub.provider == "gitea":
        shown |= {"stale": review.stale, "dismissed": review.kind == "dismissed", "official": False}
    return shown


def _github_status(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    if body["state"] not in ("error", "failure", "pending", "success") or len(body["description"]) > 140:
        return 422, {"message": "Validation Failed"}
    stub.statuses.append((found[1], body["state"], body["context"], body["description"]))
    return 201, {"id": len(stub.statuses), **body, "creator": _user(OURS)}


def _github_comments(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    notes = stub.notes.get(int(found[1]), [])
    if stub.provider == "github":
        notes = _page(notes, query, 30)
    return 200, [_github_comment(note) for note in notes]


def _github_add(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    if len(body["body"]) > 65536:
        return 422, {"message": "Validation Failed"}
    return 201, _github_comment(stub.note(int(found[1]), OURS, body["body"]))


def _github_edit(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    note = _edited(stub, int(found[1]), body["body"])
    return (200, _github_comment(note)) if note else (403, {"message": "Forbidden"})


def _github_comment(note: Note) -> dict[str, Any]:
    return {"id": note.id, "user": _user(note.author), "body": note.text}


def _gitlab_pull(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    pull = stub.pulls.get(int(found[1]))
    if pull is None or not stub._is_ours(found[0]):
        return 404, {"message": "404 Not found"}
    state = "opened" if pull.is_open else "closed"
    shown = {"id": 9000 + pull.number, "iid": pull.number, "project_id": 7, "state": state, "title": pull.title}
    shown["web_url"] = f"{stub.root}/{stub.repository}/-/merge_requests/{pull.number}"
    return 200, {**shown, "sha": pull.head, "source_branch": pull.branch, "target_branch": pull.base}


def _gitlab_open(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    pull = stub._opened(found[0], body["source_branch"], body["target_branch"], body["title"], body["description"])
    if pull is None:
        return 409, {"message": ["Another open merge request already exists for this source branch"]}
    return 201, _gitlab_pull(stub, (found[0], str(pull.number)), query, None)[1]


def _gitlab_pulls(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    wanted = [p for p in stub.pulls.values() if p.is_open and [p.base] == query["target_branch"]]
    return 200, [_gitlab_pull(stub, (found[0], str(pull.number)), {}, None)[1] for pull in _page(wanted, query, 20)]


def _gitlab_versions(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    pull = stub.pulls[int(found[1])]
    shown = {"base_commit_sha": "0" * 40, "start_commit_sha": "0" * 40, "merge_request_id": 9000 + pull.number}
    old = {"id": 5, "head_commit_sha": "1" * 40, "created_at": "2025-01-01T00:00:00.000Z", "state": "collected"}
    return 200, [{**old, **shown, "id": 6, "head_commit_sha": pull.head, "created_at": pull.since}, {**old, **shown}]


def _gitlab_approvals(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    pull = stub.pulls[int(found[1])]
    given = [each for each in pull.reviews if each.kind == "approved"]
    approved = [{"user": _user(each.author), **({"approved_at": each.at} if each.at else {})} for each in given]
    return 200, {"id": 9000 + pull.number, "iid": pull.number, "project_id": 7, "approved_by": approved}


def _gitlab_status(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    sha, state = found[1], body["state"]
    if state not in ("pending", "running", "success", "failed", "canceled"):
        return 400, {"message": "state does not have a valid value"}
    last = stub.states_of(sha)[-1:]
    if last == [state]:
        return 400, {"message": f"Cannot transition status via :enqueue from :{state} (Reason(s): Status cannot ...)"}
    stub.statuses.append((sha, state, body["name"], body["description"]))
    return 201, {"id": len(stub.statuses), "sha": sha, "status": state, "name": body["name"], "author": _user(OURS)}


def _gitlab_notes(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    return 200, [_gitlab_note(note) for note in _page(stub.notes.get(int(found[1]), []), query, 20)]


def _gitlab_add(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    return 201, _gitlab_note(stub.note(int(found[1]), OURS, body["body"]))


def _gitlab_edit(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    note = _edited(stub, int(found[2]), body["body"])
    return (200, _gitlab_note(note)) if note else (403, {"message": "403 Forbidden"})


def _gitlab_note(note: Note) -> dict[str, Any]:
    return {"id": note.id, "author": _user(note.author), "body": note.text, "system": False}


def _gitlab_project(stub: Stub, found: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    return (200, {"id": 7, "path_with_namespace": stub.repository}) if stub._is_ours(found[0]) else (404, {})


def _edited(stub: Stub, id: int, text: str) -> Note | None:
    """Only its own author may edit a comment."""
    note = next((note for notes in stub.notes.values() for note in notes if note.id == id), None)
    if note is None or note.author != OURS:
        return None
    note.text = text
    return note


def _page(notes: list[T], query: dict[str, list[str]], usual: int) -> list[T]:
    size = min(int(query.get("per_page", [str(usual)])[0]), 100)
    first = (int(query.get("page", ["1"])[0]) - 1) * size
    return notes[first : first + size]


_REPO = r"/repos/([^/]+/[^/]+)"
_GITHUB = {
    ("GET", "/user"): _github_user,
    ("GET", _REPO + r"/pulls"): _github_pulls,
    ("GET", _REPO + r"/pulls/(\d+)"): _github_pull,
    ("POST", _REPO + r"/pulls"): _github_open,
    ("GET", _REPO + r"/pulls/(\d+)/reviews"): _github_reviews,
    ("POST", _REPO + r"/statuses/([0-9a-f]{40})"): _github_status,
    ("GET", _REPO + r"/issues/(\d+)/comments"): _github_comments,
    ("POST", _REPO + r"/issues/(\d+)/comments"): _github_add,
    ("PATCH", _REPO + r"/issues/comments/(\d+)"): _github_edit,
}
_PROJECT = r"/projects/([^/]+)"
ROUTES: dict[str, dict[tuple[str, str], Any]] = {
    "github": _GITHUB,
    "gitea": _GITHUB,
    "gitlab": {
        ("GET", "/user"): _github_user,
        ("GET", _PROJECT): _gitlab_project,
        ("GET", _PROJECT + r"/merge_requests"): _gitlab_pulls,
        ("GET", _PROJECT + r"/merge_requests/(\d+)"): _gitlab_pull,
        ("POST", _PROJECT + r"/merge_requests"): _gitlab_open,
        ("GET", _PROJECT + r"/merge_requests/(\d+)/versions"): _gitlab_versions,
        ("GET", _PROJECT + r"/merge_requests/(\d+)/approvals"): _gitlab_approvals,
        ("POST", _PROJECT + r"/statuses/([0-9a-f]{40})"): _gitlab_status,
        ("GET", _PROJECT + r"/merge_requests/(\d+)/notes"): _gitlab_notes,
        ("POST", _PROJECT + r"/merge_requests/(\d+)/notes"): _gitlab_add,
        ("PUT", _PROJECT + r"/merge_requests/(\d+)/notes/(\d+)"): _gitlab_edit,
    },
}
_TOKENS = {
    "github": ("Authorization", (f"Bearer {TOKEN}", f"token {TOKEN}")),
    "gitea": ("Authorization", (f"token {TOKEN}",)),
    "gitlab": ("PRIVATE-TOKEN", (TOKEN,)),
}


def _handler_of(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            with stub.changed:
                status, headers, answer = self._answered(parts.path, parse_qs(parts.query), data)
                stub.requests.append((self.command, parts.path))
                stub.changed.notify_all()
            body = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _answered(self, path: str, query: Any, data: bytes) -> tuple[int, dict[str, str], Any]:
            if stub.refusals:
                return *stub.refusals.popleft(), {"message": f"refused, you sent {TOKEN}"}
            header, wanted = _TOKENS[stub.provider]
            if self.headers.get(header) not in wanted:
                stub.wrong_tokens += 1
                return 401, {}, {"message": "Bad credentials"}
            prefix = urlsplit(stub.url).path
            if not path.startswith(prefix):
                return 404, {}, {"message": "Not Found"}
            status, answer = stub.answer(self.command, path[len(prefix) :], query, json.loads(data) if data else None)
            return status, {}, answer

        do_GET = do_POST = do_PATCH = do_PUT = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    return Handler

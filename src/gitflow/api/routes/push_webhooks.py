"""The push webhook: a git host reports a push, and the workspace is refreshed at once.

It only makes the next refresh earlier, so a repeated, late or replayed delivery does no harm. The sender proves that it
knows the secret of the workspace by a signature of the body (GitHub, Gitea, Forgejo, Gogs, Bitbucket), or sends the
secret itself (GitLab, or ``Authorization: Bearer`` from a script).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from gitflow.api.http.bodies import read_bytes
from gitflow.api.http.errors import HttpError
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.strict_json import read_json
from gitflow.core.values import is_list, is_object
from gitflow.views.workspaces import PushResult, push_result
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.config.settings import WorkspaceConfig
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.workspaces.served import ServedWorkspace

#: Header -> the prefix before the hexadecimal HMAC-SHA256 of the body.
SIGNATURES = {
    "X-Hub-Signature-256": "sha256=",  # GitHub; newer Gitea and Forgejo, too
    "X-Hub-Signature": "sha256=",  # Bitbucket
    "X-Forgejo-Signature": "",
    "X-Gitea-Signature": "",
    "X-Gogs-Signature": "",
}
#: Header -> the prefix before the secret.
TOKENS = {
    "X-Gitlab-Token": "",
    "Authorization": "Bearer ",
}

_MAX_SECRET_LENGTH = 4096


async def push(request: Request) -> Response:
    """Answers once the refresh is requested. A push to another branch is accepted and ignored."""
    name = request.path["ws"]
    secret = _secret_of(request.context.config.workspaces.get(name))
    if secret is None:
        raise HttpError(404, f"workspace {name!r} has no push webhook")
    body = await read_bytes(request.http_request, request.context.config.limits.webhook_body_bytes)
    if not is_genuine(request.http_request.headers, body, secret):
        raise HttpError(401, "Invalid or missing secret")
    served = request.context.workspaces
    refs = refs_of(body, request.http_request.content_type)
    if refs and not any(follows(served.get(name), ref) for ref in refs):
        ignored = f"{', '.join(sorted(refs))[:200]} is not followed"
        return respond(push_result(PushResult(name, ignored)), 202)
    served.refresh_soon(name)
    return respond(push_result(PushResult(name)), 202)


def is_genuine(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether the sender knows the secret; compares in constant time."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    wanted = {**dict.fromkeys(SIGNATURES, signature), **dict.fromkeys(TOKENS, secret)}
    is_known = False
    for header, start in (SIGNATURES | TOKENS).items():
        given = headers.get(header, "")
        if given.startswith(start):
            is_right = hmac.compare_digest(_bytes(given[len(start) :]), _bytes(wanted[header]))
            is_known = is_right or is_known
    return is_known


def payload_of(body: bytes, media: str) -> JsonObject:
    """What a git host sends, as JSON or as a form; empty where it is no JSON object."""
    try:
        text = body.decode()
        if media == "application/x-www-form-urlencoded":
            text = parse_qs(text, max_num_fields=100).get("payload", [""])[0]
        given = read_json(text)
    except ValueError:
        return {}
    return given if is_object(given) else {}


def refs_of(body: bytes, media: str = "application/json") -> frozenset[str]:
    """The full names of what was pushed (``refs/heads/main``); empty where the body does not say, as in a ping."""
    return frozenset(_refs(payload_of(body, media)))


def follows(served: ServedWorkspace, ref: str) -> bool:
    """Whether a push to the ref can change the revision of the workspace."""
    workspace = served.workspace
    if not isinstance(workspace, GitWorkspace) or not ref.startswith(("refs/heads/", "refs/tags/")):
        return True
    _, kind, name = ref.split("/", 2)
    if workspace.ref == "HEAD":
        return kind == "heads"  # the default branch may have become another
    is_of_its_kind = served.branch is None or kind == "heads"
    return name == workspace.ref and is_of_its_kind


def _refs(given: Mapping[str, Json]) -> Iterator[str]:
    ref = given.get("ref")
    if isinstance(ref, str) and ref:
        yield ref if ref.startswith("refs/") else f"refs/heads/{ref}"
    push = given.get("push")
    changes = push.get("changes") if is_object(push) else None
    for change in changes if is_list(changes) else ():
        for end in (change.get("new"), change.get("old")) if is_object(change) else ():
            if is_object(end) and isinstance(end.get("name"), str):
                yield f"refs/{'tags' if end.get('type') == 'tag' else 'heads'}/{end['name']}"


def _secret_of(config: WorkspaceConfig | None) -> str | None:
    """The secret; a file is read at each call, so that it may be replaced. Raises HttpError."""
    if config is None:
        return None
    path = config.settings.get("push_secret_file")
    if path is None:
        return config.settings.get("push_secret")
    return secret_in(path, f"the push secret of workspace {config.name!r}")


def secret_in(path: str, what: str) -> str:
    """Raises HttpError."""
    try:
        with open(path, encoding="utf-8") as file:
            secret = file.read(_MAX_SECRET_LENGTH).strip()
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        raise HttpError(503, f"{what} cannot be read")
    return secret


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


ROUTES = (
    Route(
        "POST",
        "/hooks/_push/{ws}",
        push,
        "public",
        "Receive a code host's message about a push",
        tag="workspaces",
        answer="Pushed",
        status=202,
        also=(401, 404, 413, 503),
        limit="webhook_body_bytes",
        raw_body=True,
    ),
)

"""The webhook of pull requests: a code host says that something happened to one, and it is looked at.

Number and repository are all that counts of what it says; the rest is asked for at the code host. So a delivery that
comes twice, late or replayed does no harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.bodies import read_bytes
from gitflow.api.http.errors import HttpError
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.pulls.service import PullRequests, is_about
from gitflow.api.routes.push_webhooks import payload_of, secret_in
from gitflow.identity.login_limits import TooManyAttempts
from gitflow.views.workspaces import PushResult, push_result

if TYPE_CHECKING:
    from gitflow.api.pulls.service import Judged
    from gitflow.code_hosts.base import Delivery


async def pull_request(request: Request) -> Response:
    """As soon as the pull request waits to be judged. One of another repository is no mistake, and is not judged."""
    name = request.path["ws"]
    pulls = request.context.part(PullRequests)
    one = pulls.find(name)
    if one is None:
        raise HttpError(404, f"workspace {name!r} has no webhook for pull requests")
    body = await _genuine_body(request, pulls, one)
    delivery = _delivery_in(request, one, body)
    if delivery is None:
        return _answer(name, "this is not about a pull request")
    if not is_about(one, delivery):
        return _answer(name, f"it is about another repository than {one.repository}")
    if not one.queue.submit(delivery.number):
        raise HttpError(503, "too many pull requests wait to be judged", headers={"Retry-After": "60"})
    return _answer(name, None)


async def _genuine_body(request: Request, pulls: PullRequests, one: Judged) -> bytes:
    """Raises HttpError. Wrong secrets are counted by address: nobody can lock out the code host from elsewhere."""
    secret = secret_in(one.secret_file, f"the secret of the webhook of workspace {one.name!r}")
    caller = request.caller.address, f"hook:{one.name}:{request.caller.address}"
    try:
        pulls.attempts.check(*caller, request.now())
    except TooManyAttempts as refused:
        after = str(max(1, round(refused.retry_after_s)))
        raise HttpError(429, str(refused), code=refused.code, headers={"Retry-After": after}) from None
    body = await read_bytes(request.http_request, request.context.config.limits.webhook_body_bytes)
    if not one.dialect.is_genuine(request.http_request.headers, body, secret):
        pulls.attempts.failed(*caller, request.now())
        raise HttpError(401, "Invalid or missing secret")
    return body


def _delivery_in(request: Request, one: Judged, body: bytes) -> Delivery | None:
    """None where it says nothing of a pull request. Raises HttpError for one that is not whole."""
    given = payload_of(body, request.http_request.content_type)
    try:
        return one.dialect.delivery_of(request.http_request.headers, given)
    except (ValueError, LookupError, TypeError):
        raise HttpError(400, "the webhook does not name a pull request") from None


def _answer(name: str, reason: str | None) -> Response:
    return respond(push_result(PushResult(name, reason)), 202)


ROUTES = (
    Route(
        "POST",
        "/hooks/_pull/{ws}",
        pull_request,
        "public",
        "Receive a code host's message about a pull request",
        tag="workspaces",
        answer="Pushed",
        status=202,
        also=(400, 401, 404, 413, 429, 503),
        limit="webhook_body_bytes",
        raw_body=True,
    ),
)

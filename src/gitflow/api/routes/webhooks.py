"""Webhooks: a request from another program starts a job. The trigger authenticates callers by its own secret."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from gitflow.api.http.bodies import read_bytes
from gitflow.api.http.errors import HttpError
from gitflow.api.http.parameters import flag, text, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.errors import InvalidInput, NotFound, WorkspaceError
from gitflow.core.record import replace
from gitflow.core.templates.render import render
from gitflow.core.templates.texts import TemplateError
from gitflow.triggers import webhook, webhook_filter
from gitflow.triggers.base import Reason
from gitflow.views.triggers import StartedJob, hook_answer

if TYPE_CHECKING:
    from aiohttp.web import BaseRequest

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.runtime.triggers.service import TriggerService
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.triggers.webhook import Webhook, WebhookRequest

#: All methods of webhooks; each trigger allows some of them.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: How often a job that another process runs is polled, in seconds.
POLL_S = 0.5


async def called(request: Request) -> Response:
    """Starts the job; with ``mode: sync``, waits for its end. A request that is filtered out starts none (200)."""
    one, trigger = _find_webhook(request)
    snapshot, _ = one.active
    hook = webhook.webhook_of(trigger)
    if request.http_request.method not in hook.methods:
        allowed = ", ".join(hook.methods)
        raise HttpError(
            405,
            f"{request.http_request.method} is not allowed for this webhook; allowed: {allowed}",
            headers={"Allow": allowed},
        )
    received = await _read_webhook(request)
    if not webhook.is_authenticated(hook, await _secret(request, snapshot, hook), received, request.now()):
        raise _wrong_secret()
    given = webhook.given_by(received)
    scope = webhook.scope_of(given)
    if unwanted := _why_not(trigger, given, scope):
        return respond(hook_answer(StartedJob(None, trigger.name, trigger.task, skipped=unwanted)))
    reason = Reason(scope, webhook.key_of(hook, received), may_come_again=True, given=given)
    firer = _triggering(request).firer
    job_id = (await request.do(lambda transaction: firer.fire(transaction, snapshot, trigger, reason))).job
    if not hook.is_sync:
        return respond(hook_answer(StartedJob(job_id, trigger.name, trigger.task)))
    started = StartedJob(job_id, trigger.name, trigger.task, shows_commit=hook.secret is not None)
    return await _wait_for_end(request, started, hook.timeout_s)


async def job(request: Request) -> Response:
    """The state of a job that this webhook started, for callers who know the secret."""
    one, trigger = _find_webhook(request)
    snapshot, _ = one.active
    secret = await _secret(request, snapshot, webhook.webhook_of(trigger))
    if not webhook.knows_secret(secret, _webhook_request(request, b"")):
        raise _wrong_secret()
    found = await _load_job(request, request.path["id"])
    if (found.workspace, found.source.type, found.source.id) != (snapshot.workspace, "webhook", trigger.name):
        raise NotFound("job", found.id)
    started = StartedJob(found.id, trigger.name, trigger.task, found, shows_commit=secret is not None)
    if not request.query["wait"]:
        return respond(hook_answer(started))
    return await _wait_for_end(request, started, float(request.number("timeout")))


def _why_not(trigger: Trigger, given: JsonObject, scope: JsonObject) -> str | None:
    """Why the request starts no job. Raises InvalidInput if the condition of the trigger cannot be evaluated."""
    try:
        return webhook_filter.why_not(trigger, given, scope)
    except TemplateError as error:
        raise InvalidInput(f"`when` of trigger {trigger.name!r} cannot be evaluated: {error}") from None


def _triggering(request: Request) -> TriggerService:
    return request.context.triggers


def _find_webhook(request: Request) -> tuple[ServedWorkspace, Trigger]:
    """Raises HttpError for an unknown or ambiguous name; the message names only webhooks that the caller may see."""
    found = _triggering(request).webhooks(request.path["name"], request.path.get("ws"))
    if not found:
        raise HttpError(404, "Webhook not found")
    if len(found) > 1:
        name = request.path["name"]
        seen = [one.name for one, trigger in found if request.sees(one.name, trigger.task)]
        paths = " or ".join(f"/hooks/{workspace}/{name}" for workspace in seen or ("WORKSPACE",))
        raise HttpError(409, f"several workspaces have a webhook {name!r}; call {paths}")
    return found[0]


async def _read_webhook(request: Request) -> WebhookRequest:
    return _webhook_request(
        request, await read_bytes(request.http_request, request.context.config.limits.webhook_body_bytes)
    )


def _webhook_request(request: Request, body: bytes) -> WebhookRequest:
    query = parse_qsl(request.http_request.rel_url.raw_query_string, keep_blank_values=True)
    return webhook.WebhookRequest(request.http_request.method, headers_of(request.http_request), tuple(query), body)


def headers_of(http_request: BaseRequest) -> dict[str, str]:
    """Names in lower case; the values of a repeated header are joined with commas."""
    headers: dict[str, str] = {}
    for name, value in http_request.headers.items():
        name, value = name.lower(), value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _secret(request: Request, snapshot: Snapshot, hook: Webhook) -> str | None:
    """The rendered secret of the webhook; None without one. Raises WorkspaceError if it cannot be resolved."""
    template = hook.secret
    if template is None:
        return None
    secrets = request.context.secrets_of(snapshot)
    try:
        secret = await asyncio.to_thread(lambda: render(template, {"secret": secrets}))
    except TemplateError as error:
        raise WorkspaceError(f"cannot resolve the secret of this webhook: {error}") from None
    if secret is None or secret == "":
        raise WorkspaceError("the secret of this webhook is empty")
    return str(secret)


def _wrong_secret() -> HttpError:
    return HttpError(401, "Invalid or missing secret")


async def _wait_for_end(request: Request, started: StartedJob, timeout_s: float) -> Response:
    """200 if the job ends within ``timeout_s``, otherwise 202."""
    until = asyncio.get_running_loop().time() + timeout_s
    job_id = started.job_id
    assert job_id is not None
    open_job = request.context.open_job
    with request.context.notifications.subscribe(job_id) as news:
        while True:
            found = await _load_job(request, job_id)
            left = until - asyncio.get_running_loop().time()
            if found.ended or left <= 0:
                answer = hook_answer(replace(started, job=found))
                return respond(answer, 200 if found.ended else 202)
            await news.wait(left if open_job(job_id) is not None else min(left, POLL_S))


async def _load_job(request: Request, job_id: str) -> Job:
    """Raises NotFound."""
    context = request.context
    return context.open_job(job_id) or await request.read(lambda stores: context.job(stores, job_id))


_ALSO = (202, 401, 404, 405, 409, 413, 422, 503)
SECRET = text("secret", "The webhook's secret, unless it is sent as `Authorization: Bearer` or as a signature.")
WAIT = flag("wait", "Whether to wait for the job's end.")
TIMEOUT = whole("timeout", "How many seconds to wait at most.", 30, 1, 3600)


def _call_route(method: str, path: str) -> Route:
    return Route(
        method,
        path,
        called,
        "public",
        f"Call a webhook with {method}",
        query=(SECRET,),
        answer="HookAnswer",
        also=_ALSO,
        limit="webhook_body_bytes",
        raw_body=True,
        starts=True,
        audited=False,  # each call is an event of its trigger
    )


def _job_route(path: str) -> Route:
    return Route(
        "GET",
        path,
        job,
        "public",
        "Get the status and output of a job that a webhook started",
        query=(SECRET, WAIT, TIMEOUT),
        answer="HookAnswer",
        also=_ALSO,
    )


_PATHS = ("/hooks/{ws}/{name}", "/hooks/{name}")

ROUTES = (
    *(_call_route(method, path) for path in _PATHS for method in METHODS),
    *(_job_route(f"{path}/jobs/{{id}}") for path in _PATHS),
)

"""Webhooks: a request from another program starts a job. Who may call is the trigger's own to say, by its secret."""

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
from gitflow.core.errors import NotFound, WorkspaceError
from gitflow.core.templates.render import TemplateError, render
from gitflow.triggers import webhook
from gitflow.triggers.base import Reason
from gitflow.views import jobs

if TYPE_CHECKING:
    from aiohttp.web import BaseRequest

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.runtime.triggers.service import TriggerService
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.triggers.webhook import Webhook, WebhookRequest

#: A webhook takes some of these; which, its trigger says.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: How often the end of a job that another process runs is looked for, in seconds.
ELSEWHERE_S = 0.5


async def called(request: Request) -> Response:
    """Starts the job, and (in ``mode: sync``) waits for its end."""
    one, trigger = _find_webhook(request)
    snapshot, _ = one.active
    hook = webhook.webhook_of(trigger)
    if request.http_request.method not in hook.methods:
        allowed = ", ".join(hook.methods)
        raise HttpError(405, f"this webhook takes {allowed}", headers={"Allow": allowed})
    received = await _read_webhook(request)
    if not webhook.is_authenticated(hook, await _secret(request, snapshot, hook), received, request.now()):
        raise _wrong_secret()
    given = webhook.given_by(received)
    reason = Reason(webhook.scope_of(given), webhook.key_of(hook, received), may_come_again=True, given=given)
    firer = _triggering(request).firer
    job_id = (await request.do(lambda turn: firer.fire(turn, snapshot, trigger, reason))).job
    if not hook.is_sync:
        return respond(_told(job_id, trigger))
    return await _wait_for_end(request, job_id, trigger, hook.timeout_s)


async def job(request: Request) -> Response:
    """What became of a job that this webhook started. Whoever may call it may ask."""
    one, trigger = _find_webhook(request)
    snapshot, _ = one.active
    secret = await _secret(request, snapshot, webhook.webhook_of(trigger))
    if not webhook.knows_secret(secret, _webhook_request(request, b"")):
        raise _wrong_secret()
    found = await _load_job(request, request.path["id"])
    if (found.workspace, found.source.type, found.source.id) != (snapshot.workspace, "webhook", trigger.name):
        raise NotFound("job", found.id)
    if not request.query["wait"]:
        return respond(_told(found.id, trigger) | _outcome(found))
    return await _wait_for_end(request, found.id, trigger, float(request.number("timeout")))


def _triggering(request: Request) -> TriggerService:
    return request.context.triggers


def _find_webhook(request: Request) -> tuple[ServedWorkspace, Trigger]:
    """Raises HttpError where there is none, or where there are several; of these it names what the caller may see."""
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
    """Names in lower case; values of a header that came twice are joined with commas."""
    headers: dict[str, str] = {}
    for name, value in http_request.headers.items():
        name, value = name.lower(), value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _secret(request: Request, snapshot: Snapshot, hook: Webhook) -> str | None:
    """What its template comes to, under the rules for this server. A secret that cannot be had lets nobody in."""
    template = hook.secret
    if template is None:
        return None
    secrets = request.context.secrets_of(snapshot)
    try:
        secret = await asyncio.to_thread(lambda: render(template, {"secret": secrets}))
    except TemplateError as error:
        raise WorkspaceError(f"the secret of this webhook cannot be had: {error}") from None
    if secret is None or secret == "":
        raise WorkspaceError("the secret of this webhook is empty")
    return str(secret)


def _wrong_secret() -> HttpError:
    return HttpError(401, "Invalid or missing secret")


async def _wait_for_end(request: Request, job_id: str, trigger: Trigger, timeout_s: float) -> Response:
    """200 once the job has ended, 202 when it has not by then."""
    until = asyncio.get_running_loop().time() + timeout_s
    open_job = request.context.open_job
    with request.context.notifications.subscribe(job_id) as news:
        while True:
            found = await _load_job(request, job_id)
            left = until - asyncio.get_running_loop().time()
            if found.ended or left <= 0:
                return respond(_told(job_id, trigger) | _outcome(found), 200 if found.ended else 202)
            await news.wait(left if open_job(job_id) is not None else min(left, ELSEWHERE_S))


async def _load_job(request: Request, job_id: str) -> Job:
    """Raises NotFound."""
    context = request.context
    return context.open_job(job_id) or await request.read(lambda stores: context.job(stores, job_id))


def _told(job_id: str, trigger: Trigger) -> JsonObject:
    return {"job_id": job_id, "trigger": trigger.name, "task": trigger.task}


def _outcome(found: Job) -> JsonObject:
    detail = jobs.job_detail(found, ())
    return {name: detail[name] for name in ("status", "output", "error_message")}


_ALSO = (202, 401, 404, 405, 409, 413, 422, 503)
SECRET = text("secret", "The webhook's secret, unless it comes as `Authorization: Bearer` or as a signature.")
WAIT = flag("wait", "Whether to wait for the job's end.")
TIMEOUT = whole("timeout", "How many seconds to wait at most.", 30, 1, 3600)


def _calls(method: str, path: str) -> Route:
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


def _asks(path: str) -> Route:
    return Route(
        "GET",
        path,
        job,
        "public",
        "Get what became of a job that a webhook started",
        query=(SECRET, WAIT, TIMEOUT),
        answer="HookAnswer",
        also=_ALSO,
    )


_PATHS = ("/hooks/{ws}/{name}", "/hooks/{name}")

ROUTES = (
    *(_calls(method, path) for path in _PATHS for method in METHODS),
    *(_asks(f"{path}/jobs/{{id}}") for path in _PATHS),
)

"""Jobs, triggers and connections (``/v2/…``): tasks are workflows, jobs are jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.base import Dialect, Refusal
from gitflow.api.dialects.komand import routes as calls
from gitflow.api.dialects.komand.lookup import resource_of_job, resource_of_startable, resource_of_workflow
from gitflow.api.dialects.komand.schemas import SCHEMAS
from gitflow.api.dialects.komand.sessions import credential, sign_in
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gitflow.api.http.route import Finder

#: What a caller without the right is told.
DENIED = "checkpermission: You do not have the right permissions to access this resource"

#: Status -> its word; others go by their code.
WORDS: Mapping[int, str] = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "ACCESS_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    422: "UNPROCESSABLE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "UNAVAILABLE",
}


def refuse(refusal: Refusal, request_id: str) -> Response:
    message = DENIED if refusal.code == "forbidden" else refusal.message
    word = WORDS.get(refusal.status, refusal.code.upper())
    return respond({"message": message, "status": word}, refusal.status, headers=refusal.headers)


def _read(
    path: str,
    tag: str,
    handler: Callable[[Request], Awaitable[Response]],
    summary: str,
    schema: str,
    resource: Finder | None = None,
) -> Route:
    return Route(
        "GET",
        f"/v2/{path}",
        handler,
        "view",
        summary,
        tag=f"v2-{tag}",
        answer=schema,
        also=(404,),
        error="KomandError",
        resource=resource,
    )


def _starts(
    path: str, tag: str, handler: Callable[[Request], Awaitable[Response]], summary: str, schema: str, resource: Finder
) -> tuple[Route, ...]:
    """Clients may write a slash in an id as it is."""
    return tuple(
        Route(
            "POST",
            f"/v2/{path}/{item}/events",
            handler,
            "run",
            summary,
            tag=f"v2-{tag}",
            answer=schema,
            also=(404, 409, 422, 503),
            raw_body=True,
            error="KomandError",
            scope="workflows:trigger",
            resource=resource,
            listed=item == "{item}",
        )
        for item in ("{item}", "{ws}/{item}")
    )


ROUTES = (
    Route(
        "POST",
        "/v2/sessions",
        sign_in,
        "public",
        "Sign in",
        tag="v2-sessions",
        answer="KomandSession",
        also=(401, 429),
        raw_body=True,
        error="KomandError",
        audited=False,
    ),
    _read("workflows", "workflows", calls.list_workflows, "List workflows", "KomandWorkflows"),
    *_starts("workflows", "workflows", calls.publish_event, "Start a job", "KomandPublished", resource_of_workflow),
    *_starts("trigger", "trigger", calls.fire_trigger, "Fire a trigger", "KomandFired", resource_of_startable),
    _read("jobs", "jobs", calls.list_jobs, "List jobs, newest first", "KomandJobs"),
    _read("jobs/{job}", "jobs", calls.get_job, "Get a job", "KomandJob", resource_of_job),
    _read("jobs/{job}/steps", "jobs", calls.list_steps, "List the steps of a job", "KomandSteps", resource_of_job),
    _read("connections", "connections", calls.list_connections, "List connections", "KomandConnections"),
    _read("users", "users", calls.list_users, "List users", "KomandUsers"),
)

DIALECT = Dialect("komand", ("/v2/",), ROUTES, SCHEMAS, refuse, credential)

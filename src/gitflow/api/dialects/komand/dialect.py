"""Jobs, triggers and connections (``/v2/…``): tasks are workflows, jobs are jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.base import Dialect, RequestError
from gitflow.api.dialects.komand import routes
from gitflow.api.dialects.komand.lookup import resource_of_job, resource_of_startable, resource_of_workflow
from gitflow.api.dialects.komand.schemas import SCHEMAS
from gitflow.api.dialects.komand.sessions import credential, sign_in
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gitflow.api.http.route import Finder

#: The message of every 403.
DENIED = "checkpermission: You do not have the right permissions to access this resource"

#: HTTP status -> ``status`` of the error; other errors have their code in capitals.
STATUS_NAMES: Mapping[int, str] = {
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


def error_response(error: RequestError, request_id: str) -> Response:
    message = DENIED if error.code == "forbidden" else error.message
    name = STATUS_NAMES.get(error.status, error.code.upper())
    return respond({"message": message, "status": name}, error.status, headers=error.headers)


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


def _events(
    path: str, tag: str, handler: Callable[[Request], Awaitable[Response]], summary: str, schema: str, resource: Finder
) -> tuple[Route, ...]:
    """Clients may leave the slash in an id unescaped."""
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
    _read("workflows", "workflows", routes.list_workflows, "List workflows", "KomandWorkflows"),
    *_events("workflows", "workflows", routes.publish_event, "Start a job", "KomandPublished", resource_of_workflow),
    *_events("trigger", "trigger", routes.fire_trigger, "Fire a trigger", "KomandFired", resource_of_startable),
    _read("jobs", "jobs", routes.list_jobs, "List jobs, newest first", "KomandJobs"),
    _read("jobs/{job}", "jobs", routes.get_job, "Get a job", "KomandJob", resource_of_job),
    _read("jobs/{job}/steps", "jobs", routes.list_steps, "List the steps of a job", "KomandSteps", resource_of_job),
    _read("connections", "connections", routes.list_connections, "List connections", "KomandConnections"),
    _read("users", "users", routes.list_users, "List users", "KomandUsers"),
)

DIALECT = Dialect("komand", ROUTES, SCHEMAS, error_response, credential)

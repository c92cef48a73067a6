"""How a request is refused: a status, a stable code and a sentence; never a page, never a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.core.errors import GitflowError
    from gitflow.core.values import JsonObject

#: HTTP status by the code of the error; a test holds that every code has a row.
STATUS_OF = {
    "error": 400,
    "invalid_input": 400,
    "invalid_config": 500,
    "unauthorized": 401,
    "sign_in_failed": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "concurrency_limit": 409,
    "idempotency_mismatch": 422,
    "invalid_definitions": 422,
    "workspace_unavailable": 503,
    "rate_limited": 429,
    "store_unavailable": 503,
    "provider_unavailable": 503,
    "not_available": 501,
}

#: What each status means, for the API's description and for refusals without a sentence of their own.
MEANING = {
    400: "Bad request (invalid input, missing fields)",
    401: "Unauthorized (missing or invalid token)",
    403: "Forbidden (this caller, this host or this page may not)",
    404: "Not found (unknown task, job, or step)",
    405: "Method not allowed",
    408: "The request took too long to arrive",
    409: "Conflict (the state does not allow it)",
    410: "Gone",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "The request is well formed, and cannot be carried out",
    429: "Too many requests",
    500: "Internal server error",
    501: "Not available on this server",
    503: "Not ready, or a part the answer needs cannot be reached",
}

#: Codes of refusals that only HTTP knows.
CODE_OF = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "too_many_requests",
    500: "internal_error",
    503: "not_ready",
}


#: When to ask again while the server is being drained, in seconds: by then the next one may be there.
RETRY_AFTER_S = 30


class HttpError(Exception):
    """A request that is refused before anything is done. ``details`` lists ``(field, message)``."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        details: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code or CODE_OF[status]
        self.details = tuple(details)
        self.headers = dict(headers or {})


def bad_request(message: str, details: Sequence[tuple[str, str]] = ()) -> HttpError:
    return HttpError(400, message, code="invalid_input" if details else None, details=details)


def draining() -> HttpError:
    return HttpError(
        503,
        "this server is being drained and starts no new jobs; try again, and the next server takes it",
        code="draining",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def status_of(error: GitflowError) -> int:
    """Of a code without a row: a bad request, since it was refused in words."""
    return STATUS_OF.get(error.code, 400)


def error_body(message: str, code: str, details: Sequence[tuple[str, str]] = ()) -> JsonObject:
    """The body of every refusal."""
    body: JsonObject = {"error": message, "code": code}
    if details:
        body["details"] = [{"field": field, "message": text} for field, text in details]
    return body


def problems_of(error: Exception) -> JsonObject:
    """The lines of the definitions that are wrong, where those are why."""
    problems = getattr(error, "problems", ())
    if not problems:
        return {}
    from gitflow.views.workspaces import problem

    return {"problems": [problem(each) for each in problems]}

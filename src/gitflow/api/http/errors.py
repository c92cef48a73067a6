"""Errors of requests: a status, a stable code and a message; never a page or a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.errors import ErrorAnswer, error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.core.errors import GitflowError
    from gitflow.core.problems import Problem
    from gitflow.core.values import JsonObject
    from gitflow.views.errors import Lacking

#: Code of a GitflowError -> HTTP status; a test checks that every code has a row.
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
    "precondition_failed": 412,
    "idempotency_mismatch": 422,
    "invalid_definitions": 422,
    "workspace_unavailable": 503,
    "rate_limited": 429,
    "store_unavailable": 503,
    "no_engine": 503,
    "provider_unavailable": 503,
    "not_available": 501,
}

#: The meaning of each status, in the OpenAPI document and for errors without a message.
MEANING = {
    400: "Bad request (invalid input, missing fields)",
    401: "Unauthorized (missing or invalid token)",
    403: "Forbidden (this caller, host or web page may not do it)",
    404: "Not found (unknown task, job, or step)",
    405: "Method not allowed",
    408: "The request took too long to arrive",
    409: "Conflict (the state does not allow it)",
    410: "Gone",
    412: "The revision in `If-Match` is not the newest",
    413: "The body is too large",
    415: "The body is not JSON",
    416: "The requested range does not exist",
    422: "The request is well formed but cannot be carried out",
    428: "The header `If-Match`, which names the revision that was edited, is missing",
    429: "Too many requests",
    500: "Internal server error",
    501: "Not available on this server",
    503: "Not ready, or a part that the answer needs cannot be reached",
    507: "There is no room for the file",
}

#: Status -> code of errors that only HTTP has.
CODE_OF = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    416: "no_such_range",
    422: "unprocessable",
    428: "precondition_required",
    429: "too_many_requests",
    500: "internal_error",
    503: "not_ready",
    507: "no_room",
}


#: When to ask again while the server is being drained, in seconds: by then the next one may be there.
RETRY_AFTER_S = 30
#: When to ask again while no server is active, in seconds.
NO_ENGINE_RETRY_S = 2


class HttpError(Exception):
    """A refused request. ``details`` lists ``(field, message)``."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        details: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        lacking: Lacking | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code or CODE_OF[status]
        self.details = tuple(details)
        self.headers = dict(headers or {})
        self.lacking = lacking


def bad_request(message: str, details: Sequence[tuple[str, str]] = ()) -> HttpError:
    return HttpError(400, message, code="invalid_input" if details else None, details=details)


def draining() -> HttpError:
    return HttpError(
        503,
        "this server is being drained and starts no new jobs; try again, and the next server takes it",
        code="draining",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def no_engine(why: str, headers: Mapping[str, str] | None = None) -> HttpError:
    """This server is not the active one, and cannot pass the request on."""
    retry = {"Retry-After": str(NO_ENGINE_RETRY_S)}
    return HttpError(503, why, code="no_engine", headers={**retry, **(headers or {})})


def status_of(refused: GitflowError) -> int:
    """The HTTP status of an error; 400 for a code without a row."""
    return STATUS_OF.get(refused.code, 400)


def error_body(
    message: str,
    code: str,
    details: Sequence[tuple[str, str]] = (),
    problems: Sequence[Problem] = (),
    lacking: Lacking | None = None,
) -> JsonObject:
    """The JSON body of an error. ``problems``: the errors in the definitions, if they are the cause."""
    return error(ErrorAnswer(message, code, details, problems, lacking))

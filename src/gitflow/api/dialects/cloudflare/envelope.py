"""The answers of Cloudflare Workflows: each is an envelope, and each error has a number and a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.errors import HttpError
from gitflow.api.http.response import Response, respond
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp.web import BaseRequest

    from gitflow.api.dialects.base import RequestError
    from gitflow.core.values import Json, JsonObject


class ErrorCode(Record):
    """An error of this API: its number, its HTTP status, and the name that begins its message."""

    code: int
    status: int
    name: str


NO_WORKFLOW = ErrorCode(10200, 404, "workflows.api.error.workflow.not_found")
NO_VERSION = ErrorCode(10300, 404, "workflows.api.error.version.not_found")
NO_INSTANCE = ErrorCode(10400, 404, "workflows.api.error.instance.not_found")
NO_STEP = ErrorCode(10400, 404, "workflows.api.error.step.not_found")
CANNOT_TERMINATE = ErrorCode(10401, 400, "workflows.api.error.instance.cannot_terminate")
ALREADY_EXISTS = ErrorCode(10405, 409, "workflows.api.error.instance.already_exists")
DUPLICATE = ErrorCode(10415, 400, "workflows.api.error.instance.duplicate_in_batch")
INVALID = ErrorCode(10002, 400, "workflows.api.error.invalid_body")
INVALID_ID = ErrorCode(10002, 400, "workflows.api.error.instance.invalid_id")
WRONG_STATE = ErrorCode(10409, 409, "workflows.api.error.instance.wrong_state")
NO_ACCOUNT = ErrorCode(7003, 404, "no_route")

#: Status -> number of errors that have no ErrorCode.
CODES: Mapping[int, int] = {
    400: 10002,
    401: 10000,
    403: 10000,
    404: 7003,
    405: 7001,
    408: 10002,
    409: WRONG_STATE.code,
    413: 10002,
    415: 10002,
    422: 10002,
    429: 10429,
    500: 10001,
    503: 10001,
}

#: Statuses that this API does not use -> the one it uses instead.
STATUSES: Mapping[int, int] = {422: 400}

#: Clients retry a conflict unless the answer has this header.
NO_RETRY = {"x-should-retry": "false"}


def refused(error: ErrorCode, message: str) -> HttpError:
    return HttpError(error.status, f"{error.name}: {message}", code=str(error.code))


def invalid(message: str) -> HttpError:
    return refused(INVALID, message)


def envelope(result: Json, info: JsonObject | None = None, notes: Sequence[str] = (), status: int = 200) -> Response:
    """``notes``: texts for a person, sent as ``messages``."""
    body: JsonObject = {
        "success": True,
        "errors": [],
        "messages": [{"code": 10000, "message": text} for text in notes],
        "result": result,
    }
    return respond(body if info is None else {**body, "result_info": info}, status)


def error_response(error: RequestError, request_id: str) -> Response:
    code = int(error.code) if error.code.isdigit() else CODES.get(error.status, 10001)
    message = f"Authentication error: {error.message}" if code == 10000 else error.message
    body = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    status = STATUSES.get(error.status, error.status)
    return respond(body, status, headers={**error.headers, **(NO_RETRY if status == 409 else {})})


def credential(request: BaseRequest) -> str | None:
    """An access token or API key of this server, also in the headers that older clients send."""
    words = request.headers.get("Authorization", "").encode("ascii", "replace").decode().split()
    if words:
        return words[-1]
    for header in ("X-Auth-Key", "X-Auth-User-Service-Key"):
        found = request.headers.get(header, "").encode("ascii", "replace").decode().strip()
        if found:
            return found
    return None

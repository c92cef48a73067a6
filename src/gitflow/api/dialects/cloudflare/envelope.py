"""How Cloudflare Workflows answers: every answer in an envelope, every refusal with a number and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.errors import HttpError
from gitflow.api.http.response import Response, respond
from gitflow.core.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp.web import BaseRequest

    from gitflow.api.dialects.base import Refusal
    from gitflow.core.values import Json, JsonObject


@record
class Fault:
    """One way to be refused: the number, the status, and the word that stands before the sentence."""

    code: int
    status: int
    word: str


NO_WORKFLOW = Fault(10200, 404, "workflows.api.error.workflow.not_found")
NO_VERSION = Fault(10300, 404, "workflows.api.error.version.not_found")
NO_INSTANCE = Fault(10400, 404, "workflows.api.error.instance.not_found")
NO_STEP = Fault(10400, 404, "workflows.api.error.step.not_found")
CANNOT_TERMINATE = Fault(10401, 400, "workflows.api.error.instance.cannot_terminate")
ALREADY_EXISTS = Fault(10405, 409, "workflows.api.error.instance.already_exists")
DUPLICATE = Fault(10415, 400, "workflows.api.error.instance.duplicate_in_batch")
INVALID = Fault(10002, 400, "workflows.api.error.invalid_body")
INVALID_ID = Fault(10002, 400, "workflows.api.error.instance.invalid_id")
WRONG_STATE = Fault(10409, 409, "workflows.api.error.instance.wrong_state")
NO_ACCOUNT = Fault(7003, 404, "no_route")

#: Of refusals that have no number of their own: by their status.
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

#: Statuses that this API does not have -> what it says instead.
STATUSES: Mapping[int, int] = {422: 400}

#: Its clients try a conflict again unless they are told not to.
NO_RETRY = {"x-should-retry": "false"}


def refused(fault: Fault, sentence: str) -> HttpError:
    return HttpError(fault.status, f"{fault.word}: {sentence}", code=str(fault.code))


def invalid(sentence: str) -> HttpError:
    return refused(INVALID, sentence)


def enclosed(result: Json, info: JsonObject | None = None, told: Sequence[str] = (), status: int = 200) -> Response:
    """``told``: what a person should know besides."""
    envelope: JsonObject = {
        "success": True,
        "errors": [],
        "messages": [{"code": 10000, "message": text} for text in told],
        "result": result,
    }
    return respond(envelope if info is None else {**envelope, "result_info": info}, status)


def refuse(refusal: Refusal, request_id: str) -> Response:
    code = int(refusal.code) if refusal.code.isdigit() else CODES.get(refusal.status, 10001)
    message = f"Authentication error: {refusal.message}" if code == 10000 else refusal.message
    body = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    status = STATUSES.get(refusal.status, refusal.status)
    return respond(body, status, headers={**refusal.headers, **(NO_RETRY if status == 409 else {})})


def credential(request: BaseRequest) -> str | None:
    """A token, or a key in one of the headers of older clients; all of them are the keys and tokens of this server."""
    words = request.headers.get("Authorization", "").encode("ascii", "replace").decode().split()
    if words:
        return words[-1]
    for header in ("X-Auth-Key", "X-Auth-User-Service-Key"):
        found = request.headers.get(header, "").encode("ascii", "replace").decode().strip()
        if found:
            return found
    return None

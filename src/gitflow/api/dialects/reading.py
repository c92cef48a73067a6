"""How requests of other APIs are read: leniently, as their clients write them."""

from __future__ import annotations

from urllib.parse import parse_qs

from gitflow.api.bodies import parsed, read_bytes
from gitflow.api.errors import bad_request
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.api.call import Call
    from gitflow.core.job import Job
    from gitflow.core.values import Json, JsonObject
    from gitflow.stores.base import AttemptRow
    from gitflow.stores.registry import Stores


async def json_body(call: Call) -> Json:
    """Under any content type; a missing one is None. For routes with ``raw_body``. Raises Refused."""
    data = await read_bytes(call.request, call.server.config.limits.body_bytes)
    return parsed(data) if data.strip() else None


async def object_body(call: Call) -> JsonObject:
    """A missing one is empty; fields that nobody knows are for the caller to ignore. Raises Refused."""
    body = await json_body(call)
    if body is None:
        return {}
    if not is_object(body):
        raise bad_request("the body must be an object")
    return body


def query_of(call: Call) -> dict[str, str]:
    """The last value of each parameter, also empty ones."""
    try:
        text = call.request.rel_url.raw_query_string
        found = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except (UnicodeDecodeError, ValueError):
        raise bad_request("the query is not UTF-8 text, or too long") from None
    return {name: values[-1] for name, values in found.items()}


async def job_of(call: Call, id: str) -> tuple[Job, list[AttemptRow]]:
    """The job, as it stands, with the attempts of its steps. Raises NotFound."""
    app = call.server.service.app

    def look(stores: Stores) -> tuple[Job, list[AttemptRow]]:
        job = app.office.job(id) or stores.jobs.load(id, app.opened.snapshots.plan_of)
        return job, stores.jobs.attempts(id)

    return await call.read(look)

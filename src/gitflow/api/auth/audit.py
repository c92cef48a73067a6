"""The audit trail: who changed what, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from gitflow.api.http.parameters import LIMIT, moment, text, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.stores.protocols.identity import AuditFilter
from gitflow.views.accounts import audit_json

if TYPE_CHECKING:
    pass


async def index(request: Request) -> Response:
    """Newest first."""
    query, limit = request.query, request.number("limit")
    wanted = AuditFilter(
        query["actor"],
        query["what"],
        query["subject"],
        query["workspace"],
        query["after"],
        query["before_id"],
        query["api_key"],
    )
    found = await request.read(lambda stores: stores.identity.audit(wanted, limit + 1))
    headers: dict[str, str] = {}
    if len(found) > limit:
        kept = {name: value for name, value in request.http_request.rel_url.query.items() if name != "before_id"}
        following = urlencode({**kept, "before_id": found[limit - 1][0]})
        headers["Link"] = f'<{request.http_request.rel_url.raw_path}?{following}>; rel="next"'
    return respond([audit_json(*row) for row in found[:limit]], headers=headers)


QUERY = (
    text("actor", "Filter by the person, key or trigger that acted."),
    text("api_key", "Filter by the name of the API key that was used."),
    text("what", "Filter by the kind of entry, or by the beginning of its name: `login.`."),
    text("subject", "Filter by the id of the object that was acted on."),
    text("workspace", "Filter by workspace."),
    moment("after", "Only entries after this time."),
    whole("before_id", "Only entries before the one with this id, for the next page."),
    LIMIT,
)

ROUTES = (Route("GET", "/api/audit", index, "admin", "List the audit trail", query=QUERY, answer="AuditList"),)

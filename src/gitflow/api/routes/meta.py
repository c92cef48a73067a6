"""The server itself: whether it lives, whether it is ready, what it counts, and how it is spoken to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.docs_page import PAGE, POLICY
from gitflow.api.http.errors import RETRY_AFTER_S
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond, stamped
from gitflow.api.http.route import Route
from gitflow.api.metrics.prometheus import exposition
from gitflow.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.config.access import ProviderConfig

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
HTML = "text/html; charset=utf-8"


async def healthz(request: Request) -> Response:
    return respond({"status": "ok", "version": request.context.version})


async def readyz(request: Request) -> Response:
    """Whether each part that answers need is there."""
    checks = {
        "engine": request.context.engine.is_alive(),
        "database": await _can_read(request),
        "workspaces": request.context.workspaces.is_ready,
        "accepts_jobs": not request.context.drain.is_draining,
    }
    is_ready = all(checks.values())
    told = {name: "ok" if is_well else "not ready" for name, is_well in checks.items()}
    body = {"status": "ok" if is_ready else "not ready", "checks": told}
    headers = {"Retry-After": str(RETRY_AFTER_S)} if request.context.drain.is_draining else {}
    return respond(body, 200 if is_ready else 503, headers=headers)


async def _can_read(request: Request) -> bool:
    try:
        await request.read(lambda stores: stores.jobs.changes())
    except StoreError:
        return False
    return True


async def metrics(request: Request) -> Response:
    """Workspaces are named to a caller who may see all of them; others get figures of all together."""
    names_workspaces = request.context.access.sees_every_workspace(request.identity)
    return Response((await exposition(request.context, names_workspaces)).encode(), media=PROMETHEUS)


async def config(request: Request) -> Response:
    """What a client must know before anybody has signed in."""
    auth = request.context.config.auth
    providers: Mapping[str, ProviderConfig] = auth.providers if auth else {}
    return respond(
        {
            "auth_required": auth is not None and auth.anonymous == "none",
            "has_internal_auth": auth is not None and auth.has_internal,
            "oidc_providers": [
                {"id": id, "display_name": provider.display_name or id}
                for id, provider in providers.items()
                if provider.provider_type == "oidc"
            ],
            "version": request.context.version,
        }
    )


async def openapi(request: Request) -> Response:
    return stamped(request.context.describe_api())


async def docs(request: Request) -> Response:
    return Response(PAGE, 200, {"Content-Security-Policy": POLICY}, media=HTML)


ROUTES = (
    Route("GET", "/healthz", healthz, "public", "Whether the process lives", answer="Health"),
    Route("GET", "/readyz", readyz, "public", "Whether it can do its work", answer="Readiness", also=(503,)),
    Route("GET", "/metrics", metrics, "public", "What it counts, for Prometheus", media="text/plain"),
    Route("GET", "/api/config", config, "public", "What a client must know before it signs in", answer="ClientConfig"),
    Route("GET", "/openapi.json", openapi, "public", "This description", answer="Description", also=(304,)),
    Route("GET", "/docs", docs, "public", "This description, to read", media="text/html"),
)

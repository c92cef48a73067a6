"""The server itself: health, readiness, metrics, client configuration, and the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.docs_page import PAGE, POLICY
from gitflow.api.http.errors import RETRY_AFTER_S
from gitflow.api.http.openapi import NATIVE
from gitflow.api.http.parameters import choice
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond, respond_with_etag
from gitflow.api.http.route import Route
from gitflow.api.metrics.prometheus import exposition
from gitflow.core.errors import StoreError
from gitflow.views import server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.config.access import ProviderConfig

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
HTML = "text/html; charset=utf-8"


async def healthz(request: Request) -> Response:
    return respond(server.health(server.Identity(request.context.version, request.context.role)))


async def readyz(request: Request) -> Response:
    checks = await checks_of(request)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if request.context.drain.is_draining else {}
    found = server.Checks(checks, request.context.role)
    return respond(server.readiness(found), 200 if all(checks.values()) else 503, headers=headers)


async def checks_of(request: Request) -> dict[str, bool]:
    """Whether each part that requests need is ready. A follower has no engine, and can serve all the same."""
    context = request.context
    engine = {"engine": context.engine.is_alive()} if context.pass_on is None else {}
    return {
        **engine,
        "database": await _can_read(request),
        "workspaces": context.workspaces.is_ready,
        "accepts_jobs": not context.drain.is_draining,
    }


async def _can_read(request: Request) -> bool:
    try:
        await request.read(lambda stores: stores.reports.schema_version())
    except StoreError:
        return False
    return True


async def metrics(request: Request) -> Response:
    """A caller who may see every workspace gets figures for each; others get totals."""
    names_workspaces = request.context.access.sees_every_workspace(request.identity)
    return Response((await exposition(request.context, names_workspaces)).encode(), media=PROMETHEUS)


async def config(request: Request) -> Response:
    """What a client needs to know before signing in."""
    auth = request.context.config.auth
    providers: Mapping[str, ProviderConfig] = auth.providers if auth else {}
    names = {id: provider.display_name or id for id, provider in providers.items() if provider.provider_type == "oidc"}
    return respond(
        server.client_config(
            server.ClientConfig(
                auth_required=auth is not None and auth.anonymous == "none",
                has_internal_auth=auth is not None and auth.has_internal,
                oidc_providers=names,
                version=request.context.version,
            )
        )
    )


async def openapi(request: Request) -> Response:
    """Of the API with the dialects that are served, or of its native part alone."""
    return respond_with_etag(request.context.describe_api(request.text("face")))


async def docs(request: Request) -> Response:
    return Response(PAGE, 200, {"Content-Security-Policy": POLICY}, media=HTML)


ROUTES = (
    Route("GET", "/healthz", healthz, "public", "Get whether the process is alive", answer="Health"),
    Route(
        "GET", "/readyz", readyz, "public", "Get whether the server is ready to work", answer="Readiness", also=(503,)
    ),
    Route("GET", "/metrics", metrics, "public", "Get the server's metrics, for Prometheus", media="text/plain"),
    Route(
        "GET", "/api/config", config, "public", "Get what a client must know before it signs in", answer="ClientConfig"
    ),
    Route(
        "GET",
        "/openapi.json",
        openapi,
        "public",
        "Get this description",
        query=(choice("face", "Only one part of the description: `native` leaves the dialects out.", (NATIVE,)),),
        answer="Description",
        also=(304,),
    ),
    Route("GET", "/docs", docs, "public", "Get this description as a web page", media="text/html"),
)

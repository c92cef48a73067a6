"""Parts that only a server has: the workers of a fleet, and telemetry."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitflow import __version__
from gitflow.config import ConfigError
from gitflow.core.hosts import is_loopback
from gitflow.runtime.worker.attempt_tokens import AttemptTokens
from gitflow.runtime.worker.far_agent import FleetParts
from gitflow.runtime.worker.fleet import Fleet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from typing import Any

    from gitflow.config import Config
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.telemetry.service import Telemetry
    from gitflow.runtime.worker.kubernetes.target import Target
    from gitflow.runtime.worker.worker import Worker
    from gitflow.runtime.workspaces.served import ServedWorkspaces
    from gitflow.workspaces.checkouts import Checkouts


def fleet_of(config: Config, own: Worker, parts: tuple[Any, ...], chance: Callable[[], float]) -> Fleet:
    """The workers of a server: its own, and agents that connect. ``parts``: the first eight fields of FleetParts."""
    if config.worker.kubernetes is not None:
        parts[1].leave_containers_to_cluster()  # before the first step is offered
    tokens = AttemptTokens(config.state_dir, config.auth.jwt_secret if config.auth else None)
    is_traced = config.telemetry.otlp_endpoint is not None
    given: Any = (*parts, chance, tokens, config.agents.lease, is_traced)
    return Fleet(own, FleetParts(*given))


def cluster_of(
    config: Config, fleet: Fleet, checkouts: Checkouts, clock: Clock, environ: Mapping[str, str]
) -> Target | None:
    """The cluster that runs steps; None if none is configured. Raises ConfigError and NoAccess."""
    given = config.worker.kubernetes
    if given is None:
        return None
    from gitflow.dispatch.kubernetes.access import find_access
    from gitflow.dispatch.kubernetes.manifests import Cluster
    from gitflow.dispatch.kubernetes.templates import problem_of
    from gitflow.runtime.worker.kubernetes.rendering import Limits
    from gitflow.runtime.worker.kubernetes.target import Target, TargetParts

    url = given.server_url or config.public_url
    if url is None:
        raise ConfigError("worker.kubernetes needs `server_url`, or `public_url`: where pods reach this server")
    if not (given.allow_http or url.startswith("https:") or is_loopback(urlsplit(url).hostname or "")):
        raise ConfigError(
            "worker.kubernetes: pods would bring files and output over http; use https, or say `allow_http: true`"
        )
    if problem := problem_of(given.template):
        raise ConfigError(f"worker.kubernetes.template: {problem}")
    access = find_access(given.kubeconfig, environ)
    namespace = given.namespace or access.namespace
    cluster = Cluster(
        namespace=namespace,
        worker_id=fleet.tokens.worker_id("kubernetes", namespace),
        server_url=url.rstrip("/"),
        helper_image=given.helper_image,
        service_account=given.service_account,
        image_pull_secrets=given.image_pull_secrets,
        template=given.template,
    )
    parts = TargetParts(
        fleet=fleet,
        access=access,
        cluster=cluster,
        limits=Limits(config.worker.container.images, config.worker.container.host_network),
        checkouts=checkouts,
        clock=clock,
        tags=given.tags,
        slots=given.slots,
        lost_after=given.lost_after,
        log_limit=config.logs.max_step_bytes,
        version=__version__,
    )
    return Target(parts)


def serving(cluster: Target | None) -> AbstractAsyncContextManager[object]:
    """Runs the steps of a cluster, if there is one."""
    return nullcontext() if cluster is None else cluster.serving()


def telemetry_of(config: Config, orchestrator: Orchestrator, served: ServedWorkspaces) -> Telemetry | None:
    """None if no collector is configured. Raises ConfigError."""
    if config.telemetry.otlp_endpoint is None:
        return None
    from gitflow.runtime.telemetry.service import Collector, Telemetry, Unusable

    given = config.telemetry
    collector = Collector(given.otlp_endpoint or "", given.headers, given.service_name, config.public_url)
    try:
        telemetry = Telemetry(collector, orchestrator, served)
    except Unusable as unusable:
        raise ConfigError(str(unusable)) from None
    telemetry.start()
    return telemetry

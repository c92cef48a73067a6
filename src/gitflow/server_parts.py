"""Parts that only a server has: the workers of a fleet, the secrets of its machine, and telemetry."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitflow import __version__
from gitflow.config import ConfigError
from gitflow.core.hosts import is_readable_on_the_way
from gitflow.runtime.engine.leading import LeaseRenewal
from gitflow.runtime.maintenance.janitor import Janitor
from gitflow.runtime.maintenance.service import retention_loop
from gitflow.runtime.maintenance.sharing import SharedParts, sharing_loop
from gitflow.runtime.worker.attempt_tokens import AttemptTokens
from gitflow.runtime.worker.far_agent import FleetParts
from gitflow.runtime.worker.fleet import Fleet
from gitflow.runtime.worker.heartbeat import Abilities, Heartbeat
from gitflow.runtime.worker.secret_policy import SecretPolicy, policy_sources
from gitflow.stores.registry import is_on_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from typing import Any

    from gitflow.config import Config
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.engine import Engine
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.timers import Timers
    from gitflow.runtime.maintenance.janitor import Ages
    from gitflow.runtime.telemetry.service import Telemetry
    from gitflow.runtime.worker.kubernetes.target import Target
    from gitflow.runtime.worker.worker import Worker
    from gitflow.runtime.workspaces.revision_files import RevisionFiles
    from gitflow.runtime.workspaces.served import ServedWorkspaces
    from gitflow.stores.protocols.jobs import JobStore
    from gitflow.stores.protocols.leases import Lease
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.checkouts import Checkouts


def fleet_of(config: Config, own: Worker, parts: tuple[Any, ...], chance: Callable[[], float]) -> Fleet:
    """The workers of a server: its own, and agents that connect. ``parts``: the first eight fields of FleetParts."""
    if config.worker.kubernetes is not None:
        parts[1].leave_containers_to_cluster()  # before the first step is offered
    tokens = AttemptTokens(config.state_dir, _secret_of_tokens(config))
    is_traced = config.telemetry.otlp_endpoint is not None
    given: Any = (*parts, chance, tokens, config.agents.lease, is_traced)
    return Fleet(own, FleetParts(*given))


def _secret_of_tokens(config: Config) -> str | None:
    """What all servers of a database share, so that tokens outlive a takeover; None: each state directory has its own.

    Raises ConfigError.
    """
    if config.auth is not None and config.auth.jwt_secret is not None:
        return config.auth.jwt_secret
    if config.secrets_key_file is None or not is_on_server(config.db_url):
        return None
    try:
        with open(config.secrets_key_file, encoding="ascii") as file:
            return file.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"secrets_key_file: {config.secrets_key_file} cannot be read: {error}") from None


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
    address = urlsplit(url)
    if not given.allow_http and is_readable_on_the_way(address.scheme, address.hostname or ""):
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


def heartbeat_of(
    config: Config, worker: Worker, worker_id: str, stores: Stores, commit_queue: CommitQueue, clock: Clock
) -> Heartbeat:
    """Of the embedded worker, which is registered. Raises StoreError."""
    abilities = Abilities(config.worker.tags, worker.slots)
    heartbeat = Heartbeat(worker_id, abilities, stores, commit_queue, clock, lambda: worker.running)
    heartbeat.register()
    return heartbeat


@asynccontextmanager
async def sweeping(
    ages: Ages, stores: Stores, commit_queue: CommitQueue, clock: Clock, shared: SharedParts | None
) -> AsyncGenerator[None]:
    """Deletes old data, and looks after what servers share. ``stores``: those of the engine's thread."""
    janitor = retention_loop(Janitor(stores, ages), commit_queue, clock.wall)
    async with janitor, nullcontext() if shared is None else sharing_loop(shared, clock.wall):
        yield


def shared_parts(
    revisions: RevisionFiles | None, served: ServedWorkspaces, open_stores: Callable[[], Stores]
) -> SharedParts | None:
    """None: servers share nothing. ``open_stores``: for the calling thread."""
    if revisions is None:
        return None

    def active() -> set[tuple[str, str]]:
        return {(one.workspace.identity, one.revision.id) for one in served.all() if one.revision is not None}

    return SharedParts(open_stores, revisions, active)


def renew_lease(lease: Lease, jobs: JobStore, timers: Timers, engine: Engine) -> None:
    """From now on, in the engine's thread. Call it before that thread starts."""
    LeaseRenewal(jobs, timers, engine, lease).start()


def secret_sources(config: Config, environ: Mapping[str, str]) -> Callable[[str], Mapping[str, Json]]:
    """What the secrets of each served workspace may read on this machine."""
    base = os.path.dirname(config.path) if config.path else os.getcwd()
    policies: dict[str, SecretPolicy] = {}
    for name, workspace in config.workspaces.items():
        given: JsonObject = workspace.settings.get("secrets") or {}
        folders = [os.path.join(base, os.path.expanduser(folder)) for folder in given.get("files", ())]
        policies[name] = SecretPolicy(tuple(given.get("env", ())), tuple(folders))
    return policy_sources(environ, policies)

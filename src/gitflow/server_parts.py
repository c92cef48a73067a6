"""Parts that only a server has: the workers of a fleet, and telemetry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.config import ConfigError
from gitflow.runtime.worker.attempt_tokens import AttemptTokens
from gitflow.runtime.worker.far_agent import FleetParts
from gitflow.runtime.worker.fleet import Fleet

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitflow.config import Config
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.telemetry.service import Telemetry
    from gitflow.runtime.worker.worker import Worker
    from gitflow.runtime.workspaces.served import ServedWorkspaces


def fleet_of(config: Config, own: Worker, parts: tuple[Any, ...], chance: Callable[[], float]) -> Fleet:
    """The workers of a server: its own, and agents that connect. ``parts``: the first eight fields of FleetParts."""
    tokens = AttemptTokens(config.state_dir, config.auth.jwt_secret if config.auth else None)
    is_traced = config.telemetry.otlp_endpoint is not None
    given: Any = (*parts, chance, tokens, config.agents.lease, is_traced)
    return Fleet(own, FleetParts(*given))


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

"""The settings, in the structure of the file, with their defaults. Times are in seconds."""

from __future__ import annotations

import os

from gitflow.core.errors import GitflowError
from gitflow.core.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.config.access import AuthConfig, PermissionConfig
    from gitflow.config.clusters import KubernetesConfig
    from gitflow.config.sharing import ArtifactsConfig
    from gitflow.core.problems import Problem
    from gitflow.core.values import Json, JsonObject
    from gitflow.runners.container_settings import ContainerSettings

DAY_S = 86_400.0


class ConfigError(GitflowError):
    """The configuration is wrong; ``problems`` lists where and why."""

    code = "invalid_config"

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class WorkspaceConfig(Record):
    """A section of ``workspaces``; ``settings`` has the settings of its type as they are written."""

    name: str
    type: str  #: folder or git
    settings: Mapping[str, Json] = field(default_factory=dict[str, "Json"])

    @property
    def has_triggers(self) -> bool:
        """Whether its triggers fire on this server."""
        return bool(self.settings.get("triggers", True))

    @property
    def revisions(self) -> str:
        """The revisions that a caller without administrator rights may name: served, history, branches or any."""
        return str(self.settings.get("revisions", "served"))

    @property
    def verify(self) -> JsonObject | None:
        """The setting as it is written: whose signatures its revisions need. None: signatures are not checked."""
        return self.settings.get("verify")

    @property
    def writable(self) -> bool | str:
        """Whether the API may change its files: on branches of their own, or ``direct``, on the served branch."""
        return self.settings.get("writable", False)

    @property
    def web_url(self) -> str | None:
        """A link to a file at the code host, with ``{revision}``, ``{path}`` and ``{line}``."""
        return self.settings.get("web_url")

    @property
    def poll_interval_secs(self) -> float:
        return float(self.settings.get("poll_interval_secs", 60))


class ContainerConfig(Record):
    """What workflows may ask of this machine's containers."""

    command: str = ""  #: podman or docker, by name or path; empty: the first of them that is there
    images: tuple[str, ...] | None = None  #: globs; None: all
    mounts: tuple[str, ...] = ()
    host_network: bool = False


class WorkerConfig(Record):
    slots: int | None = None  #: None: depends on the number of cores; 0: the server runs no steps
    tags: tuple[str, ...] = ()
    exclusive: bool = False  #: take only steps that need one of the tags; of a server's worker
    pass_env: tuple[str, ...] = ()
    container: ContainerConfig = ContainerConfig()
    kubernetes: KubernetesConfig | None = None  #: None: no step runs in a cluster

    def slot_count(self, *, is_server: bool) -> int:
        """How many steps run at the same time. 0 turns off a server's worker; a command line always has one."""
        wanted = self.slots
        return wanted if wanted or (is_server and wanted == 0) else max(8, 2 * (os.cpu_count() or 1))


class AgentsConfig(Record):
    """What the server expects of agents on other machines."""

    lease: float = 60.0  #: an agent that is silent for so long has lost its steps, in seconds


class ClusterConfig(Record):
    """Several servers on one database, of which one is active."""

    url: str | None = None  #: where the others reach this one
    lease: float = 10.0  #: an active server that is silent for so long is replaced, in seconds


class CorsConfig(Record):
    origins: tuple[str, ...] = ()


class LogsConfig(Record):
    max_step_bytes: int = 256 << 20
    retention: float | None = None  #: None: as long as ``retention.logs`` says


class RetentionConfig(Record):
    """How long the data of a job is kept after its end, in seconds."""

    jobs: float = 90 * DAY_S
    logs: float = 90 * DAY_S
    artifacts: float = 90 * DAY_S
    events: float = 90 * DAY_S


class LimitsConfig(Record):
    body_bytes: int = 1 << 20
    webhook_body_bytes: int = 5 << 20
    login_attempts_per_minute: int = 10
    max_steps: int = 100_000


class TelemetryConfig(Record):
    otlp_endpoint: str | None = None
    service_name: str = "gitflow"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class McpConfig(Record):
    enabled: bool = False  #: whether the server answers at /mcp


class Config(Record):
    path: str | None = None  #: the file it was read from
    state_dir: str = ""
    ignored_state_dir: str | None = None  #: the setting of the file, if ``$GITFLOW_STATE`` overrides it
    synchronous: str = "full"
    db_url: str | None = None
    secrets_key_file: str | None = None  #: None: a key file in the state directory
    artifacts: ArtifactsConfig | None = None  #: None: in the state directory alone
    workspaces: Mapping[str, WorkspaceConfig] = field(default_factory=dict[str, WorkspaceConfig])
    worker: WorkerConfig = WorkerConfig()
    agents: AgentsConfig = AgentsConfig()
    cluster: ClusterConfig = ClusterConfig()
    listen: str = "127.0.0.1:8080"
    public_url: str | None = None
    allow_open: bool = False
    trusted_proxies: tuple[str, ...] = ()
    cors: CorsConfig = CorsConfig()
    dialects: tuple[str, ...] = ("workflow_runs", "cloudflare", "komand", "activeworkflow")
    auth: AuthConfig | None = None
    permissions: tuple[PermissionConfig, ...] = ()
    logs: LogsConfig = LogsConfig()
    retention: RetentionConfig = RetentionConfig()
    limits: LimitsConfig = LimitsConfig()
    telemetry: TelemetryConfig = TelemetryConfig()
    mcp: McpConfig = McpConfig()
    drain_timeout: float = 600.0  #: how long running steps may take to end when the server is drained, in seconds

    def container_settings(self, *, is_server: bool) -> ContainerSettings:
        """What steps may ask of containers; ``gitflow run`` allows what its caller could do without gitflow."""
        from gitflow.runners.container_settings import ContainerSettings

        given = self.worker.container
        if not is_server:
            return ContainerSettings(self.state_dir, given.command)
        return ContainerSettings(self.state_dir, given.command, given.images, given.mounts, given.host_network)

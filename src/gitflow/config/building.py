"""Builds the records from a tree that matches the schema."""

from __future__ import annotations

import os

from gitflow.config.paths import beats_file, default_state_dir
from gitflow.config.settings import (
    AgentsConfig,
    ClusterConfig,
    Config,
    ConfigError,
    ContainerConfig,
    CorsConfig,
    LimitsConfig,
    LogsConfig,
    McpConfig,
    RetentionConfig,
    TelemetryConfig,
    WorkerConfig,
    WorkspaceConfig,
)
from gitflow.core.record import names_of
from gitflow.core.values import is_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeVar

    from gitflow.config.access import AuthConfig, PermissionConfig
    from gitflow.config.clusters import KubernetesConfig
    from gitflow.config.sharing import ArtifactsConfig
    from gitflow.core.values import Json, JsonObject

    T = TypeVar("T")

#: Sections that are taken as they are written.
_PLAIN = {
    "cors": CorsConfig,
    "limits": LimitsConfig,
    "mcp": McpConfig,
    "telemetry": TelemetryConfig,
}
#: Sections with durations, and the names of these.
_TIMED = {
    "agents": (AgentsConfig, ("lease",)),
    "cluster": (ClusterConfig, ("lease",)),
    "logs": (LogsConfig, ("retention",)),
    "retention": (RetentionConfig, names_of(RetentionConfig)),
}
#: Settings of ``verify`` that are paths.
_TRUST = ("allowed_signers", "gpg_keyring", "revoked_signers")
_TOP = ("listen", "public_url", "allow_open", "trusted_proxies", "dialects")
_TOP_TIMED = ("drain_timeout",)


def config_of(tree: JsonObject, path: str | None, environ: Mapping[str, str]) -> Config:
    """The configuration from a tree whose variables are expanded. Raises ConfigError."""
    base = os.path.dirname(path) if path else os.getcwd()
    given = below(base, tree["state_dir"]) if tree.get("state_dir") else None
    state_dir = given if given and not beats_file(environ) else default_state_dir(environ)
    db: JsonObject = with_files(tree.get("db") or {}, ("url",), base)
    workspaces: dict[str, JsonObject] = tree.get("workspaces") or {}
    sections: JsonObject = {name: _built(kind, tree[name]) for name, kind in _PLAIN.items() if tree.get(name)}
    if tree.get("worker"):
        sections["worker"] = _worker(tree["worker"], base)
    if tree.get("artifacts"):
        sections["artifacts"] = _artifacts(tree["artifacts"], base)
    for name, (kind, timed) in _TIMED.items():
        if tree.get(name):
            sections[name] = _built(kind, _in_seconds(tree[name], timed))
    if tree.get("auth") is not None:
        sections["auth"] = _auth(tree["auth"], base)
    if tree.get("permissions"):
        sections["permissions"] = _permissions(tree["permissions"])
    return Config(
        path=path,
        state_dir=state_dir,
        ignored_state_dir=None if given in (None, state_dir) else given,
        synchronous=db.get("synchronous", "full"),
        db_url=db.get("url"),
        secrets_key_file=below(base, tree["secrets_key_file"]) if tree.get("secrets_key_file") else None,
        workspaces={name: _workspace(name, given, base) for name, given in workspaces.items()},
        **{name: _frozen(tree[name]) for name in _TOP if name in tree},
        **_in_seconds({name: tree[name] for name in _TOP_TIMED if name in tree}, _TOP_TIMED),
        **sections,
    )


def _worker(given: JsonObject, base: str) -> WorkerConfig:
    container: JsonObject | None = given.get("container")
    if container:
        mounts = [below(base, folder) for folder in container.get("mounts", ())]
        given = {**given, "container": _built(ContainerConfig, {**container, "mounts": mounts})}
    if given.get("kubernetes"):
        given = {**given, "kubernetes": _kubernetes(given["kubernetes"], base)}
    return _built(WorkerConfig, given)


def _kubernetes(given: JsonObject, base: str) -> KubernetesConfig:
    from gitflow.config.clusters import KubernetesConfig

    if given.get("kubeconfig"):
        given = {**given, "kubeconfig": below(base, given["kubeconfig"])}
    return _built(KubernetesConfig, _in_seconds(given, ("lost_after",)))


def _artifacts(given: JsonObject, base: str) -> ArtifactsConfig:
    from gitflow.config.sharing import ArtifactsConfig

    if given.get("secret_access_key_file"):
        given = {**given, "secret_access_key_file": below(base, given["secret_access_key_file"])}
    return _built(ArtifactsConfig, given)


def _auth(given: JsonObject, base: str) -> AuthConfig:
    from gitflow.config.access import AuthConfig, InitialUser, ProviderConfig

    auth = with_files(given, ("jwt_secret",), base)
    providers: Mapping[str, JsonObject] = auth.get("providers") or {}
    auth["providers"] = {
        id: _built(ProviderConfig, with_files(provider, ("client_secret",), base)) for id, provider in providers.items()
    }
    if auth.get("initial_user"):
        auth["initial_user"] = _built(InitialUser, with_files(auth["initial_user"], ("password",), base))
    return _built(AuthConfig, auth)


def _permissions(given: Sequence[JsonObject]) -> tuple[PermissionConfig, ...]:
    from gitflow.config.access import PermissionConfig

    return tuple([_built(PermissionConfig, rule) for rule in given])


def _workspace(name: str, given: JsonObject, base: str) -> WorkspaceConfig:
    settings = {key: value for key, value in given.items() if key != "type"}
    if "path" in settings and given["type"] == "folder":
        settings["path"] = below(base, settings["path"])
    if "push_secret_file" in settings:
        settings["push_secret_file"] = below(base, settings["push_secret_file"])
    if "pull_requests" in settings:
        settings["pull_requests"] = _pull_requests(settings["pull_requests"], base)
    if "sign" in settings:
        settings["sign"] = {**settings["sign"], "key": below(base, settings["sign"]["key"])}
    if "verify" in settings:
        settings["verify"] = _verify(name, settings["verify"], base)
    return WorkspaceConfig(name, given["type"], settings)


def _verify(name: str, given: JsonObject, base: str) -> JsonObject:
    if given.get("signatures") != "off" and not ("allowed_signers" in given or "gpg_keyring" in given):
        raise ConfigError(
            f"workspaces.{name}.verify does not say whose signatures count: name a file, allowed_signers or gpg_keyring"
        )
    return {key: below(base, value) if key in _TRUST else value for key, value in given.items()}


def _pull_requests(given: JsonObject, base: str) -> JsonObject:
    return {**given, **{name: below(base, given[name]) for name in ("token_file", "webhook_secret_file")}}


def _built(kind: type[T], given: Mapping[str, Json]) -> T:
    """The record of a section. Keys that begin with ``x-`` are the author's own, and ignored."""
    return kind(**{name: _frozen(given[name]) for name in names_of(kind) if name in given})


def _frozen(value: Json) -> Json:
    return tuple(value) if is_list(value) else value


def _in_seconds(given: JsonObject, timed: tuple[str, ...]) -> JsonObject:
    from gitflow.core.durations import seconds

    return {key: seconds(value) if key in timed else value for key, value in given.items()}


def with_files(given: JsonObject, names: tuple[str, ...], base: str) -> JsonObject:
    """With ``<name>_file`` replaced by ``<name>``: the content of the file without surrounding white space."""
    filled = dict(given)
    for name in names:
        if f"{name}_file" in filled:
            filled[name] = _text_of(below(base, filled.pop(f"{name}_file")))
    return filled


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"cannot read {path}, which the configuration names: {why}") from None


def below(base: str, path: str) -> str:
    return os.path.join(base, os.path.expanduser(path))

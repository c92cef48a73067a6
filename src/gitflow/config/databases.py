"""What a configuration needs whose jobs are in a database of a server (PostgreSQL), which several machines reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.config.settings import ConfigError

if TYPE_CHECKING:
    from gitflow.config.settings import Config


def check_sharing(config: Config) -> None:
    """What a second server on the same database needs. Raises ConfigError."""
    for name, workspace in config.workspaces.items():
        if workspace.type == "folder" and not workspace.settings.get("shared"):
            raise ConfigError(
                f"{config.path or 'the configuration'}: workspaces.{name}: another server is active on this database, "
                "and a folder is on one machine: use a git workspace, or say `shared: true` if every server finds the "
                "same files there"
            )


def check_use(config: Config, *, is_server: bool) -> None:
    """Raises ConfigError."""
    place = config.path or "the configuration"
    if not is_server:
        raise ConfigError(
            f"{place}: db.url: the jobs are in PostgreSQL, and only a server works with them; name that server with "
            "--server URL (or $GITFLOW_SERVER), or use a configuration without db.url"
        )
    if config.secrets_key_file is None:
        raise ConfigError(
            f"{place}: db.url: with PostgreSQL, secrets_key_file must name the key file, the same for every server; "
            "make one with: (umask 077; openssl rand -base64 32 > secrets.key)"
        )
    if config.auth is not None and config.auth.jwt_secret is None:
        raise ConfigError(
            f"{place}: db.url: with PostgreSQL, auth.jwt_secret (or auth.jwt_secret_file) must be set, the same for "
            "every server; make one with: openssl rand -hex 32"
        )

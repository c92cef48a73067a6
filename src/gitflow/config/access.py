"""The settings for authentication and permissions, which only a server reads."""

from __future__ import annotations

from collections.abc import Mapping

from gitflow.core.record import Record, field


class ProviderConfig(Record):
    provider_type: str  #: internal or oidc
    display_name: str | None = None
    issuer_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


class InitialUser(Record):
    email: str
    password: str | None = None


class AuthConfig(Record):
    jwt_secret: str | None = None
    base_url: str | None = None
    anonymous: str = "none"  #: none, view or run
    providers: Mapping[str, ProviderConfig] = field(default_factory=dict[str, ProviderConfig])
    initial_user: InitialUser | None = None

    @property
    def has_internal(self) -> bool:
        """Whether passwords are accepted: unless only other providers are configured."""
        kinds = [provider.provider_type for provider in self.providers.values()]
        return not kinds or "internal" in kinds


class PermissionConfig(Record):
    action: str  #: deny, view, run or admin
    workspace: str = "*"
    tasks: tuple[str, ...] = ()  #: empty: all
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    api_keys: tuple[str, ...] = ()

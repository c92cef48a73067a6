"""Who asks, and what the configuration lets them do: values that the identity wing, the stores and the faces share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import field, record

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What one may do with a task and its jobs; each level includes those before it.
LEVELS = ("deny", "view", "run", "admin")

#: What an API key may be limited to, and the level it needs at least.
SCOPES: Mapping[str, str] = {
    "workflows:read": "view",  # see
    "workflows:trigger": "run",  # start and retry jobs
    "workflows:write": "run",  # operate on jobs: cancel, pause, approve, …
    "admin": "admin",
}


@record
class User:
    """An account. ``password_hash`` is None for one that signs in elsewhere."""

    user_id: str
    email: str  #: in lower case, as compared
    name: str
    created_at: float
    password_hash: str | None = None
    is_admin: bool = False
    groups: tuple[str, ...] = ()
    logins: tuple[tuple[str, str], ...] = ()  #: (provider, subject) of every provider that vouches for the user
    disabled_at: float | None = None
    last_login_at: float | None = None

    @property
    def auth_methods(self) -> tuple[str, ...]:
        own = ("internal",) if self.password_hash is not None else ()
        return (*own, *(provider for provider, _ in self.logins))


@record
class ApiKey:
    """A key as it is stored: its text is shown once and only its hash is kept."""

    key_id: str
    name: str
    digest: str  #: SHA-256 of the key's text, in hex
    hint: str  #: how the text begins, for people
    created_at: float
    user_id: str | None = None  #: on whose behalf it acts; None: on its own
    created_by: str | None = None  #: an account or actor
    scopes: tuple[str, ...] = ()  #: none: all that its user or the rules allow
    workspace: str | None = None  #: the only workspace it is for
    expires_at: float | None = None
    revoked_at: float | None = None
    last_used_at: float | None = None
    parent_key_id: str | None = None  #: the key that made it, and with which it ends

    def is_valid(self, at: float) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@record
class Device:
    """Where a request came from, to tell a second tab of one browser from a thief."""

    address: str | None = None
    agent: str | None = None  #: SHA-256 of the user agent, in hex


@record
class RefreshToken:
    """One link of a chain of refresh tokens (a family); each may be used once, and once more by a second tab."""

    digest: str
    family: str
    user_id: str
    issued_at: float
    expires_at: float
    used_at: float | None = None
    used_by: Device | None = None
    sibling_at: float | None = None  #: when a second tab used it


@record
class Rule:
    """One line of ``permissions`` in the configuration."""

    action: str
    workspace: str = "*"
    tasks: tuple[str, ...] = ()  #: globs over ``folder/name``; none: all
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()  #: emails, in lower case
    api_keys: tuple[str, ...] = ()

    @property
    def is_for_all(self) -> bool:
        return not (self.groups or self.users or self.api_keys)


@record
class Identity:
    """Who is calling. An open server's caller may do everything; so may the command line on its own machine."""

    actor: str  #: as jobs and the audit trail name them: an email, ``key:<name>``, ``anonymous``, …
    kind: str  #: open, anonymous, user or api_key
    user_id: str | None = None
    email: str | None = None
    name: str = ""
    groups: tuple[str, ...] = ()
    is_admin: bool = False
    key_id: str | None = None
    key_name: str | None = None
    scopes: frozenset[str] | None = None  #: None: not limited
    workspace: str | None = None  #: the only one it is for
    aliases: tuple[str, ...] = ()  #: who made the key, where it acts on its own: the same person for an approval


#: The caller of a server without an ``auth`` section.
OPEN = Identity("api", "open", is_admin=True)


@record
class AuditEvent:
    """A change, who made it and from where."""

    at: float
    actor: str
    what: str  #: a stable word, e.g. ``user.created``, ``job.cancel``, ``login.failed``
    address: str | None = None
    workspace: str | None = None
    subject: str | None = None  #: what it was done to: a job's id, a user's, a key's
    outcome: str = "done"  #: done or refused
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    api_key: str | None = None  #: the name of the key that was used

"""Callers and their permissions, as values that ``identity``, the stores, the API and the command line share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Levels of permission on a task and its jobs; each level includes those before it.
LEVELS = ("deny", "view", "run", "admin")

#: Scope of an API key -> the least level that it needs.
SCOPES: Mapping[str, str] = {
    "workflows:read": "view",  # see
    "workflows:trigger": "run",  # start and retry jobs
    "workflows:write": "run",  # operate on jobs: cancel, pause, approve, …
    "mcp:approve": "run",  # approve steps by the Model Context Protocol, beside workflows:write
    "admin": "admin",
    "agent": "deny",  # connect as an agent and run steps; shows nothing
}

#: The scope of an API key that an agent connects with.
AGENT_SCOPE = "agent"


class User(Record):
    """An account. ``password_hash`` is None if the person signs in with single sign-on only."""

    user_id: str
    email: str  #: in lower case
    name: str
    created_at: float
    password_hash: str | None = None
    is_admin: bool = False
    groups: tuple[str, ...] = ()
    logins: tuple[tuple[str, str], ...] = ()  #: (provider, subject) at every single sign-on provider of the user
    disabled_at: float | None = None
    last_login_at: float | None = None

    @property
    def auth_methods(self) -> tuple[str, ...]:
        own = ("internal",) if self.password_hash is not None else ()
        return (*own, *(provider for provider, _ in self.logins))


class ApiKey(Record):
    """An API key as it is stored. Its text is shown once; only a hash is kept."""

    key_id: str
    name: str
    digest: str  #: SHA-256 of the key's text, in hex
    hint: str  #: the first characters of the text, shown to people
    created_at: float
    user_id: str | None = None  #: the user on whose behalf it acts; None: on its own
    created_by: str | None = None  #: an account or actor
    scopes: tuple[str, ...] = ()  #: empty: everything that its user or the rules allow
    workspace: str | None = None  #: the only workspace that it may access; None: all
    expires_at: float | None = None
    revoked_at: float | None = None
    last_used_at: float | None = None
    parent_key_id: str | None = None  #: the key that created it; this key expires and is revoked together with that one
    tags: tuple[str, ...] = ()  #: of an agent's key: the tags that the agent may offer
    #: of an agent's key: the workspaces whose steps it may take; empty: ``workspace``, or all
    workspaces: tuple[str, ...] = ()

    def is_valid(self, at: float) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class Device(Record):
    """Where a request came from; distinguishes a second tab of one browser from a thief."""

    address: str | None = None
    agent: str | None = None  #: SHA-256 of the user agent, in hex


class RefreshToken(Record):
    """A refresh token, one of a chain (a family). It may be used once, and once more by a second tab."""

    digest: str
    family: str
    user_id: str
    issued_at: float
    expires_at: float
    used_at: float | None = None
    used_by: Device | None = None
    sibling_at: float | None = None  #: when a second tab used it


class UserSession(Record):
    """A sign-in and its refresh tokens: one family of them."""

    session_id: str
    began_at: float
    last_used_at: float  #: when its newest pair of tokens was issued
    expires_at: float
    address: str | None = None  #: from which it was last refreshed; None: it never was


class Rule(Record):
    """One rule of ``permissions`` in the configuration."""

    action: str
    workspace: str = "*"
    tasks: tuple[str, ...] = ()  #: globs over ``folder/name``; empty: all
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()  #: emails, in lower case
    api_keys: tuple[str, ...] = ()

    @property
    def is_for_all(self) -> bool:
        return not (self.groups or self.users or self.api_keys)


class Identity(Record):
    """The caller of a request. A caller of an open server, and the local command line, may do everything."""

    actor: str  #: the name in jobs and in the audit trail: an email, ``key:<name>``, ``anonymous``, …
    kind: str  #: open, anonymous, user or api_key
    user_id: str | None = None
    email: str | None = None
    name: str = ""
    groups: tuple[str, ...] = ()
    is_admin: bool = False
    key_id: str | None = None
    key_name: str | None = None
    scopes: frozenset[str] | None = None  #: None: not limited
    workspace: str | None = None  #: the only workspace that it may access
    tags: tuple[str, ...] = ()  #: that an agent with its key may offer
    workspaces: tuple[str, ...] = ()  #: whose steps an agent with its key may take; empty: ``workspace``, or all
    aliases: tuple[str, ...] = ()  #: the creator of a key that acts on its own; counts as the same person in approvals


def workspaces_of_agent(who: Identity) -> frozenset[str] | None:
    """The workspaces whose steps an agent may take; None: all."""
    named = who.workspaces or (() if who.workspace is None else (who.workspace,))
    return frozenset(named) or None


#: The caller of a server without an ``auth`` section.
OPEN = Identity("api", "open", is_admin=True)


class AuditEvent(Record):
    """One entry of the audit trail: a change, who made it and from where."""

    at: float
    actor: str
    what: str  #: a stable word, e.g. ``user.created``, ``job.cancel``, ``login.failed``
    address: str | None = None
    workspace: str | None = None
    subject: str | None = None  #: the id of the job, user or key that was changed
    outcome: str = "done"  #: done or refused
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    api_key: str | None = None  #: the name of the API key that was used

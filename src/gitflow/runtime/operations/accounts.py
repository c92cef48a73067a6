"""Accounts, sessions and keys: one implementation for the HTTP API and the command line.

Functions that change something are called inside a transaction (``CommitQueue.submit`` on a server) and write their
audit event in the same transaction. Callers hash passwords before it, because that takes tens of milliseconds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, InvalidInput, NotFound
from gitflow.core.identity import AGENT_SCOPE, SCOPES, ApiKey, AuditEvent, Device, Identity, RefreshToken, User
from gitflow.core.names import closest
from gitflow.core.record import Record, replace
from gitflow.core.timestamps import rfc3339
from gitflow.identity import tokens
from gitflow.identity.tokens import Unauthorized

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from gitflow.identity.oidc import ProviderIdentity
    from gitflow.stores.protocols.identity import IdentityStore

#: The longest address of an account (RFC 5321, 4.5.3.1.3).
MAX_EMAIL_LENGTH = 254
#: For so many seconds after its first use, another browser tab may use a refresh token once more.
SIBLING_S = 10.0
#: The last use of a key is stored at most once in so many seconds.
KEY_USE_S = 60.0

ENDED_KEY = "the API key is not valid, has expired or was revoked"

_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")
_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Actor(Record):
    """Who acts, from which address and with which API key (its name), for the audit trail."""

    name: str
    address: str | None = None
    api_key: str | None = None


class TokenPair(Record):
    """The tokens of a person who has signed in."""

    access_token: str
    refresh_token: str


class KeySpec(Record):
    """The properties of an API key to create."""

    name: str
    user_id: str | None = None
    scopes: tuple[str, ...] = ()
    workspace: str | None = None
    expires_at: float | None = None
    parent_key_id: str | None = None  #: the key that creates it; None: a person creates it
    tags: tuple[str, ...] = ()  #: tags that an agent with the key may have
    workspaces: tuple[str, ...] = ()  #: workspaces whose steps an agent with the key may take

    @property
    def all_workspaces(self) -> tuple[str, ...]:
        """All workspaces that it names."""
        return self.workspaces if self.workspace is None else (self.workspace, *self.workspaces)


def audit(
    store: IdentityStore,
    at: float,
    by: Actor,
    what: str,
    subject: str | None = None,
    *,
    outcome: str = "done",
    **details: str,
) -> None:
    store.add_audit(AuditEvent(at, by.name, what, by.address, None, subject, outcome, details, by.api_key))


def create_user(store: IdentityStore, user: User, at: float, by: Actor) -> User:
    """Raises InvalidInput for an invalid email address, Conflict if another account has it."""
    email = user.email.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > MAX_EMAIL_LENGTH:
        raise InvalidInput(f"{user.email!r} is not an email address", [("email", "must be an email address")])
    made = replace(user, email=email, name=user.name.strip() or email, created_at=at)
    store.add_user(made)
    audit(store, at, by, "user.created", made.user_id, email=email)
    return made


def set_password(store: IdentityStore, user_id: str, password_hash: str, at: float, by: Actor) -> None:
    """Sets the password and ends every session of the user."""
    user = store.user(user_id)
    store.save_user(replace(user, password_hash=password_hash))
    store.revoke_sessions(user_id)
    audit(store, at, by, "user.password_set", user_id)


def set_disabled(store: IdentityStore, user_id: str, disabled: bool, at: float, by: Actor) -> User:
    """Disables or enables an account. Disabling ends the user's sessions and suspends the user's keys. Raises Conflict
    for the only administrator."""
    user = store.user(user_id)
    if disabled and user.is_admin and not store.has_other_admins(user_id):
        raise Conflict(f"{user.email} is the only administrator and cannot be disabled")
    changed = replace(user, disabled_at=(user.disabled_at or at) if disabled else None)
    store.save_user(changed)
    if disabled:
        store.revoke_sessions(user_id)
    audit(store, at, by, "user.disabled" if disabled else "user.enabled", user_id)
    return changed


def sign_in(store: IdentityStore, user: User, secret: str, at: float, by: Actor, how: str = "internal") -> TokenPair:
    """Call it once the password or the provider has been checked. ``user`` is read again, because it may have changed
    since.

    Raises Unauthorized if the account was disabled in the meantime.
    """
    user = store.user(user.user_id)
    if user.disabled_at is not None:
        raise Unauthorized("the account is disabled")
    store.save_user(replace(user, last_login_at=at))
    audit(store, at, by, "login.succeeded", user.user_id, provider=how)
    token = tokens.new_refresh()
    return _session(store, user.user_id, token, tokens.digest_of(token), secret, at)


def _session(store: IdentityStore, user_id: str, token: str, family: str, secret: str, at: float) -> TokenPair:
    kept = RefreshToken(tokens.digest_of(token), family, user_id, at, at + tokens.REFRESH_S)
    store.add_refresh_token(kept)
    return TokenPair(tokens.issue_access(user_id, secret, at), token)


def refresh(
    store: IdentityStore, token: str, secret: str, at: float, by: Device, wanted: str | None = None
) -> TokenPair | None:
    """Exchanges a refresh token, which is valid once, for a new pair. None: the token is not valid.

    Two tabs of one browser may exchange the same token at the same time. So a used token gives one more pair within
    SIBLING_S, once, to the same address and user agent. In every other case a used token counts as stolen, and its
    whole family is revoked (RFC 9700, 4.14.2). The revocation must be committed, so the function returns None and
    raises no error.

    ``wanted``: the next refresh token, which the client made and stored before the request. A client that was killed
    before it read the answer sends the same two tokens again and gets the same pair: nobody else has both.
    """
    kept = store.refresh_token(tokens.digest_of(token))
    if kept is None or at >= kept.expires_at:
        return None
    user = store.user(kept.user_id)
    if user.disabled_at is not None:
        return None
    known = store.refresh_token(tokens.digest_of(wanted)) if wanted is not None else None
    if wanted is not None and known is not None:
        is_repeated = _follows(kept, known) and known.used_at is None and at < known.expires_at
        return TokenPair(tokens.issue_access(kept.user_id, secret, at), wanted) if is_repeated else None
    if not store.use_refresh_token(kept.digest, at, by) and not _is_second_tab(store, kept, at, by):
        store.revoke_family(kept.family)
        audit(store, at, Actor(user.email, by.address), "session.reused", user.user_id, outcome="refused")
        return None
    return _session(store, kept.user_id, wanted or tokens.new_refresh(), kept.family, secret, at)


def _follows(kept: RefreshToken, later: RefreshToken) -> bool:
    """Whether the later token of the same sign-in was issued when this one was used, or after that."""
    return kept.family == later.family and kept.used_at is not None and later.issued_at >= kept.used_at


def _is_second_tab(store: IdentityStore, kept: RefreshToken, at: float, by: Device) -> bool:
    """Call it once per request: it stores the second use."""
    is_soon = kept.used_at is not None and 0.0 <= at - kept.used_at <= SIBLING_S
    return is_soon and kept.used_by == by and store.use_refresh_token_again(kept.digest, at)


def sign_out(store: IdentityStore, token: str, at: float, address: str | None = None) -> None:
    """Revokes the family of a refresh token. An unknown token is ignored: it is signed out already."""
    kept = store.refresh_token(tokens.digest_of(token))
    if kept is not None:
        store.revoke_family(kept.family)
        audit(store, at, Actor(store.user(kept.user_id).email, address), "session.ended", kept.user_id)


def account_of(store: IdentityStore, identity: ProviderIdentity, user_id: str, at: float, by: Actor) -> User:
    """The account of a person whom a provider authenticated: found by subject, else by verified email, else created.

    The groups of the account become those that the provider names. Raises Unauthorized if the provider gives no
    verified email.
    """
    user = store.user_by_login(identity.provider, identity.subject)
    if user is None:
        if identity.email is None or not identity.email_is_verified:
            raise Unauthorized("the provider does not vouch for an email address")
        user = store.user_by_email(identity.email)
    if user is None:
        fresh = User(
            user_id, identity.email or "", identity.name, at, groups=identity.groups, logins=(_login(identity),)
        )
        return create_user(store, fresh, at, by)
    known = replace(user, groups=identity.groups or user.groups, logins=_with(user, identity))
    if known != user:
        store.save_user(known)
        audit(store, at, by, "user.changed", user.user_id, provider=identity.provider)
    return known


def _login(identity: ProviderIdentity) -> tuple[str, str]:
    return identity.provider, identity.subject


def _with(user: User, identity: ProviderIdentity) -> tuple[tuple[str, str], ...]:
    return user.logins if _login(identity) in user.logins else (*user.logins, _login(identity))


def create_key(store: IdentityStore, wanted: KeySpec, key_id: str, at: float, by: Actor) -> tuple[ApiKey, str]:
    """The key as stored, and its text, which is not stored.

    A key that another key creates expires with that key or earlier. Raises InvalidInput for a wrong name, scope or
    expiry; Conflict if the name is taken; NotFound for its user; Unauthorized if the parent key is no longer valid.
    """
    _check(wanted, at)
    expires_at = wanted.expires_at if wanted.parent_key_id is None else _expiry_under(store, wanted, at)
    if wanted.user_id is not None:
        store.user(wanted.user_id)
    text = tokens.new_key()
    key = ApiKey(
        key_id,
        wanted.name,
        tokens.digest_of(text),
        tokens.hint_of(text),
        at,
        wanted.user_id,
        by.name,
        tuple(sorted(set(wanted.scopes))),
        wanted.workspace,
        expires_at,
        parent_key_id=wanted.parent_key_id,
        tags=tuple(sorted(set(wanted.tags))),
        workspaces=tuple(sorted(set(wanted.workspaces))),
    )
    store.add_key(key)
    audit(store, at, by, "key.created", key_id, name=wanted.name)
    return key, text


def _expiry_under(store: IdentityStore, wanted: KeySpec, at: float) -> float | None:
    """When a key expires that another key creates. The parent is read again: it may have ended since the request began.

    Raises InvalidInput for a later time than the parent's, Unauthorized if the parent is no longer valid.
    """
    parent = store.key(wanted.parent_key_id or "")
    if not _counts(store, parent, at):
        raise Unauthorized(ENDED_KEY)
    if parent.expires_at is None or wanted.expires_at is None:
        return parent.expires_at if wanted.expires_at is None else wanted.expires_at
    if wanted.expires_at > parent.expires_at:
        latest = f"must not be after {rfc3339(parent.expires_at)}, when the key that makes it expires"
        raise InvalidInput(f"the key is wrong: expires_at {latest}", [("expires_at", latest)])
    return wanted.expires_at


def refuse_workspace(name: str, known: Sequence[str]) -> NoReturn:
    """Refuses a key for an unknown workspace: it would gain access once a workspace of that name is added."""
    unknown = f"there is no workspace named {name!r}"
    hint = closest(name, known) or (f"known: {', '.join(sorted(known))}" if known else "none is known here")
    raise InvalidInput(f"the key is wrong: {unknown}; {hint}", [("workspace", unknown)])


def _check(wanted: KeySpec, at: float) -> None:
    wrong: list[tuple[str, str]] = []
    if not _KEY_NAME.fullmatch(wanted.name):
        wrong.append(("name", "must begin with a letter or digit, and go on with letters, digits, '.', '_' and '-'"))
    unknown = [scope for scope in wanted.scopes if scope not in SCOPES]
    if unknown:
        wrong.append(("scopes", f"{', '.join(unknown)}: must be among {', '.join(SCOPES)}"))
    if wanted.tags and AGENT_SCOPE not in wanted.scopes:
        wrong.append(("tags", f"are for keys of agents: add the scope {AGENT_SCOPE}, or leave them out"))
    if wanted.workspaces and (wanted.workspace is not None or set(wanted.scopes) != {AGENT_SCOPE}):
        wrong.append(("workspaces", f"are for keys of agents alone: give the scope {AGENT_SCOPE} and no workspace"))
    if any(not tag.strip() or "," in tag for tag in wanted.tags):
        wrong.append(("tags", "must not be empty or hold a comma"))
    if wanted.expires_at is not None and wanted.expires_at <= at:
        wrong.append(("expires_at", "must be in the future"))
    if wrong:
        raise InvalidInput("the key is wrong: " + "; ".join(f"{field} {why}" for field, why in wrong), wrong)


def revoke_key(
    store: IdentityStore,
    id_or_name: str,
    at: float,
    by: Actor,
    of_user: str | None = None,
    in_workspace: str | None = None,
) -> ApiKey:
    """Revokes a key and all keys that were created with it. Repeating it changes nothing.

    ``of_user``: only keys of this user are found. ``in_workspace``: only keys of this workspace are found.
    Raises NotFound.
    """
    key = store.key(id_or_name)
    is_others = of_user is not None and key.user_id != of_user
    if is_others or (in_workspace is not None and key.workspace != in_workspace):
        raise NotFound("API key", id_or_name)
    if key.revoked_at is None:
        store.revoke_key(key.key_id, at)
        audit(store, at, by, "key.revoked", key.key_id, name=key.name)
    for below in store.keys_below(key.key_id):
        if below.revoked_at is None:
            store.revoke_key(below.key_id, at)
            audit(store, at, by, "key.revoked", below.key_id, name=below.name, because_of=key.name)
    return replace(key, revoked_at=key.revoked_at or at)


def identity_of_user(user: User) -> Identity:
    return Identity(user.email, "user", user.user_id, user.email, user.name, user.groups, user.is_admin)


def identity_of_key(key: ApiKey, user: User | None) -> Identity:
    """A key acts for its user, within its scopes; a key without a user acts under its own name."""
    scopes = frozenset(key.scopes) or None
    behind = identity_of_user(user) if user else Identity(f"key:{key.name}", "api_key", name=key.name)
    is_admin = user.is_admin if user else "admin" in key.scopes
    return replace(
        behind,
        kind="api_key",
        is_admin=is_admin,
        key_id=key.key_id,
        key_name=key.name,
        scopes=scopes,
        workspace=key.workspace,
        tags=key.tags,
        workspaces=key.workspaces,
    )


def identify(store: IdentityStore, credential: str, secret: str, at: float) -> Identity:
    """The owner of an access token or API key. Raises Unauthorized, which does not say what is wrong with it."""
    if credential.startswith(tokens.KEY_PREFIX):
        return _by_key(store, credential, at)
    user = _user(store, tokens.read_access(credential, secret, at).user_id)
    if user is None:
        raise Unauthorized("the token is not valid or has expired")
    return identity_of_user(user)


def _by_key(store: IdentityStore, text: str, at: float) -> Identity:
    key = store.key_by_digest(tokens.digest_of(text))
    if key is None or not _counts(store, key, at):
        raise Unauthorized(ENDED_KEY)
    user = _user(store, key.user_id) if key.user_id is not None else None
    identity = identity_of_key(key, user)
    return identity if user else replace(identity, aliases=_makers(store, key))


def _counts(store: IdentityStore, key: ApiKey, at: float) -> bool:
    """Whether the key and all its parent keys are valid and their users are enabled."""
    line = [key, *(store.keys_above(key.key_id) if key.parent_key_id is not None else ())]
    return all(one.is_valid(at) and (one.user_id is None or _user(store, one.user_id)) for one in line)


def _makers(store: IdentityStore, key: ApiKey) -> tuple[str, ...]:
    """The creators of a key without a user: the key that created it, the creator of that key, and so on."""
    makers: dict[str, None] = {}
    maker = key.created_by
    while maker and maker not in makers:
        makers[maker] = None
        try:
            maker = store.key(maker.removeprefix("key:")).created_by if maker.startswith("key:") else None
        except NotFound:
            break
    return tuple(makers)


def _user(store: IdentityStore, user_id: str) -> User | None:
    """The user; None if the account is disabled or deleted."""
    try:
        user = store.user(user_id)
    except NotFound:
        return None
    return user if user.disabled_at is None else None


def first_user(store: IdentityStore, user: User, at: float) -> bool:
    """Creates the administrator that the configuration names, unless there is an account already."""
    if store.has_users():
        return False
    create_user(store, replace(user, is_admin=True), at, Actor("configuration"))
    return True


def listed(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))

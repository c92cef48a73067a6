"""The JSON of users, API keys and audit events, in answers of the API and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.identity import LEVELS
from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import FLAG, ID, TEXT, TIME, WHOLE, list_of, map_of, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.identity import ApiKey, AuditEvent, Identity, User, UserSession
    from gitflow.core.values import JsonObject
    from gitflow.identity.permissions import Decision


class KeyWithText(Record):
    """A new key with its secret text, which is shown only when the key is created."""

    key: ApiKey
    text: str


class IssuedTokens(Record):
    """The tokens of a session, as they are sent to the client."""

    access_token: str
    refresh_token: str
    expires_in: int  #: seconds


class StoredAudit(Record):
    id: int
    event: AuditEvent


class Anybody(Record):
    """A caller without an account: of an open server, or one who has not signed in."""

    is_admin: bool
    name: str = "Anonymous"
    user_id: str | None = None
    email: str | None = None
    created_at: float | None = None
    groups: tuple[str, ...] = ()


class Permission(Record):
    """Whether somebody may do something, and what decides it."""

    action: str
    workspace: str
    task_name: str | None
    allowed: bool
    decision: Decision
    who: Identity


_WHO = (JsonField("user_id", ID), JsonField("name", TEXT), JsonField("email", TEXT))
_CREATED = JsonField("created_at", TIME)
_RIGHTS = (JsonField("is_admin", FLAG), JsonField("groups", list_of(TEXT)))

USER = Noun(
    "User",
    "An account.",
    (
        *_WHO,
        JsonField(
            "auth_methods",
            list_of(TEXT),
            about="How the user can sign in: `internal` for a password, and the ids of providers.",
        ),
        _CREATED,
        JsonField("last_login_at", or_null(TIME)),
        *_RIGHTS,
        JsonField("disabled", FLAG, lambda it: it.disabled_at is not None),
    ),
    list_name="UserList",
)

USER_SESSION = Noun(
    "UserSession",
    "A sign-in that has not ended.",
    (
        JsonField("session_id", TEXT),
        JsonField("began_at", TIME),
        JsonField("last_used_at", TIME, about="When it was last refreshed, or else when it began."),
        JsonField("expires_at", TIME, about="When it ends unless it is refreshed before."),
        JsonField("address", or_null(TEXT), about="Address from which it was last refreshed; null if it never was."),
    ),
    list_name="UserSessionList",
)

ME = Noun(
    "Me",
    "Who the caller is.",
    (
        JsonField(
            "anonymous",
            FLAG,
            lambda it: isinstance(it, Anybody),
            about="Whether nobody has signed in; the fields of an account are then null.",
        ),
        JsonField("user_id", or_null(ID)),
        JsonField("name", TEXT),
        JsonField("email", or_null(TEXT)),
        JsonField("created_at", or_null(TIME)),
        *_RIGHTS,
    ),
)

RULE = Noun(
    "PermissionRule",
    "A rule of `permissions` in the configuration. Of the people and groups that it names, only those "
    "that concern the caller are shown.",
    (
        JsonField(
            "number", WHOLE, "decision.number", about="Position of the rule in the configuration, counted from 1."
        ),
        JsonField("action", one_of(*LEVELS), "decision.rule.action"),
        JsonField("workspace", TEXT, "decision.rule.workspace"),
        JsonField("tasks", list_of(TEXT), "decision.rule.tasks"),
        JsonField(
            "groups", list_of(TEXT), lambda it: [name for name in it.decision.rule.groups if name in it.who.groups]
        ),
        JsonField("users", list_of(TEXT), lambda it: [name for name in it.decision.rule.users if name == it.who.email]),
        JsonField(
            "api_keys",
            list_of(TEXT),
            lambda it: [name for name in it.decision.rule.api_keys if name == it.who.key_name],
        ),
    ),
)

PERMISSION = Noun(
    "Permission",
    "Whether the caller may do something with a task and its jobs, and what decides it.",
    (
        JsonField("action", one_of(*LEVELS[1:])),
        JsonField("workspace", TEXT),
        JsonField("task_name", or_null(TEXT), about="Name of the task; null for the workspace as a whole."),
        JsonField("allowed", FLAG),
        JsonField("level", one_of(*LEVELS), "decision.level", about="The highest level that the caller has."),
        JsonField("because", TEXT, "decision.because", about="The reason, as a sentence."),
        JsonField(
            "rule",
            or_null(ref("PermissionRule")),
            lambda it: None if it.decision.rule is None else _rule(it),
            about="The rule that decides; null if none does.",
        ),
    ),
)

KEY = Noun(
    "Key",
    "An API key, without its text.",
    (
        JsonField("key_id", ID),
        JsonField("name", TEXT),
        JsonField("hint", TEXT, about="Beginning of the key's text."),
        JsonField(
            "user_id", or_null(TEXT), about="The user on whose behalf it acts; null if it acts on its own behalf."
        ),
        JsonField("created_by", or_null(TEXT)),
        JsonField("created_at", TIME),
        JsonField(
            "scopes",
            list_of(TEXT),
            about="What the key may be used for; empty: all that its user or the permissions allow.",
        ),
        JsonField("workspace", or_null(TEXT), about="The only workspace in which it can be used."),
        JsonField("tags", list_of(TEXT), about="The tags that an agent with this key may offer."),
        JsonField(
            "workspaces",
            list_of(TEXT),
            about="The workspaces whose steps an agent with this key may take; empty: `workspace`, or all.",
        ),
        JsonField("expires_at", or_null(TIME)),
        JsonField("revoked_at", or_null(TIME)),
        JsonField("last_used_at", or_null(TIME)),
        JsonField(
            "parent_key_id",
            or_null(ID),
            about="Id of the key that created this one, and together with which it ends; null if none did.",
        ),
    ),
    list_name="KeyList",
)

CREATED_KEY = Noun(
    "CreatedKey",
    "An API key with its text, which is shown only once.",
    (
        *KEY.fields,
        JsonField("key", TEXT, lambda it: it.text, about="Text of the key. Keep it: the server does not store it."),
    ),
)

AUDIT = Noun(
    "",
    "An entry of the audit trail.",
    (
        JsonField("id", WHOLE, lambda it: it.id),
        JsonField("at", TIME),
        JsonField("actor", TEXT),
        JsonField("api_key", or_null(TEXT), about="The name of the API key that was used; null if none was."),
        JsonField("what", TEXT),
        JsonField("address", or_null(TEXT)),
        JsonField("workspace", or_null(TEXT)),
        JsonField("subject", or_null(TEXT)),
        JsonField("outcome", one_of("done", "refused")),
        JsonField("details", map_of(TEXT)),
    ),
    list_name="AuditList",
)

SESSION = Noun(
    "Session",
    "A pair of tokens.",
    (
        JsonField("access_token", TEXT, about="Access token, to be sent as `Authorization: Bearer`."),
        JsonField("refresh_token", TEXT, about="Refresh token. It can be used only once."),
        JsonField("token_type", one_of("Bearer"), lambda it: "Bearer"),
        JsonField("expires_in", WHOLE, about="Seconds for which the access token is valid."),
    ),
)

NOUNS = (ME, RULE, PERMISSION, USER, USER_SESSION, KEY, CREATED_KEY, AUDIT, SESSION)

user_json: Callable[[User], JsonObject] = writer(USER)
user_session_json: Callable[[UserSession], JsonObject] = writer(USER_SESSION)
me_json: Callable[[User | Anybody], JsonObject] = writer(ME)
permission_json: Callable[[Permission], JsonObject] = writer(PERMISSION)
_rule = writer(RULE)
key_json: Callable[[ApiKey], JsonObject] = writer(KEY)
session_json: Callable[[IssuedTokens], JsonObject] = writer(SESSION)
_new_key = writer(CREATED_KEY, start="key.")
_audit = writer(AUDIT, start="event.")


def created_key_json(key: ApiKey, text: str) -> JsonObject:
    return _new_key(KeyWithText(key, text))


def audit_json(id: int, event: AuditEvent) -> JsonObject:
    return _audit(StoredAudit(id, event))

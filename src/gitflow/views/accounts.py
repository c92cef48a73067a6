"""The JSON of users, API keys and audit events, in answers of the API and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import FLAG, ID, TEXT, TIME, WHOLE, list_of, map_of, one_of, or_null

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.identity import ApiKey, AuditEvent, User
    from gitflow.core.values import JsonObject


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


_WHO = (JsonField("user_id", ID), JsonField("name", TEXT), JsonField("email", TEXT))
_CREATED = JsonField("created_at", TIME)
_RIGHTS = (JsonField("is_admin", FLAG), JsonField("groups", list_of(TEXT)))

USER = Noun(
    "User",
    "An account.",
    (
        *_WHO,
        JsonField("auth_methods", list_of(TEXT), about="`internal` for a password, else the ids of providers."),
        _CREATED,
        JsonField("last_login_at", or_null(TIME)),
        *_RIGHTS,
        JsonField("disabled", FLAG, lambda it: it.disabled_at is not None),
    ),
    list_name="UserList",
)

ME = Noun("Me", "Who the caller is.", (*_WHO, _CREATED, *_RIGHTS))

KEY = Noun(
    "Key",
    "An API key, without its text.",
    (
        JsonField("key_id", ID),
        JsonField("name", TEXT),
        JsonField("hint", TEXT, about="How the key begins."),
        JsonField("user_id", or_null(TEXT), about="On whose behalf it acts; null: on its own."),
        JsonField("created_by", or_null(TEXT)),
        JsonField("created_at", TIME),
        JsonField("scopes", list_of(TEXT), about="Empty: all that its user, or the permissions, allow."),
        JsonField("workspace", or_null(TEXT), about="The only workspace it is for."),
        JsonField("expires_at", or_null(TIME)),
        JsonField("revoked_at", or_null(TIME)),
        JsonField("last_used_at", or_null(TIME)),
        JsonField("parent_key_id", or_null(ID), about="The key that made it, and with which it ends; null: none did."),
    ),
    list_name="KeyList",
)

CREATED_KEY = Noun(
    "CreatedKey",
    "The key as it is shown this once.",
    (*KEY.fields, JsonField("key", TEXT, lambda it: it.text, about="Keep it: it is not stored.")),
)

AUDIT = Noun(
    "",
    "A change.",
    (
        JsonField("id", WHOLE, lambda it: it.id),
        JsonField("at", TIME),
        JsonField("actor", TEXT),
        JsonField("api_key", or_null(TEXT), about="The name of the API key that was used; null: none was."),
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
        JsonField("access_token", TEXT, about="Sent as `Authorization: Bearer`."),
        JsonField("refresh_token", TEXT, about="Counts once."),
        JsonField("token_type", one_of("Bearer"), lambda it: "Bearer"),
        JsonField("expires_in", WHOLE, about="Seconds for which the access token counts."),
    ),
)

NOUNS = (ME, USER, KEY, CREATED_KEY, AUDIT, SESSION)

user_json: Callable[[User], JsonObject] = writer(USER)
me_json: Callable[[User], JsonObject] = writer(ME)
key_json: Callable[[ApiKey], JsonObject] = writer(KEY)
session_json: Callable[[IssuedTokens], JsonObject] = writer(SESSION)
_new_key = writer(CREATED_KEY, start="key.")
_audit = writer(AUDIT, start="event.")


def created_key_json(key: ApiKey, text: str) -> JsonObject:
    return _new_key(KeyWithText(key, text))


def audit_json(id: int, event: AuditEvent) -> JsonObject:
    return _audit(StoredAudit(id, event))

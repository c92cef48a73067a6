"""Accounts, keys and audit events as the API shows them; the command line prints the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record
from gitflow.views.noun import Field, Noun, writer
from gitflow.views.schema import FLAG, ID, TEXT, TIME, WHOLE, list_of, map_of, one_of, or_null

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.identity import ApiKey, AuditEvent, User
    from gitflow.core.values import JsonObject


@record
class NewKey:
    """A key with its text, which is shown this once."""

    key: ApiKey
    text: str


@record
class StoredEvent:
    id: int
    event: AuditEvent


_WHO = (Field("user_id", ID), Field("name", TEXT), Field("email", TEXT))
_CREATED = Field("created_at", TIME)
_RIGHTS = (Field("is_admin", FLAG), Field("groups", list_of(TEXT)))

USER = Noun(
    "User",
    "An account.",
    (
        *_WHO,
        Field("auth_methods", list_of(TEXT), about="`internal` for a password, else the ids of providers."),
        _CREATED,
        Field("last_login_at", or_null(TIME)),
        *_RIGHTS,
        Field("disabled", FLAG, lambda it: it.disabled_at is not None),
    ),
    list_name="UserList",
)

ME = Noun("Me", "Who the caller is.", (*_WHO, _CREATED, *_RIGHTS))

KEY = Noun(
    "Key",
    "An API key, without its text.",
    (
        Field("key_id", ID),
        Field("name", TEXT),
        Field("hint", TEXT, about="How the key begins."),
        Field("user_id", or_null(TEXT), about="On whose behalf it acts; null: on its own."),
        Field("created_by", or_null(TEXT)),
        Field("created_at", TIME),
        Field("scopes", list_of(TEXT), about="Empty: all that its user, or the permissions, allow."),
        Field("workspace", or_null(TEXT), about="The only workspace it is for."),
        Field("expires_at", or_null(TIME)),
        Field("revoked_at", or_null(TIME)),
        Field("last_used_at", or_null(TIME)),
        Field("parent_key_id", or_null(ID), about="The key that made it, and with which it ends; null: none did."),
    ),
    list_name="KeyList",
)

CREATED_KEY = Noun(
    "CreatedKey",
    "The key as it is shown this once.",
    (*KEY.fields, Field("key", TEXT, lambda it: it.text, about="Keep it: it is not stored.")),
)

AUDIT = Noun(
    "",
    "A change.",
    (
        Field("id", WHOLE, lambda it: it.id),
        Field("at", TIME),
        Field("actor", TEXT),
        Field("api_key", or_null(TEXT), about="The name of the API key that was used; null: none was."),
        Field("what", TEXT),
        Field("address", or_null(TEXT)),
        Field("workspace", or_null(TEXT)),
        Field("subject", or_null(TEXT)),
        Field("outcome", one_of("done", "refused")),
        Field("details", map_of(TEXT)),
    ),
    list_name="AuditList",
)

NOUNS = (ME, USER, KEY, CREATED_KEY, AUDIT)

user_shown: Callable[[User], JsonObject] = writer(USER)
me_shown: Callable[[User], JsonObject] = writer(ME)
key_shown: Callable[[ApiKey], JsonObject] = writer(KEY)
_new_key = writer(CREATED_KEY, start="key.")
_audit = writer(AUDIT, start="event.")


def new_key_shown(key: ApiKey, text: str) -> JsonObject:
    return _new_key(NewKey(key, text))


def audit_shown(id: int, event: AuditEvent) -> JsonObject:
    return _audit(StoredEvent(id, event))

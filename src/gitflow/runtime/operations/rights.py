"""The rights of the person or key that performs an operation, as a record and as JSON for a forwarded request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.jobs.events import NO_RIGHTS, Rights
from gitflow.core.record import Record
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from gitflow.core.identity import Identity
    from gitflow.core.values import Json, JsonObject


class ActorContext(Record):
    """What the API or the command line knows about the actor besides the name."""

    rights: Rights = NO_RIGHTS
    address: str | None = None  #: where the request came from, for the audit trail
    api_key: str | None = None  #: the name of the key that was used, for the audit trail


#: The command line acts as the owner of the store, who may act for any approver.
OWNER_OF_THE_STORE: JsonObject = {"may_override": True}


def as_json(who: Identity, may_override: bool, address: str | None) -> JsonObject:
    """The argument ``by`` of an operation. It is made from the authenticated identity, never from the request body."""
    return {
        "groups": list(who.groups),
        "aliases": list(who.aliases),
        "may_override": may_override,
        "address": address,
        "api_key": who.key_name,
    }


def actor_context_of(given: Json) -> ActorContext:
    """Reads the argument ``by``; without it, the actor has no special rights."""
    if not is_object(given):
        return ActorContext()
    rights = Rights(_names(given, "groups"), _names(given, "aliases"), given.get("may_override") is True)
    return ActorContext(rights, _text(given, "address"), _text(given, "api_key"))


def _text(given: JsonObject, key: str) -> str | None:
    text = given.get(key)
    return text if isinstance(text, str) else None


def _names(given: JsonObject, key: str) -> tuple[str, ...]:
    names = given.get(key)
    return tuple(str(name) for name in names) if is_list(names) else ()

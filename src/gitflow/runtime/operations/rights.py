"""By whom a step is ended or a job restarted, as operations take it and as processes hand it on in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.jobs.events import NO_RIGHTS, Rights
from gitflow.core.record import record
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from gitflow.core.identity import Identity
    from gitflow.core.values import Json, JsonObject


@record
class By:
    """What the face that was asked knows of the person or key, besides the name of the actor."""

    rights: Rights = NO_RIGHTS
    address: str | None = None  #: where the request came from, for the audit trail
    api_key: str | None = None  #: the name of the key that was used, likewise


#: The person at this machine's command line: the store is theirs, so they may act for any approver.
OWNER_OF_THE_STORE: JsonObject = {"may_override": True}


def as_json(who: Identity, may_override: bool, address: str | None) -> JsonObject:
    """The argument ``by`` of an operation; made by the face from whom it has identified, never from a request."""
    return {
        "groups": list(who.groups),
        "aliases": list(who.aliases),
        "may_override": may_override,
        "address": address,
        "api_key": who.key_name,
    }


def by_of(given: Json) -> By:
    """From the argument ``by``; without it, somebody without special rights."""
    if not is_object(given):
        return By()
    rights = Rights(_names(given, "groups"), _names(given, "aliases"), given.get("may_override") is True)
    return By(rights, _text(given, "address"), _text(given, "api_key"))


def _text(given: JsonObject, key: str) -> str | None:
    text = given.get(key)
    return text if isinstance(text, str) else None


def _names(given: JsonObject, key: str) -> tuple[str, ...]:
    names = given.get(key)
    return tuple(str(name) for name in names) if is_list(names) else ()

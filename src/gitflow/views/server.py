"""The JSON of the server itself: health, readiness, and what clients need to know before they sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import FLAG, OBJECT, TEXT, TIME, WHOLE, list_of, map_of, object_of, one_of, or_null

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.drain import DrainState


class Checks(Record):
    is_ready: Mapping[str, bool]  #: by name of a part
    role: str = "active"


class Identity(Record):
    """What a process says of itself."""

    version: str
    role: str


class ClientConfig(Record):
    auth_required: bool
    has_internal_auth: bool
    oidc_providers: Mapping[str, str]  #: id -> display name
    version: str


class DrainProgress(Record):
    state: DrainState | None  #: None: the server is not being drained
    running_steps: int
    open_jobs: int


ROLE = JsonField(
    "role",
    one_of("active", "follower"),
    about="Of several servers on one database one is active; followers read, and pass on to it what changes something.",
)

HEALTH = Noun(
    "Health",
    "The process is alive.",
    (JsonField("status", one_of("ok"), lambda it: "ok"), JsonField("version", TEXT), ROLE),
)

READINESS = Noun(
    "Readiness",
    "Whether each part of the server is ready.",
    (
        JsonField("status", one_of("ok", "not ready"), lambda it: _status(all(it.is_ready.values()))),
        JsonField(
            "checks",
            map_of(one_of("ok", "not ready")),
            lambda it: {name: _status(is_ready) for name, is_ready in it.is_ready.items()},
        ),
        ROLE,
    ),
)

CLIENT_CONFIG = Noun(
    "ClientConfig",
    "What a client must know before it signs in.",
    (
        JsonField("auth_required", FLAG),
        JsonField("has_internal_auth", FLAG),
        JsonField(
            "oidc_providers",
            list_of(object_of("An identity provider.", {"id": TEXT, "display_name": TEXT})),
            lambda it: [{"id": id, "display_name": name} for id, name in it.oidc_providers.items()],
        ),
        JsonField("version", TEXT),
    ),
)

DRAINING = Noun(
    "Draining",
    "Whether the server is being drained.",
    (
        JsonField("draining", FLAG, lambda it: it.state is not None),
        JsonField("since", or_null(TIME), lambda it: it.state and it.state.since),
        JsonField(
            "until", or_null(TIME), lambda it: it.state and it.state.until, about="When the server stops at the latest."
        ),
        JsonField("by", or_null(TEXT), lambda it: it.state and it.state.actor, about="Who drains it."),
        JsonField("reason", or_null(TEXT), lambda it: it.state and it.state.reason),
        JsonField("running_steps", WHOLE),
        JsonField(
            "open_jobs",
            WHOLE,
            about="Number of jobs of this server that have not ended; the next server continues them.",
        ),
    ),
)

NOUNS = (HEALTH, READINESS, CLIENT_CONFIG, DRAINING)

#: Components that are no nouns.
SCHEMAS: Mapping[str, JsonObject] = {"Description": {**OBJECT, "description": "An OpenAPI 3.1 document."}}

health: Callable[[Identity], JsonObject] = writer(HEALTH)
readiness: Callable[[Checks], JsonObject] = writer(READINESS)
draining: Callable[[DrainProgress], JsonObject] = writer(DRAINING)
client_config: Callable[[ClientConfig], JsonObject] = writer(CLIENT_CONFIG)


def _status(is_ready: bool) -> str:
    return "ok" if is_ready else "not ready"

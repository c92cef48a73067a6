"""The JSON of the server's settings, versions, store and checks, for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import ANY, FLAG, TEXT, TIME, WHOLE, list_of, map_of, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.config.effective import Setting
    from gitflow.core.values import JsonObject


class StoreState(Record):
    kind: str
    schema: int
    sizes: Mapping[str, int]  #: bytes by entry of the state directory
    is_complete: bool  #: False: there were too many files to measure


class ServerState(Record):
    version: str
    python_version: str
    started_at: float
    config_file: str | None
    is_changed: bool
    faces: Sequence[str]
    is_ready: Mapping[str, bool]
    store: StoreState
    settings: Sequence[Setting]


SETTING = Noun(
    "Setting",
    "A setting of server-config.yaml with its effective value.",
    (
        JsonField("name", TEXT, about="Name of the setting, with dots between its parts: `limits.body_bytes`."),
        JsonField("value", ANY, about="Effective value; hidden (`••••••`) if it is or may contain a secret."),
        JsonField("origin", one_of("default", "file", "environment")),
        JsonField("file", or_null(TEXT), lambda it: it.place.file if it.place else None),
        JsonField("line", or_null(WHOLE), lambda it: it.place.line if it.place else None),
        JsonField("variable", or_null(TEXT), about="The environment variable that it comes from."),
    ),
)

STORE = Noun(
    "StoreState",
    "The store and its size.",
    (
        JsonField("kind", TEXT, about="Kind of store: the scheme of `db.url`."),
        JsonField("schema", WHOLE, about="Version of the store's schema."),
        JsonField(
            "bytes", WHOLE, lambda it: sum(it.sizes.values()), about="Size of the whole state directory in bytes."
        ),
        JsonField(
            "parts", map_of(WHOLE), lambda it: dict(it.sizes), about="Size in bytes of each entry of that directory."
        ),
        JsonField(
            "complete", FLAG, "is_complete", about="Whether all files were measured; false if there are too many."
        ),
    ),
)

SETTINGS = Noun(
    "ServerSettings",
    "The server's settings, versions, store and checks.",
    (
        JsonField("version", TEXT, about="Version of gitflow."),
        JsonField("python_version", TEXT),
        JsonField("started_at", TIME),
        JsonField("config_file", or_null(TEXT), about="Path of the configuration file; null if there is none."),
        JsonField(
            "config_changed",
            FLAG,
            "is_changed",
            about="Whether the file was changed or removed since the server started; places may then be wrong.",
        ),
        JsonField("faces", list_of(TEXT), lambda it: list(it.faces), about="The APIs that are served."),
        JsonField(
            "checks",
            map_of(one_of("ok", "not ready")),
            lambda it: {name: "ok" if is_ready else "not ready" for name, is_ready in it.is_ready.items()},
            about="The checks of `/readyz`.",
        ),
        JsonField("store", ref("StoreState"), lambda it: _store(it.store)),
        JsonField("settings", list_of(ref("Setting")), lambda it: [_setting(each) for each in it.settings]),
    ),
)

NOUNS = (SETTINGS, SETTING, STORE)

server_settings: Callable[[ServerState], JsonObject] = writer(SETTINGS)
_setting: Callable[[Setting], JsonObject] = writer(SETTING)
_store: Callable[[StoreState], JsonObject] = writer(STORE)

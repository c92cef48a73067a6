"""The JSON of secrets and connections: where they come from and who reads them, and never a secret's value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes import reads, texts
from gitflow.core.record import Record
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import MASK, is_list, is_object
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import FLAG, ID, OBJECT, TEXT, TIME, WHOLE, list_of, object_of, one_of, or_null

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.language.definition import Connection
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.problems import Place
    from gitflow.core.values import Json, JsonObject
    from gitflow.stores.protocols.jobs import JobRow

#: The functions and objects from which templates of secrets read.
SOURCES = ("env", "file", "sops")


class Readers(Record):
    tasks: Sequence[str] = ()
    actions: Sequence[str] = ()


class SecretState(Record):
    name: str
    written: Json  #: its value in the definitions: templates
    place: Place | None
    readers: Readers
    problem: str | None  #: why it cannot be read now; None: it can
    last_job: JobRow | None


class ConnectionState(Record):
    connection: Connection
    snapshot: Snapshot
    readers: Readers


_READ_BY = (
    JsonField("tasks", list_of(TEXT), "readers.tasks", about="The tasks that read it, of those that the caller sees."),
    JsonField("actions", list_of(TEXT), "readers.actions", about="The named actions that read it."),
)

SECRET = Noun(
    "Secret",
    "A secret of a workspace, without any part of its value.",
    (
        JsonField("name", TEXT),
        JsonField(
            "sources",
            list_of(one_of(*SOURCES)),
            lambda it: sources_of(it.written),
            about="What its templates read: environment variables of the server, files, encrypted files of the "
            "workspace.",
        ),
        JsonField("present", FLAG, lambda it: it.problem is None, about="Whether the server can read it now."),
        JsonField("problem", or_null(TEXT), about="Why the server cannot read it."),
        JsonField("file", or_null(TEXT), lambda it: it.place.file if it.place else None),
        JsonField("line", or_null(WHOLE), lambda it: it.place.line if it.place else None),
        *_READ_BY,
        JsonField(
            "last_job",
            or_null(object_of("", {"job_id": ID, "task_name": TEXT, "created_at": TIME})),
            lambda it: _job(it.last_job),
            about="The newest job of these tasks, whether or not it reached the step that reads the secret.",
        ),
    ),
    list_name="SecretList",
)

CONNECTION = Noun(
    "Connection",
    "A connection of a workspace, with its secrets masked.",
    (
        JsonField("name", TEXT, "connection.name"),
        JsonField("type", TEXT, "connection.type"),
        JsonField("values", OBJECT, lambda it: masked_values(it.snapshot, it.connection)),
        JsonField(
            "secrets",
            list_of(TEXT),
            lambda it: _secrets_of(it.connection),
            about="The secrets that its values refer to.",
        ),
        JsonField("file", TEXT, "connection.where.file"),
        JsonField("line", WHOLE, "connection.where.line"),
        *_READ_BY,
    ),
    list_name="ConnectionList",
)

NOUNS = (SECRET, CONNECTION)

secret: Callable[[SecretState], JsonObject] = writer(SECRET)
connection: Callable[[ConnectionState], JsonObject] = writer(CONNECTION)


def sources_of(written: Json) -> list[str]:
    templates = list(texts.of_value(written, ()))
    found = {str(use.path[0]) for template in templates for use in texts.uses(template)} | texts.calls(iter(templates))
    return [name for name in SOURCES if name in found]


def masked_values(snapshot: Snapshot, found: Connection) -> JsonObject:
    """Fields that are declared secret, and texts that read a secret, are masked."""
    known = snapshot.connection_types.get(found.type)
    plain = {name for name, field in known.fields.items() if not field.secret} if known else set[str]()
    return {name: _masked(value) if name in plain else MASK for name, value in found.values.items()}


def _masked(value: Json) -> Json:
    if is_object(value):
        return {name: _masked(inner) for name, inner in value.items()}
    if is_list(value):
        return [_masked(inner) for inner in value]
    return MASK if texts.secrets_in(texts.of_value(value, ())) else value


def _secrets_of(found: Connection) -> list[str]:
    return sorted(name for _, name in reads.of_values(found.values))


def _job(row: JobRow | None) -> Mapping[str, Json] | None:
    if row is None:
        return None
    return {"job_id": row.id, "task_name": row.task_name, "created_at": rfc3339(row.created_at)}

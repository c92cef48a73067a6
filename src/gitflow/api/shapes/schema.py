"""Words to write shapes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitflow.core.values import Json, JsonObject

TEXT: JsonObject = {"type": "string"}
WHOLE: JsonObject = {"type": "integer"}
NUMBER: JsonObject = {"type": "number"}
FLAG: JsonObject = {"type": "boolean"}
TIME: JsonObject = {"type": "string", "format": "date-time"}
ID: JsonObject = {"type": "string", "format": "uuid"}
ANY: JsonObject = {}
OBJECT: JsonObject = {"type": "object"}


def ref(name: str) -> JsonObject:
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(items: JsonObject) -> JsonObject:
    return {"type": "array", "items": items}


def map_of(values: JsonObject) -> JsonObject:
    return {"type": "object", "additionalProperties": values}


def one_of(*values: Json) -> JsonObject:
    return {"enum": list(values)}


def or_null(shape: JsonObject) -> JsonObject:
    if isinstance(shape.get("type"), str):
        return {**shape, "type": [shape["type"], "null"]}
    return {"anyOf": [shape, {"type": "null"}]}


def told(shape: JsonObject, description: str) -> JsonObject:
    return {**shape, "description": description}


def shape(description: str, needed: JsonObject, more: JsonObject | None = None, *, is_open: bool = False) -> JsonObject:
    """An object: what is always there, what may be, and (``is_open``) anything else."""
    made: JsonObject = {
        "type": "object",
        "description": description,
        "properties": {**needed, **(more or {})},
        "required": list(needed),
    }
    return made if is_open else {**made, "additionalProperties": False}


def body(description: str, fields: JsonObject, needed: tuple[str, ...] = ()) -> JsonObject:
    """What may be sent: nothing that is not named."""
    made: JsonObject = {
        "type": "object",
        "description": description,
        "properties": fields,
        "additionalProperties": False,
    }
    return {**made, "required": list(needed)} if needed else made

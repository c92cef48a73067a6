"""The types of fields, in JSON Schema: of declared fields, request bodies and dialects."""

from __future__ import annotations

from gitflow.core.status import JobStatus, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import Json, JsonObject

TEXT: JsonObject = {"type": "string"}
WHOLE: JsonObject = {"type": "integer"}
NUMBER: JsonObject = {"type": "number"}
FLAG: JsonObject = {"type": "boolean"}
TIME: JsonObject = {"type": "string", "format": "date-time"}
ID: JsonObject = {"type": "string", "format": "uuid"}
DURATION: JsonObject = {"type": "string", "pattern": "^([0-9]+|([0-9]+(ms|[dhms]))+)$", "maxLength": 50}
ANY: JsonObject = {}
#: Of any keys and values. Without the second key, generators of types make an object of it that has no keys.
OBJECT: JsonObject = {"type": "object", "additionalProperties": True}


def ref(name: str) -> JsonObject:
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(items: JsonObject) -> JsonObject:
    return {"type": "array", "items": items}


def map_of(values: JsonObject) -> JsonObject:
    return {"type": "object", "additionalProperties": values}


def one_of(*values: Json) -> JsonObject:
    schema: JsonObject = {"enum": list(values)}
    return {"type": "string", **schema} if all(isinstance(value, str) for value in values) else schema


def or_null(schema: JsonObject) -> JsonObject:
    if isinstance(schema.get("type"), str):
        nullable: JsonObject = {**schema, "type": [schema["type"], "null"]}
        return {**nullable, "enum": [*schema["enum"], None]} if "enum" in schema else nullable
    return {"anyOf": [schema, {"type": "null"}]}


#: Where the steps of a job may run; the states of a job and of a step.
MODE: JsonObject = one_of("distributed", "local")
JOB_STATUS: JsonObject = one_of(*(status.value for status in JobStatus))
STEP_STATUS: JsonObject = one_of(*(status.value for status in StepStatus))


def described(schema: JsonObject, description: str) -> JsonObject:
    return {**schema, "description": description}


def object_of(
    description: str, required: JsonObject, optional: JsonObject | None = None, *, is_open: bool = False
) -> JsonObject:
    """An object with required and optional fields; ``is_open`` also allows undeclared ones."""
    schema: JsonObject = {
        "type": "object",
        "description": description,
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }
    return schema if is_open else {**schema, "additionalProperties": False}


def body(description: str, fields: JsonObject, required: tuple[str, ...] = ()) -> JsonObject:
    """A request body: an object that has no undeclared fields."""
    schema: JsonObject = {
        "type": "object",
        "description": description,
        "properties": fields,
        "additionalProperties": False,
    }
    return {**schema, "required": list(required)} if required else schema

"""Shapes of agents, messages and workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import FLAG, ID, OBJECT, TEXT, TIME, WHOLE, list_of, one_of, or_null, ref, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json, JsonObject

_MESSAGE: JsonObject = {
    "id": WHOLE,
    "agent_id": WHOLE,
    "created_at": TIME,
    "expires_at": told(or_null(TIME), "When it is deleted; null while its job goes on."),
}

_WORKFLOW: JsonObject = {"id": WHOLE, "name": TEXT, "description": TEXT}

_EXPORTED = shape(
    "An agent of the file.",
    {
        "type": TEXT,
        "name": TEXT,
        "disabled": FLAG,
        "guid": ID,
        "options": told(OBJECT, "Its definition, with templates as they are written."),
        "keep_messages_for": told(WHOLE, "In seconds."),
    },
    {"schedule": told(TEXT, "A cron expression.")},
)

SHAPES: Mapping[str, Json] = {
    "AgentError": shape("A refusal.", {"error": TEXT}),
    "Agent": shape(
        "A step of a task, or a trigger.",
        {
            "id": WHOLE,
            "name": TEXT,
            "type": told(TEXT, "`Agents::ShellAgent`, `Agents::SchedulerTrigger`, …"),
            "messages_count": WHOLE,
            "disabled": FLAG,
            "sources": list_of(shape("An agent whose messages it receives.", {"id": WHOLE})),
        },
    ),
    "AgentList": list_of(ref("Agent")),
    "AgentMessageList": list_of(shape("A message, without its payload.", _MESSAGE)),
    "AgentMessage": shape("What a step gave, or a time that a trigger fired.", {**_MESSAGE, "payload": OBJECT}),
    "AgentWorkflowList": list_of(shape("A task, as a workflow.", _WORKFLOW)),
    "AgentWorkflow": shape("A task, with its agents.", {**_WORKFLOW, "agents": list_of(ref("Agent"))}),
    "AgentExport": shape(
        "A workflow as a file.",
        {
            "schema_version": one_of(1),
            "name": TEXT,
            "description": TEXT,
            "guid": ID,
            "exported_at": TIME,
            "agents": list_of(_EXPORTED),
            "links": list_of(shape("Indexes into the agents.", {"source": WHOLE, "receiver": WHOLE})),
            "control_links": list_of({}),
        },
    ),
}

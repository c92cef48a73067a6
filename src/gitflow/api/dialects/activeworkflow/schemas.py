"""Schemas of agents, messages and workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import (
    FLAG,
    ID,
    OBJECT,
    TEXT,
    TIME,
    WHOLE,
    described,
    list_of,
    object_of,
    one_of,
    or_null,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json, JsonObject

_MESSAGE: JsonObject = {
    "id": WHOLE,
    "agent_id": WHOLE,
    "created_at": TIME,
    "expires_at": described(or_null(TIME), "When the message is deleted; null while its job is open."),
}

_WORKFLOW: JsonObject = {"id": WHOLE, "name": TEXT, "description": TEXT}

_EXPORTED = object_of(
    "An agent of the file.",
    {
        "type": TEXT,
        "name": TEXT,
        "disabled": FLAG,
        "guid": ID,
        "options": described(OBJECT, "The agent's definition, with its templates as they are written."),
        "keep_messages_for": described(WHOLE, "In seconds."),
    },
    {"schedule": described(TEXT, "A cron expression.")},
)

SCHEMAS: Mapping[str, Json] = {
    "AgentError": object_of("An error response.", {"error": TEXT}),
    "Agent": object_of(
        "A step of a task, or a trigger.",
        {
            "id": WHOLE,
            "name": TEXT,
            "type": described(TEXT, "`Agents::ShellAgent`, `Agents::SchedulerTrigger`, …"),
            "messages_count": WHOLE,
            "disabled": FLAG,
            "sources": list_of(object_of("An agent whose messages it receives.", {"id": WHOLE})),
        },
    ),
    "AgentList": list_of(ref("Agent")),
    "AgentMessageList": list_of(object_of("A message, without its payload.", _MESSAGE)),
    "AgentMessage": object_of("Output of a step, or a fire of a trigger.", {**_MESSAGE, "payload": OBJECT}),
    "AgentWorkflowList": list_of(object_of("A task, as a workflow.", _WORKFLOW)),
    "AgentWorkflow": object_of("A task, with its agents.", {**_WORKFLOW, "agents": list_of(ref("Agent"))}),
    "AgentExport": object_of(
        "A workflow as a file.",
        {
            "schema_version": one_of(1),
            "name": TEXT,
            "description": TEXT,
            "guid": ID,
            "exported_at": TIME,
            "agents": list_of(_EXPORTED),
            "links": list_of(
                object_of(
                    "A link from one agent to another, by their indexes in `agents`.",
                    {"source": WHOLE, "receiver": WHOLE},
                )
            ),
            "control_links": list_of({}),
        },
    ),
}

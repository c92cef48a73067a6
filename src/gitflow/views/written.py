"""Schemas of those parts of definitions that answers contain as their author wrote them."""

from __future__ import annotations

from gitflow.core.status import ENDED_STEP
from gitflow.views.schema import FLAG, OBJECT, TEXT, WHOLE, described, list_of, object_of, one_of, ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

#: Whole seconds, or a text such as ``500ms``.
DURATION: JsonObject = {"type": ["integer", "string"]}

_ACCEPTED: JsonObject = {
    "anyOf": [one_of("any"), list_of(one_of(*sorted(status.value for status in ENDED_STEP)))],
}

SCHEMAS: Mapping[str, JsonObject] = {
    "RetryRule": object_of(
        "Whether and when another attempt follows a failed one.",
        {"max_attempts": described(WHOLE, "Number of attempts in total, including the first one.")},
        {
            "delay": DURATION,
            "backoff": one_of("linear", "exponential"),
            "max_delay": DURATION,
            "jitter": FLAG,
            "on_exit_codes": list_of(WHOLE),
        },
    ),
    "ConcurrencyRule": object_of(
        "How many jobs of a group run at once.",
        {
            "group": described(TEXT, "Name of the group: a template over `input`."),
            "limit": WHOLE,
            "on_limit": one_of("queue", "skip", "cancel_running"),
        },
    ),
    "HookCall": object_of("An action that runs as a job of its own.", {"action": TEXT}, {"input": OBJECT}),
    "Dependency": {
        "description": "A step that must have ended, with the statuses that are accepted; or several such steps.",
        "anyOf": [
            described(TEXT, "Name of a step that must have completed."),
            object_of("One step, with the statuses that are accepted.", {"step": TEXT, "accept": _ACCEPTED}),
            object_of("All of these.", {"all": list_of(ref("Dependency"))}),
            object_of("At least one of these.", {"any": list_of(ref("Dependency"))}),
        ],
    },
}

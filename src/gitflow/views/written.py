"""Schemas of parts of definitions that are shown as their author wrote them; ``views.definitions`` refers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.status import ENDED_STEP
from gitflow.views.schema import FLAG, OBJECT, TEXT, WHOLE, described, list_of, object_of, one_of, ref

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
        "What follows a failed attempt.",
        {"max_attempts": described(WHOLE, "In total, the first one included.")},
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
            "group": described(TEXT, "A template over `input`."),
            "limit": WHOLE,
            "on_limit": one_of("queue", "skip", "cancel_running"),
        },
    ),
    "HookCall": object_of("An action that runs as a job of its own.", {"action": TEXT}, {"input": OBJECT}),
    "Dependency": {
        "description": "The step that must have ended, with the ends that are accepted; or several of these.",
        "anyOf": [
            described(TEXT, "A step, which must have completed."),
            object_of("One step.", {"step": TEXT, "accept": _ACCEPTED}),
            object_of("Every one of these.", {"all": list_of(ref("Dependency"))}),
            object_of("At least one of these.", {"any": list_of(ref("Dependency"))}),
        ],
    },
}

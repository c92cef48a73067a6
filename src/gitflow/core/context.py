"""What templates may see, and where: the names in scope for a step and for its action."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.job import Job
    from gitflow.core.values import Json, JsonObject


def step_scope(job: Job, step: str, secrets: Mapping[str, Json]) -> Mapping[str, Json]:
    """The names a step's own fields see: ``input secret job each hook`` and finished steps.

    Lazy: looking up one name costs one name. ``step`` may be a loop instance (``name[0]``).
    For display, ``secrets`` maps every name to the mask.
    """
    raise NotImplementedError


def action_scope(job: Job, step: str, input: JsonObject, secrets: Mapping[str, Json]) -> Mapping[str, Json]:
    """The names its action sees: a named action only ``input secret job``; an inline one all that
    the step sees, with ``input`` laid over the job's."""
    raise NotImplementedError

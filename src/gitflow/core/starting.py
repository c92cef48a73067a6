"""A step that may start: it is offered to a worker, or suspended until something ends it."""

from __future__ import annotations

from gitflow.core.context import run_action_scope, run_scope
from gitflow.core.durations import moment, seconds
from gitflow.core.retries import fail
from gitflow.core.templates import TemplateError, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.definition import Action
    from gitflow.core.job import StepRun
    from gitflow.core.turn import Turn
    from gitflow.core.values import Json, JsonObject

#: How long a ``wait`` waits for its event unless it says otherwise: a day.
DEFAULT_WAIT_S = 86_400.0


def start(turn: Turn, run: StepRun) -> None:
    """During a pause a step only becomes ready; whatever its type, it goes on at the resume."""
    if turn.is_paused or not turn.action(run).suspends:
        turn.move(run, "unblocked", ready_at=turn.at, due_at=None)
    else:
        suspend(turn, run)


def suspend(turn: Turn, run: StepRun) -> None:
    action = turn.action(run)
    attempt = run.attempt + 1
    try:
        due_at = DUE[action.type](turn, run, action)
    except (TemplateError, ValueError) as error:
        fail(turn, run, str(error), "engine", attempt)
        return
    turn.move(
        run,
        "suspended",
        attempt=attempt,
        started_at=turn.at,
        suspended_at=turn.at,
        completed_at=None,
        due_at=due_at,
        child_job_id=None,
        error_message=None,
        output=None,
    )


def _sleep_ends(turn: Turn, run: StepRun, action: Action) -> float:
    fields = {name: action.fields[name] for name in ("duration", "until") if name in action.fields}
    rendered = _rendered(turn, run, fields)
    if "until" in rendered:
        return moment(rendered["until"])
    return turn.at + seconds(rendered.get("duration"))


def _rendered(turn: Turn, run: StepRun, fields: JsonObject) -> JsonObject:
    if not any(isinstance(value, str) and "{" in value for value in fields.values()):
        return fields
    own = render(dict(turn.step(run).input), run_scope(turn.before, turn.run, run))
    return render(fields, run_action_scope(turn.before, turn.run, run, own, {}))


def _time_limit(turn: Turn, run: StepRun, action: Action) -> float | None:
    limit = turn.step(run).timeout_s or action.timeout_s
    return None if limit is None else turn.at + limit


def _wait_ends(turn: Turn, run: StepRun, action: Action) -> float:
    return _time_limit(turn, run, action) or turn.at + DEFAULT_WAIT_S


#: By type of a suspending action: when its timer is due.
DUE: Mapping[str, Callable[[Turn, StepRun, Action], Json]] = {
    "sleep": _sleep_ends,
    "task": _time_limit,
    "approval": _time_limit,
    "wait": _wait_ends,
}


def approval(actor: str | None, at: float, given: Json) -> JsonObject:
    """The output of a step that was approved; by nobody, when its time limit did."""
    from gitflow.core.timestamps import rfc3339  # approvals are rare, and its import is not cheap

    return {"approved": True, "approved_by": actor, "approved_at": rfc3339(at), "input": given or {}}

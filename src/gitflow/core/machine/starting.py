"""Starts a step: offers it to a worker, or suspends it until something ends it.

The ``input`` of a suspended step holds the rendered fields that a person or a program needs to know:
``message`` and ``approvers`` of an approval, ``event`` of a wait.
"""

from __future__ import annotations

from gitflow.core.durations import moment, seconds
from gitflow.core.jobs.context import run_action_scope, run_scope
from gitflow.core.language.definition import type_of
from gitflow.core.machine.retries import fail
from gitflow.core.templates.render import render
from gitflow.core.templates.texts import TemplateError
from gitflow.core.values import is_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.jobs.job import StepRun
    from gitflow.core.language.definition import Action
    from gitflow.core.machine.transition import Transition
    from gitflow.core.values import Json, JsonObject

#: The default time limit of a ``wait``: a day.
DEFAULT_WAIT_S = 86_400.0


def start(transition: Transition, run: StepRun) -> None:
    """Starts the step. During a pause it only becomes ready, whatever its type, and starts at the resume."""
    if transition.is_paused or not transition.action(run).suspends:
        transition.move(run, "unblocked", ready_at=transition.at, due_at=None, deadline_at=deadline_of(transition, run))
    else:
        suspend(transition, run)


def deadline_of(transition: Transition, run: StepRun) -> float | None:
    """Counted from the first time that the step is ready; of a loop as a whole, not of its instances."""
    limit = transition.step(run).deadline_s
    if limit is None or run.deadline_at is not None or run.loop_of is not None:
        return run.deadline_at
    return transition.at + limit


def suspend(transition: Transition, run: StepRun) -> None:
    action = transition.action(run)
    attempt = run.attempt + 1
    try:
        due_at = DUE[action.type](transition, run, action)
        shown = _render_shown_fields(transition, run, action)
    except (TemplateError, ValueError) as error:
        fail(transition, run, str(error), "engine", attempt)
        return
    run = transition.move(
        run,
        "suspended",
        attempt=attempt,
        input=shown,
        started_at=transition.at,
        suspended_at=transition.at,
        completed_at=None,
        due_at=due_at,
        child_job_id=None,
        waits_for=type_of(action).waits_for,
        deadline_at=deadline_of(transition, run),
        error_message=None,
        output=None,
    )
    if action.type == "wait" and transition.sent_events:
        from gitflow.core.machine.inbox import take_kept

        take_kept(transition, run)


def _sleep_ends(transition: Transition, run: StepRun, action: Action) -> float:
    fields = {name: action.fields[name] for name in ("duration", "until") if name in action.fields}
    rendered = _rendered(transition, run, fields)
    if "until" in rendered:
        return moment(rendered["until"])
    return transition.at + seconds(rendered.get("duration"))


def _rendered(transition: Transition, run: StepRun, fields: JsonObject) -> JsonObject:
    if not any(_may_hold_templates(value) for value in fields.values()):
        return fields
    own = render(dict(transition.step(run).input), run_scope(transition.before, transition.run, run))
    return render(fields, run_action_scope(transition.before, transition.run, run, own, {}))


def _may_hold_templates(value: Json) -> bool:
    return any(map(_may_hold_templates, value)) if is_list(value) else isinstance(value, str) and "{" in value


#: Type of a suspending action -> the fields that people and programs may see.
SHOWN: Mapping[str, tuple[str, ...]] = {"approval": ("message", "approvers"), "wait": ("event",)}


def _render_shown_fields(transition: Transition, run: StepRun, action: Action) -> JsonObject | None:
    fields = {name: action.fields[name] for name in SHOWN.get(action.type, ()) if name in action.fields}
    rendered = _rendered(transition, run, fields) if fields else fields
    shown = {name: list(value) if is_list(value) else value for name, value in rendered.items()}
    for name, value in shown.items():
        if not _is_text(value) and not (name == "approvers" and is_list(value) and all(map(_is_text, value))):
            raise ValueError(f"{name} must be {'a list of names' if name == 'approvers' else 'a text'}")
    return shown or None


def approvers_now(transition: Transition, run: StepRun) -> list[str]:
    """The approvers of an approval that is not asked for yet. Raises TemplateError and ValueError."""
    if "approvers" not in transition.action(run).fields:
        return []
    shown = _render_shown_fields(transition, run, transition.action(run)) or {}
    approvers: Json = shown.get("approvers", [])
    return [str(one) for one in approvers] if is_list(approvers) else [str(approvers)]


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and value != ""


def _time_limit(transition: Transition, run: StepRun, action: Action) -> float | None:
    limit = transition.step(run).timeout_s or action.timeout_s
    return None if limit is None else transition.at + limit


def _wait_ends(transition: Transition, run: StepRun, action: Action) -> float:
    return _time_limit(transition, run, action) or transition.at + DEFAULT_WAIT_S


#: Type of a suspending action -> the function that says when its timer is due.
DUE: Mapping[str, Callable[[Transition, StepRun, Action], Json]] = {
    "sleep": _sleep_ends,
    "task": _time_limit,
    "approval": _time_limit,
    "wait": _wait_ends,
}


def approval(actor: str | None, at: float, given: JsonObject) -> JsonObject:
    """The output of an approved step; without an approver if its time limit approved it."""
    from gitflow.core.timestamps import rfc3339  # approvals are rare, and its import is not cheap

    return {"approved": True, "approved_by": actor, "approved_at": rfc3339(at), "input": given}

"""Approvals: who may decide one, and which steps must wait until it is given.

An approval is given when its step completed, or was skipped by somebody with the right to decide it, or by its own
``when``. Until then no step that depends on it starts, directly or not, unless its ``depends_on`` accepts the other
status. Three more rules ensure this: a step that a person ends before its dependencies have ended counts only once
they have (``settling``); asking for an approval again resets everything that followed from its answer (``resets``);
and a retry that does not carry an approval over carries over nothing that depends on it (``planning``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, Forbidden, ReasonRequired
from gitflow.core.jobs.events import OVERRIDDEN
from gitflow.core.machine.decisions import refusal
from gitflow.core.machine.starting import approvers_now
from gitflow.core.status import StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.templates.texts import TemplateError
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from gitflow.core.jobs.events import Rights, StepDecided, StepForced, StepSkipped
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.machine.transition import Transition
    from gitflow.core.values import Json

#: Event -> the operation's name in the history, when an administrator acts for the approvers.
_OPERATIONS = {"StepSkipped": "skip", "StepForced": "complete", "StepDecided": "approve"}

#: The statuses of a step that may have ended without running.
_NEVER_RAN = (StepStatus.SKIPPED, StepStatus.CANCELLED)


def is_approval(transition: Transition, run: StepRun) -> bool:
    return transition.action(run).type == "approval"


def authorize(transition: Transition, run: StepRun, event: StepDecided | StepForced | StepSkipped) -> None:
    """Checks that the actor may decide the approval: an approver, or an administrator who gives a reason.

    Raises:
        Forbidden: the actor is not an approver, or requested the job and its requesters may not approve it.
        ReasonRequired: an administrator who is not an approver gave no reason.
    """
    is_rejection = not getattr(event, "approved", True)
    if not is_rejection:
        _refuse_requester(transition, run, event)
    approvers = approvers_of(transition, run)
    if approvers is not None and (not approvers or {event.actor, *event.rights.groups} & set(approvers)):
        return
    named = " or ".join(approvers) if approvers else "its approvers, who are not known yet"
    if not event.rights.may_override:
        raise Forbidden(_masked(transition, f"step {run.name!r} can be decided only by {named}, not by {event.actor}"))
    if not event.reason.strip():
        sentence = (
            f"step {run.name!r} can be decided only by {named}; an administrator who acts for them must give a reason"
        )
        raise ReasonRequired(_masked(transition, sentence))
    operation = "reject" if is_rejection else _OPERATIONS[type(event).__name__]
    transition.note(OVERRIDDEN, event.actor, run, {"operation": operation, "reason": event.reason})


def may_decide(job: Job, run: StepRun, actor: str, rights: Rights) -> tuple[bool, str]:
    """Whether the actor may approve the suspended step, as an approver or for them, and why; the sentence may quote
    secrets."""
    fields = job.plan.actions[run.loop_of or run.name].fields
    if fields.get("approvers_exclude_requester") is True and {actor, *rights.aliases} & set(job.requesters):
        return False, f"a requester of the job may not approve it, and {actor} is one"
    approvers = shown_approvers(run)
    if not approvers:
        return True, "everybody who may run the task may decide"
    named = " or ".join(approvers)
    if {actor, *rights.groups} & set(approvers):
        return True, f"{actor} is one of {named}" if len(approvers) > 1 else f"it is for {named} to decide"
    if rights.may_override:
        return True, f"it is for {named} to decide; an administrator may do it for them, with a reason"
    return False, f"it is for {named} to decide"


def shown_approvers(run: StepRun) -> list[str]:
    """The approvers of a suspended step; empty: everybody who may run the job."""
    shown: Json = run.input.get("approvers", []) if is_object(run.input) else []
    return [str(one) for one in shown] if is_list(shown) else [str(shown)]


def _refuse_requester(transition: Transition, run: StepRun, event: StepDecided | StepForced | StepSkipped) -> None:
    """Refuses the approval by a requester of the job, also by one who is an administrator."""
    if transition.action(run).fields.get("approvers_exclude_requester") is not True:
        return
    asked = {event.actor, *event.rights.aliases} & set(transition.before.requesters)
    if asked:
        sentence = f"step {run.name!r} cannot be decided by a requester of the job, and {event.actor} is one"
        raise Forbidden(
            _masked(transition, f"{sentence}; somebody else must approve it, or reject it or cancel the job")
        )


def approvers_of(transition: Transition, run: StepRun) -> list[str] | None:
    """The approvers; empty: everybody who may run the job; None: they cannot be rendered yet."""
    if is_object(run.input):
        return shown_approvers(run)
    try:
        return approvers_now(transition, run)
    except (TemplateError, ValueError):
        return None


def refuse_unsettled(transition: Transition, run: StepRun) -> None:
    """Checks that the dependencies of a retried step, or of the loop whose instance it is, let it run.

    Raises Conflict, which names the dependencies that do not.
    """
    name = run.loop_of or run.name
    step = transition.run(name)
    if step.open_needs and run.loop_of is not None:
        still_open = [need for need in transition.before.plan.graph.needs[name] if is_open(transition.run(need))]
        listed = ", ".join(f'"{need}" ({transition.run(need).status.value})' for need in still_open[:3])
        raise Conflict(f"step {run.name!r} cannot run now: its loop depends on {listed}")
    if run.loop_of is not None and step.loop_total is None:  # it was carried over from the job that this one retries
        raise Conflict(f"step {run.name!r} cannot run now: its loop has not begun; retry {run.loop_of!r} instead")
    if step.open_needs == 0:
        skip = refusal(transition.before.plan.task.flow[name], transition.run)
        if skip is not None:
            sentence = f"step {run.name!r} cannot run: {skip.reason}; retry or complete that first"
            raise Conflict(_masked(transition, sentence))


def is_open(run: StepRun) -> bool:
    """Whether the steps that depend on this one still wait for it."""
    return not run.status.ended or run.is_ahead


def is_barred(transition: Transition, run: StepRun) -> bool:
    """Whether the step, which a person ended early, must not count because an approval before it was not given.

    Only dependencies that refuse the step are followed, each once. All of them have ended.
    """
    if not _is_refused(transition, run):
        return False
    seen = {run.name}
    ahead = [run.name]
    for name in ahead:
        for need in transition.before.plan.graph.needs[name]:
            found = transition.run(need)
            if is_approval(transition, found) and not is_given(found):
                return True
            if need not in seen and found.status in _NEVER_RAN and _is_refused(transition, found):
                seen.add(need)
                ahead.append(need)
    return False


def is_given(run: StepRun) -> bool:
    """Whether the approval was given: it completed, or was skipped by somebody with the right, or by ``when``."""
    return run.status is StepStatus.COMPLETED or (run.status is StepStatus.SKIPPED and run.skipped_by != "need")


def has_approval(snapshot: Snapshot, task_name: str) -> bool:
    """Whether a job of the task may need an approval, in its own flow or in a child job.

    A child task whose name is a template could be any task.
    """
    seen: dict[str, None] = {task_name: None}
    ahead = [task_name]
    for name in ahead:
        task = snapshot.tasks.get(name)
        for step in task.flow.values() if task else ():
            action = step.inline or snapshot.actions.get(step.action or "")
            if action is None:
                continue
            if action.type == "approval":
                return True
            if action.type == "task":
                child = str(action.fields.get("task", ""))
                new = [one for one in (snapshot.tasks if "{" in child else (child,)) if one not in seen]
                seen.update(dict.fromkeys(new))
                ahead.extend(new)
    return False


def _is_refused(transition: Transition, run: StepRun) -> bool:
    """Whether the step's dependencies have ended and do not let it run."""
    skip = refusal(transition.step(run), transition.run)
    return skip is not None and skip.by == "need"


def _masked(transition: Transition, sentence: str) -> str:
    """The sentence with the job's secrets masked, because it quotes values of a step."""
    return str(masked(sentence, transition.secrets))

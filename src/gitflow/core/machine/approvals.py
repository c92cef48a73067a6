"""Approvals: who may decide one, and what must not go past one that was not given.

An approval is given when its step completed, or was skipped with the right to it (or by its own ``when``). Until
then nothing that depends on it starts, directly or not, unless the ``depends_on`` of a step accepts just that. Other
modules keep this by three means: a step that a person ends before its needs have ended counts only once they have
(``settling``); an approval that is asked again takes back all that followed from its answer (``resets``); and a retry
carries an approval over, or else nothing that depends on it (``planning``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, Forbidden, ReasonRequired
from gitflow.core.jobs.events import OVERRIDDEN
from gitflow.core.machine.decisions import refusal
from gitflow.core.machine.starting import approvers_now
from gitflow.core.status import StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.templates.render import TemplateError
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from gitflow.core.jobs.events import StepDecided, StepForced, StepSkipped
    from gitflow.core.jobs.job import StepRun
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.machine.transition import Transition
    from gitflow.core.values import Json

#: How the history of such an act names the operation.
_OPERATIONS = {"StepSkipped": "skip", "StepForced": "complete", "StepDecided": "approve"}

#: How a step can have ended without having run.
_NEVER_RAN = (StepStatus.SKIPPED, StepStatus.CANCELLED)


def is_approval(transition: Transition, run: StepRun) -> bool:
    return transition.action(run).type == "approval"


def authorize(transition: Transition, run: StepRun, event: StepDecided | StepForced | StepSkipped) -> None:
    """Lets an approver decide, and an administrator who gives a reason.

    Raises:
        Forbidden: the actor is no approver, or asked for the job where its requester may not approve it.
        ReasonRequired: an administrator who is no approver gave no reason.
    """
    is_rejection = not getattr(event, "approved", True)
    if not is_rejection:
        _refuse_requester(transition, run, event)
    approvers = approvers_of(transition, run)
    if approvers is not None and (not approvers or {event.actor, *event.rights.groups} & set(approvers)):
        return
    named = " or ".join(approvers) if approvers else "its approvers, who are not known yet"
    if not event.rights.may_override:
        raise Forbidden(_masked(transition, f"step {run.name!r} is to be decided by {named}, and not by {event.actor}"))
    if not event.reason.strip():
        sentence = f"step {run.name!r} is to be decided by {named}; an administrator who acts for them gives a reason"
        raise ReasonRequired(_masked(transition, sentence))
    operation = "reject" if is_rejection else _OPERATIONS[type(event).__name__]
    transition.note(OVERRIDDEN, event.actor, run, {"operation": operation, "reason": event.reason})


def _refuse_requester(transition: Transition, run: StepRun, event: StepDecided | StepForced | StepSkipped) -> None:
    """Also an administrator: nobody approves what they asked for themselves."""
    if transition.action(run).fields.get("approvers_exclude_requester") is not True:
        return
    asked = {event.actor, *event.rights.aliases} & set(transition.before.requesters)
    if asked:
        sentence = f"step {run.name!r} is not to be decided by who asked for the job, and {event.actor} did"
        raise Forbidden(_masked(transition, f"{sentence}; somebody else must, or reject or cancel it"))


def approvers_of(transition: Transition, run: StepRun) -> list[str] | None:
    """Whom the approval names, none for everybody who may run the job; None where that cannot be said yet."""
    if is_object(run.input):
        shown: Json = run.input.get("approvers", [])
        return [str(one) for one in shown] if is_list(shown) else [str(shown)]
    try:
        return approvers_now(transition, run)
    except (TemplateError, ValueError):
        return None


def refuse_unsettled(transition: Transition, run: StepRun) -> None:
    """What is retried must be free to run: a loop whose instance it is waits for nothing, and no need refuses it.

    Raises Conflict, which names what stands in the way.
    """
    name = run.loop_of or run.name
    step = transition.run(name)
    if step.open_needs and run.loop_of is not None:
        still_open = [need for need in transition.before.plan.graph.needs[name] if is_open(transition.run(need))]
        listed = ", ".join(f'"{need}" ({transition.run(need).status.value})' for need in still_open[:3])
        raise Conflict(f"step {run.name!r} cannot run now: its loop depends on {listed}")
    if step.open_needs == 0:
        skip = refusal(transition.before.plan.task.flow[name], transition.run)
        if skip is not None:
            sentence = f"step {run.name!r} cannot run: {skip.reason}; retry or complete that first"
            raise Conflict(_masked(transition, sentence))


def is_open(run: StepRun) -> bool:
    """Whether what depends on the step still waits for it."""
    return not run.status.ended or run.is_ahead


def is_barred(transition: Transition, run: StepRun) -> bool:
    """Whether the step must not count as ended, though a person said so: an approval it depends on was not given.

    Only needs that refuse the step are followed; each step is looked at once. All of them have ended.
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
    """Whether what depends on this approval may go on: it completed, or was skipped with the right, or by ``when``."""
    return run.status is StepStatus.COMPLETED or (run.status is StepStatus.SKIPPED and run.skipped_by != "need")


def has_approval(snapshot: Snapshot, task_name: str) -> bool:
    """Whether a job of the task may ask for an approval, in its own flow or in a child job.

    A child task that is named by a template may be any.
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
    """What it depends on has ended and does not let it run."""
    skip = refusal(transition.step(run), transition.run)
    return skip is not None and skip.by == "need"


def _masked(transition: Transition, sentence: str) -> str:
    """A sentence that quotes what a step holds."""
    return str(masked(sentence, transition.secrets))

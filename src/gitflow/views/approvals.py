"""The JSON of steps that wait for the decision of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.machine.approvals import shown_approvers
from gitflow.core.record import Record
from gitflow.core.templates.masking import masked
from gitflow.views.jobs import approval as asked_of
from gitflow.views.noun import JsonField, Noun, is_none, writer
from gitflow.views.schema import FLAG, ID, TEXT, TIME, list_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import JsonObject


class WaitingApproval(Record):
    job: Job
    step: StepRun
    may_decide: bool
    because: str  #: may quote secrets

    @property
    def excludes_requester(self) -> bool:
        fields = self.job.plan.actions[self.step.loop_of or self.step.name].fields
        return fields.get("approvers_exclude_requester") is True


class Decision(Record):
    """The result of one decision."""

    job_id: str
    step_name: str
    error: str | None = None
    code: str | None = None


APPROVAL = Noun(
    "WaitingApproval",
    "A step that waits for the decision of a person.",
    (
        JsonField("job_id", ID, "job.id"),
        JsonField("workspace", TEXT, "job.workspace"),
        JsonField("task_name", TEXT, "job.task_name"),
        JsonField("step_name", TEXT, "step.name"),
        JsonField("approval", or_null(ref("ApprovalRequest")), lambda it: asked_of(it.job, it.step)),
        JsonField(
            "approvers",
            list_of(TEXT),
            lambda it: masked(shown_approvers(it.step), it.job.secrets),
            about="People and groups who may decide; empty: everybody who may run the task.",
        ),
        JsonField("excludes_requester", FLAG, about="Whether no requester of the job may approve it."),
        JsonField("requested_by", list_of(TEXT), lambda it: list(it.job.requesters)),
        JsonField("may_decide", FLAG, about="Whether the caller may approve it."),
        JsonField(
            "because",
            TEXT,
            lambda it: str(masked(it.because, it.job.secrets)),
            about="Why the caller may or may not decide.",
        ),
        JsonField("since", or_null(TIME), "step.suspended_at"),
        JsonField("expires_at", or_null(TIME), "step.due_at", about="When its time limit passes."),
    ),
    list_name="ApprovalList",
)

DECISION = Noun(
    "DecisionResult",
    "The result of one decision.",
    (
        JsonField("job_id", ID),
        JsonField("step_name", TEXT),
        JsonField("ok", FLAG, lambda it: it.error is None),
        JsonField("error", TEXT, omit=is_none),
        JsonField("code", TEXT, omit=is_none),
    ),
)

DECISIONS = Noun(
    "DecisionResults",
    "One result for each decision, in the same order.",
    (JsonField("results", list_of(ref("DecisionResult")), lambda results: [_decision(each) for each in results]),),
)

NOUNS = (APPROVAL, DECISION, DECISIONS)

waiting_approval: Callable[[WaitingApproval], JsonObject] = writer(APPROVAL)
decisions: Callable[[Sequence[Decision]], JsonObject] = writer(DECISIONS)
_decision = writer(DECISION)

"""The JSON of an explanation: of a job as a whole, and of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.machine.causes import KINDS, max_attempts, waited_s
from gitflow.core.record import Record
from gitflow.core.templates.masking import masked
from gitflow.views.escape import on_one_line
from gitflow.views.noun import JsonField, Noun, is_none, writer
from gitflow.views.schema import (
    ANY,
    ID,
    JOB_STATUS,
    NUMBER,
    STEP_STATUS,
    TEXT,
    TIME,
    WHOLE,
    list_of,
    one_of,
    or_null,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitflow.core.jobs.job import Job
    from gitflow.core.machine.causes import Cause
    from gitflow.core.values import JsonObject
    from gitflow.runtime.operations.explain import JobExplanation, StepExplanation


class ShownCause(Record):
    cause: Cause
    job: Job


class ShownStep(Record):
    step: StepExplanation
    job: Job


CAUSE = Noun(
    "Cause",
    "What holds a step or a job back, or what allowed it to run.",
    (
        JsonField(
            "kind",
            one_of(*KINDS),
            "cause.kind",
            about="Kind of cause. `child`: a job of another task; `person`: a person's decision.",
        ),
        JsonField(
            "step", TEXT, "cause.step", about="Name of a step of the job, or of the loop of an instance.", omit=is_none
        ),
        JsonField(
            "expression",
            TEXT,
            lambda it: masked(it.cause.expression, it.job.secrets),
            about="A condition as it is written, or the name of a concurrency group or a limit.",
            omit=is_none,
        ),
        JsonField(
            "value",
            ANY,
            lambda it: masked(it.cause.value, it.job.secrets),
            about="Depends on the kind: the status of the step, the limit, who may approve, the type of the event, the "
            "tags of the worker, or the number of the attempt that failed.",
            omit=is_none,
        ),
        JsonField("until", TIME, "cause.until", omit=is_none),
        JsonField(
            "holder_job",
            ID,
            "cause.holder_job",
            about="The job that holds a place in the group, or the child job.",
            omit=is_none,
        ),
        JsonField("ahead", WHOLE, "cause.ahead", about="How many jobs wait before this one.", omit=is_none),
    ),
)

EXPLANATION = Noun(
    "Explanation",
    "Why a step has its status.",
    (
        JsonField("step_name", TEXT, "step.run.name"),
        JsonField("status", STEP_STATUS, "step.run.status"),
        JsonField("explanation", TEXT, "step.reason", about="The explanation, as a sentence."),
        JsonField("because", list_of(ref("Cause")), lambda it: _causes(it.step.because, it.job)),
        JsonField("attempt", WHOLE, "step.run.attempt"),
        JsonField("max_attempts", WHOLE, lambda it: max(max_attempts(it.job, it.step.run), it.step.run.attempt)),
        JsonField("exit_code", or_null(WHOLE), "step.run.exit_code"),
        JsonField(
            "waited_s",
            or_null(NUMBER),
            lambda it: waited_s(it.step.run),
            about="Seconds that it waited for a worker before the last attempt, or until its suspension ended.",
        ),
    ),
)

JOB_EXPLANATION = Noun(
    "JobExplanation",
    "How a job ended, or what it waits for.",
    (
        JsonField("job_id", ID, "job.id"),
        JsonField("status", JOB_STATUS, "job.status"),
        JsonField(
            "summary",
            TEXT,
            lambda it: on_one_line(it.summary),
            about="One or more sentences, as plain text on one line, with the names of steps in backticks.",
        ),
        JsonField("because", list_of(ref("Cause")), lambda it: _causes(it.because, it.job)),
        JsonField(
            "steps",
            list_of(ref("Explanation")),
            lambda it: [_step(ShownStep(each, it.job)) for each in it.steps],
            about="In flow order; the instances of a loop follow it.",
        ),
    ),
)

NOUNS = (JOB_EXPLANATION, EXPLANATION, CAUSE)

job_explanation: Callable[[JobExplanation], JsonObject] = writer(JOB_EXPLANATION)
_step = writer(EXPLANATION)
_cause = writer(CAUSE)


def _causes(causes: Iterable[Cause], job: Job) -> list[JsonObject]:
    return [_cause(ShownCause(cause, job)) for cause in causes]

"""Shapes of jobs and steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.shapes.schema import (
    ANY,
    ID,
    TEXT,
    TIME,
    WHOLE,
    list_of,
    map_of,
    one_of,
    or_null,
    ref,
    shape,
    told,
)  # fmt: skip
from gitflow.core.status import JobStatus, StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_ITEM: JsonObject = {
    "job_id": ID,
    "workspace": TEXT,
    "task_name": TEXT,
    "mode": one_of("distributed", "local"),
    "status": told(
        one_of(*(status.value for status in JobStatus)), "`paused` and `timed_out` extend the published list."
    ),
    "source_type": one_of("api", "user", "trigger", "webhook", "hook", "task"),
    "source_id": told(or_null(TEXT), "The name of a trigger or webhook, the id of a job, the email of a person."),
    "created_at": TIME,
    "started_at": or_null(TIME),
    "completed_at": or_null(TIME),
    "revision": TEXT,
    "worker_id": or_null(TEXT),
    "labels": map_of(TEXT),
    "priority": WHOLE,
    "parent_job_id": or_null(ID),
    "retry_of_job_id": or_null(ID),
}

SHAPES: Mapping[str, JsonObject] = {
    "JobList": list_of(ref("JobItem")),
    "JobItem": shape("A job.", _ITEM, is_open=True),
    "JobDetail": shape(
        "A job with its steps: in flow order, the instances of a loop after it.",
        {
            **_ITEM,
            "input": told(ANY, "What is secret is masked."),
            "output": told(
                ANY, "Of the steps that nothing depends on, or the task's own; null unless the job completed."
            ),
            "error_message": or_null(TEXT),
            "expires_at": or_null(TIME),
            "steps": list_of(ref("Step")),
        },
        {"steps_next": told(WHOLE, "There are more steps: page on from this offset.")},
        is_open=True,
    ),
    "StepList": list_of(ref("Step")),
    "Step": shape(
        "A step of a job.",
        {
            "step_name": TEXT,
            "action_name": or_null(TEXT),
            "action_type": TEXT,
            "runner": TEXT,
            "input": ANY,
            "output": ANY,
            "status": told(
                one_of(*(status.value for status in StepStatus)),
                "`suspended` and `cancelled` extend the published list.",
            ),
            "worker_id": or_null(TEXT),
            "started_at": or_null(TIME),
            "completed_at": or_null(TIME),
            "error_message": or_null(TEXT),
            "action_image": or_null(TEXT),
            "depends_on": list_of(TEXT),
            "attempt": WHOLE,
            "attempts": list_of(ref("Attempt")),
            "skip_reason": or_null(TEXT),
            "waiting_on": or_null(TEXT),
            "suspended_at": or_null(TIME),
            "approval": told({"type": ["object", "null"]}, "What a person is asked: `message` and `fields`."),
            "loop_index": or_null(WHOLE),
            "loop_total": or_null(WHOLE),
        },
        is_open=True,
    ),
    "Explained": list_of(ref("Explanation")),
    "Explanation": shape(
        "Why a step stands as it does.", {"step_name": TEXT, "status": TEXT, "explanation": told(TEXT, "A sentence.")}
    ),
    "Attempt": shape(
        "One try of a step.",
        {
            "attempt": WHOLE,
            "status": TEXT,
            "exit_code": or_null(WHOLE),
            "started_at": or_null(TIME),
            "completed_at": or_null(TIME),
            "error_message": or_null(TEXT),
            "worker_id": or_null(TEXT),
        },
    ),
}

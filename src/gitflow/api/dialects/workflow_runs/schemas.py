"""Schemas of workflow runs. Absent values are left out, so few fields are required."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import (
    ANY,
    FLAG,
    ID,
    OBJECT,
    TEXT,
    TIME,
    WHOLE,
    described,
    list_of,
    map_of,
    object_of,
    one_of,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json, JsonObject

_RUN_STATUS = one_of("pending", "running", "paused", "completed", "failed", "timed_out", "canceled")
_STEP_STATUS = one_of("waiting", "pending", "running", "completed", "failed", "skipped", "canceled")


def _page_of(item: JsonObject) -> JsonObject:
    """A bare array, or with ``cursor`` a page."""
    page = object_of("A page.", {"data": list_of(item), "has_more": FLAG}, {"next_cursor": TEXT})
    return {"anyOf": [list_of(item), page]}


_RUN: JsonObject = {
    "id": ID,
    "workflow_id": described(TEXT, "`workspace/task`."),
    "project_id": described(TEXT, "Name of the workspace."),
    "status": _RUN_STATUS,
    "triggered_by": one_of("manual", "cron", "retry", "workflow", "event"),
    "workflow_version": described(WHOLE, "Number of the version in git that it runs, counted from 1."),
    "workflow_version_id": ID,
    "payload": OBJECT,
    "created_at": TIME,
    "revision": described(TEXT, "The SHA of a commit, or a digest of a folder's files."),
}

_RUN_MORE: JsonObject = {
    "max_parallel_steps": WHOLE,
    "error": TEXT,
    "started_at": TIME,
    "finished_at": TIME,
    "expires_at": TIME,
    "retry_of_run_id": ID,
    "parent_workflow_run_id": ID,
    "parent_step_run_id": ID,
    "tags": map_of(TEXT),
    "created_by": TEXT,
    "commit": ref("CommitSummary"),
}

_STEP: JsonObject = {
    "id": ID,
    "workflow_run_id": ID,
    "workflow_step_id": ID,
    "step_ref": TEXT,
    "attempt": WHOLE,
    "status": _STEP_STATUS,
    "deps_completed": WHOLE,
    "deps_required": WHOLE,
    "created_at": TIME,
}

_STEP_MORE: JsonObject = {"job_run_id": ID, "output": OBJECT, "error": TEXT, "started_at": TIME, "finished_at": TIME}

_NODE = object_of(
    "A step of a graph.",
    {"step_ref": TEXT, "depends_on": list_of(TEXT)},
    {
        "type": TEXT,
        "status": _STEP_STATUS,
        "attempt": WHOLE,
        "started_at": TIME,
        "finished_at": TIME,
        "duration_ms": WHOLE,
    },
)
_EDGE = object_of("From a step to one that depends on it.", {"from": TEXT, "to": TEXT})

SCHEMAS: Mapping[str, Json] = {
    "RunError": object_of(
        "An error response.",
        {
            "error": object_of("What went wrong.", {"code": TEXT, "message": TEXT}, {"details": list_of(ANY)}),
            "message": described(TEXT, "The message of `error`."),
            "request_id": TEXT,
        },
    ),
    "Run": object_of("A job, as a run of a workflow.", _RUN, _RUN_MORE),
    "RunList": _page_of(ref("Run")),
    "StepRun": object_of("A step of a run.", _STEP, _STEP_MORE),
    "StepRunList": _page_of(ref("StepRun")),
    "StepMoved": object_of("The step as it is now.", {"step_run": ref("StepRun")}),
    "StepApproved": object_of(
        "The step as it is now, and who approved it.",
        {
            "step_run": ref("StepRun"),
            "approval": object_of(
                "What a person was asked to decide.",
                {
                    "id": ID,
                    "workflow_run_id": ID,
                    "workflow_step_run_id": ID,
                    "approvers": list_of(TEXT),
                    "status": TEXT,
                },
                {"approved_by": TEXT, "requested_at": TIME, "approved_at": TIME, "expires_at": TIME},
            ),
        },
    ),
    "SubtreeReplayed": object_of("How many steps run again.", {"reset_steps": WHOLE}),
    "RunsCanceled": object_of(
        "The result of the operation.", {"canceled": WHOLE, "failed": WHOLE, "workflow_run_ids": list_of(TEXT)}
    ),
    "RunsReplayed": object_of(
        "The result of the operation.",
        {
            "replayed": WHOLE,
            "failed": WHOLE,
            "total": WHOLE,
            "results": list_of(
                object_of(
                    "The result for one run.",
                    {"original_run_id": TEXT, "status": TEXT},
                    {"new_run_id": ID, "error": TEXT},
                )
            ),
        },
    ),
    "RunGraph": object_of(
        "The steps of a run, and what depends on what.",
        {
            "workflow_run_id": ID,
            "workflow_id": TEXT,
            "version": WHOLE,
            "nodes": list_of(_NODE),
            "edges": list_of(_EDGE),
            "roots": list_of(TEXT),
            "runnable": list_of(TEXT),
        },
    ),
    "RunTimeline": object_of(
        "When each step began and ended.",
        {
            "workflow_run_id": ID,
            "status": _RUN_STATUS,
            "steps": list_of(
                object_of(
                    "A step.",
                    {"step_ref": TEXT, "status": _STEP_STATUS},
                    {"started_at": TIME, "finished_at": TIME, "duration_ms": WHOLE, "wait_ms": WHOLE},
                )
            ),
        },
        {"started_at": TIME, "finished_at": TIME, "total_ms": WHOLE},
    ),
    "RunExplained": object_of(
        "Why the steps have their statuses.",
        {
            "data": list_of(
                object_of(
                    "A step.",
                    {
                        "step_ref": TEXT,
                        "decision": one_of("wait", "skip", "run"),
                        "decision_type": one_of("scheduler", "concurrency", "condition", "dependency"),
                        "explanation": TEXT,
                        "created_at": TIME,
                    },
                )
            )
        },
    ),
    "Workflow": object_of(
        "A task, as a workflow.",
        {
            "id": TEXT,
            "slug": TEXT,
            "name": TEXT,
            "project_id": TEXT,
            "enabled": FLAG,
            "version": WHOLE,
            "version_id": ID,
            "steps": list_of(_NODE),
        },
        {"description": TEXT, "created_at": TIME, "updated_at": TIME},
    ),
    "WorkflowList": _page_of(ref("Workflow")),
    "WorkflowGraph": object_of(
        "The steps of a workflow, and what depends on what.",
        {
            "workflow_id": TEXT,
            "version": WHOLE,
            "nodes": list_of(_NODE),
            "edges": list_of(_EDGE),
            "roots": list_of(TEXT),
        },
    ),
    "WorkflowVersions": list_of(
        object_of(
            "A version.",
            {"id": ID, "workflow_id": TEXT, "version": WHOLE, "commit": TEXT},
            {"author": TEXT, "message": TEXT, "created_at": TIME},
        )
    ),
    "WorkflowPlan": object_of(
        "What a run would do.",
        {
            "workflow_id": TEXT,
            "workflow_version": WHOLE,
            "step_count": WHOLE,
            "roots": list_of(TEXT),
            "topological_order": list_of(TEXT),
        },
    ),
}

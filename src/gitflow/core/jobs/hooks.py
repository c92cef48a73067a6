"""The value of ``hook`` in a hook's templates: facts about the job that triggered the hook."""

from __future__ import annotations

from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.timestamps import rfc3339_or_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.values import JsonObject


def hook_context(job: Job) -> JsonObject:
    ended = job.completed_at
    began = job.started_at if job.started_at is not None else job.created_at
    return {
        "workspace": job.workspace,
        "task_name": job.task_name,
        "job_id": job.id,
        "status": str(job.status),
        "is_success": job.status is JobStatus.COMPLETED,
        "error_message": job.error_message,
        "source_type": job.source.type,
        "source_id": job.source.id,
        "started_at": rfc3339_or_none(job.started_at),
        "completed_at": rfc3339_or_none(ended),
        "duration_secs": None if ended is None else round(ended - began, 3),
        "revision": job.revision,
        "commit": None if job.git_commit is None else _commit(job.git_commit),
        "reopened": job.reopened > 0,
        "failed_steps": [
            {
                "step_name": name,
                "action_name": job.plan.actions[step.loop_of or name].name,
                "error_message": step.error_message,
                "continue_on_failure": job.plan.task.flow[step.loop_of or name].continue_on_failure,
            }
            for name, step in job.steps.items()
            if step.status is StepStatus.FAILED
        ],
        "is_late": job.late_at is not None,
        "late_steps": [name for name, step in job.steps.items() if step.late_at is not None],
    }


def _commit(commit: Commit) -> JsonObject:
    return {"sha": commit.sha, "subject": commit.subject, "author": commit.author, "at": rfc3339_or_none(commit.at)}

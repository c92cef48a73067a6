"""What a person asks of jobs that another process runs: written to the store, acted on by their owner."""

from __future__ import annotations

import os
import time

from gitflow.api.messages import job_detail
from gitflow.app import open_store
from gitflow.cli.exits import FAILED, OK
from gitflow.cli.printing import print_value
from gitflow.cli.run import person
from gitflow.cli.streams import tell
from gitflow.cli.where import config_here
from gitflow.core.errors import Conflict, GitflowError, InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.app import Opened
    from gitflow.core.values import JsonObject

#: How long the owner of a job may take to answer, and how often one looks, in seconds.
ANSWER_S = 10.0
LOOK_S = 0.05


def ask_each(ids: Sequence[str], operation: str, arguments: JsonObject, as_json: bool, state_dir: str | None) -> int:
    """Asks the same of several jobs; one that refuses does not stop the others."""
    status = OK
    done: list[str] = []
    with open_store(config_here(os.environ, state_dir), os.environ) as opened:
        for start in ids:
            try:
                job_id = opened.stores.jobs.find(start)
                _ask(opened, job_id, operation, arguments)
                done.append(job_id)
                if not as_json:
                    tell(f"{operation}: job {job_id}")
            except GitflowError as refused:
                if len(ids) == 1:
                    raise
                status = FAILED
                tell(f"gitflow: {start}: {refused}")
        if as_json:
            shown = [job_detail(opened.job(job_id), opened.stores.jobs.attempts(job_id)) for job_id in done]
            print_value(shown if len(ids) > 1 else shown[0], "json")
    return status


def _ask(opened: Opened, job_id: str, operation: str, arguments: JsonObject) -> None:
    """Raises Conflict with the reason of a refusal, also when nobody answers."""
    jobs = opened.stores.jobs
    job = opened.job(job_id)
    if job.ended:
        raise Conflict(f"job {job_id} has ended: {job.status.value}")
    number = jobs.ask(job_id, operation, arguments, person(), opened.clock.wall())
    until = time.monotonic() + ANSWER_S
    while (answer := jobs.request(number)).done_at is None:
        if time.monotonic() >= until:
            raise Conflict(f"the process that runs job {job_id} has not answered yet; it will act when it can")
        if opened.recovery.settle_the_dead(None) and opened.job(job_id).ended:
            raise Conflict(f"the process that ran job {job_id} ended before it could act")
        time.sleep(LOOK_S)
    if answer.error is not None:
        raise Conflict(answer.error)


def parsed(text: str | None, what: str) -> object:
    """A value given as JSON. Raises InvalidInput."""
    import json

    try:
        return None if text is None else json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{what} must be JSON: {error}") from None


def explain(start_of_id: str, output: str, state_dir: str | None) -> int:
    """Why each step runs, waits or was skipped."""
    from gitflow.cli.printing import print_rows
    from gitflow.core.explain import explain as reasons

    with open_store(config_here(os.environ, state_dir), os.environ) as opened:
        job = opened.job(start_of_id)
    rows = [
        {"step_name": name, "status": str(job.steps[name].status), "explanation": why}
        for name, why in reasons(job).items()
    ]
    print_rows(rows, output, {"STEP": "step_name", "STATUS": "status", "WHY": "explanation"})
    return OK


def history(start_of_id: str, output: str, state_dir: str | None) -> int:
    """Everything that happened to a job, and who caused it."""
    from gitflow.cli.printing import print_rows
    from gitflow.core.timestamps import rfc3339

    with open_store(config_here(os.environ, state_dir), os.environ) as opened:
        entries = opened.stores.jobs.history(opened.stores.jobs.find(start_of_id))
    rows = [
        {
            "at": rfc3339(entry.at),
            "actor": entry.actor,
            "what": entry.what,
            "step_name": entry.step,
            "attempt": entry.attempt,
            "details": entry.details,
        }
        for entry in entries
    ]
    columns = {"AT": "at", "ACTOR": "actor", "WHAT": "what", "STEP": "step_name", "DETAILS": "details"}
    print_rows(rows, output, columns)
    return OK

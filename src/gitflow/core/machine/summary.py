"""Describes a job in a few sentences: how it ended, because of which step, and what changed since the last good run."""

from __future__ import annotations

from gitflow.core.durations import rough
from gitflow.core.error_lines import error_line
from gitflow.core.machine.explain import why
from gitflow.core.machine.outstanding import waiting_on
from gitflow.core.record import Record
from gitflow.core.status import FAILED_JOB, JobStatus, StepStatus
from gitflow.core.templates.masking import masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitflow.core.jobs.job import Job, StepRun

#: How many steps and commits a sentence names.
NAMED = 3
#: How many characters of a revision, and of a line of an error, it shows.
SHORT_REVISION, MAX_LINE = 7, 200


class Past(Record):
    """The last run of the task that completed before this job."""

    revision: str
    ended_at: float
    subjects: tuple[str, ...] | None = None  #: of the commits that changed the task since; None: not known
    commit: str | None = None  #: that the revision is made of


def summary(job: Job, now: float, past: Past | None = None) -> str:
    """The sentences, with secrets masked. ``past`` is described only for a job that failed."""
    sentences = _SENTENCES[job.status](job, now)
    if job.status in FAILED_JOB:
        sentences = [*sentences, *_skips(job), *_since(job, now, past)]
    return str(masked(" ".join(sentences), job.secrets))


def _completed(job: Job, now: float) -> list[str]:
    took = f" in {rough(job.completed_at - job.started_at)}" if job.completed_at and job.started_at else ""
    tolerated = [run for run in _flow(job) if run.status is StepStatus.FAILED]
    failed = f" {_names(tolerated)} failed and the job went on." if tolerated else ""
    return [f"Completed{took}.{failed}", *_skips(job)]


def _failed(job: Job, now: float) -> list[str]:
    first, *more = [*_failures(job)] or [_stopped(_line(job.error_message))]
    return [f"Failed: {first}", *more]


def _failures(job: Job) -> Iterable[str]:
    """Says how the first failed step failed, and which others did. Tolerated ones count only if there are no others."""
    failed = [run for run in _flow(job) if run.status is StepStatus.FAILED]
    counted = [run for run in failed if not job.tolerates(run)] or failed
    if not counted:
        return
    first = min(counted, key=lambda run: run.completed_at or 0.0)
    yield _stopped(_failure(first))
    if others := [run for run in counted if run is not first]:
        yield f"{_names(others)} failed as well."


def _timed_out(job: Job, now: float) -> list[str]:
    return [f"Timed out: {_line(job.error_message)}."]


def _cancelled(job: Job, now: float) -> list[str]:
    return [f"{_line(job.error_message).capitalize() or 'Cancelled'}."]


def _running(job: Job, now: float) -> list[str]:
    total = len(job.plan.task.flow)
    progress = f"{total - job.open_steps} of {total} steps have ended"
    if job.cancelling:
        return [f"Being cancelled: {progress}."]
    busy = [run for run in _flow(job) if run.status is StepStatus.RUNNING]
    waits = next((run for run in job.steps.values() if waiting_on(job, run) == "approval"), None)
    if waits is None and not busy:
        ordinary = ("dependencies", "slot", None)
        waits = next((run for run in job.steps.values() if waiting_on(job, run) not in ordinary), None)
    runs = [f"{_names(busy)} {'runs' if len(busy) == 1 else 'run'}."] if busy else []
    asks = [_stopped(f"`{waits.name}`: {_line(why(job, waits))}")] if waits else []
    return [f"Running: {progress}.", *_failures(job), *runs, *asks]


def _paused(job: Job, now: float) -> list[str]:
    total = len(job.plan.task.flow)
    return [f"Paused: {total - job.open_steps} of {total} steps have ended."]


def _pending(job: Job, now: float) -> list[str]:
    if job.starts_at is not None and job.starts_at > now:
        return [f"Not started: it starts in {rough(job.starts_at - now)}."]
    if job.group is not None:
        return [f"Not started: it waits for a place in concurrency group {_line(job.group)}."]
    return ["Not started."]


_SENTENCES: Mapping[JobStatus, Callable[[Job, float], list[str]]] = {
    JobStatus.PENDING: _pending,
    JobStatus.RUNNING: _running,
    JobStatus.PAUSED: _paused,
    JobStatus.COMPLETED: _completed,
    JobStatus.FAILED: _failed,
    JobStatus.CANCELLED: _cancelled,
    JobStatus.TIMED_OUT: _timed_out,
}


def _failure(run: StepRun) -> str:
    said = _line(error_line(run.error_message))
    if run.exit_code is None:
        return f"`{run.name}`: {_line(run.error_message)}"
    return f"`{run.name}` exited {run.exit_code}" + (f" — {said}" if said else "")


def _line(text: str | None) -> str:
    line = (text or "").strip().partition("\n")[0].strip()
    return (line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…").rstrip(".")


def _stopped(text: str) -> str:
    """The text as a sentence: a question or a cut line needs no full stop after it."""
    return text if text.endswith(("?", "!", "…")) else f"{text}."


def _skips(job: Job) -> Iterable[str]:
    skipped = [run for run in _flow(job) if run.status is StepStatus.SKIPPED]
    if skipped:
        yield f"{_names(skipped)} {'was' if len(skipped) == 1 else 'were'} skipped."


def _since(job: Job, now: float, past: Past | None) -> Iterable[str]:
    if past is None:
        return
    at = f"Last good run: {rough(now - past.ended_at)} ago at {(past.commit or past.revision)[:SHORT_REVISION]}"
    if past.revision == job.revision:
        yield f"{at}, the same revision."
    elif past.subjects is None:
        yield f"{at}."
    elif not past.subjects:
        yield f"{at}; no commit changed this task since."
    else:
        count = len(past.subjects)
        named = ", ".join(f"'{_line(subject)}'" for subject in past.subjects[:NAMED])
        more = f" and {count - NAMED} more" if count > NAMED else ""
        yield f"{at}; {count} commit{'s' if count > 1 else ''} changed this task since: {named}{more}."


def _flow(job: Job) -> list[StepRun]:
    return [job.steps[name] for name in job.plan.task.flow]


def _names(runs: Sequence[StepRun]) -> str:
    names = [f"`{run.name}`" for run in runs[:NAMED]]
    more = len(runs) - NAMED
    if more > 0:
        return f"{', '.join(names)} and {more} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

"""A commit, as jobs and the history of tasks show it."""

from __future__ import annotations

from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import TEXT, TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.values import JsonObject

COMMIT = Noun(
    "CommitSummary",
    "A commit of git, without the body of its message.",
    (
        JsonField("sha", TEXT),
        JsonField("subject", TEXT, about="The first line of its message."),
        JsonField("author", TEXT, about="Name and email address."),
        JsonField("at", TIME, about="When it was committed."),
    ),
)

NOUNS = (COMMIT,)

commit: Callable[[Commit], JsonObject] = writer(COMMIT)


def commit_or_none(found: Commit | None) -> JsonObject | None:
    return None if found is None else commit(found)


def revision_of(job: Job) -> JsonObject:
    """Revision and commit of a job, for answers of other APIs: their clients ignore fields that they do not know."""
    return {"revision": job.revision, "commit": commit_or_none(job.git_commit)}

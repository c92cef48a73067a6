"""How a person names a job: ``last``, the newest job of a task as ``@TASK``, or a part of the job's id.

A part of an id is its beginning, or its last characters: those are the random ones, so they are what tables show.
"""

from __future__ import annotations

from gitflow.core.errors import InvalidInput, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: The newest job that is neither a child job nor a hook's.
LAST = "last"
#: Begins the name of a task.
OF_TASK = "@"
#: How many characters of an id must be given for it to be found, and how many of its end tables show.
SHORTEST_PART = 8
#: The random end of an id, without a hyphen. Longer parts are beginnings.
MAX_END_LENGTH = 12
#: How many jobs a message names when a part of an id is that of several.
MAX_NAMED = 5

_CHARACTERS = frozenset("0123456789abcdef-")


class NoJobYet(NotFound):
    """No job has been made that ``last`` or ``@TASK`` could name."""

    def __init__(self, task: str | None) -> None:
        super().__init__("job", LAST if task is None else OF_TASK + task)
        self.plain = "there is no job yet" if task is None else f"there is no job of a task named {task!r} yet"
        self.args = (self.plain,)


def task_named(text: str) -> str | None:
    """The task whose newest job is meant; None if ``text`` does not name a job by its task."""
    return text[len(OF_TASK) :] if text.startswith(OF_TASK) else None


def part_of_id(text: str) -> str:
    """Raises InvalidInput if it is too short, NotFound if no id has such characters."""
    part = text.lower()
    if len(part) < SHORTEST_PART:
        raise InvalidInput(f"{text!r} is too short for the id of a job; give at least {SHORTEST_PART} characters")
    if not _CHARACTERS.issuperset(part):
        raise NotFound("job", text)
    return part


def only_one(part: str, found: Sequence[tuple[str, str]]) -> str:
    """The id among jobs, each given as its id and its task, of which ``part`` must be that of one.

    Raises NotFound, or InvalidInput that names the first jobs.
    """
    if not found:
        raise NotFound("job", part)
    ids = [job_id for job_id, _ in found]
    if len(ids) == 1 or part in ids:
        return part if part in ids else ids[0]
    named = ", ".join(f"{job_id} ({task})" for job_id, task in found[:MAX_NAMED])
    more = ", …" if len(found) > MAX_NAMED else ""
    raise InvalidInput(f"{part!r} is part of the ids of several jobs; give more of one: {named}{more}")

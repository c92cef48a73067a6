"""How a person names a job without its id: ``last``, or the newest job of a task as ``@TASK``."""

from __future__ import annotations

#: The newest job that is neither a child job nor a hook's.
LAST = "last"
#: Begins the name of a task.
OF_TASK = "@"


def task_named(text: str) -> str | None:
    """The task whose newest job is meant; None if ``text`` does not name a job by its task."""
    return text[len(OF_TASK) :] if text.startswith(OF_TASK) else None

"""How an instance of a loop is shown: by its name and, in short, by its item."""

from __future__ import annotations

from gitflow.core import json_codec
from gitflow.core.templates.masking import masked
from gitflow.core.values import is_object
from gitflow.views.escape import on_one_line, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import Json

#: The field of an object that tells it from the other items: the first of these that it has.
TELLING = ("name", "id", "key", "title")

#: How many characters of an item a label has.
MAX_ITEM = 60


def shown_item(job: Job, step: StepRun) -> Json:
    """The item of an instance, with secrets masked; None for other steps."""
    return None if step.loop_of is None else masked(step.item, job.secrets)


def label(job: Job, step: StepRun) -> str | None:
    """``deploy[1] web2``, on one line and without what a terminal acts on; None for a step that is no instance."""
    if step.loop_of is None:
        return None
    item = on_one_line(_in_short(shown_item(job, step)))
    return f"{step.name} {shortened(item, MAX_ITEM)}".rstrip()


def _in_short(item: Json) -> str:
    chosen = next((item[name] for name in TELLING if item.get(name) is not None), item) if is_object(item) else item
    return chosen if isinstance(chosen, str) else json_codec.dumps(chosen, ensure_ascii=False, separators=(",", ":"))

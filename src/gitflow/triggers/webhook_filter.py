"""Which requests of a webhook start a job: by the event that a code host names, by the branch, and by a condition.

A request that starts none is answered all the same, with the reason: senders switch off a webhook that they see fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.templates.render import evaluate
from gitflow.core.templates.texts import is_truthy
from gitflow.core.values import is_list, is_object
from gitflow.triggers.push import matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import Json, JsonObject

#: Headers in which code hosts name the event: GitHub, Gitea, Forgejo and Gogs, GitLab, Bitbucket.
EVENT_HEADERS = (
    *("x-github-event", "x-forgejo-event", "x-gitea-event", "x-gogs-event"),
    *("x-gitlab-event", "x-event-key"),
)
#: The event by which GitHub tries a new webhook.
PING = "ping"

#: Where the body of an event has its branch: of a push, a pull request (GitHub, Gitea; GitLab), a run of a workflow.
_BRANCHES: Sequence[Sequence[str | int]] = (
    ("pull_request", "base", "ref"),
    ("object_attributes", "target_branch"),
    ("workflow_run", "head_branch"),
    ("pullrequest", "destination", "branch", "name"),
    ("push", "changes", 0, "new", "name"),
)
_HEAD = "refs/heads/"
_MAX_SHOWN = 100


def why_not(trigger: Trigger, given: JsonObject, scope: JsonObject) -> str | None:
    """Why a request starts no job, as a sentence; None if it starts one. Call it once the sender is known.

    Raises TemplateError if ``when`` cannot be evaluated.
    """
    headers = given["headers"]
    event = event_of(headers) if is_object(headers) else None
    wanted: Sequence[str] = trigger.fields.get("events") or ()
    if event == PING and PING not in wanted:
        return "this event only tries the webhook"
    if wanted and not (event is not None and matches(wanted, event)):
        return f"its event is {_shown(event)}, and `events` of the trigger does not have it"
    branches: Sequence[str] = trigger.fields.get("branches") or ()
    branch = branch_of(given["body"]) if branches else None
    if branches and not (branch is not None and matches(branches, branch)):
        return f"its branch is {_shown(branch)}, and `branches` of the trigger does not have it"
    when = trigger.fields.get("when", True)
    if not is_truthy(evaluate(when, scope) if isinstance(when, str) else when):
        return "`when` of the trigger is not true"
    return None


def event_of(headers: Mapping[str, Json]) -> str | None:
    """As the code host writes it: ``push``, ``Push Hook``, ``repo:push``."""
    return next((str(headers[name]) for name in EVENT_HEADERS if headers.get(name)), None)


def branch_of(body: Json) -> str | None:
    """The branch that was pushed to, or into which a pull request goes; None for a tag, and where there is none."""
    ref = _at(body, ("ref",))
    if isinstance(ref, str):
        return ref.removeprefix(_HEAD) if ref.startswith(_HEAD) else None
    found = (_at(body, path) for path in _BRANCHES)
    return next((name for name in found if isinstance(name, str)), None)


def _at(value: Json, path: Sequence[str | int]) -> Json:
    for step in path:
        if isinstance(step, str) and is_object(value):
            value = value.get(step)
        elif isinstance(step, int) and is_list(value) and len(value) > step:
            value = value[step]
        else:
            return None
    return value


def _shown(name: str | None) -> str:
    return "not known" if name is None else repr(name[:_MAX_SHOWN])

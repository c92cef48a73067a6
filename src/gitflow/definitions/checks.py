"""What no schema can say about a workspace: names, needs, values and places that have to fit each other.

Each check is a sentence and yields Problems; adding one is a function, a line in one of the tables and a pair of
case files. Templates have their own checks (``template_checks.py``), scripts theirs (``shell/safety.py``).

What ``OF_MEMBERS`` and the templates say of a definition depends on its file and on ``surroundings_of`` the workspace,
and on nothing else, so it is remembered for as long as neither changes (``memory.py``). A check that needs more than
that stands in ``OF_ALL``, which costs its share at every load.
"""

from __future__ import annotations

from gitflow.core.language.definition import NO_HOOKS
from gitflow.core.record import replace
from gitflow.definitions import (
    field_checks,
    file_checks,
    flow_checks,
    http_checks,
    input_checks,
    name_checks,
    template_checks,
    trigger_checks,
)
from gitflow.definitions.checking import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Any

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.problems import Problem
    from gitflow.definitions.base import Places

    Key = tuple[str, str]

OF_MEMBERS = (
    name_checks.actions_exist,
    name_checks.child_tasks_exist,
    name_checks.triggered_tasks_exist,
    name_checks.hooked_actions_exist,
    name_checks.connections_exist,
    name_checks.connection_types_exist,
    name_checks.connection_types_have_names_of_their_own,
    name_checks.what_is_not_rendered_has_no_templates,
    flow_checks.needed_steps_exist,
    flow_checks.no_step_waits_for_itself,
    flow_checks.steps_differ_in_templates,
    flow_checks.every_step_can_run,
    flow_checks.nobody_approves_by_waiting,
    flow_checks.loops_have_what_loops_need,
    flow_checks.one_worker_shares_one_copy,
    field_checks.fields_make_sense,
    field_checks.defaults_and_options_fit,
    field_checks.retries_retry,
    input_checks.steps_give_what_actions_take,
    input_checks.child_tasks_get_what_they_take,
    input_checks.hooks_give_what_actions_take,
    input_checks.triggers_give_what_tasks_take,
    input_checks.connections_fit_their_types,
    http_checks.addresses_stay_as_written,
    trigger_checks.schedules_can_fire,
    trigger_checks.signatures_have_secrets,
    file_checks.work_stays_inside,
    file_checks.types_are_available,
    file_checks.moments_are_moments,
    file_checks.secrets_are_long_enough_to_mask,
)

OF_ALL = (
    flow_checks.groups_have_one_limit,
    flow_checks.tasks_do_not_start_themselves,
    trigger_checks.webhooks_have_addresses_of_their_own,
    file_checks.scripts_exist,
    http_checks.credentials_have_an_origin,
)

_SECTIONS = ("actions", "tasks", "triggers", "connections", "connection_types", "secrets")


def of_all(snapshot: Snapshot, places: Places, has_file: Callable[[str], bool]) -> Iterator[Problem]:
    """What only the whole workspace can tell. ``has_file`` says whether it has a file of that path."""
    workspace = Workspace(snapshot, snapshot, places, has_file)
    for check in OF_ALL:
        yield from check(workspace)


def of_members(snapshot: Snapshot, looked_at: Snapshot, places: Places) -> Iterator[Problem]:
    """What is wrong with the definitions in ``looked_at``, in the surroundings of the whole."""
    workspace = Workspace(snapshot, looked_at, places, _no_file)
    for check in OF_MEMBERS:
        yield from check(workspace)
    yield from template_checks.problems_of(workspace)


def surroundings_of(snapshot: Snapshot) -> object:
    """All that a definition can name, as far as it matters to who names it; equal where nothing of that differs."""
    return (
        tuple(snapshot.actions.items()),
        tuple((name, task.input) for name, task in snapshot.tasks.items()),
        template_checks.requested_tasks(snapshot),
        tuple((name, connection.type) for name, connection in snapshot.connections.items()),
        tuple(snapshot.connection_types.items()),
        tuple(snapshot.secrets),
    )


def part_of(snapshot: Snapshot, members: Collection[Key]) -> Snapshot:
    """Only these members, by section and name; no hooks of the workspace."""
    sections: dict[str, Any] = {section: {} for section in _SECTIONS}
    for section, name in members:
        sections[section][name] = getattr(snapshot, section)[name]
    return replace(snapshot, hooks=NO_HOOKS, **sections)


def _no_file(path: str) -> bool:
    raise AssertionError("which files there are is no part of the surroundings")

"""The table of checks that no schema can make: names, dependencies and values that must fit each other.

Each check has a sentence as its name and yields Problems. A new one is a function, a line in one of the tables and a
pair of case files. Templates have their own checks (``templates.py``), and so have scripts (``shell/safety.py``).

The result of ``OF_MEMBERS`` and of the templates for a definition depends only on its file and on ``surroundings_of``
the workspace, so it is cached as long as neither changes (``cache.py``). A check that needs more belongs in
``OF_ALL``, which runs at every load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import NO_HOOKS
from gitflow.core.record import replace
from gitflow.definitions.checks import containers, fields, files, flows, http, inputs, names, templates, triggers
from gitflow.definitions.checks.context import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Any

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.problems import Problem
    from gitflow.definitions.source.base import Locations

    Key = tuple[str, str]

OF_MEMBERS = (
    names.actions_exist,
    names.child_tasks_exist,
    names.triggered_tasks_exist,
    names.hooked_actions_exist,
    names.connections_exist,
    names.connection_types_exist,
    names.connection_types_have_names_of_their_own,
    names.unrendered_fields_have_no_templates,
    names.python_takes_its_values_from_its_input,
    flows.needed_steps_exist,
    flows.no_step_waits_for_itself,
    flows.steps_differ_in_templates,
    flows.every_step_can_run,
    flows.nobody_approves_by_waiting,
    flows.loops_have_what_loops_need,
    flows.one_worker_shares_one_copy,
    fields.fields_make_sense,
    fields.defaults_and_options_fit,
    fields.retries_retry,
    fields.lists_are_one_command,
    inputs.steps_give_what_actions_take,
    inputs.child_tasks_get_what_they_take,
    inputs.hooks_give_what_actions_take,
    inputs.triggers_give_what_tasks_take,
    inputs.connections_fit_their_types,
    http.addresses_stay_as_written,
    triggers.schedules_can_fire,
    triggers.signatures_have_secrets,
    files.work_stays_inside,
    containers.containers_have_what_they_need,
    containers.containers_have_valid_options,
    files.moments_are_moments,
    files.secrets_are_long_enough_to_mask,
)

OF_ALL = (
    flows.groups_have_one_limit,
    flows.tasks_do_not_start_themselves,
    triggers.webhooks_have_addresses_of_their_own,
    files.scripts_exist,
    http.credentials_have_an_origin,
)

_SECTIONS = ("actions", "tasks", "triggers", "connections", "connection_types", "secrets")


def of_all(snapshot: Snapshot, locations: Locations, has_file: Callable[[str], bool]) -> Iterator[Problem]:
    """Runs the checks that need the whole workspace. ``has_file`` says whether it has a file with that path."""
    workspace = Workspace(snapshot, snapshot, locations, has_file)
    for check in OF_ALL:
        yield from check(workspace)


def of_members(snapshot: Snapshot, checked: Snapshot, locations: Locations) -> Iterator[Problem]:
    """Runs the checks of single definitions on ``checked``, a part of the snapshot."""
    workspace = Workspace(snapshot, checked, locations, _no_file)
    for check in OF_MEMBERS:
        yield from check(workspace)
    yield from templates.problems_of(workspace)


def surroundings_of(snapshot: Snapshot) -> object:
    """Everything that the checks of one definition can see of others. Equal surroundings give equal problems."""
    return (
        tuple(snapshot.actions.items()),
        tuple((name, task.input) for name, task in snapshot.tasks.items()),
        templates.requested_tasks(snapshot),
        tuple((name, connection.type) for name, connection in snapshot.connections.items()),
        tuple(snapshot.connection_types.items()),
        tuple(snapshot.secrets),
    )


def part_of(snapshot: Snapshot, members: Collection[Key]) -> Snapshot:
    """A snapshot with only these members, by section and name, and without the workspace's hooks."""
    sections: dict[str, Any] = {section: {} for section in _SECTIONS}
    for section, name in members:
        sections[section][name] = getattr(snapshot, section)[name]
    return replace(snapshot, hooks=NO_HOOKS, **sections)


def _no_file(path: str) -> bool:
    raise AssertionError("a check of OF_MEMBERS must not ask for files: they are not part of the surroundings")

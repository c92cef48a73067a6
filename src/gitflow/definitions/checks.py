"""What no schema can say about a workspace: names, needs, values and places that have to fit each other.

Each check is a sentence and yields Problems; adding one is a function, a line in ``CHECKS`` and a pair of
case files. Templates have their own checks (``template_checks.py``), scripts theirs (``shell_safety.py``).
"""

from __future__ import annotations

from gitflow.definitions import field_checks, file_checks, flow_checks, input_checks, name_checks, trigger_checks
from gitflow.definitions.checking import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.problems import Problem
    from gitflow.core.snapshot import Snapshot
    from gitflow.definitions.base import Places

CHECKS = (
    name_checks.actions_exist,
    name_checks.child_tasks_exist,
    name_checks.triggered_tasks_exist,
    name_checks.hooked_actions_exist,
    name_checks.connections_exist,
    name_checks.connection_types_exist,
    name_checks.connection_types_have_names_of_their_own,
    flow_checks.needed_steps_exist,
    flow_checks.no_step_waits_for_itself,
    flow_checks.steps_differ_in_templates,
    flow_checks.every_step_can_run,
    flow_checks.loops_have_what_loops_need,
    flow_checks.one_worker_shares_one_copy,
    flow_checks.groups_have_one_limit,
    flow_checks.tasks_do_not_start_themselves,
    field_checks.fields_make_sense,
    field_checks.defaults_and_options_fit,
    field_checks.retries_retry,
    input_checks.steps_give_what_actions_take,
    input_checks.child_tasks_get_what_they_take,
    input_checks.hooks_give_what_actions_take,
    input_checks.triggers_give_what_tasks_take,
    input_checks.connections_fit_their_types,
    trigger_checks.schedules_can_fire,
    trigger_checks.webhooks_have_addresses_of_their_own,
    trigger_checks.signatures_have_secrets,
    file_checks.scripts_exist,
    file_checks.work_stays_inside,
    file_checks.types_are_available,
    file_checks.moments_are_moments,
    file_checks.secrets_are_long_enough_to_mask,
)


def problems_of(snapshot: Snapshot, places: Places, has_file: Callable[[str], bool]) -> Iterator[Problem]:
    """Everything the checks find. ``has_file`` says whether the workspace has a file of that path."""
    workspace = Workspace(snapshot, places, has_file)
    for check in CHECKS:
        yield from check(workspace)

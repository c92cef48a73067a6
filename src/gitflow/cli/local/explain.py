"""What can be read of how a job goes: why its steps stand as they do, and all that happened."""

from __future__ import annotations

import os

from gitflow.app import open_store
from gitflow.cli.console.exits import OK
from gitflow.cli.console.locate import config_here
from gitflow.core.errors import InvalidInput

#: Columns: heading -> key.
EXPLAINED = {"STEP": "step_name", "STATUS": "status", "WHY": "explanation"}
HISTORY = {"AT": "at", "ACTOR": "actor", "WHAT": "what", "STEP": "step_name", "DETAILS": "details"}


def parsed(text: str | None, what: str) -> object:
    """A value given as JSON. Raises InvalidInput."""
    from gitflow.core.strict_json import NotJson, read_json

    try:
        return None if text is None else read_json(text)
    except NotJson as error:
        raise InvalidInput(f"{what} must be JSON: {error}") from None


def explain(start_of_id: str, output: str, state_dir: str | None) -> int:
    """Why each step runs, waits or was skipped."""
    from gitflow.cli.console.tables import print_rows
    from gitflow.runtime.operations.explain import explained as reasons_of
    from gitflow.views.jobs import explained

    with open_store(config_here(os.environ, state_dir), os.environ) as opened:
        job = opened.job(start_of_id)
        reasons = reasons_of(opened.stores, job, opened.clock.now())
    print_rows(explained(job, reasons), output, EXPLAINED)
    return OK


def history(start_of_id: str, output: str, state_dir: str | None) -> int:
    """Everything that happened to a job, and who caused it."""
    from gitflow.cli.console.tables import print_rows
    from gitflow.views.logs import history_entry

    with open_store(config_here(os.environ, state_dir), os.environ) as opened:
        entries = opened.stores.jobs.history(opened.stores.jobs.find(start_of_id))
    rows = [history_entry(entry, seq) for seq, entry in enumerate(entries, 1)]
    print_rows(rows, output, HISTORY)
    return OK

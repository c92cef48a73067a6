"""What migrations make of the jobs that an older store has."""

import shutil
from pathlib import Path

from gitflow.stores.protocols.jobs import JobFilter
from gitflow.stores.registry import open_stores
from gitflow.stores.sqlite.database import open_database
from gitflow.stores.sqlite.store import JOB_MIGRATIONS

JOB = """
INSERT INTO job (id, workspace, revision, task_name, mode, input, source_type, source_id, source_actor, depth,
                 created_at, status, version, open_steps, busy_steps, priority, attempt, reopened, started_at,
                 completed_at)
VALUES ('j', 'w', 'r', 't', 'local', '{}', 'trigger', 'nightly', 'ada', 0, 1.0, 'failed', 0, 0, 0, 0, 1, 0, 1.0, 9.0)
"""
STEP = """
INSERT INTO step (job_id, name, status, loop_of, attempt, open_needs, first_attempt, started_instances, ended_instances)
VALUES ('j', :name, :status, :loop_of, 1, 0, 1, 0, 0)
"""


def older(folder: Path, newest: int) -> str:
    """A folder of the migrations up to this one."""
    folder.mkdir()
    for file in Path(JOB_MIGRATIONS).glob("*.sql"):
        if int(file.name[:4]) <= newest:
            shutil.copy(file, folder)
    return str(folder)


def test_the_steps_of_older_jobs_are_counted(tmp_path):
    path = tmp_path / "state" / "gitflow.db"
    database = open_database(str(path), older(tmp_path / "migrations", 24))
    database.begin()
    database.execute(JOB, {})
    for name, status, loop_of in (
        ("build", "failed", None),
        ("each", "failed", None),
        ("each[0]", "failed", "each"),
        ("ship", "skipped", None),
    ):
        database.execute(STEP, {"name": name, "status": status, "loop_of": loop_of})
    database.commit()
    database.close()
    with open_stores(str(tmp_path / "state")) as stores:
        for wanted in (JobFilter(), JobFilter(actor="ada"), JobFilter(trigger="nightly"), JobFilter(duration_over=7.0)):
            [row] = stores.jobs.jobs(wanted)
            assert (row.total_steps, row.open_steps, row.failed_steps) == (3, 0, 2)

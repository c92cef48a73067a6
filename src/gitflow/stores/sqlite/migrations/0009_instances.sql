-- The names that callers give their jobs, and the endings of many jobs at once that are still going on.

-- A name is unique among the jobs of a task, and free again when its job is deleted. ``given``: which fields of the
-- input were sent (JSON list); NULL: one bare value.
CREATE TABLE instance (
    workspace TEXT NOT NULL,
    task_name TEXT NOT NULL,
    id        TEXT NOT NULL,
    job_id    TEXT NOT NULL UNIQUE REFERENCES job (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    given     TEXT,
    PRIMARY KEY (workspace, task_name, id)
) STRICT, WITHOUT ROWID;

-- ``only_status``: only jobs that stand so, in the words of who asked; ``deletes``: what has ended goes as well.
CREATE TABLE mass_ending (
    workspace   TEXT NOT NULL,
    task_name   TEXT NOT NULL,
    asked_at    REAL NOT NULL,
    actor       TEXT NOT NULL,
    only_status TEXT,
    deletes     INTEGER NOT NULL CHECK (deletes = 0 OR deletes = 1),
    PRIMARY KEY (workspace, task_name)
) STRICT, WITHOUT ROWID;

-- How many jobs of a task ended how is counted in here; each job enters it once, at its end.
CREATE INDEX job_ended ON job (workspace, task_name, status) WHERE NOT is_open;

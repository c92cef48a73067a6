-- Jobs with their steps, attempts and history, and what belongs to them.
-- Times are seconds since the epoch, UTC. Input, output, item, labels, hook, only_steps, details and arguments hold
-- JSON text; NULL is null. Checks are written with OR, since SQLite builds a table for each IN of three and more.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    workspace TEXT NOT NULL,
    revision  TEXT NOT NULL,
    compiled  BLOB NOT NULL,
    UNIQUE (workspace, revision)
) STRICT;

CREATE TABLE job (
    id                  TEXT NOT NULL UNIQUE,
    workspace           TEXT NOT NULL,
    revision            TEXT NOT NULL,
    task_name           TEXT NOT NULL,
    mode                TEXT NOT NULL CHECK (mode IN ('distributed', 'local')),
    input               TEXT NOT NULL,
    labels              TEXT,
    source_type         TEXT NOT NULL CHECK (
                            source_type = 'api' OR source_type = 'user' OR source_type = 'trigger'
                            OR source_type = 'webhook' OR source_type = 'hook' OR source_type = 'task'),
    source_id           TEXT,
    source_actor        TEXT,
    depth               INTEGER NOT NULL CHECK (depth >= 0),
    parent_job_id       TEXT,
    parent_step         TEXT,
    root_job_id         TEXT,
    retry_of_job_id     TEXT,
    hook                TEXT,
    only_steps          TEXT,
    created_at          REAL NOT NULL,
    status              TEXT NOT NULL CHECK (
                            status = 'pending' OR status = 'running' OR status = 'paused'
                            OR status = 'completed' OR status = 'failed' OR status = 'cancelled'
                            OR status = 'timed_out'),
    version             INTEGER NOT NULL CHECK (version >= 0),
    open_steps          INTEGER NOT NULL CHECK (open_steps >= 0),
    busy_steps          INTEGER NOT NULL CHECK (busy_steps >= 0),
    output              TEXT,
    error_message       TEXT,
    priority            INTEGER NOT NULL,
    owner_id            TEXT,
    worker_id           TEXT,
    attempt             INTEGER NOT NULL CHECK (attempt >= 1),
    reopened            INTEGER NOT NULL CHECK (reopened >= 0),
    started_at          REAL,
    completed_at        REAL,
    expires_at          REAL,
    cancel_requested_at REAL,
    cancel_status       TEXT CHECK (
                            cancel_status = 'pending' OR cancel_status = 'running'
                            OR cancel_status = 'paused' OR cancel_status = 'completed'
                            OR cancel_status = 'failed' OR cancel_status = 'cancelled'
                            OR cancel_status = 'timed_out'),
    paused_at           REAL,
    restart_by          TEXT,
    sent_events         TEXT,
    is_open             INTEGER NOT NULL AS (status = 'pending' OR status = 'running' OR status = 'paused')
) STRICT;

-- Lists are newest first, and their pages go on from (created_at, id).
CREATE INDEX job_newest ON job (created_at, id);
CREATE INDEX job_of_task ON job (workspace, task_name, created_at, id);
CREATE INDEX job_of_workspace ON job (workspace, created_at, id);
CREATE INDEX job_in_status ON job (status, created_at, id);
CREATE INDEX job_at_revision ON job (revision, created_at, id);
CREATE INDEX job_open ON job (owner_id, created_at) WHERE is_open;
CREATE INDEX job_expiring ON job (expires_at) WHERE expires_at IS NOT NULL AND is_open;
CREATE INDEX job_child ON job (parent_job_id) WHERE parent_job_id IS NOT NULL;
CREATE INDEX job_retry ON job (retry_of_job_id) WHERE retry_of_job_id IS NOT NULL;

-- A snapshot stays as long as a job refers to it.
CREATE TRIGGER job_deleted AFTER DELETE ON job
BEGIN
    DELETE FROM snapshot
     WHERE workspace = old.workspace AND revision = old.revision
       AND NOT EXISTS (SELECT 1 FROM job WHERE workspace = old.workspace AND revision = old.revision);
END;

CREATE TABLE step (
    position          INTEGER PRIMARY KEY,  -- grows: a job's steps in flow order, loop instances as they were made
    job_id            TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    name              TEXT NOT NULL,
    status            TEXT NOT NULL CHECK (
                            status = 'pending' OR status = 'ready' OR status = 'running'
                            OR status = 'suspended' OR status = 'completed' OR status = 'failed'
                            OR status = 'skipped' OR status = 'cancelled'),
    attempt           INTEGER NOT NULL CHECK (attempt >= 0),
    open_needs        INTEGER NOT NULL CHECK (open_needs >= 0),
    first_attempt     INTEGER NOT NULL,
    loop_of           TEXT,
    loop_index        INTEGER,
    loop_total        INTEGER,
    item              TEXT,
    started_instances INTEGER NOT NULL,
    ended_instances   INTEGER NOT NULL,
    input             TEXT,
    output            TEXT,
    exit_code         INTEGER,
    error_message     TEXT,
    skip_reason       TEXT,
    skipped_by        TEXT,
    worker_id         TEXT,
    child_job_id      TEXT,
    run_token         TEXT,
    ready_at          REAL,
    started_at        REAL,
    suspended_at      REAL,
    completed_at      REAL,
    due_at            REAL,
    UNIQUE (job_id, name)
) STRICT;

CREATE INDEX step_due ON step (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE attempt (
    job_id        TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    step          TEXT NOT NULL,
    attempt       INTEGER NOT NULL CHECK (attempt >= 1),
    status        TEXT NOT NULL CHECK (
                            status = 'pending' OR status = 'ready' OR status = 'running'
                            OR status = 'suspended' OR status = 'completed' OR status = 'failed'
                            OR status = 'skipped' OR status = 'cancelled'),
    exit_code     INTEGER,
    started_at    REAL,
    completed_at  REAL,
    error_message TEXT,
    worker_id     TEXT,
    PRIMARY KEY (job_id, step, attempt)
) STRICT, WITHOUT ROWID;

-- The history of every job. ``id`` counts all of them, in the order of their commits.
CREATE TABLE event (
    id      INTEGER PRIMARY KEY,
    job_id  TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    at      REAL NOT NULL,
    actor   TEXT NOT NULL,
    what    TEXT NOT NULL,
    step    TEXT,
    attempt INTEGER,
    details TEXT
) STRICT;

CREATE INDEX event_of_job ON event (job_id);

-- What another process asks the owner of a job to do.
CREATE TABLE request (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id    TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    operation TEXT NOT NULL,
    arguments TEXT NOT NULL,
    actor     TEXT NOT NULL,
    asked_at  REAL NOT NULL,
    done_at   REAL,
    error     TEXT
) STRICT;

CREATE INDEX request_of_job ON request (job_id);
CREATE INDEX request_waiting ON request (id) WHERE done_at IS NULL;

-- Files are in artifacts/, by digest; one file may have several names.
CREATE TABLE artifact (
    job_id  TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    step    TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    name    TEXT NOT NULL,
    size    INTEGER NOT NULL CHECK (size >= 0),
    mode    INTEGER NOT NULL,
    digest  TEXT NOT NULL CHECK (length(digest) = 64),
    PRIMARY KEY (job_id, step, attempt, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX artifact_file ON artifact (digest);

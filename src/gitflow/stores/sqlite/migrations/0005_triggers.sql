-- Triggers: what each has come to, and every time it fired, or did not.

CREATE TABLE trigger_state (
    workspace     TEXT NOT NULL,
    name          TEXT NOT NULL,
    shape         TEXT,  -- what decides when it fires, as last seen; NULL while it is not in force
    since         REAL,  -- everything before has been dealt with, under this shape
    seen          TEXT,  -- the last revision that has been dealt with
    last_fired_at REAL,
    suspended_at  REAL,
    suspended_by  TEXT,
    PRIMARY KEY (workspace, name),
    CHECK ((suspended_at IS NULL) = (suspended_by IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE trigger_event (
    id        INTEGER PRIMARY KEY,
    workspace TEXT NOT NULL,
    name      TEXT NOT NULL,
    at        REAL NOT NULL,
    what      TEXT NOT NULL CHECK (
                  what = 'fired' OR what = 'skipped' OR what = 'failed'
                  OR what = 'suspended' OR what = 'unsuspended'),
    key       TEXT,  -- what fires only once: a time, a revision, the end of a job, an event
    due_at    REAL,
    job_id    TEXT,
    actor     TEXT NOT NULL,
    reason    TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX trigger_event_once ON trigger_event (workspace, name, key) WHERE key IS NOT NULL;
CREATE INDEX trigger_event_of ON trigger_event (workspace, name, id);
CREATE INDEX trigger_event_at ON trigger_event (at);

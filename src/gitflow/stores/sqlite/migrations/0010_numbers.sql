-- Numbers for what other APIs know by an integer, and the order in which steps gave their outputs.

-- A number is given when the thing is first seen, once, and never to anything else. ``name`` is a JSON list; what
-- belongs to a job goes with it.
CREATE TABLE number (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind   TEXT NOT NULL,
    name   TEXT NOT NULL,
    job_id TEXT REFERENCES job (id) ON DELETE CASCADE,
    UNIQUE (kind, name)
) STRICT;

CREATE INDEX number_of_job ON number (job_id) WHERE job_id IS NOT NULL;

-- The number of a time that a trigger fired goes with its record.
CREATE TRIGGER trigger_event_deleted AFTER DELETE ON trigger_event WHEN old.what = 'fired'
BEGIN
    DELETE FROM number WHERE kind = 'fire' AND name = '[' || old.id || ']';
END;

CREATE INDEX step_output ON step (name, completed_at, job_id)
    WHERE status = 'completed' AND output IS NOT NULL AND loop_of IS NULL;
CREATE INDEX trigger_event_fired ON trigger_event (workspace, name, at) WHERE what = 'fired';

-- What lists of jobs show of the steps, and what else they are narrowed by.

-- Steps of the flow: loops once, their instances not.
ALTER TABLE job ADD COLUMN total_steps INTEGER NOT NULL DEFAULT 0 CHECK (total_steps >= 0);
ALTER TABLE job ADD COLUMN failed_steps INTEGER NOT NULL DEFAULT 0 CHECK (failed_steps >= 0);

UPDATE job
   SET (total_steps, failed_steps) = (
           SELECT count(*), count(*) FILTER (WHERE step.status = 'failed') FROM step
            WHERE step.job_id = job.id AND step.loop_of IS NULL);

CREATE INDEX job_of_actor ON job (source_actor, created_at, id) WHERE source_actor IS NOT NULL;
CREATE INDEX job_of_trigger ON job (source_id, created_at, id) WHERE source_type = 'trigger' OR source_type = 'webhook';

-- A list of the jobs that ran longer than so many seconds is merged from one list for each class, in its order. A class
-- has the durations from one power of two up to the next; the times decide in the first of them without the row.
ALTER TABLE job ADD COLUMN duration_class INTEGER AS (
    CASE
        WHEN completed_at IS NULL OR started_at IS NULL THEN NULL
        WHEN completed_at - started_at < 1 THEN 0
        WHEN completed_at - started_at < 2 THEN 1
        WHEN completed_at - started_at < 4 THEN 2
        WHEN completed_at - started_at < 8 THEN 3
        WHEN completed_at - started_at < 16 THEN 4
        WHEN completed_at - started_at < 32 THEN 5
        WHEN completed_at - started_at < 64 THEN 6
        WHEN completed_at - started_at < 128 THEN 7
        WHEN completed_at - started_at < 256 THEN 8
        WHEN completed_at - started_at < 512 THEN 9
        WHEN completed_at - started_at < 1024 THEN 10
        WHEN completed_at - started_at < 2048 THEN 11
        WHEN completed_at - started_at < 4096 THEN 12
        WHEN completed_at - started_at < 8192 THEN 13
        WHEN completed_at - started_at < 16384 THEN 14
        WHEN completed_at - started_at < 32768 THEN 15
        WHEN completed_at - started_at < 65536 THEN 16
        WHEN completed_at - started_at < 131072 THEN 17
        ELSE 18
    END);

CREATE INDEX job_of_duration ON job (duration_class, created_at, id, completed_at, started_at)
    WHERE duration_class IS NOT NULL;

-- What an open job waits for.
CREATE INDEX step_waiting ON step (job_id, status, waits_for) WHERE status = 'suspended' OR due_at IS NOT NULL;

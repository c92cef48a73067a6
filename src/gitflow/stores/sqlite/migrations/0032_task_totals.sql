-- How often the jobs of each task have ended in each state, and when last. Unlike job_count it never shrinks: a job that
-- retention deletes has ended all the same, and a metric that counts ends must not fall.

CREATE TABLE task_total (
    workspace TEXT NOT NULL,
    task_name TEXT NOT NULL,
    status    TEXT NOT NULL,
    jobs      INTEGER NOT NULL,
    last_at   REAL NOT NULL,
    PRIMARY KEY (workspace, task_name, status)
) STRICT, WITHOUT ROWID;

INSERT INTO task_total (workspace, task_name, status, jobs, last_at)
SELECT workspace, task_name, status, count(*), max(completed_at) FROM job
 WHERE status IN ('completed', 'failed', 'cancelled', 'timed_out') AND completed_at IS NOT NULL GROUP BY 1, 2, 3;

CREATE TRIGGER job_end_totalled AFTER UPDATE OF status ON job
WHEN old.status <> new.status AND new.status IN ('completed', 'failed', 'cancelled', 'timed_out') AND new.completed_at IS NOT NULL
BEGIN
    INSERT INTO task_total (workspace, task_name, status, jobs, last_at)
    VALUES (new.workspace, new.task_name, new.status, 1, new.completed_at)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1, last_at = max(last_at, excluded.last_at);
END;

-- A job that is created and ends in one commit.
CREATE TRIGGER job_end_totalled_at_once AFTER INSERT ON job
WHEN new.status IN ('completed', 'failed', 'cancelled', 'timed_out') AND new.completed_at IS NOT NULL
BEGIN
    INSERT INTO task_total (workspace, task_name, status, jobs, last_at)
    VALUES (new.workspace, new.task_name, new.status, 1, new.completed_at)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1, last_at = max(last_at, excluded.last_at);
END;

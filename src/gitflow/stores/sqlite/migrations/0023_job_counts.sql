-- How many jobs of each task are in each state: of all, and of those made in each day and each hour, as a million jobs
-- are too many to count whenever somebody asks. ``seconds`` is the width (0: all), ``start`` when it begins.

CREATE TABLE job_count (
    seconds   INTEGER NOT NULL CHECK (seconds = 0 OR seconds = 3600 OR seconds = 86400),
    start     INTEGER NOT NULL,
    workspace TEXT NOT NULL,
    task_name TEXT NOT NULL,
    status    TEXT NOT NULL,
    jobs      INTEGER NOT NULL,
    PRIMARY KEY (seconds, start, workspace, task_name, status)
) STRICT, WITHOUT ROWID;

INSERT INTO job_count (seconds, start, workspace, task_name, status, jobs)
SELECT 3600, CAST(created_at / 3600 AS INTEGER) * 3600, workspace, task_name, status, count(*)
  FROM job GROUP BY 2, 3, 4, 5;
INSERT INTO job_count (seconds, start, workspace, task_name, status, jobs)
SELECT 86400, start / 86400 * 86400, workspace, task_name, status, sum(jobs)
  FROM job_count WHERE seconds = 3600 GROUP BY 2, 3, 4, 5;
INSERT INTO job_count (seconds, start, workspace, task_name, status, jobs)
SELECT 0, 0, workspace, task_name, status, sum(jobs) FROM job_count WHERE seconds = 86400 GROUP BY 3, 4, 5;

CREATE TRIGGER job_counted AFTER INSERT ON job
BEGIN
    INSERT INTO job_count (seconds, start, workspace, task_name, status, jobs)
    VALUES (0, 0, new.workspace, new.task_name, new.status, 1),
           (3600, CAST(new.created_at / 3600 AS INTEGER) * 3600, new.workspace, new.task_name, new.status, 1),
           (86400, CAST(new.created_at / 86400 AS INTEGER) * 86400, new.workspace, new.task_name, new.status, 1)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;

CREATE TRIGGER job_counted_anew AFTER UPDATE OF status ON job WHEN old.status <> new.status
BEGIN
    INSERT INTO job_count (seconds, start, workspace, task_name, status, jobs)
    VALUES (0, 0, old.workspace, old.task_name, old.status, -1),
           (3600, CAST(old.created_at / 3600 AS INTEGER) * 3600, old.workspace, old.task_name, old.status, -1),
           (86400, CAST(old.created_at / 86400 AS INTEGER) * 86400, old.workspace, old.task_name, old.status, -1),
           (0, 0, new.workspace, new.task_name, new.status, 1),
           (3600, CAST(new.created_at / 3600 AS INTEGER) * 3600, new.workspace, new.task_name, new.status, 1),
           (86400, CAST(new.created_at / 86400 AS INTEGER) * 86400, new.workspace, new.task_name, new.status, 1)
        ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs;
END;

CREATE TRIGGER job_counted_off AFTER DELETE ON job
BEGIN
    UPDATE job_count SET jobs = jobs - 1
     WHERE (seconds, start) IN (VALUES (0, 0), (3600, CAST(old.created_at / 3600 AS INTEGER) * 3600),
                                       (86400, CAST(old.created_at / 86400 AS INTEGER) * 86400))
       AND workspace = old.workspace AND task_name = old.task_name AND status = old.status;
    DELETE FROM job_count
     WHERE (seconds, start) IN (VALUES (0, 0), (3600, CAST(old.created_at / 3600 AS INTEGER) * 3600),
                                       (86400, CAST(old.created_at / 86400 AS INTEGER) * 86400))
       AND workspace = old.workspace AND task_name = old.task_name AND jobs = 0;
END;

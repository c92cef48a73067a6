-- name: history_after
-- A page of a job's history, in the order of the commits.
SELECT id, {event.columns} FROM event
 WHERE job_id = :job_id AND id > :after
 ORDER BY id
 LIMIT :limit;

-- name: durations
-- How the last jobs of a task ended, and how long they took.
SELECT status, completed_at - started_at AS duration_s, started_at - created_at AS wait_s FROM job
 WHERE workspace = :workspace AND task_name = :task_name AND NOT is_open AND started_at IS NOT NULL
 ORDER BY created_at DESC, id DESC
 LIMIT :limit;

-- name: last_jobs
-- The newest jobs of a task, and how long those took that have ended.
SELECT id AS job_id, status, completed_at - started_at AS duration_s FROM job
 WHERE workspace = :workspace AND task_name = :task_name
 ORDER BY created_at DESC, id DESC
 LIMIT :limit;

-- name: last_end
-- How the newest job of a task that has ended did so.
SELECT status FROM job
 WHERE workspace = :workspace AND task_name = :task_name
   AND status <> 'pending' AND status <> 'running' AND status <> 'paused'
 ORDER BY created_at DESC, id DESC
 LIMIT 1;

-- name: all_job_counts
SELECT workspace, task_name, status, jobs FROM job_count WHERE seconds = 0 AND jobs > 0;

-- name: job_counts
-- Of the jobs made since a time: whole days and hours are counted already, those of the first hour are looked at.
SELECT workspace, task_name, status, sum(jobs) AS jobs FROM (
    SELECT workspace, task_name, status, jobs FROM job_count
     WHERE seconds = 86400 AND start >= :first_day AND jobs > 0
     UNION ALL
    SELECT workspace, task_name, status, jobs FROM job_count
     WHERE seconds = 3600 AND start >= :first_hour AND start < :first_day AND jobs > 0
     UNION ALL
    SELECT workspace, task_name, status, 1 FROM job
     WHERE created_at >= :since AND created_at < :first_hour + 0.0
) GROUP BY workspace, task_name, status;

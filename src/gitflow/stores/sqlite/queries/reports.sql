-- name: schema_version
SELECT user_version FROM pragma_user_version;

-- name: group_counts
-- The same jobs count as in group_holders and group_waiters.
SELECT workspace, group_name, task_name,
       sum(status = 'running' OR status = 'paused') AS holders,
       sum(status = 'pending') AS waiters
  FROM job
 WHERE group_name IS NOT NULL AND is_open AND (:workspace IS NULL OR workspace = :workspace)
   AND (status <> 'pending'
        OR ((starts_at IS NULL OR starts_at <= :now)
            AND NOT EXISTS (SELECT 1 FROM request
                             WHERE request.job_id = job.id AND operation = 'cancel' AND done_at IS NULL)))
 GROUP BY workspace, group_name, task_name
 ORDER BY workspace, group_name, task_name;

-- name: jobs_with_place
-- As group_holders, with what people see of the jobs.
SELECT id, rowid AS number, priority, group_limit, on_limit,
       (cancel_requested_at IS NOT NULL AND restart_by IS NULL)
       OR EXISTS (SELECT 1 FROM request
                   WHERE request.job_id = job.id AND operation = 'cancel' AND done_at IS NULL) AS cancelling,
       task_name, status, created_at, started_at, coalesce(owner_id, '') AS owner_id
  FROM job
 WHERE workspace = :workspace AND group_name = :group_name AND group_name IS NOT NULL AND is_open
   AND (status = 'running' OR status = 'paused')
 ORDER BY rowid
 LIMIT :limit;

-- name: jobs_without_place
-- As group_waiters, with what people see of the jobs.
SELECT id, rowid AS number, priority, group_limit, on_limit, FALSE AS cancelling,
       task_name, status, created_at, started_at, coalesce(owner_id, '') AS owner_id
  FROM job
 WHERE workspace = :workspace AND group_name = :group_name AND group_name IS NOT NULL AND is_open
   AND status = 'pending' AND (starts_at IS NULL OR starts_at <= :now)
   AND NOT EXISTS (SELECT 1 FROM request
                    WHERE request.job_id = job.id AND operation = 'cancel' AND done_at IS NULL)
 ORDER BY priority DESC, rowid
 LIMIT :limit;

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

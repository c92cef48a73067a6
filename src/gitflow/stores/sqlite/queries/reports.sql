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
